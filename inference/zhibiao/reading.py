"""A document as it is to be read: lines joined, articles apart, and where every character came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhibiao.document import Article, Document
from zhibiao.page import Line, PageArticle, read_page

__all__ = ["Reading", "read_document"]

_BETWEEN = "\n\n"


@dataclass(frozen=True)
class Reading:
    """The repaired text of a document.

    Attributes:
        document: The document with its articles, in offsets of its own text, which is unchanged.
        text: The repaired text.
        articles: The articles in offsets of ``text``; together they hold all of its characters that are not white space.
        origin: Int32, ``(len(text),)``: the offset in the document's text of each character; None where the two are the same. A
            character put in between two pieces has the offset of the white space it stands for.
    """

    document: Document
    text: str
    articles: tuple[Article, ...]
    origin: NDArray[np.int32] | None = None

    def places(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Where ``text[start:end]`` stands in the document, as half-open offsets.

        A piece of text that a page holds in one place has one pair of offsets, with the line breaks in between; one that was put
        together from two places has two.
        """
        if self.origin is None:
            return ((start, end),)
        offsets = self.origin[start:end]
        text = self.document.text
        places = []
        begin = 0
        for place in range(1, len(offsets) + 1):
            if place == len(offsets) or not _adjoin(text, int(offsets[place - 1]), int(offsets[place])):
                places.append((int(offsets[begin]), int(offsets[place - 1]) + 1))
                begin = place
        return tuple(places)


def _adjoin(text: str, before: int, after: int) -> bool:
    """Whether nothing but white space stands between two characters."""
    return before < after and (after == before + 1 or not text[before + 1 : after].strip())


def read_document(document: Document) -> Reading:
    """Repair a document: see :func:`zhibiao.page.read_page`.

    A document that comes with articles keeps them, and its text is read as it stands.
    """
    text = document.text
    if document.articles or not text.strip():
        return Reading(document, text, document.articles or (Article(0, len(text)),))
    page = read_page(text)
    articles = page.articles
    document = replace(document, joins=page.joins, breaks=page.breaks)
    if len(articles) == 1 and not page.joins:
        title = articles[0].title
        whole = Article(0, len(text), text[slice(*title)] if title else None)
        return Reading(replace(document, articles=(whole,)), text, (whole,))
    pieces: list[str] = []
    origin: list[NDArray[np.int32]] = []
    read: list[Article] = []
    length = 0
    for article in articles:
        begin = length
        for words, offsets in _pieces(text, article):
            pieces.append(words)
            origin.append(offsets)
            length += len(words)
        read.append(Article(begin, length, text[slice(*article.title)] if article.title else None))
        pieces.append(_BETWEEN)
        origin.append(np.repeat(origin[-1][-1:], len(_BETWEEN)))
        length += len(_BETWEEN)
    placed = tuple(sorted(_placed(text, articles), key=lambda article: article.start))
    return Reading(replace(document, articles=placed), "".join(pieces), tuple(read), np.concatenate(origin))


def _pieces(text: str, article: PageArticle) -> Iterator[tuple[str, NDArray[np.int32]]]:
    """The pieces of an article with the offsets of their characters."""
    last: Line | None = None
    for paragraph in article.paragraphs:
        for number, line in enumerate(paragraph):
            if last is not None:
                yield from _separator(text, last, line, joined=number > 0)
            yield text[line.start : line.end], np.arange(line.start, line.end, dtype=np.int32)
            last = line


def _separator(text: str, last: Line, line: Line, *, joined: bool) -> Iterator[tuple[str, NDArray[np.int32]]]:
    """What stands between two lines: nothing within a paragraph, except that two Latin words are kept apart."""
    between = text[last.end : line.start] if last.end < line.start else ""
    here = np.array([last.end if last.end < len(text) else last.end - 1], dtype=np.int32)
    if joined:
        latin = text[last.end - 1].isascii() and text[last.end - 1].isalpha() and text[line.start].isascii()
        if latin and text[line.start].isalpha():
            yield " ", here
    elif between and not between.strip():
        yield between, np.arange(last.end, line.start, dtype=np.int32)
    else:
        yield _BETWEEN, np.repeat(here, len(_BETWEEN))


def _placed(text: str, articles: Sequence[PageArticle]) -> Iterator[Article]:
    """The articles where they stand on the page: the stretch that holds most of each, and its other parts."""
    owners = sorted(
        (line.start, line.end, number)
        for number, article in enumerate(articles)
        for paragraph in article.paragraphs
        for line in paragraph
    )
    runs: list[list[int]] = []
    for start, end, number in owners:
        if runs and runs[-1][2] == number:
            runs[-1][1] = end
        else:
            runs.append([start, end, number])
    pieces: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for start, end, number in runs:
        pieces[number].append((start, end))
    for number, article in enumerate(articles):
        own = pieces[number]
        main = max(own, key=lambda run: run[1] - run[0])
        title = text[slice(*article.title)] if article.title else None
        yield Article(*main, title, tuple(run for run in own if run != main))
