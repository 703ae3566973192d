"""How far two readings of the same passages agree: two annotators, or one at two times.

Mentions, links, facts and attributes are counted as :mod:`zhibiao_training.evaluate` counts a model's against the gold; F1 is the
same whichever of the two is taken as the measure. F1 is the figure to look at: nobody can count the spans that neither marked, so
agreement by chance is not defined for mentions (Hripcsak and Rothschild, JAMIA 12(3), 2005). Cohen's kappa over characters
(Educational and Psychological Measurement 20(1), 1960) stands beside it as readers may expect it; the many unmarked characters
raise it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhibiao_training.corpus import read_folder
from zhibiao_training.evaluate import Counts, FactWords, Marks, Tally, fact_words, marks_of
from zhibiao_training.passage import Passage
from zhibiao_training.standoff import read_rows

__all__ = ["Agreement", "Disagreement", "PairedPassage", "compare", "read_passages", "render_lines"]

_NONE = "—"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A place where two readings differ.

    Attributes:
        start: Its offset in the text.
        words: What stands there.
        first, second: What each reading makes of it.
    """

    start: int
    words: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class PairedPassage:
    """A passage that two have read.

    Attributes:
        name: Its name.
        alike: F1 over its mentions and full facts taken together; 1 where neither reading marks anything.
        disagreements: In text order.
    """

    name: str
    alike: float
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two readings, micro-averaged over the passages.

    Attributes:
        counts: Mentions, links, facts and attributes.
        kappa: Cohen's kappa over the labels of all characters; 1 where both readings give all of them one and the same.
        passages: The passages, in the order of the first reading.
        only_first, only_second: Names of passages that stand in one reading only and do not count.
    """

    counts: Counts
    kappa: float
    passages: tuple[PairedPassage, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All figures and disagreements as a JSON object."""
        return {
            "passages": len(self.passages),
            "mentions": {name: _figures(tally) for name, tally in self.counts.mentions.items()},
            "links": {name: _figures(tally) for name, tally in self.counts.links.items()},
            "facts": {"core": _figures(self.counts.core), "full": _figures(self.counts.full)},
            "attributes": {"accuracy": round(self.counts.attributes, 4), "of": self.counts.attributes_of},
            "kappa": round(self.kappa, 4),
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
            "disagreements": [
                {"passage": passage.name, "start_offset": d.start, "words": d.words, "first": d.first, "second": d.second}
                for passage in self.passages
                for d in passage.disagreements
            ],
        }


def read_passages(path: Path) -> list[Passage]:
    """Read annotated passages: a folder of ``*.ann.txt``, or a standoff ``.jsonl`` file.

    Raises:
        ValueError: If it holds something that is no annotated passage, or two of one name.
        OSError: If it cannot be read or holds none.
    """
    passages = read_folder(path) if path.is_dir() else list(read_rows(path))
    for name, count in Counter(passage.name for passage in passages).items():
        if count > 1:
            raise ValueError(f"{path}: {count} passages bear the name {name!r}")
    return passages


def compare(first: Sequence[Passage], second: Sequence[Passage]) -> Agreement:
    """Compare two readings of the same passages, told by their names.

    Raises:
        ValueError: If no name stands in both, or the text of one differs; white space at its end does not count, since editors
            put a line end there.
    """
    others = {passage.name: passage for passage in second}
    pairs = [(passage, others[passage.name]) for passage in first if passage.name in others]
    if not pairs:
        raise ValueError("no passage stands in both readings; passages are told by their names")
    counts = Counts()
    characters: Counter[tuple[str, str]] = Counter()
    paired = []
    for one, other in pairs:
        text = one.text.rstrip()
        if other.text.rstrip() != text:
            raise ValueError(f"{one.name}: the texts of the two readings differ {_where(text, other.text.rstrip())}")
        marks = marks_of(one), marks_of(other)
        counts.add(text, *marks)
        characters.update(zip(*(_character_labels(len(text), each) for each in marks), strict=True))
        spans = [set(each.spans.values()) for each in marks]
        facts = [fact_words(text, each) for each in marks]
        together = Tally()
        together.add(*({*each, *told.items()} for each, told in zip(spans, facts, strict=True)))
        share = together.f1 if together.first + together.second else 1.0
        paired.append(PairedPassage(one.name, share, tuple(_disagreements(one.text, *marks, *facts))))
    names = {passage.name for passage in first}
    return Agreement(
        counts,
        _kappa(characters),
        tuple(paired),
        tuple(passage.name for passage in first if passage.name not in others),
        tuple(passage.name for passage in second if passage.name not in names),
    )


def render_lines(agreement: Agreement, worst: int = 0) -> Iterator[str]:
    """The figures as lines of text, then the disagreements of the ``worst`` passages that agree least."""
    counts = agreement.counts
    yield f"{len(agreement.passages)} passages in both readings"
    for name, names in (("first", agreement.only_first), ("second", agreement.only_second)):
        if names:
            yield f"{len(names)} in the {name} only: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}"
    yield f"{'':20} {'F1':>6} {'first':>6} {'second':>6} {'alike':>6}"
    rows = [
        *((f"mentions {name}", tally) for name, tally in counts.mentions.items()),
        *((f"links {name}", tally) for name, tally in counts.links.items()),
        ("facts core", counts.core),
        ("facts full", counts.full),
    ]
    for name, tally in rows:
        f1 = f"{tally.f1:6.4f}" if tally.first + tally.second else f"{_NONE:>6}"
        yield f"{name:20} {f1} {tally.first:6} {tally.second:6} {tally.both:6}"
    accuracy = f"{counts.attributes:6.4f}" if counts.attributes_of else f"{_NONE:>6}"
    yield f"{'attributes':20} {accuracy} {counts.attributes_alike} of {counts.attributes_of} VALUEs that stand in both"
    yield f"{'kappa of characters':20} {agreement.kappa:6.4f}"
    apart = [passage for passage in agreement.passages if passage.disagreements]
    for passage in sorted(apart, key=lambda passage: passage.alike)[:worst]:
        yield ""
        yield f"{passage.name}: F1 of mentions and facts {passage.alike:.2f}"
        for d in passage.disagreements:
            yield f"  {d.start:5}  {d.words}  |  {d.first}  |  {d.second}"


def _figures(tally: Tally) -> dict[str, float]:
    return {"f1": round(tally.f1, 4), "first": tally.first, "second": tally.second, "alike": tally.both}


def _where(first: str, second: str) -> str:
    """Where two texts part."""
    at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    return f"from offset {at}: {first[at : at + 15]!r} and {second[at : at + 15]!r}"


def _character_labels(length: int, marks: Marks) -> list[str]:
    labels = [""] * length
    for label, start, end in marks.spans.values():
        labels[start:end] = [label] * (min(end, length) - start)
    return labels


def _kappa(pairs: Counter[tuple[str, str]]) -> float:
    """Cohen's kappa of two labellings, from how often each pair of labels occurs."""
    total = pairs.total()
    sides: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for pair, count in pairs.items():
        for side, label in zip(sides, pair, strict=True):
            side[label] += count
    observed = sum(count for (one, other), count in pairs.items() if one == other) / max(1, total)
    chance = sum(count * sides[1][label] for label, count in sides[0].items()) / max(1, total * total)
    return (observed - chance) / (1 - chance) if chance < 1 else 1.0


def _disagreements(
    text: str, first: Marks, second: Marks, first_facts: Mapping[Any, FactWords], second_facts: Mapping[Any, FactWords]
) -> list[Disagreement]:
    """Mentions that differ, those that overlap told together; of VALUEs in both readings, attributes and facts that differ."""
    spans = set(first.spans.values()), set(second.spans.values())
    found = list(_different_mentions(text, spans[0] - spans[1], spans[1] - spans[0]))
    for place in sorted(first.attributes.keys() & second.attributes.keys()):
        attributes = first.attributes[place], second.attributes[place]
        if attributes[0] != attributes[1]:
            found.append(_disagreement(text, place, *("attributes " + (" ".join(sorted(each)) or _NONE) for each in attributes)))
        facts = first_facts.get(place), second_facts.get(place)
        if facts[0] != facts[1]:
            kinds = [kind for kind in FactWords._fields if getattr(facts[0], kind, "") != getattr(facts[1], kind, "")]
            found.append(_disagreement(text, place, *(_told(fact, kinds) for fact in facts)))
    return sorted(found, key=lambda disagreement: disagreement.start)


def _told(fact: FactWords | None, kinds: Iterable[str]) -> str:
    if fact is None:
        return "no METRIC"
    return ", ".join(f"{kind} {_plain(getattr(fact, kind)) or _NONE}" for kind in kinds)


def _different_mentions(text: str, first: set[tuple[str, int, int]], second: set[tuple[str, int, int]]) -> Iterator[Disagreement]:
    """The mentions that stand in one reading only, in clusters that overlap."""
    cluster: list[tuple[int, int, str, int]] = []
    end = 0
    marks = sorted((start, stop, label, side) for side, spans in enumerate((first, second)) for label, start, stop in spans)
    for start, stop, label, side in marks:
        if cluster and start >= end:
            yield _cluster(text, cluster)
            cluster = []
        cluster.append((start, stop, label, side))
        end = max(end, stop)
    if cluster:
        yield _cluster(text, cluster)


def _cluster(text: str, marks: Sequence[tuple[int, int, str, int]]) -> Disagreement:
    whole = marks[0][0], max(stop for _, stop, _, _ in marks)
    sides = [
        ", ".join(
            label if (start, stop) == whole else f"{label} {_plain(text[start:stop])}"
            for start, stop, label, owner in marks
            if owner == side
        )
        for side in (0, 1)
    ]
    return _disagreement(text, whole, *(side or _NONE for side in sides))


def _disagreement(text: str, place: tuple[int, int], first: str, second: str) -> Disagreement:
    return Disagreement(place[0], _plain(text[slice(*place)]), first, second)


def _plain(words: str) -> str:
    """Words on one line."""
    return "".join(words.splitlines())
