"""The command line: ``zhibiao extract INPUT…``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NoReturn

from zhibiao.ask import add_commands
from zhibiao.bench import add_bench
from zhibiao.errors import InputError, ZhibiaoError
from zhibiao.extract import add_arguments, run_extract

__all__ = ["main"]

_GOOD, _UNUSABLE = 0, 2
# What a shell reports for a program ended by SIGPIPE and by SIGINT.
_PIPE_CLOSED, _INTERRUPTED = 141, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the program's name; those of the process by default.

    Returns:
        0 if all went well, 1 if some input could not be read, 2 if nothing could be done (a wrong option, a broken model).

    Raises:
        SystemExit: For ``--help`` (0) and for options that argparse refuses (2).
    """
    if sys.stdout is None:
        return _UNUSABLE  # closed by whoever started us: nothing can be shown
    _tolerate_encoding()
    try:
        status = _run(_parser().parse_args(argv))
        sys.stdout.flush()
    except ZhibiaoError as error:
        _complain(error)
        return _UNUSABLE
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would flush once more at exit and complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except OSError as error:  # standard output on a full disk
        _complain(InputError(f"standard output cannot be written ({error.strerror or error})"))
        return _UNUSABLE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like every other error of the program."""

    def error(self, message: str) -> NoReturn:
        self.exit(_UNUSABLE, f"zhibiao: error: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="zhibiao", description="Turns Chinese economic text into a table of indicator facts.", allow_abbrev=False
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    extract = commands.add_parser(
        "extract",
        help="extract the facts of text files",
        description="Extracts the facts of text files and prints them as a table, or writes them to a file.",
        allow_abbrev=False,
    )
    add_arguments(extract)
    extract.set_defaults(run=lambda arguments: run_extract(arguments, _complain))

    view = commands.add_parser(
        "view",
        help="make a page to look at of what extract wrote",
        description="Makes one HTML page that shows articles, facts and charts, and needs neither a server nor a network.",
        allow_abbrev=False,
    )
    view.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what zhibiao extract -o FILE.jsonl wrote")
    view.add_argument("-o", "--output", type=Path, metavar="OUT", required=True, help="the page to write; its name ends in .html")
    view.set_defaults(run=_view)
    add_commands(commands)
    add_bench(commands)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    if arguments.version:
        from importlib.metadata import version

        print(f"zhibiao {version('zhibiao')}")
        return _GOOD
    if arguments.command is None:
        raise InputError("no command; say what to do, such as: zhibiao extract FILE (see zhibiao --help)")
    status: int = arguments.run(arguments)
    return status


def _view(arguments: argparse.Namespace) -> int:
    from zhibiao.view import read_extractions, save_report

    save_report(chain.from_iterable(map(read_extractions, arguments.files)), arguments.output)
    return _GOOD


def _complain(error: object) -> None:
    # A file's name may hold an escape sequence, which must not act on the terminal.
    words = " ".join(str(error).split())
    print("zhibiao: error:", "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words), file=sys.stderr)


def _tolerate_encoding() -> None:
    """Let a terminal or pipe that is not UTF-8 show ? for what it cannot, where Python would stop."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
