"""Annotated text: what training and evaluation read."""

from __future__ import annotations

from dataclasses import dataclass

from zhibiao.labels import LABELS, LINK_TYPES

__all__ = ["ATTRIBUTES", "GoldLink", "GoldMention", "Passage"]

#: What the guidelines let a VALUE carry.
ATTRIBUTES = ("yoy+", "yoy-", "yoy", "mom+", "mom-", "mom", "chg+", "chg-", "chg", "rank", "est", "target")


@dataclass(frozen=True, slots=True)
class GoldMention:
    """An annotated span: ``text[start:end]`` carries ``label``; a VALUE may carry attributes."""

    start: int
    end: int
    label: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldLink:
    """An annotated link; ``head`` and ``tail`` are positions in :attr:`Passage.mentions`."""

    type: str
    head: int
    tail: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One annotated text.

    Attributes:
        name: Its id.
        text: Its text, unchanged.
        mentions: In text order, never overlapping.
        links: Links between the mentions.
        source: Which corpus or genre it belongs to.
        split: ``train`` or ``dev`` where its corpus is divided, else empty.
        labels: The labels this corpus marks. What it does not name is unmarked, not absent.
        link_types: The link types this corpus marks.
        attributes: Whether it marks the attributes of VALUEs.
    """

    name: str
    text: str
    mentions: tuple[GoldMention, ...]
    links: tuple[GoldLink, ...] = ()
    source: str = ""
    labels: tuple[str, ...] = LABELS
    link_types: tuple[str, ...] = LINK_TYPES
    attributes: bool = True
    split: str = ""
