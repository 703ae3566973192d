"""Links between mentions, chosen by the linker."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhibiao.encoder import Backend, LinkScores
from zhibiao.labels import LABELS, LINK_HEADS, LINK_TYPES, attributes_of
from zhibiao.mentions import FoundSpan, Mention
from zhibiao.pairs import mark_breaks, pair_features
from zhibiao.windows import split_windows

__all__ = ["Link", "link_spans"]

# A head may choose among the mentions at least this far around it; training passages hold hardly any link that is longer.
_BEFORE, _AFTER, _SIZE = 352, 64, 704
# A further tail is taken beside the first (A和B分别…) where the linker gives it at least this share of the first's probability.
_FURTHER = 0.7

_METRIC, _SUBJECT, _VALUE = (LABELS.index(label) for label in ("METRIC", "SUBJECT", "VALUE"))
_Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Link:
    """A tie between two mentions.

    Attributes:
        id: Unique in its extraction.
        type: ``value_of``, ``in_region``, ``in_period``, ``of_org`` or ``of_subject``.
        head, tail: Ids of the mentions it leads from and to.
        score: Probability that it is right, 0 … 1.
    """

    id: int
    type: str
    head: int
    tail: int
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the linker says of one head and one link type: the probability of each candidate, and that of none.

    A candidate is the position of a mention among those of the text.
    """

    candidates: dict[int, float]
    none: float

    def tails(self) -> list[int]:
        """The chosen candidates, best first; empty for none."""
        if not self.candidates:
            return []
        high = max(self.candidates.values())
        if high <= self.none:
            return []
        chosen = [tail for tail, p in self.candidates.items() if p >= _FURTHER * high and p > self.none]
        return sorted(chosen, key=lambda tail: -self.candidates[tail])

    def pooled(self, words: Sequence[str]) -> _Choice:
        """The same with the mentions of equal words taken together, the likeliest of them standing for all."""
        best: dict[str, int] = {}
        total: dict[str, float] = defaultdict(float)
        for tail, probability in self.candidates.items():
            total[words[tail]] += probability
            if words[tail] not in best or probability > self.candidates[best[words[tail]]]:
                best[words[tail]] = tail
        return _Choice({best[word]: probability for word, probability in total.items()}, self.none)


def link_spans(
    text: str, spans: Sequence[FoundSpan], backend: Backend, begin: int = 0, stop: int | None = None
) -> tuple[list[Mention], list[Link]]:
    """Turn spans into mentions with ids and attributes, and link them.

    Each VALUE chooses its METRIC, and each METRIC its region, period, organisation and subject, together with its VALUEs; a VALUE
    gets a link of its own where it disagrees.

    Args:
        text: The whole text.
        spans: Its mentions in text order, all within ``text[begin:stop]``.
        backend: The model.
        begin, stop: The part of the text (an article) that links may not leave.
    """
    choices: dict[tuple[int, int], _Choice] = {}
    attributes: dict[int, tuple[str, ...]] = {}
    for offset, own, scores in _score(text, spans, backend, begin, len(text) if stop is None else stop):
        probabilities = _softmax(scores.links)
        picks = [scores.kinds.argmax(-1), scores.directions.argmax(-1), scores.statuses.argmax(-1)]
        for place in own:
            number = offset + place
            if spans[number].label == _VALUE:
                attributes[number] = attributes_of(*(int(pick[place]) for pick in picks))
            for row, kind in enumerate(LINK_TYPES):
                if LABELS[spans[number].label] in LINK_HEADS[kind]:
                    choices[row, number] = _choice(probabilities[row, place], offset)
    words = ["".join(text[span.start : span.end].split()) for span in spans]
    settled = list(_decide(choices, words))
    kept = _needed([span.label for span in spans], settled)
    ids = {number: position for position, number in enumerate(kept)}
    mentions = [
        Mention(ids[n], LABELS[spans[n].label], spans[n].start, spans[n].end, round(spans[n].score, 4), attributes.get(n, ()))
        for n in kept
    ]
    tied = [(kind, ids[head], ids[tail], score) for kind, head, tail, score in settled if head in ids and tail in ids]
    links = [Link(number, kind, head, tail, round(score, 4)) for number, (kind, head, tail, score) in enumerate(tied)]
    return mentions, links


def _needed(labels: Sequence[int], settled: Sequence[tuple[str, int, int, float]]) -> list[int]:
    """The mentions that stay: a METRIC only where a VALUE measures it, a SUBJECT only where something is of it.

    That is how the guidelines have it: an indicator named without a figure is not marked.
    """
    stay = {number for number, label in enumerate(labels) if label not in (_METRIC, _SUBJECT)}
    reached = set(stay)
    while reached:
        reached = {
            tail for kind, head, tail, _ in settled if head in reached and kind in ("value_of", "of_subject") and tail not in stay
        }
        stay |= reached
    return sorted(stay)


def _score(
    text: str, spans: Sequence[FoundSpan], backend: Backend, begin: int, stop: int
) -> Iterator[tuple[int, range, LinkScores]]:
    """Score the mentions stretch by stretch: yield (position of the first mention scored, those answered for, scores)."""
    starts = [span.start for span in spans]
    for window in split_windows(text, _SIZE, _BEFORE, _AFTER, begin, stop):
        low, high = bisect_left(starts, window.start), bisect_left(starts, window.end)
        own = range(bisect_left(starts, window.own_start) - low, bisect_left(starts, window.own_end) - low)
        if not own:
            continue
        inside = spans[low:high]
        first, last = inside[0].start, inside[-1].end
        sentences, clauses = mark_breaks(text[first:last])
        labels = np.array([span.label for span in inside], dtype=np.int64)
        features = pair_features(
            np.array([span.start - first for span in inside], dtype=np.int64),
            np.array([span.end - first for span in inside], dtype=np.int64),
            labels,
            sentences,
            clauses,
        )
        yield low, own, backend.link(np.stack([span.vector for span in inside]), labels, features)


def _softmax(logits: NDArray[np.float32]) -> _Probabilities:
    raised = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    shares: _Probabilities = raised / raised.sum(-1, keepdims=True)
    return shares


def _choice(row: _Probabilities, offset: int) -> _Choice:
    return _Choice({offset + int(tail): float(row[tail]) for tail in (row[:-1] > 1e-3).nonzero()[0]}, float(row[-1]))


def _decide(choices: dict[tuple[int, int], _Choice], words: Sequence[str]) -> Iterator[tuple[str, int, int, float]]:
    """Settle all links: yield (type, head, tail, score)."""
    values: dict[int, list[int]] = defaultdict(list)  # METRIC → its VALUEs
    first: dict[int, int] = {}  # VALUE → the likeliest of its METRICs, whose links it inherits
    for (row, head), choice in choices.items():
        if row == 0:
            for tail in choice.tails():
                first.setdefault(head, tail)
                values[tail].append(head)
                yield LINK_TYPES[0], head, tail, choice.candidates[tail]
    metrics = {head for row, head in choices if (0, head) not in choices}
    for row, kind in enumerate(LINK_TYPES[1:], start=1):
        shared: dict[int, set[str]] = {}  # METRIC → the words it is linked to
        for metric in sorted(metrics):
            joint = _mean([choices[row, metric], *(choices[row, value] for value in values[metric])], metric).pooled(words)
            tails = joint.tails()
            shared[metric] = {words[tail] for tail in tails}
            for tail in tails:
                yield kind, metric, tail, joint.candidates[tail]
        for value, metric in first.items():
            own = choices[row, value].pooled(words)
            tails = [tail for tail in own.tails() if tail != metric]
            # Written only where the VALUE means something else: whatever it leaves unsaid is its METRIC's.
            if tails and {words[tail] for tail in tails} != shared[metric]:
                for tail in tails:
                    yield kind, value, tail, own.candidates[tail]


def _mean(voters: Sequence[_Choice], metric: int) -> _Choice:
    candidates: dict[int, float] = defaultdict(float)
    for voter in voters:
        for tail, probability in voter.candidates.items():
            if tail != metric:
                candidates[tail] += probability / len(voters)
    return _Choice(dict(candidates), sum(voter.none for voter in voters) / len(voters))
