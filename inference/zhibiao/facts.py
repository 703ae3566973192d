"""Facts: one row of the table for each VALUE that has a METRIC."""

from __future__ import annotations

from dataclasses import dataclass

from zhibiao.period import Period
from zhibiao.quantity import Quantity
from zhibiao.region import Region

__all__ = ["Fact"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Which indicator, of what, where, when, by whom, how much, on what basis, actual or planned.

    Attributes:
        metric, subject, value, region, period, org: The words of the mentions, line breaks removed; None where there is none.
        name: Subject and metric as one indicator name.
        indicator: Stable id from the project's list of indicators, or None.
        kind: ``level``, ``change``, ``share`` or ``rank``.
        quantity: The value in numbers.
        basis: For a change ``yoy``, ``mom`` or ``other``; None for the rest. The sign is in the quantity.
        status: ``actual``, ``estimate`` or ``target``.
        time: The period in dates, or None where it stays open.
        area: The region with its code, or None where it is not known.
        sentence: The sentence that holds the VALUE.
        start, end: Offsets of the VALUE in the document's text.
        score: Probability that metric, value, region and period are all right, 0 … 1.
    """

    metric: str
    subject: str | None
    value: str
    region: str | None
    period: str | None
    org: str | None
    name: str
    indicator: str | None
    kind: str
    quantity: Quantity
    basis: str | None
    status: str
    time: Period | None
    area: Region | None
    sentence: str
    start: int
    end: int
    score: float
