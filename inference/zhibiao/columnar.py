"""Facts in Arrow's columns: the Parquet file, and what else is fed column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zhibiao.columns import COLUMNS, Cell, Column, rows
from zhibiao.extraction import Extraction
from zhibiao.lines import utf8

__all__ = ["FACT_SCHEMA", "ParquetFile", "fact_batch"]

_AREAS = pa.list_(pa.struct([pa.field("name", pa.string()), pa.field("code", pa.string()), pa.field("kind", pa.string())]))
_TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "score": pa.float64(),
    "date": pa.date32(),
    "areas": _AREAS,
}


def _field(column: Column) -> pa.Field:
    return pa.field(column.name, _TYPES[column.type], metadata={"description": column.meaning, "description:zh": column.chinese})


FACT_SCHEMA = pa.schema([_field(column) for column in COLUMNS])
"""The columns of :data:`zhibiao.columns.COLUMNS` with their types; numbers are doubles, which hold 15 digits exactly."""


def fact_batch(cells: Sequence[Mapping[str, Cell]]) -> pa.RecordBatch:
    """Lay rows of facts, as :func:`zhibiao.columns.rows` yields them, out in columns."""
    arrays = [pa.array([_value(row[field.name]) for row in cells], field.type) for field in FACT_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=FACT_SCHEMA)


def _value(cell: Cell) -> object:
    if isinstance(cell, str):
        return utf8(cell)
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, tuple):
        return [{"name": utf8(each.name), "code": each.code, "kind": each.kind} for each in cell]
    return cell


_GROUP = 20_000
"""Rows held in memory before they are written: about 20 MB."""


class ParquetFile:
    """A ``.parquet`` file, compressed with Zstandard, one row a fact."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(str(path), FACT_SCHEMA, compression="zstd")
        self._rows: list[dict[str, Cell]] = []

    def write(self, extraction: Extraction) -> None:
        """Take in the facts of an extraction, or of a piece of one."""
        self._rows.extend(rows(extraction.document, extraction.facts))
        if len(self._rows) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_batch(fact_batch(self._rows))
        self._rows = []

    def finish(self) -> None:
        """Complete the file."""
        if self._rows:
            self._flush()
        self._writer.close()

    def discard(self) -> None:
        """Let go of the file, whatever it holds."""
        self._rows = []
        self._writer.close()
