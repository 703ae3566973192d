"""How good a model is: strict entities by seqeval, facts as the table's readers count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqeval.metrics import classification_report
from seqeval.scheme import IOBES

from zhibiao.characters import CharacterTable
from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.extractor import Extractor
from zhibiao_training.backend import TorchBackend
from zhibiao_training.model import JointModel
from zhibiao_training.passage import Passage

__all__ = ["Scores", "extract_all", "extractor_of", "measure_on", "score"]

#: A fact as readers count it: (subject and metric, region, period) words.
FactWords = tuple[str, str, str]


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
    right = wanted = given = 0
    attributes_right = attributes_all = 0
    for passage, extraction in zip(passages, extractions, strict=True):
        gold_spans = [(m.label, m.start, m.end) for m in passage.mentions]
        found_spans = [(m.label, m.start, m.end) for m in extraction.mentions]
        gold_tags.append(_tags(len(passage.text), gold_spans))
        found_tags.append(_tags(len(passage.text), found_spans))
        gold_links = ((link.type, link.head, link.tail) for link in passage.links)
        gold = _facts(passage.text, dict(enumerate(gold_spans)), gold_links)
        found_links = ((link.type, link.head, link.tail) for link in extraction.links)
        ids = [m.id for m in extraction.mentions]
        found = _facts(extraction.document.text, dict(zip(ids, found_spans, strict=True)), found_links)
        right += sum(found.get(span) == words for span, words in gold.items())
        wanted += len(gold)
        given += len(found)
        known = {(m.start, m.end): set(m.attributes) for m in passage.mentions if m.label == "VALUE"}
        for m in extraction.mentions:
            if m.label == "VALUE" and (m.start, m.end) in known:
                attributes_all += 1
                attributes_right += set(m.attributes) == known[m.start, m.end]
    report: dict[str, Any] = classification_report(
        gold_tags, found_tags, mode="strict", scheme=IOBES, output_dict=True, zero_division=0
    )
    return Scores(
        facts=2 * right / max(1, wanted + given),
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


def _facts(
    text: str, spans: dict[int, tuple[str, int, int]], links: Iterable[tuple[str, int, int]]
) -> dict[tuple[int, int], FactWords]:
    tails: dict[tuple[str, int], list[int]] = defaultdict(list)
    for kind, head, tail in links:
        tails[kind, head].append(tail)

    def words(numbers: Sequence[int]) -> str:
        return "|".join(sorted({text[spans[n][1] : spans[n][2]] for n in numbers}))

    facts = {}
    for number, (label, start, end) in spans.items():
        metrics = tails.get(("value_of", number))
        if label != "VALUE" or not metrics:
            continue

        def own(kind: str, value: int = number, metric: int = metrics[0]) -> str:
            return words(tails.get((kind, value)) or tails.get((kind, metric), []))

        facts[start, end] = (f"{own('of_subject')}/{words(metrics)}", own("in_region"), own("in_period"))
    return facts


def extractor_of(model: JointModel, table: CharacterTable, run: Mapping[str, Any], *, fast: bool = False) -> Extractor:
    """An extractor that runs a model in PyTorch, with the windows it was trained on."""
    return Extractor(TorchBackend(model, table, fast=fast), run["window"], run["before"], run["after"])


def measure_on(passages: Sequence[Passage], run: Mapping[str, Any]) -> Callable[[JointModel, CharacterTable], dict[str, float]]:
    """A function that scores a model under training on ``passages``, with the windows of ``run``."""

    def measure(model: JointModel, table: CharacterTable) -> dict[str, float]:
        extractor = extractor_of(model, table, run, fast=True)
        return score(passages, extract_all(extractor, passages)).figures()

    return measure
