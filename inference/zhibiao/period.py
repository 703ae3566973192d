"""Words into dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Period"]


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar time.

    Attributes:
        start, end: First and last day, both inclusive; None where the words and the publication date leave them open.
        time_period: The same as an SDMX time period (``2020-Q3``, ``2020-01-01/P9M``), or None.
    """

    start: date | None = None
    end: date | None = None
    time_period: str | None = None
