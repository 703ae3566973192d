"""The command line: ``zhibiao extract FILE…``."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from zhibiao.errors import InputError, ZhibiaoError
from zhibiao.text import decode_text, parse_date

if TYPE_CHECKING:
    from zhibiao.document import Document
    from zhibiao.extraction import Extraction
    from zhibiao.extractor import Extractor

__all__ = ["main"]

_GOOD, _SOME_FAILED, _UNUSABLE = 0, 1, 2
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
    extract.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a file or folder (text, HTML, PDF, docx, xlsx, csv, jsonl, parquet), or - for standard input",
    )
    extract.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="write all facts to this file instead: .jsonl or .csv, by its suffix"
    )
    extract.add_argument(
        "--published",
        metavar="YYYY-MM-DD",
        help="day of publication, from which 今年 or 上半年 count",
    )
    extract.add_argument("--text-column", metavar="NAME", help="column of a table, or field of JSON Lines, that holds the text")
    extract.add_argument("--model", type=Path, metavar="DIR", help="model folder; by default the model that comes with zhibiao")
    extract.add_argument("--threads", type=_positive, metavar="N", help="threads to compute with; by default one a core")
    extract.set_defaults(run=_extract)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.version:
        from importlib.metadata import version

        print(f"zhibiao {version('zhibiao')}")
        return _GOOD
    if arguments.command is None:
        raise InputError("no command; say what to do, such as: zhibiao extract FILE (see zhibiao --help)")
    status: int = arguments.run(arguments)
    return status


def _extract(arguments: argparse.Namespace) -> int:
    # Whatever can be wrong about the options is found before the model is loaded.
    from zhibiao.table import check_output, render_lines, save

    output: Path | None = arguments.output
    if output is not None:
        check_output(output)
    published = parse_date(arguments.published) if arguments.published is not None else None

    from zhibiao.extractor import Extractor

    extractor = Extractor.load(arguments.model, threads=arguments.threads)
    failed: list[str] = []
    extractions = _extract_files(extractor, arguments.files, published, arguments.text_column, failed)
    first = next(extractions, None)
    if first is None:  # no table and no file of nothing: that would look like an answer
        return _SOME_FAILED
    extractions = chain([first], extractions)
    if output is not None:
        save(extractions, output)
    else:
        for line in render_lines(extractions, _screen_width(), headings=_several(arguments.files)):
            print(line)
    return _SOME_FAILED if failed else _GOOD


def _several(files: Sequence[str]) -> bool:
    """Whether more than one document may come."""
    return (
        len(files) > 1
        or Path(files[0]).is_dir()
        or Path(files[0]).suffix.lower() in (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
    )


def _extract_files(
    extractor: Extractor, files: Sequence[str], published: date | None, text_column: str | None, failed: list[str]
) -> Iterator[Extraction]:
    """Extract one document after the other; what cannot be read is complained about, added to ``failed`` and passed over."""
    for file in files:
        for found in _documents(file, published, text_column):
            try:
                if isinstance(found, InputError):
                    raise found
                yield from extractor.extract_parts(found)
            except InputError as error:
                _complain(error)
                failed.append(file)


def _documents(file: str, published: date | None, text_column: str | None) -> Iterator[Document | InputError]:
    """The documents of standard input (-), a file or a folder, and an error in place of each that cannot be read."""
    from zhibiao.document import Document
    from zhibiao.formats import read_documents

    if file == "-":
        try:
            yield Document("stdin", decode_text(_read_standard_input(), "standard input"), published)
        except InputError as error:
            yield error
        return
    yield from read_documents(file, published, text_column)


def _read_standard_input() -> bytes:
    if sys.stdin is None:
        raise InputError("standard input is closed; name a file, or pipe the text in")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(f"standard input cannot be read ({error.strerror or error}); name a file") from error


def _screen_width() -> int | None:
    """Columns of the terminal, or None where the output is read by a program and nothing need be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _complain(error: Exception) -> None:
    # A file's name may hold an escape sequence, which must not act on the terminal.
    words = " ".join(str(error).split())
    print("zhibiao: error:", "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words), file=sys.stderr)


def _tolerate_encoding() -> None:
    """Let a terminal or pipe that is not UTF-8 show ? for what it cannot, where Python would stop."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
