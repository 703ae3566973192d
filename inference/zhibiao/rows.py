"""Reading tables and JSON Lines: one document a row, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from zhibiao.archive import check_archive
from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.text import BYTE_ORDER_MARKS, decode_text

__all__ = ["read_csv", "read_jsonl", "read_parquet", "read_workbook"]

_TEXT = ("text", "content", "正文", "内容", "文本", "全文")
_ID = ("id",)
_PUBLISHED = ("published", "date", "发布日期", "发布时间", "日期")
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))(?:[T\s].*)?", re.ASCII | re.DOTALL)

_LONGEST = 10_000_000  # characters of a row, and bytes of a line
_CHUNK = 1 << 20
_BATCH = 64


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which of the columns hold what; None where there is none."""

    text: str
    id: str | None
    published: str | None


def read_csv(path: Path, published: date | None = None, text_column: str | None = None) -> Iterator[Document | InputError]:
    """Read a table with a heading line, its cells parted by commas or, in a .tsv file, tabs.

    Args:
        path: The file, in any encoding that :func:`zhibiao.text.decode_text` knows.
        published: The date of publication of all rows; None to take each row's own, if it has one.
        text_column: The column of the text; None to find it by its name.

    Yields:
        A document or an error for each row.

    Raises:
        InputError: If there is no such column, or the file cannot be read as a table (any further).
    """
    # The limit of the standard library, which is one for the whole process: this module runs in a process of its own.
    csv.field_size_limit(_LONGEST)
    number = 0
    try:
        with path.open(encoding=_encoding(path), newline="") as stream:
            reader = csv.reader(_bounded(stream, path), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
            names = next(reader, [])
            columns = _find_columns(path, names, names, text_column)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                number += 1
                yield _document(path, number, dict(zip(names, cells, strict=False)), columns, published)
    except (csv.Error, UnicodeError) as error:
        raise InputError(f"{path}: cannot be read after row {number} ({error}); repair it or save it anew") from error


def _bounded(stream: TextIO, path: Path) -> Iterator[str]:
    while line := stream.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise InputError(f"{path}: has a line of more than {_LONGEST:,} characters; it is no table")
        yield line


def read_jsonl(path: Path, published: date | None = None, text_column: str | None = None) -> Iterator[Document | InputError]:
    """Read a file with a JSON object on each line.

    Args:
        path: The file.
        published: The date of publication of all rows; None to take each row's own, if it has one.
        text_column: The field of the text; None to find it by its name.

    Yields:
        A document or an error for each line that is not blank.

    Raises:
        InputError: If the file is not text (any further).
    """
    number = 0
    try:
        with path.open(encoding=_encoding(path)) as stream:
            for number, line in enumerate(_bounded(stream, path), 1):
                if line.strip():
                    try:
                        yield _json_document(path, number, line, published, text_column)
                    except InputError as error:
                        error.row = number
                        yield error
    except UnicodeError as error:
        raise InputError(f"{path}: cannot be read after line {number} ({error}); save it as UTF-8") from error


def _json_document(path: Path, number: int, line: str, published: date | None, text_column: str | None) -> Document | InputError:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: line {number} is not JSON ({error}); write one object on each line") from error
    if not isinstance(row, dict):
        raise InputError(f"{path}: line {number} is no JSON object; write one object on each line")
    texts = [name for name, value in row.items() if isinstance(value, str)]
    return _document(path, number, row, _find_columns(path, list(row), texts, text_column, f"line {number}"), published, "line")


def read_parquet(path: Path, published: date | None = None, text_column: str | None = None) -> Iterator[Document | InputError]:
    """Read a Parquet file.

    Args:
        path: The file.
        published: The date of publication of all rows; None to take each row's own, if it has one.
        text_column: The column of the text; None to find it by its name.

    Yields:
        A document or an error for each row.

    Raises:
        InputError: If there is no such column or the file is damaged, or if pyarrow is missing.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError(f"{path}: reading .parquet needs pyarrow; install it with: pip install 'zhibiao[formats]'") from None
    number = 0
    try:
        with parquet.ParquetFile(path, buffer_size=_CHUNK) as file:
            schema = file.schema_arrow
            texts = [field.name for field in schema if _is_text(pyarrow, field.type)]
            columns = _find_columns(path, schema.names, texts, text_column)
            wanted = list(dict.fromkeys(name for name in (columns.text, columns.id, columns.published) if name is not None))
            for batch in file.iter_batches(_BATCH, columns=wanted, use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    yield _document(path, number, row, columns, published)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: is damaged or no Parquet file, after row {number} ({error}); write it anew") from error


def _is_text(pyarrow: Any, kind: Any) -> bool:
    types = pyarrow.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def read_workbook(path: Path, published: date | None = None, text_column: str | None = None) -> Iterator[Document | InputError]:
    """Read an Excel file (.xlsx) whose sheets each have a heading row.

    Args:
        path: The file.
        published: The date of publication of all rows; None to take each row's own, if it has one.
        text_column: The column of the text; None to find it by its name.

    Yields:
        A document or an error for each row that is not blank, sheet by sheet; an error for a sheet without a column of texts.

    Raises:
        InputError: If the file is damaged or too large, or if openpyxl is missing.
    """
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise InputError(f"{path}: reading .xlsx needs openpyxl; install it with: pip install 'zhibiao[formats]'") from None
    check_archive(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: is damaged or no Excel file ({error}); open it in Excel and save it as .xlsx") from error
    try:
        sheets = list(book.worksheets)
        for sheet in sheets:
            # What a sheet says of its size is often wrong.
            sheet.reset_dimensions()
            try:
                rows = _sheet_rows(path, sheet.title, sheet.iter_rows(values_only=True), published, text_column, len(sheets) > 1)
                yield from rows
            except InputError as error:
                yield error
    finally:
        book.close()


def _sheet_rows(
    path: Path,
    title: str,
    rows: Iterator[Sequence[Any]],
    published: date | None,
    text_column: str | None,
    several: bool,
) -> Iterator[Document | InputError]:
    filled = (row for row in rows if any(cell is not None and str(cell).strip() for cell in row))
    heading = next(filled, None)
    if heading is None:
        if several:  # a workbook comes with empty sheets
            return
        raise InputError(f"{path}: is empty; there is nothing to extract from")
    names = ["" if cell is None else str(cell) for cell in heading]
    columns: _Columns | None = None
    for number, cells in enumerate(filled, 1):
        row = dict(zip(names, cells, strict=False))
        if columns is None:
            texts = [name for name, value in row.items() if isinstance(value, str)]
            columns = _find_columns(path, names, texts, text_column, f"sheet {title}" if several else "")
        yield _document(path, number, row, columns, published, sheet=title if several else None)


def _find_columns(path: Path, names: Sequence[str], texts: Sequence[str], text_column: str | None, place: str = "") -> _Columns:
    """Tell what the columns hold.

    Args:
        path: The file, for errors.
        names: All columns.
        texts: Those that hold strings.
        text_column: The one the caller has named.
        place: Where in the file that is, for errors.
    """
    known = {name.strip().lower(): name for name in reversed(names)}
    identifier = next((known[name] for name in _ID if name in known), None)
    published = next((known[name] for name in _PUBLISHED if name in known), None)
    where = f"{path}: {place} " if place else f"{path}: "
    listed = ", ".join(name or "(no name)" for name in names[:20]) or "none at all"
    if text_column is not None:
        if text_column not in names:
            raise InputError(f"{where}has no column {text_column!r}; its columns are: {listed}")
        return _Columns(text_column, identifier, published)
    text = next((known[name] for name in _TEXT if name in known), None)
    if text is None:
        others = [name for name in texts if name not in (identifier, published)]
        if len(others) != 1:
            raise InputError(
                f"{where}has no column named {' or '.join(_TEXT)}; say which holds the text; its columns are: {listed}"
            )
        text = others[0]
    return _Columns(text, identifier, published)


def _document(
    path: Path,
    number: int,
    row: Mapping[str, Any],
    columns: _Columns,
    published: date | None,
    unit: str = "row",
    sheet: str | None = None,
) -> Document | InputError:
    item = _row_document(path, number, row, columns, published, unit, sheet)
    if isinstance(item, InputError):
        item.row = number
    return item


def _row_document(
    path: Path, number: int, row: Mapping[str, Any], columns: _Columns, published: date | None, unit: str, sheet: str | None
) -> Document | InputError:
    where = f"{path}: {unit} {number}" if sheet is None else f"{path}: sheet {sheet}, {unit} {number}"
    text = row.get(columns.text)
    if text is None or not str(text).strip():
        return InputError(f"{where} has no text in its column {columns.text}; there is nothing to extract from")
    if not isinstance(text, str | int | float | date):
        return InputError(f"{where}: the column {columns.text} holds no text but a {type(text).__name__}; name another column")
    if len(str(text)) > _LONGEST:
        return InputError(f"{where} has more than {_LONGEST:,} characters; split it")
    if published is None and columns.published is not None:
        try:
            published = _date(row.get(columns.published))
        except ValueError:
            value = str(row.get(columns.published))[:40]
            return InputError(f"{where}: the {columns.published} {value!r} is not a date; write it as YYYY-MM-DD")
    identifier = row.get(columns.id) if columns.id is not None else None
    if identifier is None or not str(identifier).strip():
        identifier = f"{path.stem}#{number}" if sheet is None else f"{path.stem}#{sheet}#{number}"
    return Document(str(identifier), str(text), published, path=str(path), row=number)


def _date(value: Any) -> date | None:
    """A date as tables write them.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError
    return date(int(match[1]), int(match[2] or match[4]), int(match[3] or match[5]))


def _encoding(path: Path) -> str:
    """Which encoding a file is written in, found without holding all of it.

    Raises:
        InputError: If it is empty or in no encoding that zhibiao knows.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
        if not head:
            raise InputError(f"{path}: is empty; there is nothing to extract from")
        for mark, encoding, _ in BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return encoding
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        line = position = 0  # where the last line that was good, and where the chunk begins
        while True:
            chunk = stream.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                break
            if not chunk:
                return "utf-8"
            if (end := chunk.rfind(b"\n")) >= 0:
                line = position + end + 1
            position += len(chunk)
        # The lines around the place tell; line ends are never part of another character.
        stream.seek(line)
        size = position - line + 2 * _CHUNK
        sample = stream.read(size)
    if len(sample) == size:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    decode_text(sample, str(path))
    return "gb18030"
