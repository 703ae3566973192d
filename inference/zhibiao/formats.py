"""Files and folders into documents, whatever format they are in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.sandbox import Sandbox
from zhibiao.text import read_text

__all__ = ["SUFFIXES", "holds_rows", "list_files", "read_documents", "read_file"]

_LARGEST_TEXT = 100_000_000  # bytes
_TEXT = "text"
_KINDS = {
    "": _TEXT,
    ".txt": _TEXT,
    ".md": _TEXT,
    ".html": "webpage",
    ".htm": "webpage",
    ".mhtml": "webpage",
    ".mht": "webpage",
    ".pdf": "pdf",
    ".docx": "word",
    ".xlsx": "workbook",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
}
_TABLES = ("workbook", "csv", "jsonl", "parquet")
_SUCCESSORS = {".doc": ".docx", ".wps": ".docx", ".rtf": ".docx", ".xls": ".xlsx", ".et": ".xlsx", ".caj": ".pdf", ".ofd": ".pdf"}

SUFFIXES = tuple(suffix for suffix in _KINDS if suffix)
"""Suffixes of the formats that :func:`read_documents` reads."""


def read_documents(
    path: str | Path, published: date | None = None, text_column: str | None = None
) -> Iterator[Document | InputError]:
    """Read the documents of a file, or of every file in a folder and its subfolders.

    The suffix tells the format: text (.txt, .md or none), web pages (.html, .htm, .mhtml), .pdf and .docx give one document each;
    .csv, .tsv, .xlsx, .parquet and .jsonl give one for each row. All but text is parsed in a process of its own, within limits of
    time and memory, and needs the extra ``formats``, .csv, .tsv and .jsonl excepted.

    Args:
        path: The file or folder. In a folder, hidden files are passed over, and the files come in the order of their names,
            before the subfolders.
        published: The date of publication of everything read; None for what web pages and the column ``published`` or ``date``
            say.
        text_column: The column of tables, or field of JSON Lines, that holds the text; None for one of the usual names, such as
            text, content or 正文, or else the only one with strings.

    Yields:
        The documents. What cannot be read (a file, a page, a row) gives an error in its place, and the rest is read.
    """
    with Sandbox() as sandbox:
        for file in list_files(Path(path)):
            if isinstance(file, InputError):
                yield file
            else:
                yield from read_file(file, sandbox, published, text_column)


def read_file(
    path: Path, sandbox: Sandbox, published: date | None = None, text_column: str | None = None
) -> Iterator[Document | InputError]:
    """Read the documents of one file, see :func:`read_documents`; every error knows its ``path``."""
    for found in _read(path, sandbox, published, text_column):
        if isinstance(found, InputError):
            found.path = str(path)
        elif found.published is not None:
            found = replace(found, published_from="metadata" if published is None else "caller")
        yield found


def holds_rows(path: Path) -> bool:
    """Whether a file is a table, by its suffix, and gives a document for each row; others give one."""
    return _kind(path) in _TABLES


def list_files(path: Path) -> Iterator[Path | InputError]:
    """List a file, or the files of a folder that can be read, in the order of :func:`read_documents`.

    Yields:
        The files, and an error that knows its ``path`` in place of each that is not read.
    """
    for found in _files(path):
        if isinstance(found, InputError) and found.path is None:
            found.path = str(path)
        yield found


def _files(path: Path) -> Iterator[Path | InputError]:
    try:
        if not path.is_dir():
            yield path if _kind(path) else _not_read(path)
            return
    except OSError as error:
        yield InputError(f"{path}: cannot be read ({error.strerror or error}); check the name")
        return
    closed: list[OSError] = []
    found = False
    for folder, below, names in os.walk(path, onerror=closed.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            found = True
            file = Path(folder, name)
            # Opening a pipe or a device may wait for ever.
            if not file.is_file():
                yield _about(file, f"{file}: is no file that can be read; take it out of the folder")
            elif file.suffix.lower() not in _KINDS:
                yield _not_read(file)
            else:
                yield file
    yield from (_about(e.filename, f"{e.filename}: cannot be read ({e.strerror or e}); check its permissions") for e in closed)
    if not found and not closed:
        yield InputError(f"{path}: holds no files; there is nothing to extract from")


def _kind(path: Path) -> str | None:
    """The format of a file; one that was named and has a suffix nobody knows is text, as names like ``report.2024`` show."""
    suffix = path.suffix.lower()
    return None if suffix in _SUCCESSORS else _KINDS.get(suffix, _TEXT)


def _not_read(path: Path) -> InputError:
    suffix = path.suffix.lower()
    advice = f"save it as {_SUCCESSORS[suffix]}" if suffix in _SUCCESSORS else f"formats are {', '.join(SUFFIXES)}"
    return _about(path, f"{path}: {suffix} files are not read; {advice}")


def _about(path: str | Path, message: str) -> InputError:
    error = InputError(message)
    error.path = str(path)
    return error


def _read(path: Path, sandbox: Sandbox, published: date | None, text_column: str | None) -> Iterator[Document | InputError]:
    kind = _kind(path)
    if kind is not None and kind != _TEXT and path.is_file():
        yield from sandbox.read(kind, path, published, text_column)
        return
    try:
        if path.is_file() and (size := path.stat().st_size) > _LARGEST_TEXT:
            raise InputError(f"{path}: has {size:,} bytes, more than the {_LARGEST_TEXT:,} that are read; split it")
        yield Document(path.stem, read_text(path), published, path=str(path))
    except InputError as error:
        yield error
