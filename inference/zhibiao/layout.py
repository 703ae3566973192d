"""The order in which a page is read: glyphs with their places into lines of text.

Columns are told from tables by what stands in them: columns hold lines of prose that fill their width, tables hold short cells.
The lines of a column are read to its end before the next column begins, and the cells of a table row stay together on one line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Glyph", "arrange"]

# All measured in heights of the characters concerned, which for Chinese is also their width.
_SAME_LINE = 0.5  # how much of the lower of two neighbours must overlap
_WORD_GAP = 1.0  # the widest gap within a run of text; the gutters of newspapers are hardly wider
_LETTER_GAP = 0.2  # the widest gap within a word of Latin letters
_GUTTER = 0.8  # the narrowest gap between columns
# Boxes of some fonts are higher than the line, so that lines overlap: what counts is the middle of the box.
_TRIMMED = 0.2
_PROSE_LINE, _PROSE_RUN = 8, 6  # the mean length of the lines of prose, and of their pieces
_PROSE_FILL = 0.5  # how much of a column's width its lines fill


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character, or several run together, in its box; the origin is at the bottom left.

    Attributes:
        text: What it says, without white space.
        left, bottom, right, top: Its box.
        spaced: Whether white space stands before it.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    spaced: bool = False

    @property
    def height(self) -> float:
        """Height of the box, which is the size of the font."""
        return self.top - self.bottom


def arrange(glyphs: Sequence[Glyph]) -> str:
    """Return the text of a page in reading order, one line a line; the cells of a table row are parted by tabs.

    Args:
        glyphs: The characters of the page, in the order of the file, which matters only within a line.
    """
    return "\n".join(_read(_joined(_runs(glyphs)))) if glyphs else ""


def _runs(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """Run together the glyphs that follow one another in the file and on the page."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not _follows(run[-1], glyph):
            yield _joined_up(run)
            run = []
        run.append(glyph)
    if run:
        yield _joined_up(run)


def _joined(runs: Iterator[Glyph]) -> list[Glyph]:
    """Run together also what lies side by side on the page and apart in the file, such as figures set in another font."""
    in_order = sorted(runs, key=lambda run: run.left)
    unit = median(run.height for run in in_order) or 1
    chains: list[list[Glyph]] = []
    last: dict[int, list[Glyph]] = {}  # of each height on the page, the chain that reaches furthest right
    for run in in_order:
        level = round((run.bottom + run.top) / 2 / unit)
        near = [chain for each in (level, level - 1, level + 1) if (chain := last.get(each)) and _follows(chain[-1], run)]
        if near:
            near[0].append(run)
            last[level] = near[0]
        else:
            last[level] = [run]
            chains.append(last[level])
    return [_joined_up(chain) for chain in chains]


def _follows(one: Glyph, other: Glyph) -> bool:
    size = max(one.height, other.height)
    return _on_one_line(one, other) and -_WORD_GAP * size / 2 <= other.left - one.right < _WORD_GAP * size


def _on_one_line(one: Glyph, other: Glyph) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap > 0 and overlap >= _SAME_LINE * min(one.height, other.height)


def _joined_up(run: Sequence[Glyph]) -> Glyph:
    pieces, end = [run[0].text], run[0].right
    for glyph in run[1:]:
        # Chinese is written without spaces; those between its characters only justify the line. Words may have a gap alone.
        one, other = pieces[-1][-1], glyph.text[0]
        if one.isascii() and other.isascii():
            apart = glyph.left - end > _LETTER_GAP * glyph.height and (one.isalpha() or other.isalpha())
            pieces += [" "] * (glyph.spaced or apart)
        pieces.append(glyph.text)
        end = glyph.right
    return Glyph(
        "".join(pieces),
        min(glyph.left for glyph in run),
        min(glyph.bottom for glyph in run),
        max(glyph.right for glyph in run),
        max(glyph.top for glyph in run),
        run[0].spaced,
    )


def _read(runs: Sequence[Glyph]) -> Iterator[str]:
    """Read a part of a page: parts below one another, each of them column by column or row by row."""
    gutter = _GUTTER * median(run.height for run in runs)
    for part in _parts(_bands(runs), gutter):
        columns = _columns(part, gutter)
        if sum(_is_prose(column) for column in columns) > 1:
            for column in columns:
                yield from _read(column)
        else:
            for line in _lines(part):
                # A title with its characters spaced out is no row of a table.
                yield ("" if all(len(run.text) == 1 for run in line) else "\t").join(run.text for run in line)


def _bands(runs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Cut at every height that no text crosses."""
    band: list[Glyph] = []
    floor = 0.0
    for run in sorted(runs, key=lambda run: -_trimmed(run)[1]):
        bottom, top = _trimmed(run)
        if band and top < floor:
            yield band
            band = []
        floor = min(floor, bottom) if band else bottom
        band.append(run)
    yield band


def _trimmed(run: Glyph) -> tuple[float, float]:
    return run.bottom + _TRIMMED * run.height, run.top - _TRIMMED * run.height


def _parts(bands: Iterator[list[Glyph]], gutter: float) -> Iterator[list[Glyph]]:
    """Put neighbouring bands together as long as they leave a gutter free."""
    part: list[Glyph] = []
    covered: list[tuple[float, float]] = []
    for band in bands:
        spans = _covered([(run.left, run.right) for run in band], gutter)
        both = _covered(covered + spans, gutter)
        if part and len(both) == 1:
            yield part
            part, both = [], spans
        part += band
        covered = both
    yield part


def _covered(spans: Sequence[tuple[float, float]], gutter: float) -> list[tuple[float, float]]:
    """The spans of the width that hold text, in order; gaps narrower than a gutter count as text."""
    covered: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if covered and left - covered[-1][1] < gutter:
            covered[-1] = covered[-1][0], max(covered[-1][1], right)
        else:
            covered.append((left, right))
    return covered


def _columns(runs: Sequence[Glyph], gutter: float) -> list[list[Glyph]]:
    spans = _covered([(run.left, run.right) for run in runs], gutter)
    columns: defaultdict[int, list[Glyph]] = defaultdict(list)
    number = 0
    for run in sorted(runs, key=lambda run: run.left):
        while run.left > spans[number][1]:
            number += 1
        columns[number].append(run)
    return list(columns.values())


def _is_prose(column: Sequence[Glyph]) -> bool:
    lines = list(_lines(column))
    unit = median(run.height for run in column)
    width = max(run.right for run in column) - min(run.left for run in column)
    text = sum(run.right - run.left for run in column)
    mean = text / len(lines)
    return mean >= _PROSE_LINE * unit and mean >= _PROSE_FILL * width and text / len(column) >= _PROSE_RUN * unit


def _lines(runs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """The runs of each line from left to right, the lines from top to bottom."""
    line: list[Glyph] = []
    for run in sorted(runs, key=lambda run: -(run.bottom + run.top)):
        if line and not _on_one_line(line[0], run):
            yield sorted(line, key=lambda run: run.left)
            line = []
        line.append(run)
    if line:
        yield sorted(line, key=lambda run: run.left)
