"""How good a model is: strict entities by seqeval, facts as the table's readers count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seqeval.metrics import classification_report
from seqeval.scheme import IOBES

from zhibiao.characters import CharacterTable
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.extractor import Extractor
from zhibiao.labels import LABELS, LINK_TYPES
from zhibiao.mentions import Mention
from zhibiao_training.backend import TorchBackend
from zhibiao_training.model import JointModel
from zhibiao_training.passage import GoldMention, Passage

__all__ = [
    "ALL",
    "SLOTS",
    "Counts",
    "FactWords",
    "Marks",
    "Place",
    "Scores",
    "Tally",
    "attributes_alike",
    "extract_all",
    "extractor_of",
    "fact_tails",
    "fact_words",
    "link_words",
    "marks_of",
    "measure_on",
    "score",
    "strict_entities",
]

#: Half-open offsets of a VALUE.
Place = tuple[int, int]

#: The name under which mentions of any label are counted.
ALL = "all"


class FactWords(NamedTuple):
    """What a fact says of its VALUE, in the words of the mentions; where several are of one kind, sorted, with ``|`` between."""

    subject: str
    metric: str
    region: str
    period: str
    org: str

    @property
    def core(self) -> tuple[str, ...]:
        """All but the organisation."""
        return self[:4]


#: Which links say what a field of :class:`FactWords` holds.
SLOTS = {"subject": "of_subject", "metric": "value_of", "region": "in_region", "period": "in_period", "org": "of_org"}


@dataclass(frozen=True, slots=True)
class Marks:
    """What one reading of a text marks, be it an annotator's or a model's.

    Attributes:
        spans: ``(label, start, end)`` of each mention, by its number or id.
        links: ``(type, head, tail)``, by those numbers.
        attributes: Of each VALUE, by its offsets.
    """

    spans: dict[int, tuple[str, int, int]]
    links: tuple[tuple[str, int, int], ...]
    attributes: dict[Place, frozenset[str]]


@dataclass(slots=True)
class Tally:
    """Counts behind an F1: how many things two readings mark, each and alike."""

    both: int = 0
    first: int = 0
    second: int = 0

    def add(self, first: Set[Any], second: Set[Any]) -> None:
        """Count what two readings mark in one more text."""
        self.both += len(first & second)
        self.first += len(first)
        self.second += len(second)

    @property
    def precision(self) -> float:
        """The share of what the second reading marks that stands in the first too; 0 where it marks nothing."""
        return self.both / max(1, self.second)

    @property
    def recall(self) -> float:
        """The share of what the first reading marks that stands in the second too; 0 where it marks nothing."""
        return self.both / max(1, self.first)

    @property
    def f1(self) -> float:
        """The F1 of either reading measured by the other; 0 where neither marks anything."""
        return 2 * self.both / max(1, self.first + self.second)


@dataclass(slots=True)
class Counts:
    """What two readings of the same texts mark, each and alike.

    Attributes:
        mentions: By label and, under :data:`ALL`, of any; alike are label and both offsets.
        links: By type, of every VALUE that has a METRIC, its METRIC's links taken where it has none of its own. Alike are the
            VALUE's offsets and the words of the tails, wherever these stand. ``value_of`` counts METRIC and SUBJECT together,
            which together name an indicator; ``of_subject`` the SUBJECT alone.
        core: Facts without their organisation: alike are the VALUE's offsets and the words of subject, metric, region and period.
        full: Facts with it.
        attributes_alike, attributes_of: Of how many VALUEs that stand in both readings all attributes are the same, and how many
            those are.
    """

    mentions: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in (*LABELS, ALL)})
    links: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in LINK_TYPES})
    core: Tally = field(default_factory=Tally)
    full: Tally = field(default_factory=Tally)
    attributes_alike: int = 0
    attributes_of: int = 0

    def add(self, text: str, first: Marks, second: Marks) -> None:
        """Count what two readings mark in one more text."""
        spans = [set(marks.spans.values()) for marks in (first, second)]
        for label, tally in self.mentions.items():
            tally.add(*({span for span in each if label in (ALL, span[0])} for each in spans))
        facts = [fact_words(text, marks) for marks in (first, second)]
        for kind, tally in self.links.items():
            tally.add(*({(place, words) for place, f in each.items() if (words := link_words(f, kind))} for each in facts))
        self.core.add(*({(place, words.core) for place, words in each.items()} for each in facts))
        self.full.add(*(set(each.items()) for each in facts))
        alike, of = attributes_alike(first, second)
        self.attributes_alike += alike
        self.attributes_of += of

    @property
    def attributes(self) -> float:
        """Share of the VALUEs of both readings whose attributes are all the same."""
        return self.attributes_alike / max(1, self.attributes_of)


@dataclass(frozen=True)
class Scores:
    """Strict F1 of a set of passages, micro-averaged.

    Attributes:
        facts: Of core facts: VALUE span, metric words with subject, region words and period words all right.
        entities: Of mentions: label and both offsets right.
        attributes: Share of the VALUEs found whose attributes are all right.
        labels: F1 by label.
    """

    facts: float
    entities: float
    attributes: float
    labels: dict[str, float]

    def figures(self) -> dict[str, float]:
        """All figures, flat and rounded."""
        flat = {"facts": self.facts, "entities": self.entities, "attributes": self.attributes, **self.labels}
        return {name: round(value, 4) for name, value in flat.items()}


def extract_all(extractor: Extractor, passages: Sequence[Passage]) -> list[Extraction]:
    """Extract every passage."""
    return [extractor.extract(Document(passage.name, passage.text)) for passage in passages]


def score(passages: Sequence[Passage], extractions: Sequence[Extraction]) -> Scores:
    """Compare extractions with the gold annotation of the same passages, in the same order."""
    readings = [(passage, marks_of(passage), marks_of(found)) for passage, found in zip(passages, extractions, strict=True)]
    counts = Counts()
    for passage, gold, found in readings:
        counts.add(passage.text, gold, found)
    rows = strict_entities((len(passage.text), gold, found) for passage, gold, found in readings)
    return Scores(
        facts=counts.core.f1,
        entities=float(rows[ALL]["f1-score"]),
        attributes=counts.attributes,
        labels={name: float(row["f1-score"]) for name, row in rows.items() if name != ALL},
    )


def strict_entities(readings: Iterable[tuple[int, Marks, Marks]]) -> dict[str, dict[str, Any]]:
    """What seqeval says of the mentions of texts: (length, gold, found) of each.

    Returns:
        ``precision``, ``recall``, ``f1-score`` and ``support`` by label and, under :data:`ALL`, of all together; a label that
        neither gold nor found ever bears is left out.
    """
    gold_tags, found_tags = [], []
    for length, gold, found in readings:
        gold_tags.append(_tags(length, gold.spans.values()))
        found_tags.append(_tags(length, found.spans.values()))
    report: dict[str, Any] = classification_report(
        gold_tags, found_tags, mode="strict", scheme=IOBES, output_dict=True, zero_division=0
    )
    return {name: row for name, row in report.items() if name.isupper()} | {ALL: report["micro avg"]}


def _tags(length: int, spans: Iterable[tuple[str, int, int]]) -> list[str]:
    tags = ["O"] * length
    for label, start, end in spans:
        if end - start == 1:
            tags[start] = f"S-{label}"
        else:
            tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 2), f"E-{label}"]
    return tags


def marks_of(reading: Passage | Extraction) -> Marks:
    """The marks of an annotated passage or of an extraction."""
    mentions: Mapping[int, GoldMention | Mention]
    if isinstance(reading, Passage):
        mentions = dict(enumerate(reading.mentions))
    else:
        mentions = {mention.id: mention for mention in reading.mentions}
    return Marks(
        {number: (m.label, m.start, m.end) for number, m in mentions.items()},
        tuple((link.type, link.head, link.tail) for link in reading.links),
        {(m.start, m.end): frozenset(m.attributes) for m in mentions.values() if m.label == "VALUE"},
    )


def fact_tails(marks: Marks) -> dict[Place, dict[str, tuple[int, ...]]]:
    """The tails of the links of each VALUE that has a METRIC, by type: its own where it has some, else those of its METRIC."""
    tails: dict[tuple[str, int], list[int]] = defaultdict(list)
    for kind, head, tail in marks.links:
        tails[kind, head].append(tail)
    found = {}
    for number, (label, start, end) in marks.spans.items():
        metrics = tails.get(("value_of", number))
        if label == "VALUE" and metrics:
            found[start, end] = {
                kind: tuple(tails.get((kind, number)) or tails.get((kind, metrics[0]), [])) for kind in LINK_TYPES
            }
    return found


def fact_words(text: str, marks: Marks) -> dict[Place, FactWords]:
    """The facts of a text: one for each VALUE that has a METRIC, in the words of the mentions it is linked to."""

    def words(numbers: Iterable[int]) -> str:
        return "|".join(sorted({text[marks.spans[n][1] : marks.spans[n][2]] for n in numbers}))

    return {
        place: FactWords(**{slot: words(tails[kind]) for slot, kind in SLOTS.items()})
        for place, tails in fact_tails(marks).items()
    }


def link_words(fact: FactWords, kind: str) -> tuple[str, ...]:
    """What a fact says by links of one type; empty where it has none. ``value_of`` names the METRIC together with its SUBJECT."""
    if kind == "value_of":
        return fact.subject, fact.metric
    [slot] = (slot for slot, link in SLOTS.items() if link == kind)
    words: str = getattr(fact, slot)
    return (words,) if words else ()


def attributes_alike(first: Marks, second: Marks) -> tuple[int, int]:
    """Of how many VALUEs that both mark all attributes are the same, and how many both mark."""
    common = first.attributes.keys() & second.attributes.keys()
    return sum(first.attributes[place] == second.attributes[place] for place in common), len(common)


def extractor_of(model: JointModel, table: CharacterTable, run: Mapping[str, Any], *, fast: bool = False) -> Extractor:
    """An extractor that runs a model in PyTorch, with the windows it was trained on."""
    return Extractor(TorchBackend(model, table, fast=fast), run["window"], run["before"], run["after"])


def measure_on(passages: Sequence[Passage], run: Mapping[str, Any]) -> Callable[[JointModel, CharacterTable], dict[str, float]]:
    """A function that scores a model under training on ``passages``, with the windows of ``run``."""

    def measure(model: JointModel, table: CharacterTable) -> dict[str, float]:
        extractor = extractor_of(model, table, run, fast=True)
        return score(passages, extract_all(extractor, passages)).figures()

    return measure
