"""Region by indicator for one period, and where sources disagree."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zhibiao.errors import InputError
from zhibiao.indicator import indicators, is_whole
from zhibiao.lines import csv_cell
from zhibiao.period import parse_period
from zhibiao.query import open_facts
from zhibiao.sink import check_place, replacing
from zhibiao.table import BOUNDS, grouped, render_grid

__all__ = ["Figure", "Heading", "Pivot", "check_pivot_output", "notes", "pivot", "render_pivot", "save_pivot"]

_SAME_ROUNDED, _DIFFERENT = "~", "*"


@dataclass(frozen=True, slots=True)
class Figure:
    """What one source says.

    Attributes:
        document: The id of the document.
        path, row: Where that came from, as far as it is known.
        value: The words.
        amount: The number in base units.
        bound: How exactly the words tell it: ``exact``, ``approx``, ``more_than`` …
        score: Probability that the fact is right, 0 … 1.
        sentence: The evidence.
    """

    document: str
    path: str | None
    row: int | None
    value: str
    amount: Decimal
    bound: str
    score: float
    sentence: str

    @property
    def place(self) -> Decimal:
        """The unit of the last digit that the words tell: 100000000 for 486亿, 10000000 for 486.3亿; 0 where it is not known.

        What is told as approximate (约180亿) is known to its last digit that is not 0.
        """
        found = re.search(r"[0-9]+(?:\.([0-9]+))?", self.value)
        number = Decimal(found[0]) if found else Decimal(0)
        if found is None or not number:
            return Decimal(0)
        place = abs(self.amount) / number * Decimal(1).scaleb(-len(found[1] or ""))
        if self.bound == "approx":
            while place and not self.amount % (place * 10):
                place *= 10
        return place

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """The least and the greatest number that the words allow."""
        slack = self.place if self.bound == "approx" else self.place / 2
        low = Decimal("-Infinity") if self.bound in ("at_most", "less_than") else self.amount - slack
        high = Decimal("Infinity") if self.bound in ("at_least", "more_than") else self.amount + slack
        return low, high


@dataclass(frozen=True, slots=True, order=True)
class Heading:
    """What a column of the table counts.

    Attributes:
        name: The indicator: its name in ``zhibiao.indicators`` where the fact is of all of it, else that of the fact.
        kind: ``level``, ``change``, ``share`` or ``rank``.
        basis: Of a change ``yoy``, ``mom`` or ``other``, else ``""``.
        unit: The unit, or ``""``.
    """

    name: str
    kind: str
    basis: str
    unit: str

    def __str__(self) -> str:
        kind = "" if self.kind == "level" else f" {self.basis or self.kind}"
        return f"{self.name}{kind}" + (f" ({self.unit})" if self.unit not in ("", "rank") else "")


class _Area(NamedTuple):
    """A row of the table, in the order of the codes; what has none comes last."""

    uncoded: bool
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Pivot:
    """A table of regions and indicators.

    Attributes:
        start, end: First and last day of the period.
        others: The other periods there are facts of, as SDMX time periods with the number of facts, the commonest first.
        regions: The rows: code (empty where there is none) and name. Of a region that is not known, the words and the document.
        headings: The columns, the most filled first.
        cells: The figures of each cell, the one that the table shows first.
        left_out: Facts of the period that are not in the table, by the reason.
    """

    start: date
    end: date
    others: tuple[tuple[str, int], ...]
    regions: tuple[tuple[str, str], ...]
    headings: tuple[Heading, ...]
    cells: Mapping[tuple[tuple[str, str], Heading], tuple[Figure, ...]]
    left_out: Mapping[str, int]

    def mark(self, region: tuple[str, str], heading: Heading) -> str:
        """Return how the figures of a cell agree.

        ``*`` says that they contradict each other, ``~`` that they differ only in rounding or in how exactly they are told (486亿
        and 486.3亿, 超过600家 and 612家), ``""`` that they are the same.
        """
        figures = self.cells.get((region, heading), ())
        if len({figure.amount for figure in figures}) < 2:
            return ""
        ends = [figure.ends for figure in figures]
        return _SAME_ROUNDED if max(low for low, _ in ends) <= min(high for _, high in ends) else _DIFFERENT

    def disagreements(self, mark: str) -> Iterator[tuple[tuple[str, str], Heading]]:
        """The cells that have a mark, row by row."""
        for region in self.regions:
            yield from ((region, heading) for heading in self.headings if self.mark(region, heading) == mark)


_QUERY = """
    SELECT id, path, row, region, region_name, region_code, region_kind, name, indicator, kind, basis, unit, value, amount, bound,
        score, sentence, status
    FROM facts WHERE period_start = ? AND period_end = ?
"""
_PERIODS = """
    SELECT period_start, period_end, any_value(time_period), count(*) AS facts
    FROM facts WHERE period_start IS NOT NULL AND period_end IS NOT NULL GROUP BY ALL ORDER BY facts DESC, 1 DESC, 2
"""


def pivot(
    paths: Sequence[Path],
    period: str | None = None,
    *,
    wanted: Sequence[str] = (),
    status: str = "actual",
    min_score: float = 0.0,
) -> Pivot:
    """Make a table of regions and indicators for a period from files that zhibiao wrote.

    Figures are of the same cell where region, indicator, kind, basis, unit and both days of the period are the same. A region
    that is not known, such as 该区 without its name, is the row of its document alone.

    Args:
        paths: Files as :func:`zhibiao.query.open_facts` reads them.
        period: An SDMX time period (``2024-Q3``, ``2024-01-01/P9M``), two days (``2024-01-01/2024-09-30``) or words that name it
            (2024年前三季度); None for the period with the most facts.
        wanted: Indicators to show, by id or name; none for all.
        status: ``actual``, ``estimate`` or ``target``: which facts to show.
        min_score: Facts with a lower score are left out.

    Raises:
        InputError: If a file cannot be read, there is no fact with a period, or ``period`` is not understood.
        MissingExtraError: If a package of the extra ``tables`` is not installed.
    """
    left_out: Counter[str] = Counter()
    cells: defaultdict[tuple[_Area, Heading], list[Figure]] = defaultdict(list)
    with open_facts(paths) as connection:
        periods = connection.execute(_PERIODS).fetchall()
        if not periods:
            raise InputError(f"{', '.join(map(str, paths))}: no fact has a period with both its days; there is nothing to show")
        start, end = _days(period, periods) if period is not None else periods[0][:2]
        known = set(wanted)
        for *fact, fact_status in connection.execute(_QUERY, [start, end]).fetchall():
            document, path, row, region, area_name, code, area_kind, name, indicator, kind, basis, unit = fact[:12]
            value, amount, bound, score, sentence = fact[12:]
            heading = Heading(_label(indicator, name), kind, basis or "", unit or "")
            if known and not {indicator if is_whole(indicator or "", name) else None, name, heading.name} & known:
                continue
            if fact_status != status:
                left_out[f"{fact_status} in place of {status}"] += 1
            elif score < min_score:
                left_out[f"of a score below {min_score:g}"] += 1
            elif amount is None:
                left_out["without an amount (a range, or no number)"] += 1
            elif not area_name and not region:
                left_out["without a region"] += 1
            else:
                area = _Area(not code or area_kind == "zone", code or "", area_name) if area_name else None
                area = area or _Area(True, "", f"{region} ({document})")
                number = Decimal(repr(amount))
                cells[area, heading].append(Figure(document, path, row, value, number, bound, score, sentence))
    filled = Counter(heading for _, heading in cells)
    others = tuple((_span(first, last, name), count) for first, last, name, count in periods if (first, last) != (start, end))
    areas = sorted({area for area, _ in cells})
    return Pivot(
        start,
        end,
        others,
        tuple((area.code, area.name) for area in areas),
        tuple(sorted(filled, key=lambda heading: (-filled[heading], heading))),
        {((area.code, area.name), heading): tuple(_ordered(figures)) for (area, heading), figures in cells.items()},
        dict(left_out),
    )


def _days(period: str, periods: Sequence[tuple[date, date, str | None, int]]) -> tuple[date, date]:
    """First and last day of a period as the user told it."""
    for start, end, name, _ in periods:
        if period == name:
            return start, end
    first, slash, last = period.partition("/")
    try:
        if slash:
            return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        pass
    found = parse_period(_words(period))
    if found.start is None or found.end is None:
        commonest = ", ".join(_span(start, end, name) for start, end, name, _ in periods[:5])
        raise InputError(f"{period!r} is no period that is understood; there are facts of {commonest}")
    return found.start, found.end


def _words(period: str) -> str:
    """An SDMX quarter or half-year in words."""
    found = re.fullmatch(r"([0-9]{4})-([QS])([1-4])", period)
    if found is None:
        return period
    return f"{found[1]}年" + (
        f"第{'一二三四'[int(found[3]) - 1]}季度" if found[2] == "Q" else "上半年" if found[3] == "1" else "下半年"
    )


def _span(start: date, end: date, name: str | None) -> str:
    return name or f"{start.isoformat()}/{end.isoformat()}"


@cache
def _names() -> dict[str, str]:
    return {indicator.id: indicator.name for indicator in indicators()}


def _label(indicator: str | None, name: str) -> str:
    return _names().get(indicator, name) if indicator and is_whole(indicator, name) else name


def _ordered(figures: Sequence[Figure]) -> list[Figure]:
    """The figure that most documents tell first, then exact ones, the most precise ones and those of a high score."""
    tellers = Counter(amount for amount, _ in {(figure.amount, figure.document) for figure in figures})
    return sorted(
        figures, key=lambda f: (-tellers[f.amount], f.bound != "exact", f.place or abs(f.amount), -f.score, f.document, f.value)
    )


def render_pivot(table: Pivot, width: int | None = None) -> Iterator[str]:
    """Lay a table out for people to read, with the sources of every cell that they disagree on below.

    Args:
        table: The table.
        width: Columns of the terminal; None lets every line be as long as it needs.

    Yields:
        Lines without their line ends.
    """
    yield f"period {table.start.isoformat()} to {table.end.isoformat()}"
    yield ""
    rows = [[name, code, *(_shown(table, (code, name), heading) for heading in table.headings)] for code, name in table.regions]
    right = range(2, 2 + len(table.headings))
    yield from render_grid(["region", "code", *map(str, table.headings)], rows, right, width)
    for mark, meaning in ((_DIFFERENT, "sources disagree"), (_SAME_ROUNDED, "sources differ in rounding or wording only")):
        listed = list(table.disagreements(mark))
        if listed:
            yield ""
            yield f"{mark} {meaning}:"
        for region, heading in listed:
            yield f"  {region[1]}, {heading}: {_sources(table.cells[region, heading])}"
    yield ""
    yield from notes(table)


def notes(table: Pivot) -> Iterator[str]:
    """Say how many facts a table holds, which facts of the period it does not, and which other periods there are."""
    figures = sum(map(len, table.cells.values()))
    yield f"{figures} fact{'' if figures == 1 else 's'} in {len(table.cells)} cell{'' if len(table.cells) == 1 else 's'}"
    for reason, number in sorted(table.left_out.items()):
        yield f"not shown: {number} {reason}"
    if table.others:
        more = f" and {len(table.others) - 5} more" if len(table.others) > 5 else ""
        yield f"other periods: {', '.join(f'{name} ({count})' for name, count in table.others[:5])}{more}"


def _shown(table: Pivot, region: tuple[str, str], heading: Heading) -> str:
    figures = table.cells.get((region, heading))
    if not figures:
        return ""
    first = figures[0]
    return BOUNDS.get(first.bound, "") + grouped(first.amount, heading.kind == "change") + table.mark(region, heading)


def _sources(figures: Sequence[Figure]) -> str:
    """Each number with the documents that tell it: ``486.3亿元 (a, b); 480亿元 (c)``."""
    told: defaultdict[tuple[Decimal, str], dict[str, None]] = defaultdict(dict)
    for figure in figures:
        source = f"{figure.document}:{figure.row}" if figure.row is not None else figure.document
        told[figure.amount, figure.value][source] = None
    return "; ".join(f"{value} ({', '.join(documents)})" for (_, value), documents in told.items())


def check_pivot_output(path: Path) -> None:
    """Find out whether :func:`save_pivot` can write a file, before any work is done.

    Raises:
        InputError: If its suffix is not ``.csv``, its folder is missing, or it is a directory itself.
    """
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path}: cannot tell the format of the output; end the name in .csv")
    check_place(path)


def save_pivot(table: Pivot, path: Path) -> None:
    """Write a table as CSV in UTF-8 with a byte order mark.

    One row a region: ``region``, ``region_code``, a column for each heading with plain numbers, then ``disagreements`` and
    ``rounding``, which list the figures of the cells with such a mark and their sources.

    Raises:
        InputError: See :func:`check_pivot_output`; or if the file cannot be written.
    """
    check_pivot_output(path)
    with replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        names = ["region", "region_code", *map(str, table.headings), "disagreements", "rounding"]
        writer.writerow([csv_cell(name) for name in names])
        for code, name in table.regions:
            region = (code, name)
            amounts = [cell[0].amount if (cell := table.cells.get((region, h))) else None for h in table.headings]
            notes = [
                "; ".join(f"{h}: {_sources(table.cells[region, h])}" for h in table.headings if table.mark(region, h) == mark)
                for mark in (_DIFFERENT, _SAME_ROUNDED)
            ]
            writer.writerow([csv_cell(cell) for cell in (name, code or None, *amounts, *(note or None for note in notes))])
