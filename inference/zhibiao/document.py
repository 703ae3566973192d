"""A document: the caller's text and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Article", "Document"]


@dataclass(frozen=True, slots=True)
class Article:
    """One of the articles of a page, ``text[start:end]`` of its document.

    Attributes:
        start, end: Half-open offsets in the document's text.
        title: Its headline, or None.
    """

    start: int
    end: int
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text to extract from.

    Attributes:
        id: The input file's name without its last suffix, or the caller's own.
        text: What came in, unchanged: every offset anywhere in zhibiao counts its code points.
        published: The date of publication, which relative periods (今年, 去年同期) count from; None where nobody knows it.
        articles: Its articles in text order; empty means that all of it is one article.
    """

    id: str
    text: str
    published: date | None = None
    articles: tuple[Article, ...] = ()
