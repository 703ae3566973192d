"""Mentions: labelled spans of a text."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Mention"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A labelled span.

    Attributes:
        id: Unique in its extraction.
        label: One of :data:`zhibiao.labels.LABELS`.
        start, end: Half-open offsets in the document's text.
        score: Probability that label and offsets are right, 0 … 1.
        attributes: What a VALUE is: ``yoy+``, ``rank``, ``est`` and so on (see :mod:`zhibiao.labels`); empty for a plain level.
    """

    id: int
    label: str
    start: int
    end: int
    score: float = 1.0
    attributes: tuple[str, ...] = ()
