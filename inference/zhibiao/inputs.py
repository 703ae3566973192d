"""What a run is given: files, folders, patterns and standard input, listed one by one before any is read."""

from __future__ import annotations

import glob
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.formats import holds_rows, list_files, read_file
from zhibiao.sandbox import Sandbox
from zhibiao.text import decode_text

__all__ = ["Listed", "StandardInput", "is_one_document", "list_inputs", "read_inputs"]

_STANDARD_INPUT = "-"
_PATTERN = "*?["


@dataclass(frozen=True, slots=True)
class Listed:
    """A file to read.

    Attributes:
        path: Its name as documents and errors have it; ``-`` for standard input.
        key: Its absolute name, which tells it from all others.
        size: Its bytes.
        stamp: Differs from the one of before when the file has changed.
        rows: Whether it is a table and gives a document for each row.
        error: Why it cannot be read; None where that is not known yet.
    """

    path: str
    key: str
    size: int = 0
    stamp: str = ""
    rows: bool = False
    error: str | None = None


class StandardInput:
    """Standard input, which can be read only once and is kept from then on."""

    def __init__(self) -> None:
        self._data: bytes | None = None

    def read(self) -> bytes:
        """All bytes of it.

        Raises:
            InputError: If it is closed or cannot be read.
        """
        if self._data is None:
            if sys.stdin is None:
                raise InputError("standard input is closed; name a file, or pipe the text in")
            try:
                self._data = sys.stdin.buffer.read()
            except OSError as error:
                raise InputError(f"standard input cannot be read ({error.strerror or error}); name a file") from error
        return self._data

    def document(self, published: date | None) -> Document:
        """The document that it is.

        Raises:
            InputError: If it cannot be read or is no text.
        """
        try:
            return Document("stdin", decode_text(self.read(), "standard input"), published)
        except InputError as error:
            error.path = _STANDARD_INPUT
            raise


def list_inputs(names: Sequence[str], standard_input: StandardInput, besides: frozenset[Path] = frozenset()) -> Iterator[Listed]:
    """List every file that the names stand for, in their order.

    A name that is no file and has ``*``, ``?`` or ``[`` in it is a pattern, and stands for what a shell would put in its place;
    ``**`` stands for any number of folders. Files of a folder, and those that a pattern fits, come in the order of their names.

    Args:
        names: Files, folders, patterns, and ``-`` for standard input.
        standard_input: What ``-`` stands for.
        besides: Absolute paths of files that are passed over: what the run itself writes.

    Yields:
        The files, and what is wrong in place of each that cannot be read.
    """
    for name in names:
        if name == _STANDARD_INPUT:
            yield _listed_standard_input(standard_input)
            continue
        for found in _expand(name):
            if isinstance(found, InputError):
                path = found.path or name
                listed = Listed(path, str(Path(path).absolute()), error=str(found))
            else:
                listed = _listed(found)
            if Path(listed.key) not in besides:
                yield listed


def read_inputs(
    names: Sequence[str], published: date | None = None, text_column: str | None = None
) -> Iterator[Document | InputError]:
    """Read the documents of all that the names of :func:`list_inputs` stand for, and an error in place of what cannot be read."""
    standard_input = StandardInput()
    with Sandbox() as sandbox:
        for listed in list_inputs(names, standard_input):
            if listed.error is not None:
                yield _error(listed)
            elif listed.path == _STANDARD_INPUT:
                try:
                    yield standard_input.document(published)
                except InputError as error:
                    yield error
            else:
                yield from read_file(Path(listed.path), sandbox, published, text_column)


def is_one_document(names: Sequence[str]) -> bool:
    """Whether the names stand for one document at most, as far as they tell."""
    (first, *others) = names
    if others or holds_rows(Path(first)) or os.path.isdir(first):  # noqa: PTH112 (which is False for a name too long)
        return False
    return not any(character in first for character in _PATTERN) or os.path.lexists(first)


def _listed_standard_input(standard_input: StandardInput) -> Listed:
    try:
        data = standard_input.read()
    except InputError as error:
        return Listed(_STANDARD_INPUT, _STANDARD_INPUT, error=str(error))
    return Listed(_STANDARD_INPUT, _STANDARD_INPUT, len(data), hashlib.sha256(data).hexdigest())


def _listed(path: Path) -> Listed:
    size, stamp = 0, ""
    try:
        status = path.stat()
        size, stamp = status.st_size, f"{status.st_size} {status.st_mtime_ns}"
    except OSError:
        pass  # its reader says what is wrong
    return Listed(str(path), str(path.absolute()), size, stamp, holds_rows(path))


def _error(listed: Listed) -> InputError:
    error = InputError(listed.error)
    error.path = listed.path
    return error


def _expand(name: str) -> Iterator[Path | InputError]:
    if not any(character in name for character in _PATTERN) or os.path.lexists(name):
        yield from list_files(Path(name))
        return
    none = True
    # Path.glob finds hidden files, and no files at all for a last **; this is what shells do.
    for match in sorted(glob.iglob(name, recursive=True)):  # noqa: PTH207
        path = Path(match)
        if "**" in name and path.is_dir():
            continue  # the pattern fits what is in it too
        none = False
        yield from list_files(path)
    if none:
        yield InputError(f"{name}: no file fits this pattern; check it")
