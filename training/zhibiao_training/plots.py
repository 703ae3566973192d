"""Plots as inline SVG: bars, heat map, reliability diagram and curve. Colours come from the classes of the page around them."""

from __future__ import annotations

from collections.abc import Sequence

from zhibiao_training.calibration import Reliability, Threshold
from zhibiao_training.confusion import Confusion
from zhibiao_training.markup import Markup, tag
from zhibiao_training.report import Figures

__all__ = ["bars", "coverage_curve", "heat_map", "reliability_diagram"]

_SIZE = 240  # of a square plot, without its axes
_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 12, 14, 40
_MARKED = (0.5, 0.7, 0.9, 0.95)
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def bars(rows: dict[str, Figures]) -> Markup:
    """A bar for the F1 of each row, with precision as a full and recall as an empty circle."""
    left, width, step = 86, 280, 26
    height = step * len(rows)
    parts = []
    for tick in _TICKS:
        x = left + tick * width
        parts.append(tag("line", x1=_n(x), x2=_n(x), y1=0, y2=height, class_="grid"))
        parts.append(_text(x, height + 15, f"{tick:g}", "middle"))
    for number, (name, figures) in enumerate(rows.items()):
        y = number * step + step / 2
        parts.append(_text(left - 8, y + 4, name, "end"))
        parts.append(tag("rect", x=left, y=_n(y - 7), width=_n(figures.f1 * width), height=14, class_="bar"))
        parts.append(tag("circle", cx=_n(left + figures.precision * width), cy=_n(y), r=4, class_="full"))
        parts.append(tag("circle", cx=_n(left + figures.recall * width), cy=_n(y), r=4, class_="empty"))
        parts.append(_text(left + width + 14, y + 4, f"{figures.f1:.3f}", "start"))
    return _svg("F1 (bar), precision (full circle) and recall (empty circle)", left + width + 54, height + 22, parts)


def heat_map(confusion: Confusion) -> Markup:
    """The confusion of labels: the darker a cell, the larger its share of its row."""
    cell, left, top = 58, 92, 40
    parts = [_text(left + cell * len(confusion.labels) / 2, 12, "found", "middle", "axis")]
    for number, label in enumerate(confusion.labels):
        parts.append(_text(left + cell * (number + 0.5), top - 8, label, "middle"))
        parts.append(_text(left - 8, top + cell * 0.62 * (number + 0.5) + 4, label, "end"))
    for row, cells in enumerate(confusion.cells):
        total = max(1, sum(cells))
        for column, count in enumerate(cells):
            share = count / total
            x, y = left + cell * column, top + cell * 0.62 * row
            corner = row == column == len(confusion.labels) - 1  # nothing in either: there is no such thing
            parts.append(
                tag(
                    "rect",
                    x=_n(x),
                    y=_n(y),
                    width=_n(cell - 2),
                    height=_n(cell * 0.62 - 2),
                    class_="heat",
                    fill_opacity=_n(share),
                )
            )
            if not corner:
                shown = "dark" if share > 0.55 else "faint" if not count else None
                parts.append(_text(x + cell / 2 - 1, y + cell * 0.31 + 3, str(count), "middle", shown))
    height = top + cell * 0.62 * len(confusion.labels)
    return _svg("Gold labels (rows) against found labels (columns)", left + cell * len(confusion.labels), height, parts)


def reliability_diagram(name: str, measured: Reliability) -> Markup:
    """The share that is right in each bin of scores; a perfect score reaches the diagonal. Below, how many each bin holds."""
    parts = [*_frame("score", "share right"), _diagonal()]
    most = max((each.count for each in measured.bins), default=0)
    for each in measured.bins:
        x, width = _x(each.lower), (each.upper - each.lower) * _SIZE
        if each.count:
            y = _y(each.right)
            parts.append(tag("rect", x=_n(x + 1), y=_n(y), width=_n(width - 2), height=_n(_y(0) - y), class_="bar"))
            # The distance between the mean score and the share right is what the calibration error adds up.
            parts.append(
                tag("line", x1=_n(x + 1), x2=_n(x + width - 1), y1=_n(_y(each.score)), y2=_n(_y(each.score)), class_="mean")
            )
        height = 36 * each.count / max(1, most)
        floor = _y(0) + _BOTTOM + 38
        parts.append(tag("rect", x=_n(x + 1), y=_n(floor - height), width=_n(width - 2), height=_n(height), class_="count"))
    parts.append(_text(_x(0), _y(0) + _BOTTOM + 53, f"number in each bin, {most} at most", "start"))
    return _svg(f"Reliability of the scores of {name}", _x(1) + _RIGHT, _y(0) + _BOTTOM + 58, parts)


def coverage_curve(curve: Sequence[Threshold], thresholds: Sequence[Threshold]) -> Markup:
    """Precision of the facts that are kept, against the share that is kept, with some thresholds of their score marked."""
    parts = _frame("share of the facts kept", "precision")
    kept = [each for each in curve if each.kept]
    points = " ".join(f"{_n(_x(each.coverage))},{_n(_y(each.precision))}" for each in kept)
    parts.append(tag("polyline", points=points, class_="curve"))
    for each in thresholds:
        if each.kept and each.score in _MARKED:
            x, y = _x(each.coverage), _y(each.precision)
            parts.append(tag("circle", cx=_n(x), cy=_n(y), r=4, class_="full"))
            parts.append(_text(x + 4, y - 8, f"≥ {each.score:g}", "start"))
    return _svg("Precision against coverage of the facts", _x(1) + _RIGHT, _y(0) + _BOTTOM, parts)


def _frame(across: str, upwards: str) -> list[Markup]:
    parts = []
    for tick in _TICKS:
        parts.append(tag("line", x1=_n(_x(0)), x2=_n(_x(1)), y1=_n(_y(tick)), y2=_n(_y(tick)), class_="grid"))
        parts.append(tag("line", x1=_n(_x(tick)), x2=_n(_x(tick)), y1=_n(_y(0)), y2=_n(_y(1)), class_="grid"))
        parts.append(_text(_x(tick), _y(0) + 15, f"{tick:g}", "middle"))
        parts.append(_text(_x(0) - 6, _y(tick) + 4, f"{tick:g}", "end"))
    parts.append(_text(_x(0.5), _y(0) + 32, across, "middle", "axis"))
    x, y = 10, _y(0.5)
    turned = tag("text", upwards, x=x, y=_n(y), text_anchor="middle", class_="axis", transform=f"rotate(-90 {x} {_n(y)})")
    return [*parts, turned]


def _diagonal() -> Markup:
    return tag("line", x1=_n(_x(0)), y1=_n(_y(0)), x2=_n(_x(1)), y2=_n(_y(1)), class_="diagonal")


def _x(share: float) -> float:
    return _LEFT + share * _SIZE


def _y(share: float) -> float:
    return _TOP + (1 - share) * _SIZE


def _n(number: float) -> str:
    return f"{number:.4g}"


def _text(x: float, y: float, words: str, anchor: str, class_: str | None = None) -> Markup:
    return tag("text", words, x=_n(x), y=_n(y), text_anchor=anchor, class_=class_)


def _svg(title: str, width: float, height: float, parts: Sequence[Markup]) -> Markup:
    view = f"0 0 {_n(width)} {_n(height)}"
    return tag("svg", tag("title", title), *parts, viewBox=view, width=_n(width), height=_n(height), role="img")
