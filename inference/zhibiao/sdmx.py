"""Facts as SDMX-CSV 2.0, the data message that goes with SDMX 3.0.

After the field guide of the SDMX Technical Working Group: a header row with STRUCTURE, STRUCTURE_ID, ACTION, then dimensions,
measure and attributes; each row one observation. What the columns hold, and which codes stand for what the text leaves open, is
laid down in :data:`DIMENSIONS` and on the page ``inference/outputs.md``.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

from zhibiao.columns import COLUMNS, Cell, rows
from zhibiao.extraction import Extraction
from zhibiao.indicator import is_whole
from zhibiao.lines import csv_cell

__all__ = ["ATTRIBUTES", "DATED", "DIMENSIONS", "SDMX_COLUMNS", "UNDATED", "SdmxFile", "area_code"]

DATED = "ZHIBIAO:FACTS(1.0.0)"
"""The dataflow of facts whose period is known."""
UNDATED = "ZHIBIAO:UNDATED_FACTS(1.0.0)"
"""The dataflow of facts without one: it has the same components but TIME_PERIOD, which SDMX lets no observation leave open."""

DIMENSIONS = {
    "FREQ": "unit that the period counts in: A, S, Q, M, W or D (CL_FREQ); _U where it counts in none",
    "REF_AREA": "the region, see area_code; _U where it has no code, _X where the text names none",
    "INDICATOR": "id in zhibiao.indicators; _U if it is not listed",
    "BREAKDOWN": "_T if the fact is of the indicator itself, _O if of a part of it that NAME tells, _U if it is not listed",
    "KIND": "level, change, share or rank",
    "BASIS": "of a change: yoy, mom or other; else _Z",
    "FACT": "number of the fact in this file, from 1: two sources may tell the same",
    "TIME_PERIOD": "the period; empty in the dataflow UNDATED_FACTS",
}
"""The dimensions and what they hold."""

_SAID = frozenset(["amount", "unit", "indicator", "kind", "basis", "time_period", "frequency"])
ATTRIBUTES = {
    "UNIT_MEASURE": "ISO 4217 for money, %, ‰, pp, times, rank, a UCUM code, or the counted unit",
    "UNIT_MULT": "power of ten to multiply with: 0, since amounts are in base units",
    "OBS_STATUS": "CL_OBS_STATUS: A actual, E estimate, F target, O no amount (a range, or no number)",
    **{
        ("DOCUMENT" if column.name == "id" else column.name.upper()): column.meaning
        for column in COLUMNS
        if column.name not in _SAID
    },
}
"""The attributes and what they hold: the usual three, then the evidence."""

SDMX_COLUMNS = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "OBS_VALUE", *ATTRIBUTES)
"""The columns of the file."""

_STATUSES = {"actual": "A", "estimate": "E", "target": "F"}
_MISSING, _UNKNOWN, _NONE, _NOT_APPLICABLE, _TOTAL, _OTHER = "O", "_U", "_X", "_Z", "_T", "_O"
_WORLD = "001"  # UN M49


class SdmxFile:
    """A ``.sdmx.csv`` file in UTF-8, one observation a fact."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(SDMX_COLUMNS)
        self._facts = 0

    def write(self, extraction: Extraction) -> None:
        """Write the facts of an extraction, or of a piece of one."""
        for row in rows(extraction.document, extraction.facts):
            self._facts += 1
            self._writer.writerow(_observation(row, self._facts))

    def finish(self) -> None:
        """Complete the file."""
        self._stream.close()

    def discard(self) -> None:
        """Let go of the file, whatever it holds."""
        self._stream.close()


def _observation(row: dict[str, Cell], number: int) -> list[Cell]:
    indicator, name, period, amount = row["indicator"], str(row["name"]), row["time_period"], row["amount"]
    breakdown = (_TOTAL if is_whole(str(indicator), name) else _OTHER) if indicator else _UNKNOWN
    return [
        *("dataflow", DATED if period else UNDATED, "I"),
        row["frequency"] or _UNKNOWN,
        _area(row),
        *(indicator or _UNKNOWN, breakdown, row["kind"], row["basis"] or _NOT_APPLICABLE, number, period),
        csv_cell(amount),
        *(csv_cell(row["unit"]), 0, _MISSING if amount is None else _STATUSES[str(row["status"])]),
        *(csv_cell(row[column.name]) for column in COLUMNS if column.name not in _SAID),
    ]


def _area(row: dict[str, Cell]) -> str:
    code = area_code(row["region_name"], row["region_code"], row["region_kind"])
    return code or (_UNKNOWN if row["region"] else _NONE)


def area_code(name: Cell, code: Cell, kind: Cell) -> str | None:
    """The code of a region, as the column REF_AREA has it.

    Divisions have their six digits of GB/T 2260, countries their two letters of ISO 3166-1, the world the 001 of UN M49. A
    development zone, which has no code of its own, has that of the division it lies in, ``_Z`` and eight hexadecimal digits (the
    first of the SHA-256 of its canonical name in UTF-8), so that its figures are not taken for the division's; a zone of unknown
    place begins with ``Z``, and a group such as 长三角 has ``G`` and such digits.

    Args:
        name, code, kind: The columns ``region_name``, ``region_code`` and ``region_kind``.

    Returns:
        The code, or None where there is none: the region is not known, or it is ambiguous.
    """
    if not isinstance(name, str):
        return None
    digits = sha256(name.encode("utf-8", "replace")).hexdigest()[:8].upper()
    if kind == "zone":
        return f"{code}_Z{digits}" if code else f"Z{digits}"
    if kind == "world":
        return _WORLD
    if kind == "group":
        return f"G{digits}"
    return str(code) if code else None
