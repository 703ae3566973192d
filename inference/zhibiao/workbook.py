"""Facts as an Excel workbook."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from zhibiao.columns import COLUMNS, Cell, Column, rows
from zhibiao.extraction import Extraction
from zhibiao.lines import FORMULA, csv_cell, utf8

__all__ = ["WORKBOOK_COLUMNS", "WorkbookFile"]

# What a reader looks at first stands to the left.
_FIRST = (
    *("name", "value", "amount", "unit", "kind", "basis", "status", "region_name", "region", "time_period", "period", "org"),
    *("score", "sentence", "id", "page"),
)

WORKBOOK_COLUMNS = (
    *(column for name in _FIRST for column in COLUMNS if column.name == name),
    *(column for column in COLUMNS if column.name not in _FIRST),
)
"""The columns of :data:`zhibiao.columns.COLUMNS` in the order of the workbook: what a reader looks at first comes first."""

_MOST_ROWS = 2**20  # that a sheet of Excel holds
_MOST_CHARACTERS = 32_767  # that a cell of Excel holds, counted in UTF-16
_FIRST_DAY = date(1900, 3, 1)  # Excel takes 1900 for a leap year: only from here on do its days agree with everybody's
# What XML cannot hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# What Excel would read as a character of its own: _x0041_ is A.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_HEAD = Font(bold=True)
_HEAD_FILL = PatternFill("solid", start_color="FFDDE6F0")


class WorkbookFile:
    """An ``.xlsx`` file: the sheet ``facts``, one row a fact, and the sheet ``columns``, which says what each column means.

    Numbers are numbers and days are days; the header stays in place, and every column has a filter. A text is a text, even if it
    begins with ``=``: it stays one when its cell is edited. Facts beyond the 1,048,575 that a sheet holds go on in ``facts 2``.
    """

    def __init__(self, path: Path) -> None:
        path.open("wb").close()  # an unwritable place is found now and not when all work is done
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheets = 0
        self._begin()

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.create_sheet("facts" if self._sheets == 1 else f"facts {self._sheets}")
        self._sheet.freeze_panes = "B2"
        for number, column in enumerate(WORKBOOK_COLUMNS, 1):
            self._sheet.column_dimensions[get_column_letter(number)].width = column.width
        self._append_head([column.name for column in WORKBOOK_COLUMNS])
        self._rows = 1

    def _append_head(self, names: list[str]) -> None:
        cells = []
        for name in names:
            cell = WriteOnlyCell(self._sheet, name)
            cell.font, cell.fill = _HEAD, _HEAD_FILL
            cells.append(cell)
        self._sheet.append(cells)

    def write(self, extraction: Extraction) -> None:
        """Take in the facts of an extraction, or of a piece of one."""
        for row in rows(extraction.document, extraction.facts):
            if self._rows == _MOST_ROWS:
                self._end()
                self._begin()
            self._sheet.append([self._cell(column, row[column.name]) for column in WORKBOOK_COLUMNS])
            self._rows += 1

    def _end(self) -> None:
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(WORKBOOK_COLUMNS))}{self._rows}"

    def _cell(self, column: Column, value: Cell) -> Any:
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, Decimal | float):
            cell = WriteOnlyCell(self._sheet, value)
            cell.number_format = "0.00" if column.type == "score" else _number_format(Decimal(value))
            return cell
        if isinstance(value, date) and value >= _FIRST_DAY:
            cell = WriteOnlyCell(self._sheet, value)
            cell.number_format = "yyyy-mm-dd"
            return cell
        text = value if isinstance(value, str) else str(csv_cell(value))
        cell = WriteOnlyCell(self._sheet, _text(text))
        cell.data_type = "s"
        if text.startswith(FORMULA):
            cell.quotePrefix = True
        return cell

    def finish(self) -> None:
        """Complete the file."""
        self._end()
        self._sheet = self._book.create_sheet("columns")
        for letter, width in zip("ABC", (20, 90, 30), strict=True):
            self._sheet.column_dimensions[letter].width = width
        self._append_head(["column", "meaning", "含义"])
        for column in WORKBOOK_COLUMNS:
            self._sheet.append([column.name, column.meaning, column.chinese])
        self._book.save(self._path)

    def discard(self) -> None:
        """Let go of the file, whatever it holds."""
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()
            sheet._writer.cleanup()  # its temporary file, which only saving removes


def _number_format(number: Decimal) -> str:
    """Digits in groups of three, and as many decimals as the number has."""
    exponent = number.normalize().as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return "#,##0" + ("." + "0" * min(decimals, 10) if decimals else "")


def _text(text: str) -> str:
    """The text as a cell can hold it."""
    text = _ESCAPE.sub("_x005F_", _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", utf8(text).replace("\r\n", "\n").replace("\r", "\n")))
    if len(text) * 2 > _MOST_CHARACTERS and len(text.encode("utf-16-le")) > 2 * _MOST_CHARACTERS:
        kept = text.encode("utf-16-le")[: 2 * (_MOST_CHARACTERS - 1)].decode("utf-16-le", "ignore")
        text = kept + "…"
    return text
