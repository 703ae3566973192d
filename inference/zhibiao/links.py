"""Links between mentions."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Link"]


@dataclass(frozen=True, slots=True)
class Link:
    """A tie between two mentions.

    Attributes:
        id: Unique in its extraction.
        type: ``value_of``, ``in_region``, ``in_period``, ``of_org`` or ``of_subject``.
        head, tail: Ids of the mentions it leads from and to.
        score: Probability that it is right, 0 … 1.
    """

    id: int
    type: str
    head: int
    tail: int
    score: float = 1.0
