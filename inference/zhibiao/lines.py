"""Extractions as JSON Lines and facts as CSV."""

from __future__ import annotations

import csv
import json
import shutil
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TextIO

from zhibiao.columns import COLUMNS, Cell, rows
from zhibiao.extraction import Extraction

__all__ = ["CSV_COLUMNS", "FORMULA", "CsvFile", "CsvLines", "JsonLines", "JsonLinesFile", "csv_cell", "utf8"]

#: The columns of a CSV: the document's id, the fields of a fact in the order of the output contract, then where it came from.
CSV_COLUMNS = tuple(column.name for column in COLUMNS)

# What a document holds most of; kept off memory until its turn comes, where the document comes in pieces.
_LISTS = ("entities", "relations", "facts")
_SPOOL = 2**22  # bytes


class JsonLines:
    """Writes one JSON object of the output contract a line, each as soon as it is there.

    The pieces of a long document make one object together, without being held in memory together.

    Args:
        stream: What to write to, in UTF-8.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stack = ExitStack()
        self._spools: list[IO[str]] = []

    def write(self, extraction: Extraction) -> None:
        """Write an extraction, or a piece of one."""
        row = extraction.to_json()
        if not self._spools and not extraction.more:
            self._stream.write(_json(row) + "\n")
            return
        if not self._spools:
            self._stream.write(_json({key: value for key, value in row.items() if key not in _LISTS})[:-1])
            self._spools = [self._stack.enter_context(_spool()) for _ in _LISTS]
        for key, spool in zip(_LISTS, self._spools, strict=True):
            spool.writelines(", " + _json(each) for each in row[key])
        if not extraction.more:
            self._complete()

    def _complete(self) -> None:
        for key, spool in zip(_LISTS, self._spools, strict=True):
            self._stream.write(f', "{key}": [')
            spool.seek(0)
            spool.read(len(", "))
            shutil.copyfileobj(spool, self._stream)
            self._stream.write("]")
        self._stream.write("}\n")
        self.discard()

    def finish(self) -> None:
        """Complete the object of a document whose last piece never came."""
        if self._spools:
            self._complete()

    def discard(self) -> None:
        """Let go of the pieces kept off memory."""
        self._stack.close()
        self._spools = []


class CsvLines:
    """Writes one row a fact in the order of :data:`CSV_COLUMNS`, each as soon as it is there.

    Args:
        stream: Opened with ``newline=""``; Excel wants ``utf-8-sig`` as its encoding.
    """

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream)
        self._writer.writerow(CSV_COLUMNS)

    def write(self, extraction: Extraction) -> None:
        """Write the facts of an extraction, or of a piece of one."""
        self._writer.writerows([csv_cell(cell) for cell in row.values()] for row in rows(extraction.document, extraction.facts))


class JsonLinesFile:
    """A ``.jsonl`` file."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._lines = JsonLines(self._stream)
        self.write = self._lines.write

    def finish(self) -> None:
        """Complete the file."""
        self._lines.finish()
        self._stream.close()

    def discard(self) -> None:
        """Let go of the file, whatever it holds."""
        self._lines.discard()
        self._stream.close()


class CsvFile:
    """A ``.csv`` file in UTF-8 with a byte order mark, as Excel wants it."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8-sig", newline="")
        self.write = CsvLines(self._stream).write

    def finish(self) -> None:
        """Complete the file."""
        self._stream.close()

    def discard(self) -> None:
        """Let go of the file, whatever it holds."""
        self._stream.close()


def _spool() -> IO[str]:
    return SpooledTemporaryFile(_SPOOL, "w+", encoding="utf-8", newline="")


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which a Python string may hold but UTF-8 may not
        text = json.dumps(value, allow_nan=False)
    return text


# A spreadsheet takes a cell that begins with one of these for a formula and runs it, so that a text could act on its reader's
# machine. The full-width ones do the same in Chinese and Japanese editions.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def utf8(text: str) -> str:
    """The text with "?" for what UTF-8 cannot hold, half a surrogate pair: a table is for reading."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def csv_cell(value: Cell) -> str | int | float | None:
    """A cell as a CSV has it.

    Numbers are plain (125400000000, without grouping or exponent). A text that a spreadsheet would run as a formula gets an
    apostrophe before it. Regions are told as ``name code kind`` with ``; `` between them.
    """
    if isinstance(value, str):
        value = utf8(value)
        return "'" + value if value.startswith(FORMULA) else value
    if isinstance(value, tuple):
        return csv_cell("; ".join(f"{each.name} {each.code} {each.kind}" for each in value))
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    return value
