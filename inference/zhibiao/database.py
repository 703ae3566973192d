"""Documents, mentions, links and facts as a DuckDB database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from zhibiao.columnar import FACT_SCHEMA, fact_batch
from zhibiao.columns import Cell, rows
from zhibiao.extraction import Extraction
from zhibiao.lines import utf8

__all__ = ["TABLES", "DatabaseFile", "Tables"]


def _field(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": meaning})


_KEY = _field("document", pa.int64(), "number of the document in this file, from 1")
_ARTICLES = pa.list_(
    pa.struct([pa.field("start_offset", pa.int64()), pa.field("end_offset", pa.int64()), pa.field("title", pa.string())])
)
TABLES = {
    "documents": pa.schema(
        [
            _KEY,
            _field("id", pa.string(), "id of the document; two documents may share one"),
            _field("path", pa.string(), "file it was read from"),
            _field("row", pa.int64(), "row of a table, or line of a JSON Lines file, that it was, from 1"),
            _field("published", pa.date32(), "day of publication"),
            _field("published_from", pa.string(), "how that was found: caller, metadata, masthead or dateline"),
            _field("articles", _ARTICLES, "its articles, as offsets in text"),
            _field("text", pa.string(), "the text, which all offsets count the code points of"),
        ]
    ),
    "mentions": pa.schema(
        [
            _KEY,
            _field("id", pa.int64(), "number of the mention in its document"),
            _field("label", pa.string(), "ORG, REGION, PERIOD, METRIC, SUBJECT or VALUE"),
            _field("words", pa.string(), "its words as they stand in the text"),
            _field("start_offset", pa.int64(), "where it begins in the text, in code points from 0"),
            _field("end_offset", pa.int64(), "where it ends, exclusive"),
            _field("score", pa.float64(), "its probability, 0 to 1"),
            _field("attributes", pa.list_(pa.string()), "what is marked on a VALUE, such as yoy+"),
        ]
    ),
    "links": pa.schema(
        [
            _KEY,
            _field("id", pa.int64(), "number of the link in its document"),
            _field("type", pa.string(), "value_of, in_region, in_period, of_org or of_subject"),
            _field("from_id", pa.int64(), "the METRIC or VALUE, as mentions.id of the same document"),
            _field("to_id", pa.int64(), "what it is linked to, as mentions.id of the same document"),
            _field("score", pa.float64(), "its probability, 0 to 1"),
        ]
    ),
    "facts": FACT_SCHEMA.insert(0, _KEY),
}
"""The columns of each table, with their meanings as metadata."""
_BLOCK = 20_000
"""Rows, or thousands of characters of documents, held in memory before they are written."""


class Tables:
    """The tables ``documents``, ``mentions``, ``links`` and ``facts``, joined by ``document``, and filled block by block.

    Args:
        connection: An open database.
        schema: The schema of it to make them in.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str = "main") -> None:
        self._connection, self._schema = connection, schema
        with _disk():
            for name, columns in TABLES.items():
                connection.register("incoming", columns.empty_table())
                connection.execute(f"CREATE TABLE {schema}.{name} AS SELECT * FROM incoming")
                connection.unregister("incoming")
        self._rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in ("documents", "mentions", "links")}
        self._facts: list[dict[str, Cell]] = []
        self._fact_documents: list[int] = []
        self._held = self._documents = 0
        self._within = False

    def write(self, extraction: Extraction) -> None:
        """Take in an extraction, or a piece of one."""
        document = extraction.document
        if not self._within:
            self._documents += 1
            articles = [
                {"start_offset": a.start, "end_offset": a.end, "title": a.title and utf8(a.title)} for a in document.articles
            ]
            origin = (document.published, document.published_from, articles, utf8(document.text))
            path = document.path and utf8(document.path)
            self._rows["documents"].append((self._documents, utf8(document.id), path, document.row, *origin))
            self._held += len(document.text) // 1000
        self._within = extraction.more
        number = self._documents
        self._rows["mentions"] += (
            (number, m.id, m.label, utf8(document.text[m.start : m.end]), m.start, m.end, m.score, list(m.attributes))
            for m in extraction.mentions
        )
        self._rows["links"] += ((number, link.id, link.type, link.head, link.tail, link.score) for link in extraction.links)
        self._facts += rows(document, extraction.facts)
        self._fact_documents += [number] * len(extraction.facts)
        self._held += 1 + len(extraction.mentions) + len(extraction.links) + len(extraction.facts)
        if self._held >= _BLOCK:
            self.flush()

    def flush(self) -> None:
        """Insert what is still held in memory."""
        for name, held in self._rows.items():
            schema = TABLES[name]
            columns: list[Any] = list(zip(*held, strict=True)) if held else [()] * len(schema)
            self._insert(name, pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema))
            held.clear()
        facts = pa.Table.from_batches([fact_batch(self._facts)])
        self._insert("facts", facts.add_column(0, _KEY, pa.array(self._fact_documents, pa.int64())))
        self._facts, self._fact_documents, self._held = [], [], 0

    def _insert(self, name: str, table: pa.Table) -> None:
        if table.num_rows:
            with _disk():
                self._connection.register("incoming", table)
                self._connection.execute(f"INSERT INTO {self._schema}.{name} SELECT * FROM incoming")
                self._connection.unregister("incoming")


class DatabaseFile:
    """A ``.duckdb`` file that holds :class:`Tables`."""

    def __init__(self, path: Path) -> None:
        with _disk():
            # One thread and little memory: what is written comes in blocks of a few thousand rows.
            self._connection = duckdb.connect(str(path), config={"threads": 1, "memory_limit": "512MB"})
        self._tables = Tables(self._connection)
        self.write = self._tables.write
        for name, columns in TABLES.items():
            for field in columns:
                meaning = field.metadata[b"description"].decode().replace("'", "''")
                self._connection.execute(f"COMMENT ON COLUMN {name}.{field.name} IS '{meaning}'")

    def finish(self) -> None:
        """Complete the file."""
        self._tables.flush()
        with _disk():
            self._connection.execute("CHECKPOINT")
            self._connection.close()

    def discard(self) -> None:
        """Let go of the file, whatever it holds."""
        self._connection.close()


@contextmanager
def _disk() -> Iterator[None]:
    """Let an error of DuckDB about the file be one of the system, as everywhere else."""
    try:
        yield
    except duckdb.IOException as error:
        raise OSError(str(error).partition("\n")[0]) from error
