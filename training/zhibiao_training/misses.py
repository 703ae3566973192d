"""The facts that a model got wrong: what was wanted, what was found, and what went wrong first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zhibiao.extraction import Extraction
from zhibiao_training.evaluate import SLOTS, FactWords, Marks, Place, fact_tails, fact_words
from zhibiao_training.sentences import Sentences

__all__ = ["CAUSES", "Miss", "find_misses"]

# What a core fact consists of, in the order in which a missing part costs most.
_CORE = ("metric", "subject", "region", "period")

#: What can go wrong first with a fact:
#:
#: - ``value missed``: nothing that was found as a VALUE overlaps it, ``value boundary``: one does, with other offsets;
#: - ``metric mention`` (or ``subject``, ``region``, ``period``): no mention of the wanted words was found, ``metric link``: one
#:   was, but the fact does not name it, ``subject unwanted``: the fact names one where the gold has none;
#: - ``value added``: the gold has no fact there, since the VALUE is none or has no METRIC.
CAUSES = (
    "value missed",
    "value boundary",
    "metric mention",
    "metric link",
    *(f"{slot} {why}" for slot in _CORE[1:] for why in ("mention", "link", "unwanted")),
    "value added",
)


@dataclass(frozen=True, slots=True)
class Miss:
    """A core fact that is wrong, or that the gold does not have.

    Attributes:
        passage: The passage's name.
        start, end: Offsets of the VALUE, of the gold's where it has one.
        value: Its words.
        cause: What went wrong first, one of :data:`CAUSES`.
        slots: All that is wrong: ``value``, or any of ``metric``, ``subject``, ``region`` and ``period``.
        wanted: What the gold says, by the names of :class:`FactWords`; None for a fact that was added.
        found: What was found, of a VALUE that overlaps where none stands right there; None where there is no fact.
        score: The score of the fact found; None without one.
        sentence_start: Offset of the sentence.
        sentence: The sentence.
        gold_mentions, found_mentions: What each marks in the sentence: label and offsets in the text.
    """

    passage: str
    start: int
    end: int
    value: str
    cause: str
    slots: tuple[str, ...]
    wanted: dict[str, str] | None
    found: dict[str, str] | None
    score: float | None
    sentence_start: int
    sentence: str
    gold_mentions: tuple[tuple[str, int, int], ...]
    found_mentions: tuple[tuple[str, int, int], ...]


def find_misses(extraction: Extraction, gold: Marks, found: Marks, sentences: Sentences) -> Iterator[Miss]:
    """The core facts of a passage that are wrong, in text order."""
    text = extraction.document.text
    wanted, got = fact_words(text, gold), fact_words(text, found)
    tails = fact_tails(gold)
    scores = {(fact.start, fact.end): fact.score for fact in extraction.facts}
    known = {(label, text[start:end]) for label, start, end in found.spans.values()}

    def missing(place: Place, slot: str) -> bool:
        """Whether one of the words that a slot wants was found nowhere."""
        spans = [gold.spans[number] for number in tails[place][SLOTS[slot]]]
        return any((label, text[start:end]) not in known for label, start, end in spans)

    def miss(place: Place, cause: str, slots: tuple[str, ...], other: Place | None) -> Miss:
        low, high = sentences.around(*place)
        fact, other_fact = wanted.get(place), got.get(other) if other else None
        return Miss(
            passage=extraction.document.id,
            start=place[0],
            end=place[1],
            value=text[slice(*place)],
            cause=cause,
            slots=slots,
            wanted=fact._asdict() if fact else None,
            found=other_fact._asdict() if other_fact else None,
            score=scores.get(other) if other else None,
            sentence_start=low,
            sentence=text[low:high],
            gold_mentions=_inside(gold, low, high),
            found_mentions=_inside(found, low, high),
        )

    told: list[Miss] = []
    seen: set[Place] = set()
    for place, fact in wanted.items():
        if place not in found.attributes:
            other = next((each for each in sorted(found.attributes) if each[0] < place[1] and place[0] < each[1]), None)
            if other:
                seen.add(other)
            told.append(miss(place, "value boundary" if other else "value missed", ("value",), other))
        elif place not in got:
            told.append(miss(place, "metric mention" if missing(place, "metric") else "metric link", ("metric",), None))
        elif slots := _wrong(fact, got[place]):
            first = slots[0]
            why = "unwanted" if not getattr(fact, first) else "mention" if missing(place, first) else "link"
            told.append(miss(place, f"{first} {why}", slots, place))
    told += (miss(place, "value added", ("value",), place) for place in got if place not in wanted and place not in seen)
    yield from sorted(told, key=lambda each: (each.start, each.end))


def _wrong(wanted: FactWords, found: FactWords) -> tuple[str, ...]:
    return tuple(slot for slot in _CORE if getattr(wanted, slot) != getattr(found, slot))


def _inside(marks: Marks, low: int, high: int) -> tuple[tuple[str, int, int], ...]:
    spans = (span for span in marks.spans.values() if low <= span[1] and span[2] <= high)
    return tuple(sorted(spans, key=lambda span: span[1:]))
