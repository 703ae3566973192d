"""The way in: text goes in, an extraction comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

from zhibiao.document import Article, Document
from zhibiao.encoder import Backend, OnnxBackend
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact, assemble_facts
from zhibiao.folder import open_model
from zhibiao.links import Link, link_spans
from zhibiao.mentions import Mention, find_spans
from zhibiao.publication import with_publication
from zhibiao.reading import Reading, read_document
from zhibiao.text import parse_date
from zhibiao.windows import split_windows

__all__ = ["Extractor"]


class Extractor:
    """Extracts indicator facts from Chinese text.

    Args:
        backend: What runs the model; :meth:`load` makes one from a model folder.
        window: Most characters the encoder reads at one go.
        before, after: Characters of context around the part of a window that counts.
    """

    def __init__(self, backend: Backend, window: int, before: int, after: int) -> None:
        self._backend = backend
        self._window, self._before, self._after = window, before, after

    @classmethod
    def load(cls, model: str | Path | None = None, *, threads: int | None = None) -> Extractor:
        """Load a model.

        Args:
            model: A model folder; None for the default model that comes with zhibiao.
            threads: Threads to use; None for as many cores as the process may use.

        Raises:
            ModelError: If the folder is missing, incomplete or damaged.
        """
        folder = open_model(model)
        return cls(OnnxBackend(folder, threads), folder.window, folder.before, folder.after)

    def extract(self, text: str | Document, *, published: date | str | None = None, id: str = "text") -> Extraction:
        """Extract all facts of one text.

        Args:
            text: The text, or a document that already holds one.
            published: Date of publication (``YYYY-MM-DD`` as a string), which relative periods count from. Without one, they stay
                unresolved.
            id: The document's id in the result; ignored for a document, which has its own.

        Returns:
            The extraction; all offsets in it count code points of the text given. An empty text gives an empty extraction.

        Raises:
            InputError: If ``published`` is no date, or if the document's articles overlap or lie outside its text.
        """
        parts = list(self.extract_parts(text, published=published, id=id))
        if len(parts) == 1:
            return parts[0]
        mentions, links, facts = (tuple(chain.from_iterable(each)) for each in zip(*map(_found, parts), strict=True))
        return Extraction(parts[0].document, mentions, links, facts)

    def extract_parts(
        self, text: str | Document, *, published: date | str | None = None, id: str = "text"
    ) -> Iterator[Extraction]:
        """Extract a text of any length piece by piece, each as soon as it is read, so that memory holds one piece at a time.

        The pieces together hold what :meth:`extract` finds: ids are numbered through, and each piece is of the whole document. A
        document of ordinary length comes in one piece.

        Args:
            text, published, id: See :meth:`extract`.

        Yields:
            Extractions of the same document, at least one; all but the last say that more is to come.

        Raises:
            InputError: See :meth:`extract`.
        """
        document = text if isinstance(text, Document) else Document(id, text)
        if published is not None:
            document = replace(document, published=parse_date(published), published_from="caller")
        _check_articles(document)
        reading = read_document(with_publication(document))
        read = replace(reading.document, text=reading.text, articles=reading.articles)
        pieces = [(article, *stretch) for article in reading.articles for stretch in _stretches(reading.text, article)]
        mentions: list[Mention] = []
        links: list[Link] = []
        facts: list[Fact] = []
        first_mention = first_link = length = 0
        for number, (article, begin, end) in enumerate(pieces, 1):
            found, tied = self._read(reading.text, begin, end, first_mention, first_link)
            first_mention, first_link = first_mention + len(found), first_link + len(tied)
            facts += (_placed_fact(fact, reading) for fact in assemble_facts(read, found, tied, article))
            mentions += (_placed_mention(mention, reading) for mention in found)
            links += tied
            length += end - begin
            if length >= _PART or number == len(pieces):
                more = number < len(pieces)
                yield Extraction(reading.document, tuple(mentions), tuple(links), tuple(facts), more)
                mentions, links, facts, length = [], [], [], 0

    def _read(self, text: str, begin: int, end: int, first_mention: int, first_link: int) -> tuple[list[Mention], list[Link]]:
        """Mentions and links of ``text[begin:end]``, numbered on from those before it."""
        windows = split_windows(text, self._window, self._before, self._after, begin, end)
        spans = list(find_spans(text, windows, self._backend))
        mentions, links = link_spans(text, spans, self._backend, begin, end)
        return [replace(m, id=m.id + first_mention) for m in mentions], list(_renumber(links, first_mention, first_link))


# Every mention keeps the encoder's vector until it is linked, so that a very long article is read in stretches.
_STRETCH = 50_000
# Characters after which what was found is handed over.
_PART = 50_000


def _stretches(text: str, article: Article) -> Iterator[tuple[int, int]]:
    """Cut a very long article at the ends of paragraphs; an ordinary one is one stretch."""
    begin = article.start
    while article.end - begin > 2 * _STRETCH:
        low, high = begin + _STRETCH, begin + 2 * _STRETCH
        # The best place to cut first; without any, two characters that stand together must part.
        cut = next((place + 1 for mark in "\n。；，, " if (place := text.rfind(mark, low, high)) >= 0), high)
        yield begin, cut
        begin = cut
    yield begin, article.end


def _found(part: Extraction) -> tuple[tuple[Mention, ...], tuple[Link, ...], tuple[Fact, ...]]:
    return part.mentions, part.links, part.facts


def _check_articles(document: Document) -> None:
    reached = 0
    for article in document.articles:
        if not reached <= article.start <= article.end <= len(document.text):
            place = f"{document.id}: the article at {article.start}:{article.end}"
            raise InputError(
                f"{place} overlaps another, is out of order or lies outside the text of {len(document.text)} characters"
            )
        reached = article.end


def _longest(places: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    return max(places, key=lambda place: place[1] - place[0])


def _placed_mention(mention: Mention, reading: Reading) -> Mention:
    """A mention of the repaired text with its offsets in the document's."""
    if reading.origin is None:
        return mention
    places = reading.places(mention.start, mention.end)
    start, end = _longest(places)
    return replace(mention, start=start, end=end, parts=places if len(places) > 1 else ())


def _placed_fact(fact: Fact, reading: Reading) -> Fact:
    if reading.origin is None:
        return fact
    start, end = _longest(reading.places(fact.start, fact.end))
    return replace(fact, start=start, end=end)


def _renumber(links: list[Link], first_mention: int, first_link: int) -> Iterator[Link]:
    for link in links:
        yield Link(link.id + first_link, link.type, link.head + first_mention, link.tail + first_mention, link.score)
