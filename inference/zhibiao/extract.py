"""The command ``zhibiao extract``: its options, and what they set going."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhibiao.errors import InputError
from zhibiao.text import parse_date

# What loads numpy or takes time to load comes when it is needed: a mistyped option is to be told at once.
if TYPE_CHECKING:
    from zhibiao.document import Document
    from zhibiao.extraction import Extraction
    from zhibiao.jobs import Settings

__all__ = ["add_arguments", "add_backend", "parse_model", "parse_positive", "run_extract"]

_GOOD, _SOME_FAILED = 0, 1
_INTERRUPTED = 130  # what a shell reports for a program ended by SIGINT
# Models that go by a name; everything else is a folder.
_NAMED = ("default", "small")
# zhibiao.backends.BACKENDS, which is not imported for this: it loads numpy.
_BACKENDS = ("auto", "onnx", "openvino", "cuda")

_Complain = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a file, a folder or a pattern like 'reports/**/*.pdf' (text, HTML, PDF, docx, xlsx, csv, jsonl, parquet), or - for "
        "standard input",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="write everything to this file instead, in the format of its suffix"
    )
    parser.add_argument("--published", metavar="YYYY-MM-DD", help="day of publication, from which 今年 or 上半年 count")
    parser.add_argument("--text-column", metavar="NAME", help="column of a table, or field of JSON Lines, that holds the text")
    parser.add_argument("--min-score", type=_share, default=0.0, metavar="X", help="leave out facts with a lower score, 0 to 1")
    parser.add_argument("--labels", metavar="VALUE,METRIC…", help="write only mentions with these labels to a .jsonl; facts stay")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="write what failed to this file, one JSON object a line")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run with the same OUT ended")
    parser.add_argument("--workers", type=parse_positive, metavar="N", help="processes that extract side by side; needs -o")
    parser.add_argument(
        "--threads", type=parse_positive, metavar="N", help="threads of each process; by default all cores are shared out"
    )
    models = parser.add_mutually_exclusive_group()
    models.add_argument(
        "--model", type=parse_model, metavar="MODEL", help="model folder, or small; by default the model that comes with zhibiao"
    )
    models.add_argument("--small", dest="model", action="store_const", const="small", help="the same as --model small")
    add_backend(parser)
    parser.add_argument("--quiet", action="store_true", help="show no progress; without it, a terminal does")


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Give a command the option ``--backend``."""
    parser.add_argument(
        "--backend",
        choices=_BACKENDS,
        default="auto",
        help="what runs the encoder: ONNX Runtime, OpenVINO, ONNX Runtime on an NVIDIA GPU; by default OpenVINO where it is "
        "installed, else ONNX Runtime",
    )


def run_extract(arguments: argparse.Namespace, complain: _Complain) -> int:
    """Run the command.

    Args:
        arguments: Its arguments.
        complain: Told what cannot be read or extracted.

    Returns:
        0 if all went well, 1 if something failed, 130 if Ctrl-C or SIGTERM ended it and what was done has been written.

    Raises:
        ZhibiaoError: If nothing can be done.
    """
    # Whatever can be wrong about the options is found before the model is loaded.
    if arguments.output is None:
        for name in ("resume", "workers"):
            if getattr(arguments, name):
                raise InputError(f"--{name} is for a file: say where to write with -o OUT")
        if arguments.errors is not None:
            from zhibiao.sink import check_place

            check_place(arguments.errors)
        return _show(arguments, _settings(arguments), complain)
    return _write(arguments, complain)


def _settings(arguments: argparse.Namespace, threads: int | None = None) -> Settings:
    published = parse_date(arguments.published) if arguments.published is not None else None

    from zhibiao.jobs import LoadModel, Selection, Settings, parse_labels

    labels = parse_labels(arguments.labels) if arguments.labels is not None else None
    load = LoadModel(arguments.model, arguments.threads or threads, arguments.backend)
    return Settings(load, published, arguments.text_column, Selection(arguments.min_score, labels))


def _write(arguments: argparse.Namespace, complain: _Complain) -> int:
    from zhibiao.sink import check_output

    output: Path = arguments.output
    check_output(output)

    from zhibiao.batch import Plan, run_batch
    from zhibiao.encoder import usable_cores
    from zhibiao.progress import Progress

    workers = arguments.workers or 1
    settings = _settings(arguments, max(usable_cores() // workers, 1) if workers > 1 else None)
    progress = Progress.on_standard_error(quiet=arguments.quiet)
    plan = Plan(
        tuple(arguments.inputs), output, settings, _identity(arguments, settings), workers, arguments.resume, arguments.errors
    )
    outcome = run_batch(plan, progress, complain)
    if outcome.interrupted:
        progress.clear()
        held = f"{output} holds what is done (documents: {outcome.documents:,}); go on with --resume"
        complain(f"interrupted; {held if outcome.documents else 'no document was done'}")
        return _INTERRUPTED
    if outcome.failed and arguments.errors is not None and not arguments.quiet:
        complain(f"{outcome.failed:,} failed, see {arguments.errors}")
    return _SOME_FAILED if outcome.failed else _GOOD


def _identity(arguments: argparse.Namespace, settings: Settings) -> tuple[tuple[str, str], ...]:
    """What a run must have in common with the one that it goes on with."""
    from importlib.metadata import version

    from zhibiao.jobs import LoadModel

    return (
        ("version", version("zhibiao")),
        ("model", LoadModel(arguments.model).identity()),
        ("published", str(settings.published)),
        ("text-column", str(settings.text_column)),
        ("min-score", str(settings.selection.min_score)),
        ("labels", ",".join(sorted(settings.selection.labels or ()))),
    )


# ---------------------------------------------------------------------------------------------------------------- on screen


def _show(arguments: argparse.Namespace, settings: Settings, complain: _Complain) -> int:
    from zhibiao.inputs import is_one_document, read_inputs
    from zhibiao.table import render_lines

    documents = read_inputs(arguments.inputs, settings.published, settings.text_column)
    failed: list[dict[str, Any]] = []
    extractions = _extract(documents, settings, failed, complain if arguments.errors is None else _be_silent)
    first = next(extractions, None)
    if first is not None:  # no table of nothing: that would look like an answer
        for line in render_lines(chain([first], extractions), _screen_width(), headings=not is_one_document(arguments.inputs)):
            print(line)
    if arguments.errors is not None:
        from zhibiao.batch import write_errors

        write_errors(failed, arguments.errors)
    return _SOME_FAILED if failed else _GOOD


def _extract(
    documents: Iterator[Document | InputError], settings: Settings, failed: list[dict[str, Any]], complain: _Complain
) -> Iterator[Extraction]:
    """Extract one document after the other; what fails is complained about, added to ``failed`` and passed over."""
    from zhibiao.jobs import Failed, Job

    extractor = settings.load()
    for found in documents:
        if isinstance(found, InputError):
            failure = Failed(0, 0, found.path or "-", found.row, str(found))
        else:
            try:
                yield from map(settings.selection.apply, extractor.extract_parts(found))
                continue
            except Exception as error:
                failure = Job(0, 0, found).failed(error)
        complain(failure.error)
        failed.append(failure.to_json())


def _be_silent(words: str) -> None:
    """Say nothing: it is written to a file."""


def _screen_width() -> int | None:
    """Columns of the terminal, or None where the output is read by a program and nothing need be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


# ------------------------------------------------------------------------------------------------------------------ options


def parse_positive(text: str) -> int:
    """A whole number above 0, for argparse.

    Raises:
        argparse.ArgumentTypeError: If it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def parse_model(text: str) -> str | Path:
    """The name of a model that comes with zhibiao, or a folder."""
    return text if text in _NAMED else Path(text)
