"""The command ``zhibiao bench``: how fast zhibiao is on this machine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhibiao.extract import add_backend, parse_model, parse_positive

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_bench"]


def add_bench(commands: _SubParsersAction[Any]) -> None:
    """Tell the command line of the command."""
    bench = commands.add_parser(
        "bench",
        help="measure how fast zhibiao is on this machine",
        description="Measures characters a second, latency, start-up, memory and the time of each stage, beside the machine's "
        "own rate of matrix products. It takes less than a minute with the sample.",
        allow_abbrev=False,
    )
    bench.add_argument("files", nargs="*", type=Path, metavar="FILE", help="what to read; by default a sample of ten articles")
    bench.add_argument(
        "--model", type=parse_model, metavar="MODEL", help="model folder, or small; by default the model that comes with zhibiao"
    )
    add_backend(bench)
    bench.add_argument("--threads", type=parse_positive, metavar="N", help="threads to compute with; by default one a core")
    bench.add_argument("--rounds", type=parse_positive, default=5, metavar="N", help="how often all is read; by default 5")
    bench.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file as well, as JSON")
    bench.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    from zhibiao.benchmark import render, run_benchmark
    from zhibiao.sink import check_place, replacing

    if arguments.json is not None:
        check_place(arguments.json)
    report = run_benchmark(arguments.files, arguments.model, arguments.threads, arguments.rounds, arguments.backend)
    print("\n".join(render(report)))
    if arguments.json is not None:
        with replacing(arguments.json) as path:
            path.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0
