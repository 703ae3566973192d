"""What there is to do for one document, wherever it is done: read it, extract it, choose what is wanted, put it into words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.folder import open_model
from zhibiao.formats import read_file
from zhibiao.labels import LABELS
from zhibiao.sandbox import Sandbox

__all__ = [
    "Answer",
    "Done",
    "Dropped",
    "Extracts",
    "Failed",
    "Job",
    "LoadModel",
    "Piece",
    "Selection",
    "Settings",
    "decode_pieces",
    "parse_labels",
    "work",
]


class Extracts(Protocol):
    """Whatever extracts, as :class:`zhibiao.Extractor` does."""

    @property
    def threads(self) -> int:
        """See :attr:`zhibiao.Extractor.threads`."""
        ...

    def extract_parts(self, text: Document, /) -> Iterator[Extraction]:
        """See :meth:`zhibiao.Extractor.extract_parts`."""
        ...


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Loads the extractor in the process that is to use it.

    Attributes:
        model: A model folder or the name of a model; None for the default one.
        threads: Threads that each process computes with; None for one a core.
        backend: What runs the encoder (:data:`zhibiao.backends.BACKENDS`).
    """

    model: str | Path | None = None
    threads: int | None = None
    backend: str = "auto"

    def __call__(self) -> Extracts:
        """Load it.

        Raises:
            ModelError: If there is no such model, or it is damaged.
        """
        from zhibiao.extractor import Extractor

        return Extractor.load(self.model, threads=self.threads, backend=self.backend)

    def identity(self) -> str:
        """What tells the model from others, wherever it lies.

        Raises:
            ModelError: If there is no such model, or it is damaged.
        """
        return open_model(self.model).digest


@dataclass(frozen=True, slots=True)
class Selection:
    """What of an extraction is wanted.

    Attributes:
        min_score: Facts below it are left out.
        labels: Mentions of other labels are left out, with the links that they have; None for all. Facts stay.
    """

    min_score: float = 0.0
    labels: frozenset[str] | None = None

    def apply(self, extraction: Extraction) -> Extraction:
        """Leave out what is not wanted."""
        if self.min_score > 0:
            extraction = replace(extraction, facts=tuple(fact for fact in extraction.facts if fact.score >= self.min_score))
        if self.labels is not None:
            mentions = tuple(mention for mention in extraction.mentions if mention.label in self.labels)
            kept = {mention.id for mention in mentions}
            links = tuple(link for link in extraction.links if link.head in kept and link.tail in kept)
            extraction = replace(extraction, mentions=mentions, links=links)
        return extraction


def parse_labels(text: str) -> frozenset[str]:
    """Read labels with commas between them.

    Raises:
        InputError: If there is none, or one that no mention has.
    """
    labels = frozenset(label.strip().upper() for label in text.split(",") if label.strip())
    unknown = sorted(labels.difference(LABELS))
    if unknown or not labels:
        raise InputError(f"labels: {', '.join(unknown) or 'none given'}; name some of {', '.join(LABELS)}, with commas between")
    return labels


@dataclass(frozen=True, slots=True)
class Settings:
    """How every document of a run is treated.

    Attributes:
        load: Makes the extractor; can be pickled.
        published: The day of publication of all documents; None where each has its own, or none.
        text_column: Where tables have their texts; None to find it.
        selection: What is wanted.
    """

    load: Callable[[], Extracts]
    published: date | None = None
    text_column: str | None = None
    selection: Selection = Selection()


@dataclass(frozen=True, slots=True)
class Job:
    """A document to extract.

    Attributes:
        file: The number of its file in the run.
        item: Which document of that file it is, from 0.
        source: The file, where whoever extracts it is to read it too, or else the document.
    """

    file: int
    item: int
    source: Path | Document

    def failed(self, error: Exception | str) -> Failed:
        """What to answer when it cannot be done.

        Args:
            error: What was raised, or what is wrong in words.
        """
        path, row = str(self.source), None
        if isinstance(self.source, Document):
            path, row = self.source.path or "-", self.source.row
        if isinstance(error, InputError):
            return Failed(self.file, self.item, path, row, str(error))
        name = path if path != "-" else "standard input"
        return Failed(self.file, self.item, path, row, f"{name}{f': row {row}' if row is not None else ''}: {_reason(error)}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what was found in a document.

    Attributes:
        file, item: The document, as in :class:`Job`.
        number: Which piece it is, from 0; the first one has the text.
        content: The extraction as JSON.
        reached: How much of the text has been read, from 0 to 1.
    """

    file: int
    item: int
    number: int
    content: bytes
    reached: float


@dataclass(frozen=True, slots=True)
class Done:
    """A document of which all pieces came.

    Attributes:
        file, item: The document, as in :class:`Job`.
        pieces: How many they are.
        characters: Its length.
        facts: How many were found and are wanted.
    """

    file: int
    item: int
    pieces: int
    characters: int
    facts: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that could not be read or extracted; pieces that came before count for nothing.

    Attributes:
        file, item: The document, as in :class:`Job`.
        path: Its file; ``-`` for standard input.
        row: Its row or line, where that is a table.
        error: What is wrong.
    """

    file: int
    item: int
    path: str
    row: int | None
    error: str

    def to_json(self) -> dict[str, Any]:
        """The line for it in a file of errors."""
        return {"path": self.path, "row": self.row, "error": self.error}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A document that is begun anew: pieces that came before count for nothing.

    Attributes:
        file, item: The document, as in :class:`Job`.
    """

    file: int
    item: int


Answer: TypeAlias = Piece | Done | Failed | Dropped
"""What comes back for a job: pieces and :class:`Done`, or :class:`Failed`."""


def work(job: Job, extractor: Extracts, sandbox: Sandbox, settings: Settings) -> Iterator[Answer]:
    """Do a job.

    Args:
        job: It.
        extractor: What to extract with.
        sandbox: What to read with.
        settings: How.

    Yields:
        The answers, each as soon as it is there. Whatever goes wrong with a document becomes one of them.
    """
    try:
        document = _read(job.source, sandbox, settings)
        facts = number = 0
        for number, part in enumerate(extractor.extract_parts(document)):
            chosen = settings.selection.apply(part)
            facts += len(chosen.facts)
            yield Piece(job.file, job.item, number, _encode(chosen, number), _reached(part))
        yield Done(job.file, job.item, number + 1, len(document.text), facts)
    # One document in a million that hits upon a mistake of ours must not cost the others.
    except Exception as error:
        yield job.failed(error)


def decode_pieces(contents: Iterator[tuple[bytes, bool]]) -> Iterator[Extraction]:
    """Read the contents of pieces back.

    Args:
        contents: Of each piece its JSON, and whether another one of the same document follows; documents in any order, but the
            pieces of each together and in order.

    Yields:
        The extractions of the pieces.
    """
    whole: dict[str, Any] = {}
    document: Document | None = None
    for content, more in contents:
        row = json.loads(content.decode("utf-8", "surrogatepass"))
        if document is None:
            whole = row
            extraction = Extraction.from_json(row)
            document = extraction.document
        else:
            extraction = replace(Extraction.from_json(whole | row), document=document)
        yield replace(extraction, more=more)
        if not more:
            document = None


def _read(source: Path | Document, sandbox: Sandbox, settings: Settings) -> Document:
    if isinstance(source, Document):
        return source
    with sandbox.lock:
        found = next(read_file(source, sandbox, settings.published, settings.text_column))
    if isinstance(found, InputError):
        raise found
    return found


def _reason(error: Exception | str) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, MemoryError):
        return "needs more memory than there is; split it"
    kind = f"{type(error).__name__}: {str(error)[:200]}"
    return f"cannot be extracted ({kind}); please report it, with the text if you may"


# What each piece has of its own; the rest is the document's.
_OWN = ("entities", "relations", "facts")


def _encode(extraction: Extraction, number: int) -> bytes:
    row = extraction.to_json()
    if number:
        row = {key: row[key] for key in _OWN}
    # Half a surrogate pair, which a name of a file may have, is kept as it is.
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def _reached(part: Extraction) -> float:
    if not part.more:
        return 1.0
    return part.mentions[-1].end / len(part.document.text) if part.mentions else 0.0
