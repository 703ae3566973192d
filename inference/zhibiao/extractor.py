"""The way in: text goes in, an extraction comes out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from zhibiao.backends import open_backend
from zhibiao.calibration import Calibration
from zhibiao.document import Article, Document
from zhibiao.encoder import Backend
from zhibiao.errors import InputError, require
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact, assemble_facts
from zhibiao.folder import open_model
from zhibiao.links import Link, link_spans
from zhibiao.lookahead import map_ahead
from zhibiao.mentions import Mention, find_spans
from zhibiao.publication import with_publication
from zhibiao.reading import Reading, read_document
from zhibiao.text import parse_date
from zhibiao.windows import split_windows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Extractor"]


class Extractor:
    """Extracts indicator facts from Chinese text.

    Any number of threads may use one at the same time, and it may be pickled, sent to other processes and used after a fork:
    every process opens the model for itself, once.

    Args:
        backend: What runs the model; :meth:`load` makes one from a model folder.
        window: Most characters the encoder reads at one go.
        before, after: Characters of context around the part of a window that counts.
        calibration: What makes the model's scores probabilities; by default they stay as they come.
    """

    def __init__(self, backend: Backend, window: int, before: int, after: int, calibration: Calibration | None = None) -> None:
        self._backend = backend
        self._window, self._before, self._after = window, before, after
        self._calibration = calibration or Calibration()

    @classmethod
    def load(
        cls, model: str | Path | None = None, *, threads: int | None = None, calibrated: bool = True, backend: str = "auto"
    ) -> Extractor:
        """Load a model.

        Args:
            model: The name of a model that comes with zhibiao, or a model folder; None for ``default``. A string that is such a
                name means that model; a folder of the same name is ``./default`` or a path.
            threads: Threads to use; None for as many cores as the process may use. Each reads a window of a document, or a
                document of a stream.
            calibrated: Whether scores are made probabilities, where the model has curves for that; else they stay as they come.
            backend: What runs the encoder: ``onnx`` (ONNX Runtime), ``openvino`` (extra ``openvino``), ``cuda`` (ONNX Runtime on
                an NVIDIA GPU), or ``auto``: ``openvino`` where that is installed, else ``onnx``.

        Raises:
            InputError: If there is no such back-end.
            MissingExtraError: If the back-end is not installed.
            ModelError: If there is no such model, its folder is incomplete or damaged, or the back-end cannot run it here.
        """
        folder = open_model(model)
        calibration = folder.calibration if calibrated else None
        return cls(open_backend(backend, folder, threads), folder.window, folder.before, folder.after, calibration)

    @property
    def threads(self) -> int:
        """How many threads it computes with, and is worth being called from at the same time."""
        return self._backend.threads

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
            # A fact's score is made of its parts' raw ones.
            curves = self._calibration
            for fact in assemble_facts(read, found, tied, article):
                facts.append(_placed_fact(replace(fact, score=curves.facts.apply(fact.score)), reading))
            for mention in found:
                mentions.append(_placed_mention(replace(mention, score=curves.mentions.apply(mention.score)), reading))
            links += (replace(link, score=curves.links.apply(link.score)) for link in tied)
            length += end - begin
            if length >= _PART or number == len(pieces):
                more = number < len(pieces)
                yield Extraction(reading.document, tuple(mentions), tuple(links), tuple(facts), more)
                mentions, links, facts, length = [], [], [], 0

    def stream(
        self,
        documents: Iterable[Document | InputError | str | tuple[str, str]],
        *,
        published: date | str | None = None,
        on_error: Callable[[InputError], object] | None = None,
    ) -> Iterator[Extraction]:
        """Extract documents side by side, in as many threads as the extractor has.

        The extractions come in the order of the documents and are those of :meth:`extract`, whatever stands beside them. Memory
        holds a few documents at a time: at most twice as many are taken ahead as there are threads. With ``threads=1``, each is
        taken when its extraction is asked for.

        Args:
            documents: Texts, pairs of an id and a text, documents, or what :func:`zhibiao.read_documents` yields. A text without
                an id is numbered by its place, from 1.
            published: Date of publication of all of them; None for the documents' own.
            on_error: Called with the error for each document that cannot be extracted, which is then left out;
                ``errors.append`` collects them. By default each gives a warning.

        Yields:
            One extraction for each document that is not left out.

        Raises:
            InputError: If ``published`` is no date, or ``documents`` is one text in place of several.
        """
        if isinstance(documents, str | Document):
            raise InputError("stream takes several documents; give a list of them, or use extract for one text")
        day = parse_date(published) if published is not None else None
        return self._stream(documents, day, on_error or _warn)

    def _stream(
        self,
        documents: Iterable[Document | InputError | str | tuple[str, str]],
        published: date | None,
        on_error: Callable[[InputError], object],
    ) -> Iterator[Extraction]:
        # Windows of several documents are not encoded together: with 8-bit activations scaled by the whole batch, two thirds of
        # the documents came out differently for their neighbours' sake, and it took a sixth longer (inference/python.md).
        # They are read side by side instead, each by a thread.
        def read(numbered: tuple[int, object]) -> Extraction | InputError:
            try:
                return self.extract(_document(numbered[1], numbered[0]), published=published)
            except InputError as error:
                return error

        for found in map_ahead(read, enumerate(documents, 1), self.threads):
            if isinstance(found, InputError):
                on_error(found)
            else:
                yield found

    def extract_arrow(
        self,
        batches: Iterable[pa.RecordBatch] | pa.RecordBatch | pa.Table,
        *,
        published: date | str | None = None,
        on_error: Callable[[InputError], object] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Extract the documents of Arrow's record batches, into batches of facts.

        Memory holds one batch of documents and its facts at a time. The method can be handed to Spark's ``mapInArrow`` as it is.

        Args:
            batches: ``text`` holds the texts; ``id`` and ``published`` are optional (:func:`zhibiao.arrow.batch_documents`).
                A row without an id is numbered by its place, from 1.
            published, on_error: See :meth:`stream`.

        Yields:
            Batches of :data:`zhibiao.arrow.FACT_SCHEMA`, one row a fact, in the order of the documents; none for a batch
            without facts.

        Raises:
            InputError: If ``published`` is no date. While the batches are read: if one has no column ``text``, or one of these
                columns is of the wrong type.
            MissingExtraError: If pyarrow is not installed.
        """
        require("pyarrow", "tables", "extract_arrow")
        from zhibiao.arrow import as_batches

        day = parse_date(published) if published is not None else None
        return self._extract_arrow(as_batches(batches), day, on_error or _warn)

    def _extract_arrow(
        self, batches: Iterable[pa.RecordBatch], published: date | None, on_error: Callable[[InputError], object]
    ) -> Iterator[pa.RecordBatch]:
        from zhibiao.arrow import batch_documents, fact_batches

        first = 1
        for batch in batches:
            yield from fact_batches(self._stream(batch_documents(batch, first), published, on_error))
            first += batch.num_rows

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


def _document(given: object, number: int) -> Document:
    """What the caller gave as the document of a number.

    Raises:
        InputError: If it is an error already, or nothing that holds a text.
    """
    if isinstance(given, InputError):
        raise given
    if isinstance(given, Document):
        return given
    id, text = given if isinstance(given, tuple) and len(given) == 2 else (number, given)
    if not isinstance(text, str):
        # A missing value of a data frame, above all.
        raise InputError(f"{id}: is no text but {type(text).__name__} ({text!r:.40}); give a string, (id, text) or a Document")
    return Document(str(id), text)


def _warn(error: InputError) -> None:
    warnings.warn(f"left out: {error}", stacklevel=3)


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
