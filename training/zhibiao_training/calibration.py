"""Scores against outcomes: how far a score is a probability, and how to make it one.

A score is calibrated where of the things scored 0.8, eight in ten are right. How far it is from that is told by the expected
calibration error: the mean over ten equally wide bins of scores of the distance between the mean score and the share that is
right, weighted by the number in the bin (Naeini et al., AAAI 2015; Guo et al., ICML 2017, took 15 bins, which some hundred facts
do not fill). Of few things it is never 0, so that beside it stands what perfect scores would show by chance (Bröcker and Smith,
Weather and Forecasting 22(3), 2007); and the Brier score, the mean squared distance of score and outcome (Monthly Weather Review
78(1), 1950), in which a score that tells nothing apart gains nothing.

Two curves turn scores into probabilities. :class:`Isotonic` rises in steps, found by pooling adjacent violators (Barlow,
Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions, 1972; for calibration Zadrozny and Elkan, KDD
2002). :class:`Platt` is a logistic curve of two parameters on the log odds of the score (Platt, 1999, fitted as in Lin, Lin and
Weng, Machine Learning 68(3), 2007); with offset 0 it is temperature scaling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhibiao.extraction import Extraction
from zhibiao_training.evaluate import Marks, fact_tails, fact_words, marks_of
from zhibiao_training.passage import Passage

__all__ = [
    "BINS",
    "METHODS",
    "Bin",
    "Calibration",
    "Curve",
    "Isotonic",
    "Measured",
    "Outcome",
    "Outcomes",
    "Platt",
    "Reliability",
    "Threshold",
    "at_threshold",
    "calibrate",
    "choose_threshold",
    "cross_apply",
    "cross_threshold",
    "find_threshold",
    "fit_isotonic",
    "fit_platt",
    "outcomes_of",
    "read_calibration",
    "reliability",
]

#: Bins of the reliability diagram and of the expected calibration error.
BINS = 10
#: Parts of a cross-validation, where there are that many passages.
_FOLDS = 10
_DRAWS = 100
_LEAST = 1e-4  # scores are given with four digits


class Outcome(NamedTuple):
    """What came of something that a model scored."""

    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of everything that a model found in one passage.

    Attributes:
        mentions: Right are label and both offsets.
        links: Right is a link whose head is right and which the gold gives that head, to a tail of the same words, be it its own,
            its METRIC's or that of one of its VALUEs.
        facts: Right is a core fact: the VALUE's offsets and the words of subject, metric, region and period.
        wanted: The number of facts in the gold.
    """

    mentions: tuple[Outcome, ...]
    links: tuple[Outcome, ...]
    facts: tuple[Outcome, ...]
    wanted: int


@dataclass(frozen=True, slots=True)
class Bin:
    """The things scored ``lower`` < score ≤ ``upper``: how many, their mean score and the share that is right (0 where none)."""

    lower: float
    upper: float
    count: int
    score: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far scores are probabilities.

    Attributes:
        ece: Expected calibration error.
        floor: What it would be on average if every score were the very probability of being right.
        brier: Brier score.
        count: How many things were scored.
        score: Their mean score.
        right: The share of them that is right.
        bins: Data of the reliability diagram.
    """

    ece: float
    floor: float
    brier: float
    count: int
    score: float
    right: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A curve that never falls: straight between its knots, flat outside them.

    Attributes:
        scores: The knots, rising.
        shares: The probability at each.
    """

    scores: tuple[float, ...]
    shares: tuple[float, ...]

    def apply(self, score: float) -> float:
        """The probability that something of this score is right."""
        return float(np.interp(score, self.scores, self.shares))

    def to_json(self) -> dict[str, Any]:
        """The curve as a JSON object."""
        return {"method": "isotonic", "scores": [round(s, 4) for s in self.scores], "shares": [round(s, 4) for s in self.shares]}


@dataclass(frozen=True, slots=True)
class Platt:
    """A logistic curve on the log odds of the score: ``1 / (1 + exp(-(slope * log(s / (1 - s)) + offset)))``."""

    slope: float
    offset: float

    def apply(self, score: float) -> float:
        """The probability that something of this score is right."""
        return float(_logistic(self.slope * _log_odds(np.float64(score)) + self.offset))

    def to_json(self) -> dict[str, Any]:
        """The curve as a JSON object."""
        return {"method": "platt", "slope": round(self.slope, 4), "offset": round(self.offset, 4)}


Curve = Isotonic | Platt


def fit_isotonic(outcomes: Iterable[Outcome]) -> Isotonic:
    """Fit the curve that never falls and is nearest to the outcomes in the mean square.

    Raises:
        ValueError: If there are no outcomes.
    """
    rights: dict[float, list[int]] = {}
    for score, right in outcomes:
        counted = rights.setdefault(score, [0, 0])
        counted[0] += right
        counted[1] += 1
    if not rights:
        raise ValueError("there is nothing to calibrate on: nothing was found")
    # Blocks of (lowest score, highest score, right, count); one that is not above the one before is pooled with it.
    blocks: list[tuple[float, float, int, int]] = []
    for score, (hits, of) in sorted(rights.items()):
        low, high = score, score
        while blocks and blocks[-1][2] * of >= hits * blocks[-1][3]:
            low, _, more_hits, more = blocks.pop()
            hits, of = hits + more_hits, of + more
        blocks.append((low, high, hits, of))
    knots = [(score, hits / of) for low, high, hits, of in blocks for score in dict.fromkeys((low, high))]
    return Isotonic(tuple(score for score, _ in knots), tuple(share for _, share in knots))


def fit_platt(outcomes: Iterable[Outcome]) -> Platt:
    """Fit a logistic curve by Newton's method; one that would fall is made flat.

    Raises:
        ValueError: If there are no outcomes.
    """
    pairs = list(outcomes)
    if not pairs:
        raise ValueError("there is nothing to calibrate on: nothing was found")
    odds = _log_odds(np.array([score for score, _ in pairs], dtype=np.float64))
    right = np.array([right for _, right in pairs])
    # Platt's targets: as if one more of each had been seen, so that the curve never becomes a step.
    targets = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))
    design = np.stack([odds, np.ones_like(odds)], axis=1)
    flat = Platt(0.0, float(_log_odds(targets.mean())))

    def loss(weights: NDArray[np.float64]) -> float:
        logits = design @ weights
        return float((np.logaddexp(0, logits) - targets * logits).sum())

    weights = np.array([flat.slope, flat.offset])
    for _ in range(100):
        shares = _logistic(design @ weights)
        gradient = design.T @ (shares - targets)
        hessian = design.T @ (design * (shares * (1 - shares))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-6 and loss(weights - size * step) > loss(weights):
            size /= 2
        weights = weights - size * step
        if np.abs(size * step).max() < 1e-9:
            break
    return Platt(float(weights[0]), float(weights[1])) if weights[0] > 0 else flat


def _log_odds(scores: Any) -> Any:
    clipped = np.clip(scores, _LEAST, 1 - _LEAST)
    return np.log(clipped / (1 - clipped))


def _logistic(logits: Any) -> Any:
    return np.exp(-np.logaddexp(0, -logits))


#: The ways to fit a curve, by name.
METHODS: dict[str, Callable[[Iterable[Outcome]], Curve]] = {"isotonic": fit_isotonic, "platt": fit_platt}


@dataclass(frozen=True, slots=True)
class Calibration:
    """A curve each for the scores of mentions, links and facts."""

    mentions: Curve
    links: Curve
    facts: Curve

    def to_json(self) -> dict[str, Any]:
        """The curves as a JSON object, which :func:`read_calibration` reads."""
        return {"mentions": self.mentions.to_json(), "links": self.links.to_json(), "facts": self.facts.to_json()}


def read_calibration(row: Mapping[str, Any]) -> Calibration:
    """Read what :meth:`Calibration.to_json` wrote.

    Raises:
        ValueError: If it is no calibration.
    """
    try:
        return Calibration(*(_read_curve(row[kind]) for kind in ("mentions", "links", "facts")))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no calibration: {error} is missing or of another kind") from error


def _read_curve(row: Mapping[str, Any]) -> Curve:
    if row["method"] == "platt":
        return Platt(float(row["slope"]), float(row["offset"]))
    if row["method"] != "isotonic":
        raise ValueError(f"no calibration: the method {row['method']!r} is not known")
    curve = Isotonic(tuple(map(float, row["scores"])), tuple(map(float, row["shares"])))
    rising = all(list(each) == sorted(each) for each in (curve.scores, curve.shares))
    if not curve.scores or len(curve.scores) != len(curve.shares) or not rising:
        raise ValueError("no calibration: the knots of an isotonic curve must rise, with one share each")
    return curve


# ---------------------------------------------------------------------------------------------------------------- outcomes


def outcomes_of(passage: Passage, extraction: Extraction) -> Outcomes:
    """Hold everything that was found in a passage against its annotation."""
    gold, found = marks_of(passage), marks_of(extraction)
    text = passage.text
    spans = set(gold.spans.values())
    linked = _linked(text, gold)
    wanted, got = fact_words(text, gold), fact_words(text, found)

    def is_right(kind: str, head: int, tail: int) -> bool:
        _, start, end = found.spans[tail]
        return (found.spans[head], kind, text[start:end]) in linked

    facts = []
    for fact in extraction.facts:
        place = fact.start, fact.end
        facts.append(Outcome(fact.score, place in wanted and place in got and wanted[place].core == got[place].core))
    return Outcomes(
        tuple(Outcome(m.score, (m.label, m.start, m.end) in spans) for m in extraction.mentions),
        tuple(Outcome(link.score, is_right(link.type, link.head, link.tail)) for link in extraction.links),
        tuple(facts),
        len(wanted),
    )


def _linked(text: str, marks: Marks) -> set[tuple[tuple[str, int, int], str, str]]:
    """What may be said by a link: (head, type, words of the tail).

    A METRIC's links hold for its VALUEs, and what holds for one of its VALUEs may be written at the METRIC.
    """
    numbers = {span[1:]: number for number, span in marks.spans.items() if span[0] == "VALUE"}
    links = set(marks.links)
    for place, tails in fact_tails(marks).items():
        for kind, ends in tails.items():
            heads = (numbers[place], *(tails["value_of"] if kind != "value_of" else ()))
            links.update((kind, head, tail) for head in heads for tail in ends)
    return {(marks.spans[head], kind, text[slice(*marks.spans[tail][1:])]) for kind, head, tail in links}


# ----------------------------------------------------------------------------------------------------------------- measures


def reliability(outcomes: Iterable[Outcome], bins: int = BINS) -> Reliability:
    """Measure how far scores are probabilities."""
    scores, right = np.array(list(outcomes), dtype=np.float64).reshape(-1, 2).T
    # The first bin holds 0 as well.
    numbers = np.clip(np.ceil(scores * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(numbers, minlength=bins)

    def sums(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(numbers, weights, bins).astype(np.float64)

    total = max(1, len(scores))
    scored, found = sums(scores), sums(right)
    chance = np.random.default_rng(0)
    floor = [np.abs(sums((chance.random(len(scores)) < scores).astype(float)) - scored).sum() / total for _ in range(_DRAWS)]
    rows = zip(counts.tolist(), scored.tolist(), found.tolist(), strict=True)
    return Reliability(
        float(np.abs(found - scored).sum() / total),
        float(np.mean(floor)),
        float(((scores - right) ** 2).sum() / total),
        len(scores),
        float(scores.sum() / total),
        float(right.sum() / total),
        tuple(
            Bin(n / bins, (n + 1) / bins, count, of / max(1, count), hits / max(1, count))
            for n, (count, of, hits) in enumerate(rows)
        ),
    )


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is left of the facts that were found where those below a score are dropped.

    Attributes:
        score: The least score of a fact that is kept.
        kept: How many are.
        right: How many of these are right.
        precision: Their share; 0 where none is kept.
        coverage: The share kept of the facts found.
        recall: The share of the gold's facts that is kept and right.
    """

    score: float
    kept: int
    right: int
    precision: float
    coverage: float
    recall: float


def at_threshold(outcomes: Sequence[Outcome], wanted: int, score: float) -> Threshold:
    """Keep the facts of at least a score, of those found for ``wanted`` facts in the gold."""
    kept = [right for each, right in outcomes if each >= score]
    return _threshold(score, len(kept), sum(kept), len(outcomes), wanted)


def _threshold(score: float, kept: int, right: int, found: int, wanted: int) -> Threshold:
    return Threshold(score, kept, right, right / max(1, kept), kept / max(1, found), right / max(1, wanted))


def find_threshold(outcomes: Sequence[Outcome], wanted: int, precision: float) -> Threshold | None:
    """The lowest score from which at least the share ``precision`` of the facts is right; None where there is none."""
    best = None
    for score, kept, right in _steps(outcomes):
        if right >= precision * kept - 1e-9:
            best = _threshold(score, kept, right, len(outcomes), wanted)
    return best


def _steps(outcomes: Iterable[Outcome]) -> Iterator[tuple[float, int, int]]:
    """Each score that occurs, the highest first, with how many have at least that score and how many of these are right."""
    kept = right = 0
    for score, alike in groupby(sorted(outcomes, reverse=True), key=lambda outcome: outcome.score):
        rights = [each.right for each in alike]
        kept, right = kept + len(rights), right + sum(rights)
        yield score, kept, right


# --------------------------------------------------------------------------------------------------------- cross-validation


def _folds(count: int) -> list[list[int]]:
    """The passages of each fold: every tenth, so that passages of one source, which stand together, are spread.

    Raises:
        ValueError: If there is only one passage.
    """
    if count < 2:
        raise ValueError("cross-validation needs at least two passages")
    folds = min(_FOLDS, count)
    return [list(range(first, count, folds)) for first in range(folds)]


def cross_apply(passages: Sequence[Sequence[Outcome]], fit: Callable[[Iterable[Outcome]], Curve]) -> list[Outcome]:
    """Calibrate the scores of each passage by a curve that was fitted without it.

    Args:
        passages: The outcomes of each passage.
        fit: Fits a curve.

    Raises:
        ValueError: If there is only one passage, or nothing is left to fit on.
    """
    told = []
    for fold in _folds(len(passages)):
        curve = fit(chain.from_iterable(each for number, each in enumerate(passages) if number not in fold))
        told += [Outcome(curve.apply(score), right) for number in fold for score, right in passages[number]]
    return told


def cross_threshold(passages: Sequence[Outcomes], precision: float) -> Threshold:
    """What thresholds that were found on the other passages leave of the facts of each; the score given is their mean.

    Raises:
        ValueError: If there is only one passage.
    """
    kept: list[bool] = []
    scores = []
    for fold in _folds(len(passages)):
        others = [each for number, each in enumerate(passages) if number not in fold]
        facts = list(chain.from_iterable(each.facts for each in others))
        chosen = find_threshold(facts, sum(each.wanted for each in others), precision)
        if chosen:
            scores.append(chosen.score)
            kept += [right for number in fold for score, right in passages[number].facts if score >= chosen.score]
    found, wanted = sum(len(each.facts) for each in passages), sum(each.wanted for each in passages)
    return _threshold(float(np.mean(scores)) if scores else 1.0, len(kept), sum(kept), found, wanted)


def choose_threshold(passages: Sequence[Outcomes], precision: float) -> dict[str, Any]:
    """Find a threshold on all passages, and measure by cross-validation what thresholds found so are worth.

    Returns:
        ``precision_wanted``, ``threshold`` and ``cross_validated`` as a JSON object: the two last as the fields of
        :class:`Threshold`.

    Raises:
        ValueError: If no score reaches the precision, or there is only one passage.
    """
    facts = list(chain.from_iterable(each.facts for each in passages))
    chosen = find_threshold(facts, sum(each.wanted for each in passages), precision)
    if chosen is None:
        reached = max((right / kept for _, kept, right in _steps(facts)), default=0.0)
        raise ValueError(f"from no score on are {precision:g} of the facts right; at best {reached:.2f} are")
    held = cross_threshold(passages, precision)
    told = {"threshold": chosen, "cross_validated": held}
    return {"precision_wanted": precision} | {
        name: {key: round(value, 4) for key, value in asdict(each).items()} for name, each in told.items()
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """Curves fitted on all passages, and what curves fitted on the others do for each.

    Attributes:
        calibration: The curves.
        before: Reliability of the scores as they come, of ``mentions``, ``links`` and ``facts``.
        after: The same once they are calibrated, cross-validated over passages.
        folds: The parts of the cross-validation.
    """

    calibration: Calibration
    before: dict[str, Reliability]
    after: dict[str, Reliability]
    folds: int

    def to_json(self) -> dict[str, Any]:
        """The curves and, under ``measured``, how good they are, as a JSON object."""
        measured = {
            kind: {
                "count": before.count,
                "right": round(before.right, 4),
                "ece_before": round(before.ece, 4),
                "ece_after": round(self.after[kind].ece, 4),
                "ece_floor": round(self.after[kind].floor, 4),
                "brier_before": round(before.brier, 4),
                "brier_after": round(self.after[kind].brier, 4),
            }
            for kind, before in self.before.items()
        }
        return self.calibration.to_json() | {"measured": {"folds": self.folds, "bins": BINS, **measured}}


def calibrate(passages: Sequence[Outcomes], fit: Callable[[Iterable[Outcome]], Curve]) -> Measured:
    """Fit curves to what a model found, and measure them by cross-validation over passages, so that none calibrates itself.

    Raises:
        ValueError: If there is only one passage, or too little was found to fit curves.
    """
    sides = {
        "mentions": [each.mentions for each in passages],
        "links": [each.links for each in passages],
        "facts": [each.facts for each in passages],
    }
    return Measured(
        Calibration(*(fit(chain.from_iterable(side)) for side in sides.values())),
        {kind: reliability(chain.from_iterable(side)) for kind, side in sides.items()},
        {kind: reliability(cross_apply(side, fit)) for kind, side in sides.items()},
        len(_folds(len(passages))),
    )
