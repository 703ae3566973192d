"""How good a model is: strict entities by seqeval, facts as the table's readers count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from seqeval.metrics import classification_report
from seqeval.scheme import IOBES

from zhibiao.characters import CharacterTable
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.extractor import Extractor
from zhibiao.mentions import Mention
from zhibiao_training.backend import TorchBackend
from zhibiao_training.model import JointModel
from zhibiao_training.passage import GoldMention, Passage

__all__ = [
    "FactWords",
    "Marks",
    "Scores",
    "Tally",
    "attributes_alike",
    "extract_all",
    "extractor_of",
    "fact_words",
    "marks_of",
    "measure_on",
    "score",
]

#: Half-open offsets of a VALUE.
_Place = tuple[int, int]


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
    attributes: dict[_Place, frozenset[str]]


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
    def f1(self) -> float:
        """The F1 of either reading measured by the other; 0 where neither marks anything."""
        return 2 * self.both / max(1, self.first + self.second)


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
    gold_tags, found_tags = [], []
    facts = Tally()
    attributes_right = attributes_all = 0
    for passage, extraction in zip(passages, extractions, strict=True):
        gold, found = marks_of(passage), marks_of(extraction)
        gold_tags.append(_tags(len(passage.text), gold.spans.values()))
        found_tags.append(_tags(len(passage.text), found.spans.values()))
        gold_facts, found_facts = fact_words(passage.text, gold), fact_words(extraction.document.text, found)
        facts.add(
            {(place, words.core) for place, words in gold_facts.items()},
            {(place, words.core) for place, words in found_facts.items()},
        )
        right, common = attributes_alike(gold, found)
        attributes_right += right
        attributes_all += common
    report: dict[str, Any] = classification_report(
        gold_tags, found_tags, mode="strict", scheme=IOBES, output_dict=True, zero_division=0
    )
    return Scores(
        facts=facts.f1,
        entities=float(report["micro avg"]["f1-score"]),
        attributes=attributes_right / max(1, attributes_all),
        labels={name: float(row["f1-score"]) for name, row in report.items() if name.isupper()},
    )


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


def fact_words(text: str, marks: Marks) -> dict[_Place, FactWords]:
    """The facts of a text: one for each VALUE that has a METRIC, whose links are its own where it has none of that kind."""
    tails: dict[tuple[str, int], list[int]] = defaultdict(list)
    for kind, head, tail in marks.links:
        tails[kind, head].append(tail)

    def words(numbers: Sequence[int]) -> str:
        return "|".join(sorted({text[marks.spans[n][1] : marks.spans[n][2]] for n in numbers}))

    facts = {}
    for number, (label, start, end) in marks.spans.items():
        metrics = tails.get(("value_of", number))
        if label != "VALUE" or not metrics:
            continue

        def own(kind: str, value: int = number, metric: int = metrics[0]) -> str:
            return words(tails.get((kind, value)) or tails.get((kind, metric), []))

        facts[start, end] = FactWords(own("of_subject"), words(metrics), own("in_region"), own("in_period"), own("of_org"))
    return facts


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
