"""A document: the caller's text and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Article", "Document", "Join"]


@dataclass(frozen=True, slots=True)
class Article:
    """One of the articles of a page, ``text[start:end]`` of its document.

    Attributes:
        start, end: Half-open offsets in the document's text.
        title: Its headline, or None.
        parts: Where pieces of it stand elsewhere on the page, as half-open offsets.
    """

    start: int
    end: int
    title: str | None = None
    parts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """Two pieces of a paragraph that the page had torn apart, and that are read as one.

    Attributes:
        before: Offset where the first piece ends.
        after: Offset where the second one begins.
        moved: Whether the second was found elsewhere on the page.
    """

    before: int
    after: int
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A text to extract from.

    Attributes:
        id: The input file's name without its last suffix, or the caller's own.
        text: What came in, unchanged: every offset anywhere in zhibiao counts its code points.
        published: The date of publication, which relative periods (今年, 去年同期) count from; None where nobody knows it.
        articles: Its articles in text order; empty means that they are not known yet.
        published_from: How the date of publication was found: ``caller``, ``metadata``, ``masthead`` or ``dateline``; None where
            there is none.
        joins: The breaks of the page that were repaired, in text order.
        breaks: Offsets where a paragraph breaks off and nothing was found to go on with.
        path: The file it came from, as its reader was given it; None for a text of the caller's own.
        row: Which row of a table without its heading, or which line of a JSON Lines file, it is, from 1; None for a whole file.
        pages: Offset in ``text`` at which each page begins, one a page; empty unless the file is paginated (PDF).
    """

    id: str
    text: str
    published: date | None = None
    articles: tuple[Article, ...] = ()
    published_from: str | None = None
    joins: tuple[Join, ...] = ()
    breaks: tuple[int, ...] = ()
    path: str | None = None
    row: int | None = None
    pages: tuple[int, ...] = ()
