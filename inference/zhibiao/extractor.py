"""The way in: text goes in, an extraction comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
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
        document = text if isinstance(text, Document) else Document(id, text)
        if published is not None:
            document = replace(document, published=parse_date(published), published_from="caller")
        _check_articles(document)
        reading = read_document(with_publication(document))
        mentions: list[Mention] = []
        links: list[Link] = []
        facts: list[Fact] = []
        read = replace(reading.document, text=reading.text, articles=reading.articles)
        for article in reading.articles:
            found, tied = self._read(reading.text, article, len(mentions), len(links))
            mentions += found
            links += tied
            facts += assemble_facts(read, found, tied, article)
        if reading.origin is not None:
            mentions = [_placed_mention(mention, reading) for mention in mentions]
            facts = [_placed_fact(fact, reading) for fact in facts]
        return Extraction(reading.document, tuple(mentions), tuple(links), tuple(facts))

    def _read(self, text: str, article: Article, first_mention: int, first_link: int) -> tuple[list[Mention], list[Link]]:
        """Mentions and links of one article, numbered on from those of the articles before it."""
        mentions: list[Mention] = []
        links: list[Link] = []
        for begin, end in _stretches(text, article.start, article.end):
            windows = split_windows(text, self._window, self._before, self._after, begin, end)
            spans = list(find_spans(text, windows, self._backend))
            found, tied = link_spans(text, spans, self._backend, begin, end)
            links += _renumber(tied, first_mention + len(mentions), first_link + len(links))
            mentions += [replace(m, id=m.id + first_mention + len(mentions)) for m in found]
        return mentions, links


# Every mention keeps the encoder's vector until it is linked, so that very long texts are linked in stretches.
_STRETCH = 50_000


def _stretches(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a very long article at the ends of paragraphs; an ordinary one is one stretch."""
    while end - begin > 2 * _STRETCH:
        cut = (
            max(
                text.rfind("\n", begin + _STRETCH, begin + 2 * _STRETCH), text.rfind("。", begin + _STRETCH, begin + 2 * _STRETCH)
            )
            + 1
        )
        if cut == 0:
            cut = begin + _STRETCH
        yield begin, cut
        begin = cut
    yield begin, end


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
    places = reading.places(mention.start, mention.end)
    start, end = _longest(places)
    return replace(mention, start=start, end=end, parts=places if len(places) > 1 else ())


def _placed_fact(fact: Fact, reading: Reading) -> Fact:
    start, end = _longest(reading.places(fact.start, fact.end))
    return replace(fact, start=start, end=end)


def _renumber(links: list[Link], first_mention: int, first_link: int) -> Iterator[Link]:
    for link in links:
        yield Link(link.id + first_link, link.type, link.head + first_mention, link.tail + first_mention, link.score)
