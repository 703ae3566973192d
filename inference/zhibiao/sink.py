"""Where extractions go: one file of the format that its suffix tells.

>>> with open_sink(Path("facts.csv")) as sink:
...     for extraction in extractor.extract_parts(document):
...         sink.write(extraction)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from zhibiao.document import Document
from zhibiao.errors import InputError, require
from zhibiao.extraction import Extraction

__all__ = ["SUFFIXES", "Sink", "check_output", "check_place", "open_sink", "replacing", "save"]


class _Writer(Protocol):
    """A file under construction."""

    def write(self, extraction: Extraction) -> None:
        """Take in an extraction, or a piece of one."""

    def finish(self) -> None:
        """Complete the file and close it; a document whose last piece never came ends with what there is."""

    def discard(self) -> None:
        """Close the file as it is, for it is not wanted any more."""


def _jsonl(path: Path) -> _Writer:
    from zhibiao.lines import JsonLinesFile

    return JsonLinesFile(path)


def _csv(path: Path) -> _Writer:
    from zhibiao.lines import CsvFile

    return CsvFile(path)


def _xlsx(path: Path) -> _Writer:
    from zhibiao.workbook import WorkbookFile

    return WorkbookFile(path)


def _parquet(path: Path) -> _Writer:
    from zhibiao.columnar import ParquetFile

    return ParquetFile(path)


def _sdmx(path: Path) -> _Writer:
    from zhibiao.sdmx import SdmxFile

    return SdmxFile(path)


def _duckdb(path: Path) -> _Writer:
    from zhibiao.database import DatabaseFile

    return DatabaseFile(path)


class _Format(NamedTuple):
    """A format of output.

    Attributes:
        open: Begins a file.
        packages: What it needs beyond zhibiao's own dependencies; the extra ``tables`` has them.
    """

    open: Callable[[Path], _Writer]
    packages: tuple[str, ...] = ()


_FORMATS = {
    ".jsonl": _Format(_jsonl),
    ".csv": _Format(_csv),
    ".xlsx": _Format(_xlsx, ("openpyxl",)),
    ".parquet": _Format(_parquet, ("pyarrow",)),
    ".sdmx.csv": _Format(_sdmx),
    ".duckdb": _Format(_duckdb, ("duckdb", "pyarrow")),
}

SUFFIXES = tuple(_FORMATS)
"""Suffixes of the formats that :func:`open_sink` writes."""


def check_output(path: Path) -> None:
    """Find out whether :func:`open_sink` can write a file, before any work is done.

    Raises:
        InputError: If its suffix is none of :data:`SUFFIXES`, its folder is missing, or it is a directory itself.
        MissingExtraError: If the format needs a package that is not installed.
    """
    form = _format(path)
    check_place(path)
    for package in form.packages:
        require(package, "tables", f"{path}: writing this format")


def check_place(path: Path) -> None:
    """Find out whether a file can be made at a place.

    Raises:
        InputError: If its folder is missing, or it is a directory itself.
    """
    try:
        is_folder, has_folder = path.is_dir(), path.parent.is_dir()
    except OSError as error:  # a name too long, a folder above it that may not be entered
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another name") from error
    if is_folder:
        raise InputError(f"{path}: the output is a directory; name a file")
    if not has_folder:
        raise InputError(f"{path}: there is no folder {path.parent} to write to; make it first")


def _format(path: Path) -> _Format:
    name = path.name.lower()
    # .sdmx.csv ends in .csv too.
    fitting = [suffix for suffix in _FORMATS if name.endswith(suffix)]
    if not fitting:
        *others, last = _FORMATS
        raise InputError(f"{path}: cannot tell the format of the output; end the name in {', '.join(others)} or {last}")
    return _FORMATS[max(fitting, key=len)]


class Sink:
    """A file that extractions are written to, one at a time; made by :func:`open_sink`.

    Memory holds one piece of a document and what the format gathers for a block, never the file. A sink is for one thread. As a
    context manager it closes at the end of the block, and discards where the block fails.
    """

    def __init__(self, path: Path) -> None:
        form = _format(path)
        self._path = path
        self._open: Document | None = None  # of which further pieces are to come
        self._target, self._part = _places(path)
        self._writer: _Writer | None = None
        with self._failing():
            _remove(self._part)  # what a process of the same number may have left behind
            self._writer = form.open(self._part)

    def write(self, extraction: Extraction) -> None:
        """Write an extraction, or the next piece of one (:meth:`zhibiao.Extractor.extract_parts`).

        Where a document follows whose predecessor said that more was to come, the predecessor ends with the pieces there were.

        Raises:
            InputError: If the file cannot be written, such as for want of space. Nothing of it is left then.
            ValueError: If the sink is closed.
        """
        writer = self._live()
        with self._failing():
            if self._open is not None and extraction.document != self._open:
                writer.write(Extraction(self._open))
            writer.write(extraction)
            self._open = extraction.document if extraction.more else None

    def close(self) -> None:
        """Complete the file and put it in its place, where an earlier one gives way at once. A second call does nothing.

        Raises:
            InputError: If the file cannot be written. An earlier one stays as it was.
        """
        if self._writer is None:
            return
        writer = self._writer
        with self._failing():
            if self._open is not None:
                writer.write(Extraction(self._open))
                self._open = None
            writer.finish()
            self._part.replace(self._target)
        self._writer = None

    def discard(self) -> None:
        """Give the file up: an earlier one stays as it was, and nothing else remains."""
        if self._writer is not None:
            with suppress(Exception):
                self._writer.discard()
        self._writer = None
        _remove(self._part)

    def _live(self) -> _Writer:
        if self._writer is None:
            raise ValueError(f"{self._path}: the file is closed")
        return self._writer

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Discard where the work fails, and say what is wrong with the disk."""
        try:
            yield
        except BaseException as error:
            self.discard()
            if isinstance(error, OSError):  # a full disk, above all
                raise _disk_error(self._path, error) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def open_sink(path: Path) -> Sink:
    """Begin a file in the format that the suffix of ``path`` tells; see :data:`SUFFIXES`.

    The file appears when the sink is closed; until then an earlier one stays as it was.

    Raises:
        InputError: If :func:`check_output` finds fault with ``path``, or it cannot be written.
        MissingExtraError: If the format needs a package that is not installed.
    """
    check_output(path)
    return Sink(path)


def save(extractions: Iterable[Extraction], path: Path) -> None:
    """Write extractions to a file in the format that its suffix tells.

    The file appears when all is written; an error on the way leaves an earlier one as it was.

    Args:
        extractions: Read one at a time; a long document may come in pieces.
        path: A name that ends in one of :data:`SUFFIXES`.

    Raises:
        InputError: If :func:`check_output` finds fault with ``path``, or it cannot be written.
        MissingExtraError: If the format needs a package that is not installed.
    """
    with open_sink(path) as sink:
        for extraction in extractions:
            sink.write(extraction)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Name a new file beside ``path`` that takes its place once the block has written it, and vanishes if something fails.

    Raises:
        InputError: If it cannot be written.
    """
    target, part = _places(path)
    try:
        yield part
        part.replace(target)
    except BaseException as error:
        _remove(part)
        if isinstance(error, OSError):
            raise _disk_error(path, error) from error
        raise


def _places(path: Path) -> tuple[Path, Path]:
    target = path.resolve()  # a symbolic link stays one
    return target, target.with_name(f".{target.name}.{os.getpid()}.part")


def _remove(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".wal").unlink(missing_ok=True)  # what DuckDB writes first


def _disk_error(path: Path, error: OSError) -> InputError:
    advice = "check its folder's permissions" if isinstance(error, PermissionError) else "check the disk"
    return InputError(f"{path}: cannot be written ({error.strerror or error}); {advice}")
