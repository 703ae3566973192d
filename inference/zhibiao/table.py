"""Facts as a table: on a terminal, as JSON lines and as CSV."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TextIO

from zhibiao.lines import CSV_COLUMNS, CsvLines, JsonLines
from zhibiao.sink import check_output, save

if TYPE_CHECKING:
    from zhibiao.extraction import Extraction
    from zhibiao.facts import Fact

__all__ = [
    "BOUNDS",
    "CSV_COLUMNS",
    "check_output",
    "grouped",
    "render_grid",
    "render_lines",
    "render_table",
    "save",
    "write_csv",
    "write_jsonl",
]

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

#: The sign before a number that is not told exactly.
BOUNDS = {"approx": "≈ ", "at_least": "≥ ", "more_than": "> ", "at_most": "≤ ", "less_than": "< "}


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
            yield from _lay_out(_COLUMNS, [_cells(fact) for fact in extraction.facts], width)
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
        number = f"{grouped(quantity.lower, signed)} to {grouped(quantity.upper, signed)}"
    else:
        known = [end for end in (quantity.amount, quantity.lower, quantity.upper) if end is not None]
        if not known:
            return ""
        number = BOUNDS.get(quantity.bound, "") + grouped(known[0], signed)
    if quantity.unit == "rank":
        return f"no. {number}"
    return f"{number} {quantity.unit}" if quantity.unit else number


def grouped(number: Decimal, signed: bool = False) -> str:
    """A number in full, its digits in groups of three; with its sign if asked for."""
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


def render_grid(titles: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int], width: int | None) -> Iterator[str]:
    """Lay out a table of any columns for people to read, as :func:`render_lines` does facts.

    Args:
        titles: The headings.
        rows: The cells of each row, one a column.
        right: The columns that stand to the right; as numbers they are never cut.
        width: Columns of the terminal; None lets every line be as long as it needs. What is too wide is cut; where that does not
            suffice, the last columns are left out and named below the table.

    Yields:
        Lines without their line ends.
    """
    columns = [_Column(_clean(title), 0 if n in right else 8, n in right, rank=n) for n, title in enumerate(titles)]
    yield from _lay_out(columns, [tuple(map(_clean, row)) for row in rows], width, empty=True)


def _lay_out(
    columns: Sequence[_Column], rows: Sequence[tuple[str, ...]], width: int | None, *, empty: bool = False
) -> Iterator[str]:
    """Yield the lines of a table; columns without content are left out unless ``empty`` ones are wanted too."""
    shown = [number for number in range(len(columns)) if empty or any(row[number] for row in rows)]
    natural = {n: max(_width(columns[n].title), *(_width(row[n]) for row in rows), 0) for n in shown}
    dropped: list[int] = []
    if width is not None:
        while _total(min(natural[n], columns[n].least or natural[n]) for n in shown) > width:
            last = max(shown, key=lambda n: columns[n].rank)
            if not columns[last].rank:
                break
            shown.remove(last)
            dropped.append(last)
        _shrink(columns, natural, shown, width)
    yield _line(columns, [columns[n].title for n in shown], shown, natural)
    yield _GAP.join("-" * natural[n] for n in shown)
    for row in rows:
        yield _line(columns, [row[n] for n in shown], shown, natural)
    if dropped:
        yield f"(too narrow to show: {', '.join(columns[n].title for n in sorted(dropped))})"


def _total(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _shrink(columns: Sequence[_Column], widths: dict[int, int], shown: list[int], width: int) -> None:
    """Take from the widest column that may give, one by one, until all fit."""
    excess = _total(widths[n] for n in shown) - width
    while excess > 0:
        giving = [n for n in shown if columns[n].least and widths[n] > columns[n].least]
        if not giving:
            return
        widths[max(giving, key=lambda n: widths[n])] -= 1
        excess -= 1


def _line(columns: Sequence[_Column], cells: list[str], shown: list[int], widths: dict[int, int]) -> str:
    parts = []
    for number, cell in zip(shown, cells, strict=True):
        cut = _cut(cell, widths[number])
        padding = " " * (widths[number] - _width(cut))
        parts.append(padding + cut if columns[number].right else cut + padding)
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


def write_jsonl(extractions: Iterable[Extraction], stream: TextIO) -> None:
    """Write one JSON object of the output contract a line, each as soon as it is there.

    The pieces of a long document (:meth:`zhibiao.Extractor.extract_parts`) make one object together, without being held in memory
    together.
    """
    lines = JsonLines(stream)
    try:
        for extraction in extractions:
            lines.write(extraction)
        lines.finish()
    finally:
        lines.discard()


def write_csv(extractions: Iterable[Extraction], stream: TextIO) -> None:
    """Write one row a fact in the order of :data:`CSV_COLUMNS`, each as soon as it is there.

    Numbers are plain (125400000000, without grouping or exponent). A text that a spreadsheet would run as a formula, because it
    begins with ``= + - @`` or the like, gets an apostrophe before it.

    Args:
        extractions: Read one at a time.
        stream: Opened with ``newline=""``; Excel wants ``utf-8-sig`` as its encoding.
    """
    lines = CsvLines(stream)
    for extraction in extractions:
        lines.write(extraction)
