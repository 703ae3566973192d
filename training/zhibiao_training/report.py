"""The report of an evaluation: every figure that tells how good a model is and what goes wrong, as data.

:func:`build_report` makes it, :meth:`Report.to_json` turns it into JSON, whose keys are the names of the fields here, and
:mod:`zhibiao_training.report_page` into a page to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from zhibiao.extraction import Extraction
from zhibiao.labels import LABELS
from zhibiao_training.calibration import Outcomes, Reliability, Threshold, at_threshold, outcomes_of, reliability
from zhibiao_training.confusion import Confusion, confuse
from zhibiao_training.evaluate import (
    ALL,
    SLOTS,
    Counts,
    Marks,
    Tally,
    fact_tails,
    fact_words,
    marks_of,
    strict_entities,
)
from zhibiao_training.misses import CAUSES, Miss, find_misses
from zhibiao_training.passage import Passage
from zhibiao_training.sentences import Sentences

__all__ = ["Aspect", "Attributes", "Figures", "Reach", "Report", "Share", "build_report"]

#: Raised whenever a reader of the JSON of before would not understand that of now.
FORMAT = 1

_THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
_POINTS = 50
_CHANGES = ("yoy", "mom", "chg")


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and F1, and the counts behind them.

    Attributes:
        gold: How many the annotation has (support).
        found: How many were found.
        right: How many of both are the same.
    """

    precision: float
    recall: float
    f1: float
    gold: int
    found: int
    right: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many are right of how many; ``accuracy`` is 0 of none."""

    accuracy: float
    right: int
    of: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How often the region (or period) of a gold VALUE that was found is right, by where the gold has it.

    Right are the same words as in the gold, and no words where it has none. VALUEs without a METRIC in the gold do not count.

    Attributes:
        same: All mentions linked to stand in the VALUE's sentence.
        cross: At least one stands in another: earlier, later or in the headline.
        none: The gold links to none.
    """

    same: Share
    cross: Share
    none: Share


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that attributes tell of VALUEs, of those that were found.

    Attributes:
        accuracy: Share of them of which the same is told, be it nothing.
        figures: Counted over those of which anything is told.
    """

    accuracy: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of the gold VALUEs that were found with the same offsets.

    Attributes:
        all: Of how many all attributes are right.
        aspects: ``basis`` (of a change: yoy, mom or chg), ``sign`` (+ or -), ``rank``, ``est`` and ``target``.
    """

    all: Share
    aspects: dict[str, Aspect]


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation.

    Attributes:
        format: Of the JSON, see :data:`FORMAT`.
        model: What was evaluated.
        gold: What it was held against.
        passages, characters, values: What the gold holds.
        entities: Strict figures of seqeval (label and both offsets), by label and for ``all``.
        links: By type, as :class:`zhibiao_training.evaluate.Counts` counts them.
        reach: ``in_region`` and ``in_period``, within a sentence and across.
        facts: ``core`` and ``full``.
        attributes: What is told of VALUEs beside their links.
        confusion: Labels taken for others.
        calibration: Reliability of the scores of ``mentions``, ``links`` and ``facts`` (see
            :class:`zhibiao_training.calibration.Outcomes` for what is right).
        thresholds: What is left of the facts from a score of 0.5, 0.55 … 0.95 on.
        coverage: The same for the best fiftieth of the facts found, the best two … and all of them.
        causes: What went wrong first in how many facts, most first (see :data:`zhibiao_training.misses.CAUSES`).
        slots: Which parts are wrong in how many facts; one fact can have several.
        misses: Those facts, in the order of the passages.
    """

    format: int
    model: str
    gold: str
    passages: int
    characters: int
    values: int
    entities: dict[str, Figures]
    links: dict[str, Figures]
    reach: dict[str, Reach]
    facts: dict[str, Figures]
    attributes: Attributes
    confusion: Confusion
    calibration: dict[str, Reliability]
    thresholds: tuple[Threshold, ...]
    coverage: tuple[Threshold, ...]
    causes: dict[str, int]
    slots: dict[str, int]
    misses: tuple[Miss, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON object, figures with four digits."""
        told: dict[str, Any] = _rounded(asdict(self))
        return told


def _rounded(told: Any) -> Any:
    if isinstance(told, float):
        return round(told, 4)
    if isinstance(told, dict):
        return {name: _rounded(each) for name, each in told.items()}
    if isinstance(told, list | tuple):
        return [_rounded(each) for each in told]
    return told


@dataclass(frozen=True, slots=True)
class _Reading:
    """A passage with what the gold and the model make of it."""

    passage: Passage
    extraction: Extraction
    gold: Marks
    found: Marks
    sentences: Sentences


def build_report(passages: Sequence[Passage], extractions: Sequence[Extraction], model: str, gold: str) -> Report:
    """Compare extractions with the gold annotation of the same passages, in the same order.

    Args:
        passages: The gold.
        extractions: What the model made of it.
        model, gold: What to call the two.
    """
    readings = [
        _Reading(passage, extraction, marks_of(passage), marks_of(extraction), Sentences(passage.text))
        for passage, extraction in zip(passages, extractions, strict=True)
    ]
    counts = Counts()
    for each in readings:
        counts.add(each.passage.text, each.gold, each.found)
    outcomes = [outcomes_of(passage, extraction) for passage, extraction in zip(passages, extractions, strict=True)]
    misses = tuple(chain.from_iterable(find_misses(r.extraction, r.gold, r.found, r.sentences) for r in readings))
    causes = Counter(miss.cause for miss in misses)
    slots = Counter(slot for miss in misses for slot in miss.slots)
    return Report(
        format=FORMAT,
        model=model,
        gold=gold,
        passages=len(passages),
        characters=sum(len(passage.text) for passage in passages),
        values=counts.mentions["VALUE"].first,
        entities=_entities(readings, counts.mentions),
        links={kind: _figures(tally) for kind, tally in counts.links.items()},
        reach={SLOTS[slot]: _reach(readings, slot) for slot in ("region", "period")},
        facts={"core": _figures(counts.core), "full": _figures(counts.full)},
        attributes=_attributes(readings, counts),
        confusion=confuse((each.gold.spans.values(), each.found.spans.values()) for each in readings),
        calibration={
            "mentions": reliability(chain.from_iterable(each.mentions for each in outcomes)),
            "links": reliability(chain.from_iterable(each.links for each in outcomes)),
            "facts": reliability(chain.from_iterable(each.facts for each in outcomes)),
        },
        **_thresholds(outcomes),
        causes={cause: causes[cause] for cause in sorted(CAUSES, key=lambda each: -causes[each]) if causes[cause]},
        slots={slot: slots[slot] for slot in ("value", "metric", "subject", "region", "period")},
        misses=misses,
    )


def _figures(tally: Tally) -> Figures:
    return Figures(tally.precision, tally.recall, tally.f1, tally.first, tally.second, tally.both)


def _entities(readings: Iterable[_Reading], mentions: Mapping[str, Tally]) -> dict[str, Figures]:
    rows = strict_entities((len(each.passage.text), each.gold, each.found) for each in readings)
    told = {}
    for label in (*LABELS, ALL):
        row = rows.get(label, {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 0})
        precision, recall, f1 = (float(row[key]) for key in ("precision", "recall", "f1-score"))
        told[label] = Figures(precision, recall, f1, int(row["support"]), mentions[label].second, mentions[label].both)
    return told


def _share(rights: Sequence[bool]) -> Share:
    return Share(sum(rights) / max(1, len(rights)), sum(rights), len(rights))


def _reach(readings: Iterable[_Reading], slot: str) -> Reach:
    rights: dict[str, list[bool]] = {"same": [], "cross": [], "none": []}
    for each in readings:
        text, gold = each.passage.text, each.gold
        wanted, found, tails = fact_words(text, gold), fact_words(text, each.found), fact_tails(gold)
        for place, fact in wanted.items():
            if place in each.found.attributes:
                starts = [gold.spans[tail][1] for tail in tails[place][SLOTS[slot]]]
                near = all(each.sentences.same(place[0], start) for start in starts)
                words = getattr(found[place], slot) if place in found else None
                rights["none" if not starts else "same" if near else "cross"].append(words == getattr(fact, slot))
    return Reach(**{name: _share(told) for name, told in rights.items()})


def _attributes(readings: Iterable[_Reading], counts: Counts) -> Attributes:
    tallies = {name: Tally() for name in ("basis", "sign", "rank", "est", "target")}
    alike: Counter[str] = Counter()
    for each in readings:
        gold, found = each.gold.attributes, each.found.attributes
        for place in gold.keys() & found.keys():
            for name, tally in tallies.items():
                told = [set(_aspect(name, attributes[place])) for attributes in (gold, found)]
                alike[name] += told[0] == told[1]
                tally.add(*told)
    of = max(1, counts.attributes_of)
    return Attributes(
        Share(counts.attributes, counts.attributes_alike, counts.attributes_of),
        {name: Aspect(alike[name] / of, _figures(tally)) for name, tally in tallies.items()},
    )


def _aspect(name: str, attributes: Iterable[str]) -> Iterator[str]:
    """What attributes tell of one aspect."""
    for attribute in attributes:
        basis = attribute.rstrip("+-")
        if basis in _CHANGES:
            if name == "basis":
                yield basis
            elif name == "sign" and basis != attribute:
                yield attribute[-1]
        elif attribute == name:
            yield attribute


def _thresholds(outcomes: Sequence[Outcomes]) -> dict[str, tuple[Threshold, ...]]:
    facts = list(chain.from_iterable(each.facts for each in outcomes))
    wanted = sum(each.wanted for each in outcomes)
    scores = sorted((score for score, _ in facts), reverse=True)
    # The score of the last fact of each fiftieth; facts of one score stand or fall together.
    steps = sorted({scores[len(scores) * step // _POINTS - 1] for step in range(1, _POINTS + 1) if len(scores) * step >= _POINTS})
    return {
        "thresholds": tuple(at_threshold(facts, wanted, score) for score in _THRESHOLDS),
        "coverage": tuple(at_threshold(facts, wanted, score) for score in reversed(steps)),
    }
