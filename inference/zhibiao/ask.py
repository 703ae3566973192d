"""The commands ``query`` and ``pivot``: questions to files that were written before."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_commands"]

_GOOD = 0


def add_commands(commands: _SubParsersAction[Any]) -> None:
    """Tell the command line of the two commands."""
    query = commands.add_parser(
        "query",
        help="ask a file of facts with SQL",
        description="Asks a file that zhibiao extract wrote (.parquet, .jsonl, .csv, .duckdb) with the SQL of DuckDB. The table "
        "is called facts; .jsonl and .duckdb have documents, mentions and links too.",
        allow_abbrev=False,
    )
    query.add_argument("file", type=Path, metavar="FILE", help="what zhibiao extract wrote")
    query.add_argument("query", metavar="SQL", help='such as: "select name, amount, unit from facts where score > 0.9"')
    query.add_argument("-o", "--output", type=Path, metavar="OUT", help="write the answer to this file: .csv or .parquet")
    query.set_defaults(run=_query)

    pivot = commands.add_parser(
        "pivot",
        help="make a table of regions and indicators for a period",
        description="Makes a table of regions and indicators for a period from files that zhibiao extract wrote (.parquet, "
        ".jsonl, .csv, .duckdb), and says where sources disagree.",
        allow_abbrev=False,
    )
    pivot.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what zhibiao extract wrote")
    pivot.add_argument(
        "--period",
        metavar="PERIOD",
        help="2024, 2024-Q3, 2024-01-01/2024-09-30 or 2024年前三季度; by default the period that most facts are of",
    )
    pivot.add_argument(
        "--indicator",
        action="append",
        default=[],
        metavar="NAME",
        help="show only this one, by id (gdp) or name (地区生产总值); may be repeated",
    )
    pivot.add_argument(
        "--status", choices=["actual", "estimate", "target"], default="actual", help="which facts to show; by default actual"
    )
    pivot.add_argument("--min-score", type=_score, default=0.0, metavar="P", help="leave out facts with a lower score")
    pivot.add_argument("-o", "--output", type=Path, metavar="OUT", help="write the table to this file: .csv")
    pivot.set_defaults(run=_pivot)


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return score


def _query(arguments: argparse.Namespace) -> int:
    from zhibiao.query import render_query, save_query

    if arguments.output is not None:
        save_query(arguments.file, arguments.query, arguments.output)
    else:
        for line in render_query(arguments.file, arguments.query, _screen_width()):
            print(line)
    return _GOOD


def _pivot(arguments: argparse.Namespace) -> int:
    from zhibiao.pivot import check_pivot_output, notes, pivot, render_pivot, save_pivot

    if arguments.output is not None:
        check_pivot_output(arguments.output)
    table = pivot(
        arguments.files,
        arguments.period,
        wanted=arguments.indicator,
        status=arguments.status,
        min_score=arguments.min_score,
    )
    if arguments.output is not None:
        save_pivot(table, arguments.output)
        for line in notes(table):
            print(line)
    else:
        for line in render_pivot(table, _screen_width()):
            print(line)
    return _GOOD


def _screen_width() -> int | None:
    """Columns of the terminal, or None where the output is read by a program and nothing need be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
