"""Calibration: curves that keep the order of scores, measured on passages that they have not seen."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.extraction import Extraction
from zhibiao_training.brackets import read_brackets
from zhibiao_training.calibration import (
    METHODS,
    Calibration,
    Isotonic,
    Outcome,
    Outcomes,
    Platt,
    calibrate,
    choose_threshold,
    cross_apply,
    cross_threshold,
    find_threshold,
    fit_isotonic,
    fit_platt,
    outcomes_of,
    read_calibration,
    reliability,
)

OUTCOMES = st.lists(st.builds(Outcome, st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1, max_size=60)


def drawn(count: int, truth: Callable[[float], float], seed: int = 1) -> list[Outcome]:
    chance = random.Random(seed)
    scores = [chance.random() for _ in range(count)]
    return [Outcome(score, chance.random() < truth(score)) for score in scores]


# ------------------------------------------------------------------------------------------------------------------- curves


@given(OUTCOMES)
def test_isotonic_never_falls_and_keeps_the_mean(outcomes: list[Outcome]) -> None:
    """What makes it a calibration: order is kept, and the scores add up to what is right."""
    curve = fit_isotonic(outcomes)
    told = [curve.apply(score) for score, _ in sorted(outcomes)]
    assert all(a <= b + 1e-12 for a, b in pairwise(told))
    assert 0 <= told[0] <= told[-1] <= 1
    assert sum(told) == pytest.approx(sum(right for _, right in outcomes))


@given(OUTCOMES)
def test_isotonic_is_the_nearest_of_rising_curves(outcomes: list[Outcome]) -> None:
    """No logistic curve and no constant, which rise too, can be nearer on what it was fitted to."""

    def distance(curve: Callable[[float], float]) -> float:
        return sum((curve(score) - right) ** 2 for score, right in outcomes)

    best = distance(fit_isotonic(outcomes).apply)
    mean = sum(right for _, right in outcomes) / len(outcomes)
    assert best <= distance(lambda _: mean) + 1e-9
    assert best <= distance(fit_platt(outcomes).apply) + 1e-9


def test_isotonic_by_hand() -> None:
    outcomes = [Outcome(0.2, False), Outcome(0.4, True), Outcome(0.6, False), Outcome(0.8, True)]
    curve = fit_isotonic(outcomes)
    assert curve == Isotonic((0.2, 0.4, 0.6, 0.8), (0.0, 0.5, 0.5, 1.0))
    assert [curve.apply(score) for score in (0.0, 0.3, 0.5, 1.0)] == pytest.approx([0.0, 0.25, 0.5, 1.0])


def test_platt_finds_the_curve_that_made_the_outcomes() -> None:
    def truth(score: float) -> float:
        return 1 / (1 + math.exp(-(0.5 * math.log(score / (1 - score)) - 1)))

    curve = fit_platt(drawn(20_000, truth))
    assert curve.slope == pytest.approx(0.5, abs=0.05)
    assert curve.offset == pytest.approx(-1.0, abs=0.06)


@given(OUTCOMES)
def test_platt_never_falls(outcomes: list[Outcome]) -> None:
    """Few outcomes, or all of them right, must neither break it nor turn the order round."""
    curve = fit_platt(outcomes)
    told = [curve.apply(score / 10) for score in range(11)]
    assert all(0 < each < 1 for each in told)
    assert told == sorted(told)


@pytest.mark.parametrize("fit", METHODS.values())
def test_nothing_to_fit_on(fit: Callable[[list[Outcome]], Any]) -> None:
    with pytest.raises(ValueError, match="nothing was found"):
        fit([])


def test_a_calibration_survives_its_json() -> None:
    calibration = Calibration(Isotonic((0.25, 0.5), (0.125, 1.0)), Platt(0.5, -1.0), Platt(1.0, 0.0))
    assert read_calibration(json.loads(json.dumps(calibration.to_json()))) == calibration


@pytest.mark.parametrize(
    "curve",
    [
        {},
        {"method": "platt", "slope": 1.0},
        {"method": "none of these"},
        {"method": "isotonic", "scores": [], "shares": []},
        {"method": "isotonic", "scores": [0.1, 0.2], "shares": [0.5]},
        {"method": "isotonic", "scores": [0.1, 0.2], "shares": [0.5, 0.4]},
    ],
)
def test_what_is_no_calibration_is_refused(curve: dict[str, Any]) -> None:
    good = Platt(1.0, 0.0).to_json()
    with pytest.raises(ValueError, match="no calibration"):
        read_calibration({"mentions": good, "links": good, "facts": curve})


# ----------------------------------------------------------------------------------------------------------------- measures


def test_calibration_error_by_hand() -> None:
    """Two bins: 0.9 said and half right, 0.25 said and right as often; the first holds two of six."""
    outcomes = [Outcome(0.9, True), Outcome(0.9, False), *[Outcome(0.25, n == 0) for n in range(4)]]
    told = reliability(outcomes)
    assert told.ece == pytest.approx(2 / 6 * 0.4)
    assert told.brier == pytest.approx((0.01 + 0.81 + 0.5625 + 3 * 0.0625) / 6)
    assert {(each.lower, each.upper): each.count for each in told.bins if each.count} == {(0.2, 0.3): 4, (0.8, 0.9): 2}
    assert sum(each.count for each in told.bins) == told.count == 6


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_the_ends_of_the_scale_have_a_bin(score: float) -> None:
    assert reliability([Outcome(score, bool(score))]).ece == 0.0
    assert reliability([]).count == 0


def test_the_floor_tells_chance_from_error() -> None:
    """Scores that are the very probabilities show an error of the floor's size; scores that are not, a larger one."""
    good, bad = reliability(drawn(400, lambda s: s)), reliability(drawn(400, lambda s: s * s))
    assert good.ece < 2 * good.floor
    assert bad.ece > 3 * bad.floor


@given(OUTCOMES, st.sampled_from([0.5, 0.55, 0.9, 1.0]))
def test_a_threshold_keeps_its_word(outcomes: list[Outcome], precision: float) -> None:
    """All facts of one score stand or fall together, and no lower score would do."""

    def kept(score: float) -> list[bool]:
        return [right for each, right in outcomes if each >= score]

    good = [score for score, _ in outcomes if sum(kept(score)) >= precision * len(kept(score)) - 1e-9]
    found = find_threshold(outcomes, 100, precision)
    if not good:
        assert found is None
    else:
        assert found is not None
        assert (found.score, found.kept, found.right) == (min(good), len(kept(min(good))), sum(kept(min(good))))
        assert found.recall == found.right / 100


# --------------------------------------------------------------------------------------------------------- cross-validation


def test_no_passage_calibrates_itself() -> None:
    """All scores are 0.5; what is right in a passage must not be known to its own curve."""
    passages = [[Outcome(0.5, number == 0)] * 4 for number in range(5)]
    told = cross_apply(passages, fit_isotonic)
    assert [outcome.score for outcome in told if outcome.right] == [0.0] * 4
    assert {outcome.score for outcome in told if not outcome.right} == {0.25}


def test_no_passage_sets_its_own_threshold() -> None:
    """One passage has all its facts wrong: its own threshold would drop them, that of the others keeps them."""
    wrong = Outcomes((), (), (Outcome(0.8, False),) * 2, 2)
    right = Outcomes((), (), (Outcome(0.8, True),) * 8, 8)
    held = cross_threshold([wrong, right], 1.0)
    assert (held.kept, held.right) == (2, 0)


def test_one_passage_cannot_be_cross_validated() -> None:
    with pytest.raises(ValueError, match="at least two passages"):
        cross_apply([[Outcome(0.5, True)]], fit_isotonic)


@pytest.mark.parametrize("method", METHODS)
def test_calibrating_helps_scores_that_say_too_much(method: str) -> None:
    passages = []
    for seed in range(12):
        outcomes = tuple(drawn(60, lambda s: s * s, seed))
        passages.append(Outcomes(outcomes, outcomes, outcomes, 60))
    told = calibrate(passages, METHODS[method]).to_json()
    for kind in ("mentions", "links", "facts"):
        assert told["measured"][kind]["ece_after"] < told["measured"][kind]["ece_before"] / 2
    assert read_calibration(told).facts.apply(0.5) == pytest.approx(0.25, abs=0.15)


def test_a_precision_that_no_score_reaches_is_said() -> None:
    passages = [Outcomes((), (), (Outcome(0.9, False), Outcome(0.5, True)), 2)] * 3
    assert choose_threshold(passages, 0.5)["threshold"]["score"] == 0.5
    with pytest.raises(ValueError, match=r"from no score on are 0\.9 of the facts right; at best 0\.50 are"):
        choose_threshold(passages, 0.9)


# ----------------------------------------------------------------------------------------------------------- what is right

GOLD = "⟦R1:甲市⟧⟦P1:去年⟧，⟦R2:甲市⟧⟦M1 R2 P1:产值⟧⟦V1 M1:9元⟧，⟦P2:今年⟧⟦V2 M1 P2:8元⟧"


@pytest.mark.parametrize(
    ("found", "mentions", "links", "facts"),
    [
        (GOLD, [True] * 7, [True] * 5, [True, True]),
        (GOLD.replace("M1 R2 P1", "M1 R1 P1"), [True] * 7, [True] * 5, [True, True]),  # the same words
        # The links of the METRIC, written at its VALUEs.
        (
            "⟦R1:甲市⟧⟦P1:去年⟧，⟦R2:甲市⟧⟦M1:产值⟧⟦V1 M1 R2 P1:9元⟧，⟦P2:今年⟧⟦V2 M1 R2 P2:8元⟧",
            [True] * 7,
            [True] * 6,
            [True, True],
        ),
        # The METRIC takes the period of one of its VALUEs: right for that one.
        (GOLD.replace("M1 R2 P1", "M1 R2 P2"), [True] * 7, [True] * 5, [False, True]),
        # A head of another length makes all its links wrong.
        (
            GOLD.replace("⟦M1 R2 P1:产值⟧", "产⟦M1 R2 P1:值⟧"),
            [True] * 3 + [False] + [True] * 3,
            [False] * 4 + [True],
            [False] * 2,
        ),
    ],
)
def test_what_counts_as_right(
    found_as: Callable[..., Extraction], found: str, mentions: list[bool], links: list[bool], facts: list[bool]
) -> None:
    told = outcomes_of(read_brackets(GOLD, "a"), found_as(found, score=0.5))
    assert [outcome.right for outcome in told.mentions] == mentions
    assert sorted(outcome.right for outcome in told.links) == links
    assert [outcome.right for outcome in told.facts] == facts
    assert told.wanted == 2
    assert {outcome.score for outcome in told.links} == {0.5}


def test_a_link_that_the_gold_does_not_have_is_wrong(found_as: Callable[..., Extraction]) -> None:
    """A METRIC's region holds for its VALUEs, not for another METRIC's."""
    gold = read_brackets("⟦R1:甲市⟧⟦M1 R1:产值⟧⟦V1 M1:9元⟧，⟦M2:税收⟧⟦V2 M2:3元⟧", "a")
    told = outcomes_of(gold, found_as("⟦R1:甲市⟧⟦M1 R1:产值⟧⟦V1 M1:9元⟧，⟦M2 R1:税收⟧⟦V2 M2:3元⟧"))
    assert sorted(outcome.right for outcome in told.links) == [False, True, True, True]
    assert [outcome.right for outcome in told.facts] == [True, False]
