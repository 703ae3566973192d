"""SQL over the files that zhibiao wrote, by DuckDB."""

from __future__ import annotations

import csv
import glob
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhibiao.columns import COLUMNS, Column
from zhibiao.errors import InputError, require
from zhibiao.extraction import Extraction
from zhibiao.lines import FORMULA, csv_cell
from zhibiao.sink import check_place, replacing
from zhibiao.table import render_grid

if TYPE_CHECKING:
    import duckdb

__all__ = ["check_answer", "open_facts", "render_query", "save_query"]

_SUFFIXES = (".parquet", ".jsonl", ".csv", ".duckdb")
_ANSWERS = (".csv", ".parquet")
_TYPES = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "score": "DOUBLE",
    "date": "DATE",
    "areas": 'STRUCT("name" VARCHAR, code VARCHAR, kind VARCHAR)[]',
}
_NO_ROWS = "the query gives no rows; ask with select, such as: select * from facts"
_MOST_ROWS = 1000  # on screen
_BLOCK = 10_000  # rows of an answer held in memory


@contextmanager
def open_facts(paths: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open files that zhibiao wrote as one table ``facts``, with the columns of :data:`zhibiao.columns.COLUMNS`.

    A ``.duckdb`` or ``.jsonl`` file by itself has the tables ``documents``, ``mentions`` and ``links`` too. Parquet and CSV are
    read when they are asked for; JSON Lines are read into memory first. The files are never changed.

    Args:
        paths: Files that end in ``.parquet``, ``.jsonl``, ``.csv`` or ``.duckdb``.

    Yields:
        A connection to an unnamed database with the tables.

    Raises:
        InputError: If a file is missing, is of another format, or holds something else than zhibiao's facts.
        MissingExtraError: If a package of the extra ``tables`` is not installed.
    """
    require("duckdb", "tables", "asking files of facts")
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    try:
        selects = []
        for number, path in enumerate(paths):
            try:
                selects.append(_attach(connection, path, f"file{number}", alone=len(paths) == 1))
            except (duckdb.Error, OSError) as error:
                raise InputError(f"{path}: cannot be read ({_one_line(error)}); is it a file that zhibiao wrote?") from error
        connection.execute("CREATE VIEW facts AS " + " UNION ALL ".join(selects))
        yield connection
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *, alone: bool) -> str:
    """Make a file known to the connection; return the query that gives its facts."""
    lower = path.name.lower()
    if lower.endswith(".sdmx.csv") or not lower.endswith(_SUFFIXES):
        raise InputError(f"{path}: only {', '.join(_SUFFIXES)} can be asked; write one of these with zhibiao extract")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; check the name")
    if lower.endswith(".duckdb"):
        connection.execute(f"ATTACH {_quoted(str(path))} AS {name} (READ_ONLY)")
    elif lower.endswith(".jsonl"):
        connection.execute(f"CREATE SCHEMA {name}")
        _load(connection, path, name)
    else:
        place = _quoted(glob.escape(str(path)))
        if lower.endswith(".csv"):
            reader = f"read_csv({place}, header=true, all_varchar=true, delim=',', quote='\"', escape='\"', parallel=false)"
        else:
            reader = f"read_parquet({place})"
        return _select(connection, path, reader, is_csv=lower.endswith(".csv"))
    if alone:
        for table in ("documents", "mentions", "links"):
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {name}.{table}")
    columns = ", ".join(f'"{column.name}"' for column in COLUMNS)
    return f"SELECT {'document, ' if alone else ''}{columns} FROM {name}.facts"


def _load(connection: duckdb.DuckDBPyConnection, path: Path, schema: str) -> None:
    """Read JSON Lines into tables."""
    require("pyarrow", "tables", f"{path}: asking this format")
    from zhibiao.database import Tables

    tables = Tables(connection, schema)
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                tables.write(Extraction.from_json(json.loads(line)))
            except (InputError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise InputError(
                    f"{path}: line {number} is no document of zhibiao's output ({_one_line(error)}); take it out"
                ) from error
    tables.flush()


def _select(connection: duckdb.DuckDBPyConnection, path: Path, reader: str, *, is_csv: bool) -> str:
    """The query that gives the columns of a flat file their names and types; NULL for those it does not have."""
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()}
    if missing := [name for name in ("name", "value", "sentence") if name not in there]:
        raise InputError(f"{path}: has no column {missing[0]!r}; it is no table of facts that zhibiao wrote")
    cells = []
    for column in COLUMNS:
        cell = f'"{column.name}"' if column.name in there else "NULL"
        if is_csv and column.name in there:
            cell = _from_csv(column, cell)
        cells.append(f'CAST({cell} AS {_TYPES[column.type]}) AS "{column.name}"')
    return f"SELECT {', '.join(cells)} FROM {reader}"


def _from_csv(column: Column, cell: str) -> str:
    """The value that a cell of a CSV stands for."""
    if column.type == "areas":
        found = r"regexp_extract(area, '^(.*) ([^ ]+) ([^ ]+)$', ['name', 'code', 'kind'])"
        return f"CASE WHEN {cell} IS NULL THEN [] ELSE list_transform(string_split({cell}, '; '), lambda area: {found}) END"
    if column.type == "text":  # the apostrophe before what looks like a formula
        signs = ", ".join(f"chr({ord(sign)})" for sign in FORMULA)
        return f"CASE WHEN {cell}[1] = chr(39) AND {cell}[2] IN ({signs}) THEN {cell}[2:] ELSE {cell} END"
    return cell


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _ask(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    """Run a query; return the names and types of the columns of its answer, whose rows are fetched from the connection."""
    connection.execute(query)
    if not connection.description:
        raise InputError(_NO_ROWS)
    return [(name, str(kind)) for name, kind, *_ in connection.description]


@contextmanager
def _asking() -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise InputError(f"the query cannot be answered ({_one_line(error)})") from error


def render_query(path: Path, query: str, width: int | None = None) -> Iterator[str]:
    """Ask a file and lay the answer out for people to read, at most 1,000 rows of it.

    Args:
        path: See :func:`open_facts`.
        query: SQL as DuckDB speaks it, over the table ``facts``.
        width: Columns of the terminal; None lets every line be as long as it needs.

    Yields:
        Lines without their line ends; the last one counts the rows.

    Raises:
        InputError: If the file cannot be read, or the query cannot be answered.
        MissingExtraError: See :func:`open_facts`.
    """
    with open_facts([path]) as connection, _asking():
        columns = _ask(connection, query)
        rows = connection.fetchmany(_MOST_ROWS + 1)
    right = {n for n, (_, kind) in enumerate(columns) if kind.partition("(")[0].endswith(_NUMERIC)}
    shown = [[_shown(cell) for cell in row] for row in rows[:_MOST_ROWS]]
    yield from render_grid([name for name, _ in columns], shown, right, width)
    yield ""
    if len(rows) > _MOST_ROWS:
        yield f"the first {_MOST_ROWS:,} rows; -o FILE writes all"
    else:
        yield f"{len(rows)} row" + ("" if len(rows) == 1 else "s")


def check_answer(path: Path) -> None:
    """Find out whether :func:`save_query` can write a file, before any work is done.

    Raises:
        InputError: If its suffix is neither ``.csv`` nor ``.parquet``, its folder is missing, or it is a directory itself.
    """
    if path.suffix.lower() not in _ANSWERS:
        raise InputError(f"{path}: cannot tell the format of the output; end the name in {' or '.join(_ANSWERS)}")
    check_place(path)


def save_query(path: Path, query: str, output: Path) -> int:
    """Ask a file and write the answer to another, row by row.

    Args:
        path, query: See :func:`render_query`.
        output: A name that ends in ``.csv`` (as ``zhibiao extract`` writes it) or ``.parquet``.

    Returns:
        The number of rows.

    Raises:
        InputError: If the file cannot be read, the query cannot be answered, or the output cannot be written.
        MissingExtraError: See :func:`open_facts`.
    """
    check_answer(output)
    with open_facts([path]) as connection, _asking(), replacing(output) as part:
        if output.suffix.lower() == ".parquet":
            return _write_parquet(connection, query, part)
        columns = _ask(connection, query)
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([csv_cell(name) for name, _ in columns])
            number = 0
            while rows := connection.fetchmany(_BLOCK):
                writer.writerows([csv_cell(_plain(cell)) for cell in row] for row in rows)
                number += len(rows)
            return number


def _write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    require("pyarrow", "tables", f"{path}: writing this format")
    from pyarrow.parquet import ParquetWriter

    answer = connection.sql(query)
    reader = answer.to_arrow_reader(_BLOCK) if answer is not None else None
    if reader is None:
        raise InputError(_NO_ROWS)
    number = 0
    with ParquetWriter(str(path), reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            number += batch.num_rows
    return number


_NUMERIC = ("INT", "INTEGER", "DOUBLE", "FLOAT", "DECIMAL")


def _shown(cell: Any) -> str:
    plain = _plain(cell)
    return "" if plain is None else str(csv_cell(plain) if isinstance(plain, Decimal) else plain)


def _plain(cell: Any) -> Any:
    """A cell of an answer as a table shows it: a double as a decimal, regions as in a CSV, other lists as JSON."""
    if isinstance(cell, float):
        return Decimal(repr(cell)) if isfinite(cell) else str(cell)
    if isinstance(cell, list) and all(isinstance(each, dict) and list(each) == ["name", "code", "kind"] for each in cell):
        return "; ".join(" ".join(map(str, each.values())) for each in cell)
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if cell is None or isinstance(cell, int | str | Decimal):
        return cell
    return str(cell)
