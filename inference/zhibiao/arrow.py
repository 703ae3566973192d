"""Documents out of Arrow's record batches and facts into them, for programs that pass data on in that form.

Spark, Ray, DuckDB, polars and others do; :meth:`zhibiao.Extractor.extract_arrow` puts the two ends together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pyarrow as pa

from zhibiao.columnar import FACT_SCHEMA, fact_batch
from zhibiao.columns import Cell, rows
from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.text import parse_date

__all__ = ["FACT_SCHEMA", "as_batches", "batch_documents", "fact_batches"]

_GROUP = 10_000
"""Most facts of a batch: some ten megabytes."""


def as_batches(given: Iterable[pa.RecordBatch] | pa.RecordBatch | pa.Table) -> Iterable[pa.RecordBatch]:
    """The batches of a table, of one batch or of anything that yields batches."""
    batches: Iterable[pa.RecordBatch] = given
    if isinstance(given, pa.Table):
        batches = given.to_batches()
    elif isinstance(given, pa.RecordBatch):
        batches = [given]
    return batches


def batch_documents(batch: pa.RecordBatch, first: int = 1) -> Iterator[Document | InputError]:
    """Read a document from each row.

    Args:
        batch: ``text`` holds strings; ``id`` is optional and may be of any type; so is ``published``, of dates, timestamps or
            strings (``YYYY-MM-DD``). Other columns are passed over.
        first: The number of the first row, which stands for its id where it has none.

    Yields:
        The documents, and an error in place of a row without a text or with a date that is none.

    Raises:
        InputError: If there is no ``text``, or a column is of another type.
    """
    texts = _column(batch, "text", _is_text, "strings")
    if texts is None:
        raise InputError(f"a batch has the columns {', '.join(batch.schema.names) or '(none)'}; call that of the texts text")
    ids = batch.column("id") if "id" in batch.schema.names else None
    days = _column(batch, "published", _is_day, "dates, timestamps or strings")
    for place in range(batch.num_rows):
        id = str(first + place if ids is None or (own := ids[place].as_py()) is None else own)
        text = texts[place].as_py()
        try:
            if text is None:
                raise InputError("the text is missing")
            yield Document(id, text, None if days is None else _day(days[place].as_py()))
        except InputError as error:
            yield InputError(f"{id}: {error}")


def _column(batch: pa.RecordBatch, name: str, fits: Any, wanted: str) -> pa.Array | None:
    if batch.schema.names.count(name) > 1:
        raise InputError(f"a batch has several columns {name}; keep one")
    if name not in batch.schema.names:
        return None
    column = batch.column(name)
    if not fits(column.type):
        raise InputError(f"the column {name} is of the type {column.type}; give it {wanted}")
    return column


def _is_text(type: pa.DataType) -> bool:
    if pa.types.is_dictionary(type):
        return _is_text(type.value_type)
    return any(check(type) for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null))


def _is_day(type: pa.DataType) -> bool:
    return _is_text(type) or pa.types.is_date(type) or pa.types.is_timestamp(type)


def _day(value: date | str | None) -> date | None:
    return None if value is None else parse_date(value)


def fact_batches(extractions: Iterable[Extraction]) -> Iterator[pa.RecordBatch]:
    """Lay facts out in batches of :data:`FACT_SCHEMA`, one row a fact; no batch is empty."""
    cells: list[dict[str, Cell]] = []
    for extraction in extractions:
        cells.extend(rows(extraction.document, extraction.facts))
        if len(cells) >= _GROUP:
            yield fact_batch(cells)
            cells = []
    if cells:
        yield fact_batch(cells)
