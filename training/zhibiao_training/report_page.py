"""The report of an evaluation as one HTML page, to be read in any browser without a network.

The page holds no script, loads nothing, and says so in its content security policy, which allows nothing but its own style sheet.
Texts of the corpus only ever enter it as text (see :mod:`zhibiao_training.markup`). Errors are filtered by radio buttons that the
style sheet looks at.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence

from zhibiao.labels import LABELS
from zhibiao_training.calibration import BINS
from zhibiao_training.confusion import KINDS
from zhibiao_training.evaluate import ALL
from zhibiao_training.markup import Markup, tag
from zhibiao_training.misses import Miss
from zhibiao_training.plots import bars, coverage_curve, heat_map, reliability_diagram
from zhibiao_training.report import Figures, Report, Share

__all__ = ["render_page"]

_NONE = "—"

_STYLE = """
:root { color-scheme: light; --ink: #1f2933; --soft: #5d6b78; --line: #d9dfe5; --accent: #31638f; --wrong: #a8321f; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 70rem; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { max-width: 46rem; margin: .4rem 0; }
.soft { color: var(--soft); }
.row, table { max-width: 100%; overflow-x: auto; }
.row { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
.tiles { margin-top: 1rem; }
.tile { border: 1px solid var(--line); border-radius: 6px; padding: .6rem 1rem; min-width: 9rem; }
.tile b { display: block; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; margin: .4rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); border-bottom-color: #aab4be; }
svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .axis { fill: var(--soft); }
svg .faint { fill: #b3bcc5; }
svg .dark { fill: #fff; }
svg .grid { stroke: var(--line); }
svg .bar { fill: #9dbbd6; }
svg .heat { fill: var(--accent); stroke: var(--line); }
svg .count { fill: #c3ccd4; }
svg .mean { stroke: var(--wrong); stroke-width: 2; }
svg .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
svg .curve { fill: none; stroke: var(--accent); stroke-width: 2; }
svg .full { fill: var(--accent); }
svg .empty { fill: #fff; stroke: var(--accent); stroke-width: 2; }
figure { margin: 0; }
figcaption { font-size: .9rem; color: var(--soft); max-width: 20rem; }
.pick { position: absolute; opacity: 0; pointer-events: none; }
.picks { display: flex; flex-wrap: wrap; gap: .35rem; margin: .8rem 0; padding: .4rem 0;
  position: sticky; top: 0; background: #fff; }
.picks label { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .7rem; cursor: pointer; font-size: .9rem; }
.miss { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .9rem; margin: .7rem 0; content-visibility: auto;
  contain-intrinsic-size: auto 12rem; }
.head { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .9rem; color: var(--soft); }
.head b { color: var(--wrong); font-weight: 600; }
.text { display: grid; grid-template-columns: 3.6rem 1fr; margin: .3rem 0; }
.text span { color: var(--soft); font-size: .85rem; padding-top: .15rem; }
.words, .fact td { unicode-bidi: isolate; white-space: pre-wrap; overflow-wrap: anywhere; }
.fact td, .fact th { text-align: left; padding: .1rem .8rem .1rem 0; min-width: 5.5rem; vertical-align: top; }
.fact .wrong { color: var(--wrong); font-weight: 600; }
mark { color: inherit; border-radius: 3px; padding: .05rem .15rem; }
mark sub { font-size: .65em; color: var(--soft); margin-left: .1em; }
.here { outline: 2px solid var(--wrong); margin: 0 2px; }
.ORG { background: #e6dcf3; } .REGION { background: #d8ecd6; } .PERIOD { background: #fbe7c3; }
.METRIC { background: #d5e5f7; } .SUBJECT { background: #f6d9e4; } .VALUE { background: #e4e7ea; }
@media (max-width: 40rem) { body { padding: 1rem; } th, td { padding: .2rem .35rem; } }
@media print { .picks { display: none; } .miss { break-inside: avoid; content-visibility: visible; } }
"""


def render_page(report: Report) -> str:
    """The whole page."""
    causes = tuple(report.causes)
    style = _STYLE + _rules(len(causes) + 1)
    digest = b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Evaluation of {report.model}"),
        # Our own words only: a browser reads no escapes here.
        tag("style", Markup(style)),
    )
    body = tag(
        "body",
        tag("h1", "Evaluation"),
        tag("p", f"{report.model} on {report.gold}", class_="words"),
        tag(
            "p",
            f"{report.passages:,} passages, {report.characters:,} characters, {report.values:,} VALUEs. All figures are strict: "
            "label and both offsets of a mention right, and of a fact all its parts.",
            class_="soft",
        ),
        _tiles(report),
        *_entities(report),
        *_links(report),
        *_attributes(report),
        *_confusion(report),
        *_calibration(report),
        *_misses(report, causes),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _rules(picks: int) -> str:
    """Which errors each radio button hides; the first one shows all."""
    chosen = ",".join(f"#pick-{n}:checked~.picks label[for=pick-{n}]" for n in range(picks))
    focused = ",".join(f"#pick-{n}:focus-visible~.picks label[for=pick-{n}]" for n in range(picks))
    hidden = ",".join(f"#pick-{n}:checked~.misses .miss:not(.cause-{n})" for n in range(1, picks))
    rules = f"{chosen}{{background:#e3ebf3;border-color:#31638f}}{focused}{{outline:2px solid #31638f}}"
    return rules + (f"{hidden}{{display:none}}" if hidden else "")


def _tiles(report: Report) -> Markup:
    shown = {
        "entities F1": report.entities[ALL].f1,
        "core facts F1": report.facts["core"].f1,
        "full facts F1": report.facts["full"].f1,
        "attributes right": report.attributes.all.accuracy,
        "calibration error of facts": report.calibration["facts"].ece,
    }
    return tag(
        "div", *(tag("div", tag("b", f"{value:.3f}"), name, class_="tile") for name, value in shown.items()), class_="row tiles"
    )


def _table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> Markup:
    return tag(
        "table",
        tag("thead", tag("tr", *(tag("th", cell) for cell in head))),
        tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)),
    )


def _figures(rows: Mapping[str, Figures]) -> Markup:
    return _table(
        ("", "precision", "recall", "F1", "gold", "found", "right"),
        ((name, *(f"{n:.3f}" for n in (f.precision, f.recall, f.f1)), f.gold, f.found, f.right) for name, f in rows.items()),
    )


def _entities(report: Report) -> Sequence[Markup]:
    plot = tag("figure", bars(report.entities), tag("figcaption", "F1 as bars, precision as full, recall as empty circles."))
    return tag("h2", "Mentions"), tag("div", _figures(report.entities), plot, class_="row")


def _share(share: Share) -> tuple[str, str]:
    return (f"{share.accuracy:.3f}", f"{share.right} of {share.of}") if share.of else (_NONE, _NONE)


def _links(report: Report) -> Sequence[Markup]:
    reach = _table(
        ("", "same sentence", "right", "another sentence", "right", "none in the gold", "right"),
        ((kind, *_share(each.same), *_share(each.cross), *_share(each.none)) for kind, each in report.reach.items()),
    )
    rows = {**report.links, **{f"facts, {name}": figures for name, figures in report.facts.items()}}
    return (
        tag("h2", "Links and facts"),
        tag(
            "p",
            "Links are counted by VALUE, which has its METRIC's where it has none of its own; the tail must have the same words. "
            "value_of asks for METRIC and SUBJECT, which together name an indicator. A core fact is VALUE, METRIC, SUBJECT, "
            "region and period; a full fact has the organisation too.",
            class_="soft",
        ),
        tag(
            "div",
            _figures(rows),
            tag("figure", bars(rows)),
            class_="row",
        ),
        tag("h3", "Within a sentence and across"),
        tag(
            "p",
            "Of the VALUEs found: how often region and period are right, by where the mention that the gold links to stands. "
            "A headline is a sentence of its own.",
            class_="soft",
        ),
        reach,
    )


def _attributes(report: Report) -> Sequence[Markup]:
    rows = (
        (name, f"{a.accuracy:.3f}", *(f"{n:.3f}" for n in (f.precision, f.recall, f.f1)), f.gold, f.found)
        for name, a in report.attributes.aspects.items()
        for f in (a.figures,)
    )
    every = report.attributes.all
    return (
        tag("h2", "Attributes"),
        tag("p", f"All attributes are right for {every.right} of the {every.of} VALUEs found with both offsets.", class_="soft"),
        _table(("", "accuracy", "precision", "recall", "F1", "gold", "found"), rows),
    )


def _confusion(report: Report) -> Sequence[Markup]:
    kinds = _table(("", *KINDS), ((label, *row.values()) for label, row in report.confusion.kinds.items()))
    note = (
        "Gold and found mentions that overlap, paired one to one; a cell is the darker the larger its share of its row. "
        "Each mention errs in its boundary, its label or both, is missed or is added; those added stand under the label found."
    )
    return (
        tag("h2", "Confusion of labels"),
        tag("p", note, class_="soft"),
        tag("div", tag("figure", heat_map(report.confusion)), kinds, class_="row"),
    )


def _calibration(report: Report) -> Sequence[Markup]:
    diagrams = (
        tag(
            "figure",
            tag("h3", name.capitalize()),
            reliability_diagram(name, measured),
            tag(
                "figcaption",
                f"Error {measured.ece:.3f} ({measured.floor:.3f} by chance alone), Brier score {measured.brier:.3f}; "
                f"mean score {measured.score:.3f}, right {measured.right:.3f} of {measured.count:,}.",
            ),
        )
        for name, measured in report.calibration.items()
    )
    note = (
        f"Bars: share right among the things of each of {BINS} bins of scores; red lines: their mean score. A calibrated score "
        "has both at one height. The expected calibration error is their mean distance, weighted by the number in the bin."
    )
    rows = (
        (f"{t.score:.2f}", t.kept, t.right, f"{t.precision:.3f}", f"{t.coverage:.3f}", f"{t.recall:.3f}")
        for t in report.thresholds
    )
    return (
        tag("h2", "Scores"),
        tag("p", note, class_="soft"),
        tag("div", *diagrams, class_="row"),
        tag("h3", "Facts from a score on"),
        tag(
            "div",
            tag("figure", coverage_curve(report.coverage, report.thresholds)),
            _table(("score from", "kept", "right", "precision", "coverage", "recall"), rows),
            class_="row",
        ),
    )


# ------------------------------------------------------------------------------------------------------------------- errors


def _misses(report: Report, causes: Sequence[str]) -> Sequence[Markup]:
    numbers = {cause: number for number, cause in enumerate(causes, 1)}
    names = [f"all {len(report.misses)}", *(f"{cause} {report.causes[cause]}" for cause in causes)]
    picks = (
        tag("input", type="radio", name="pick", id=f"pick-{n}", class_="pick", checked=None if n else "")
        for n in range(len(names))
    )
    note = (
        "Each wrong core fact under what went wrong first: its VALUE, then METRIC, SUBJECT, region, period. A part is wrong by "
        "its mention (nothing of the wanted words was found), by its link (a mention was there, the fact does not name it), or "
        "is unwanted. Slots wrong in all: "
    )
    tally = ", ".join(f"{slot} {count}" for slot, count in report.slots.items())
    legend = (tag("mark", label, tag("sub", label[0]), class_=label) for label in LABELS)
    return (
        tag("h2", "Errors"),
        tag("p", note, tally, ".", class_="soft"),
        tag("p", *_spaced(legend)),
        tag(
            "section",
            *picks,
            tag("div", *(tag("label", name, for_=f"pick-{n}") for n, name in enumerate(names)), class_="picks"),
            tag("div", *(_miss(miss, numbers[miss.cause]) for miss in report.misses), class_="misses"),
        ),
    )


def _spaced(parts: Iterable[Markup]) -> Iterable[object]:
    for part in parts:
        yield part
        yield " "


def _miss(miss: Miss, cause: int) -> Markup:
    sides = {"gold": miss.gold_mentions, "found": miss.found_mentions}
    if miss.gold_mentions == miss.found_mentions:
        sides = {"both": miss.gold_mentions}
    score = "no fact found" if miss.score is None else f"score {miss.score:.2f}"
    return tag(
        "article",
        tag("div", tag("b", miss.cause), tag("span", f"{miss.passage}, offset {miss.start}"), tag("span", score), class_="head"),
        *(
            tag("div", tag("span", name), tag("div", *_marked(miss, mentions), class_="words"), class_="text")
            for name, mentions in sides.items()
        ),
        _fact(miss),
        class_=f"miss cause-{cause}",
    )


def _marked(miss: Miss, mentions: Iterable[tuple[str, int, int]]) -> Iterable[object]:
    """The sentence with its mentions; of those that overlap, as torn pages can have them, the first."""
    reached = miss.sentence_start
    for label, start, end in mentions:
        if start >= reached:
            here = " here" if label == "VALUE" and start < miss.end and miss.start < end else ""
            yield _cut(miss, reached, start)
            yield tag("mark", _cut(miss, start, end), tag("sub", label[0]), class_=label + here)
            reached = end
    yield _cut(miss, reached, miss.sentence_start + len(miss.sentence))


def _cut(miss: Miss, start: int, end: int) -> str:
    return miss.sentence[start - miss.sentence_start : end - miss.sentence_start]


def _fact(miss: Miss) -> Markup:
    slots = ("metric", "subject", "region", "period", "org")

    def row(name: str, fact: Mapping[str, str] | None) -> Markup:
        cells = (
            tag("td", (fact[slot].replace("|", " | ") if fact else "") or _NONE, class_="wrong" if slot in miss.slots else None)
            for slot in slots
        )
        return tag("tr", tag("th", name), *cells)

    return tag(
        "table",
        tag("thead", tag("tr", tag("th", miss.value), *(tag("th", slot) for slot in slots))),
        tag("tbody", row("wanted", miss.wanted), row("found", miss.found)),
        class_="fact",
    )
