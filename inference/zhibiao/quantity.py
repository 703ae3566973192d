"""Words into numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a VALUE says, in base units.

    Attributes:
        amount: The number (1254亿元 is 125400000000); None for a range, or where the words give none (两位数).
        lower, upper: The ends of a range or of a one-sided bound, else None.
        unit: ISO 4217 for money, ``%``, ``pp`` (percentage points), ``times``, ``rank``, a UCUM code for a physical unit or the counted
            unit as it stands (家, 人次); None where there is none.
        bound: ``exact``, ``approx``, ``at_least``, ``more_than``, ``at_most``, ``less_than`` or ``range``.
    """

    amount: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    bound: str = "exact"
