"""Facts as a table: on a terminal, as JSON lines and as CSV."""

from __future__ import annotations

import csv
import json
import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from zhibiao.errors import InputError

if TYPE_CHECKING:
    from zhibiao.extraction import Extraction
    from zhibiao.facts import Fact

__all__ = ["CSV_COLUMNS", "check_output", "render_lines", "render_table", "save", "write_csv", "write_jsonl"]

# ---------------------------------------------------------------------------------------------------------------- terminal

_GAP = "  "


class _Column(NamedTuple):
    """A column of the table on screen.

    Attributes:
        title: Its heading.
        least: The width it may be cut down to; 0 for one that is never cut, since a cut number is a wrong one.
        right: Whether its cells stand to the right.
        rank: Columns of the highest rank are the first to go where the screen is too narrow; 0 never goes.
    """

    title: str
    least: int
    right: bool = False
    rank: int = 0


_COLUMNS = (
    _Column("indicator", 14),
    _Column("value", 8),
    _Column("amount", 0, right=True, rank=1),
    _Column("basis", 0, rank=4),
    _Column("region", 8, rank=2),
    _Column("period", 8, rank=3),
    _Column("dates", 0, rank=7),
    _Column("organisation", 8, rank=8),
    _Column("status", 0, rank=5),
    _Column("score", 0, right=True, rank=6),
)

_BOUNDS = {"approx": "≈ ", "at_least": "≥ ", "more_than": "> ", "at_most": "≤ ", "less_than": "< "}


def render_table(extractions: Iterable[Extraction], width: int | None = None, *, headings: bool = False) -> str:
    """Return the lines of :func:`render_lines` as one string."""
    return "\n".join(render_lines(extractions, width, headings=headings))


def render_lines(extractions: Iterable[Extraction], width: int | None = None, *, headings: bool = False) -> Iterator[str]:
    """Lay out facts for people to read, one document after the other.

    Widths are those of a terminal, where a Chinese character takes two columns. Columns without any content are not shown, long
    cells are cut (with …), and where that does not suffice, whole columns are left out and named below the table. Numbers are
    never cut. Characters that would steer the terminal are replaced.

    Args:
        extractions: Read one at a time, as the lines are asked for.
        width: Columns of the terminal; None lets every line be as long as it needs.
        headings: Whether a line with the id of the document stands above its facts, as suits several documents.

    Yields:
        Lines without their line ends; the last one counts facts and documents.
    """
    documents = facts = 0
    within = False  # a document of which pieces were already laid out
    for extraction in extractions:
        if headings and not within:
            yield from ([""] if documents else [])
            day = extraction.document.published
            yield f"== {_clean(extraction.document.id)}{f' ({day.isoformat()})' if day else ''} =="
        if extraction.facts:
            yield from _lay_out([_cells(fact) for fact in extraction.facts], width)
        elif not within and not extraction.more:
            yield "(no facts found)"
        within = extraction.more
        documents += not within
        facts += len(extraction.facts)
    yield ""
    yield f"{_count(facts, 'fact')} in {_count(documents, 'document')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _cells(fact: Fact) -> tuple[str, ...]:
    """The cells of a fact in the order of :data:`_COLUMNS`."""
    region = fact.region or ""
    if fact.area and fact.area.name != region:
        region = f"{region} ({fact.area.name})" if region else fact.area.name
    time = fact.time
    cells = (
        fact.name,
        fact.value,
        _amount(fact),
        fact.basis or "",
        region,
        fact.period or "",
        _span(time.start, time.end) if time and time.start and time.end else "",
        fact.org or "",
        fact.status,
        f"{fact.score:.2f}",
    )
    return tuple(_clean(cell) for cell in cells)


def _amount(fact: Fact) -> str:
    """The number in full with its unit: ``≈ 125,400,000,000 CNY``; empty where the words give none."""
    quantity = fact.quantity
    signed = fact.kind == "change"
    if quantity.bound == "range" and quantity.lower is not None and quantity.upper is not None:
        number = f"{_grouped(quantity.lower, signed)} to {_grouped(quantity.upper, signed)}"
    else:
        known = [end for end in (quantity.amount, quantity.lower, quantity.upper) if end is not None]
        if not known:
            return ""
        number = _BOUNDS.get(quantity.bound, "") + _grouped(known[0], signed)
    if quantity.unit == "rank":
        return f"no. {number}"
    return f"{number} {quantity.unit}" if quantity.unit else number


def _grouped(number: Decimal, signed: bool) -> str:
    text = f"{number:+,f}" if signed and number else f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _span(start: date, end: date) -> str:
    """Two days as the shortest ISO 8601 interval that names them: ``2020``, ``2020-01/2020-09``, ``2020-10-24``."""
    if start == end:
        return start.isoformat()
    try:
        next_day = end + timedelta(days=1)
    except OverflowError:  # the last day there is
        return f"{start.isoformat()}/{end.isoformat()}"
    if start.day != 1 or next_day.day != 1:
        return f"{start.isoformat()}/{end.isoformat()}"
    if start.month == 1 and next_day.month == 1:
        first, last = f"{start:%Y}", f"{end:%Y}"
    else:
        first, last = f"{start:%Y-%m}", f"{end:%Y-%m}"
    return first if first == last else f"{first}/{last}"


def _lay_out(rows: list[tuple[str, ...]], width: int | None) -> Iterator[str]:
    shown = [number for number in range(len(_COLUMNS)) if any(row[number] for row in rows)]
    natural = {n: max(_width(_COLUMNS[n].title), *(_width(row[n]) for row in rows)) for n in shown}
    dropped: list[int] = []
    if width is not None:
        while _total(min(natural[n], _COLUMNS[n].least or natural[n]) for n in shown) > width:
            last = max(shown, key=lambda n: _COLUMNS[n].rank)
            if not _COLUMNS[last].rank:
                break
            shown.remove(last)
            dropped.append(last)
        _shrink(natural, shown, width)
    yield _line([_COLUMNS[n].title for n in shown], shown, natural)
    yield _GAP.join("-" * natural[n] for n in shown)
    for row in rows:
        yield _line([row[n] for n in shown], shown, natural)
    if dropped:
        yield f"(too narrow to show: {', '.join(_COLUMNS[n].title for n in sorted(dropped))})"


def _total(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _shrink(widths: dict[int, int], shown: list[int], width: int) -> None:
    """Take from the widest column that may give, one by one, until all fit."""
    excess = _total(widths[n] for n in shown) - width
    while excess > 0:
        giving = [n for n in shown if _COLUMNS[n].least and widths[n] > _COLUMNS[n].least]
        if not giving:
            return
        widths[max(giving, key=lambda n: widths[n])] -= 1
        excess -= 1


def _line(cells: list[str], shown: list[int], widths: dict[int, int]) -> str:
    parts = []
    for number, cell in zip(shown, cells, strict=True):
        cut = _cut(cell, widths[number])
        padding = " " * (widths[number] - _width(cut))
        parts.append(padding + cut if _COLUMNS[number].right else cut + padding)
    return _GAP.join(parts).rstrip()


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    used, kept = 1, []  # one for …
    for character in text:
        used += _width(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes.

    Characters of ambiguous width (“ ” — ·) count as narrow, as terminals draw them unless set up otherwise.
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text)


def _clean(text: str) -> str:
    """Make a text safe on one line of a terminal: an escape sequence in it must not act, nor may it run from right to left."""
    text = " ".join(text.split())
    if text.isprintable():
        return text
    kept = (
        c if c.isprintable() or c == " " else "" if unicodedata.category(c) == "Cf" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return "".join(kept)


# ------------------------------------------------------------------------------------------------------------------- files

#: The columns of a CSV: the document's id, then the fields of a fact in the order of the output contract.
CSV_COLUMNS = (
    "id",
    "metric",
    "subject",
    "value",
    "region",
    "period",
    "org",
    "name",
    "indicator",
    "kind",
    "amount",
    "lower",
    "upper",
    "unit",
    "bound",
    "basis",
    "status",
    "period_start",
    "period_end",
    "time_period",
    "frequency",
    "period_kind",
    "period_open",
    "period_reason",
    "region_name",
    "region_code",
    "region_kind",
    "region_candidates",
    "sentence",
    "start_offset",
    "end_offset",
    "score",
    "page",
    "path",
    "row",
)

# A spreadsheet takes a cell that begins with one of these for a formula and runs it, so that a text could act on its reader's
# machine. The full-width ones do the same in Chinese and Japanese editions.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


# What a document holds most of; kept off memory until its turn comes, where the document comes in pieces.
_LISTS = ("entities", "relations", "facts")
_SPOOL = 2**22  # bytes


def write_jsonl(extractions: Iterable[Extraction], stream: TextIO) -> None:
    """Write one JSON object of the output contract a line, each as soon as it is there.

    The pieces of a long document (:meth:`zhibiao.Extractor.extract_parts`) make one object together, without being held in memory
    together.
    """
    pieces = iter(extractions)
    for extraction in pieces:
        if extraction.more:
            _write_pieces(extraction, pieces, stream)
        else:
            stream.write(_json(extraction.to_json()) + "\n")


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which a Python string may hold but UTF-8 may not
        text = json.dumps(value, allow_nan=False)
    return text


def _write_pieces(extraction: Extraction, rest: Iterator[Extraction], stream: TextIO) -> None:
    """Write an extraction and the pieces that follow it as one JSON object."""
    with ExitStack() as stack:
        spools = [stack.enter_context(SpooledTemporaryFile(_SPOOL, "w+", encoding="utf-8", newline="")) for _ in _LISTS]
        row = extraction.to_json()
        stream.write(_json({key: value for key, value in row.items() if key not in _LISTS})[:-1])
        while True:
            for key, spool in zip(_LISTS, spools, strict=True):
                spool.writelines(", " + _json(each) for each in row[key])
            if not extraction.more:
                break
            extraction = next(rest)
            row = extraction.to_json()
        for key, spool in zip(_LISTS, spools, strict=True):
            stream.write(f', "{key}": [')
            spool.seek(0)
            spool.read(len(", "))
            shutil.copyfileobj(spool, stream)
            stream.write("]")
        stream.write("}\n")


def write_csv(extractions: Iterable[Extraction], stream: TextIO) -> None:
    """Write one row a fact in the order of :data:`CSV_COLUMNS`, each as soon as it is there.

    Numbers are plain (125400000000, without grouping or exponent). A text that a spreadsheet would run as a formula, because it
    begins with ``= + - @`` or the like, gets an apostrophe before it.

    Args:
        extractions: Read one at a time.
        stream: Opened with ``newline=""``; Excel wants ``utf-8-sig`` as its encoding.
    """
    writer = csv.writer(stream)
    writer.writerow(CSV_COLUMNS)
    for extraction in extractions:
        for fact, row in zip(extraction.facts, extraction.to_json()["facts"], strict=True):
            quantity = fact.quantity
            document = extraction.document
            row |= {
                "id": document.id,
                "path": document.path,
                "row": document.row,
                "amount": quantity.amount,
                "lower": quantity.lower,
                "upper": quantity.upper,
            }
            writer.writerow([_csv_cell(row[column]) for column in CSV_COLUMNS])


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str):
        # What UTF-8 cannot hold becomes "?": a table is for reading.
        value = value.encode("utf-8", "replace").decode("utf-8")
        return "'" + value if value.startswith(_FORMULA) else value
    if isinstance(value, list):
        return "; ".join(" ".join(map(str, each)) for each in value)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


_WRITERS = {".jsonl": (write_jsonl, "utf-8"), ".csv": (write_csv, "utf-8-sig")}


def check_output(path: Path) -> None:
    """Find out whether :func:`save` can write a file, before any work is done.

    Raises:
        InputError: If its suffix is neither ``.jsonl`` nor ``.csv``, its folder is missing, or it is a directory itself.
    """
    if path.suffix.lower() not in _WRITERS:
        raise InputError(f"{path}: cannot tell the format of the output; end the name in {' or '.join(_WRITERS)}")
    try:
        is_folder, has_folder = path.is_dir(), path.parent.is_dir()
    except OSError as error:  # a name too long, a folder above it that may not be entered
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another name") from error
    if is_folder:
        raise InputError(f"{path}: the output is a directory; name a file")
    if not has_folder:
        raise InputError(f"{path}: there is no folder {path.parent} to write to; make it first")


def save(extractions: Iterable[Extraction], path: Path) -> None:
    """Write ``.jsonl`` (the output contract) or ``.csv`` (UTF-8 with BOM, as Excel wants it), by the suffix of ``path``.

    The file appears when all is written; an error on the way leaves an earlier one as it was.

    Raises:
        InputError: If :func:`check_output` finds fault with ``path``, or it cannot be written.
    """
    check_output(path)
    write, encoding = _WRITERS[path.suffix.lower()]
    with _replacing(path, encoding) as stream:
        write(extractions, stream)


@contextmanager
def _replacing(path: Path, encoding: str) -> Iterator[TextIO]:
    """Open a new file beside ``path`` that takes its place once all is written, and vanishes if something fails."""
    target = path.resolve()  # a symbolic link stays one
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        stream = part.open("w", encoding=encoding, newline="")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); check its folder's permissions") from error
    try:
        with stream:
            yield stream
        part.replace(target)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):  # a full disk, above all
            raise InputError(f"{path}: cannot be written ({error.strerror or error}); check the disk") from error
        raise
