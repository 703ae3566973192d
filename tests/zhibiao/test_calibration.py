"""Calibrated scores: curves of the model folder are read and applied, and change nothing but scores."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao import Extractor, ModelError
from zhibiao.calibration import Calibration, Curve
from zhibiao.folder import open_model, write_checksums

CURVES = {
    "mentions": {"method": "platt", "slope": 1.0, "offset": 0.0},
    "links": {"method": "platt", "slope": 0.5, "offset": -1.0},
    "facts": {"method": "platt", "slope": 0.25, "offset": -0.5},
}
TEXT = "今年前三季度，该区工业产值实现123.5亿元，同比增长5.6%。" * 4


def with_curves(model: Path, folder: Path, curves: object) -> Path:
    shutil.copytree(model, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"calibration": curves}), encoding="utf-8")
    write_checksums(folder)
    return folder


def test_a_curve_on_the_log_odds() -> None:
    assert Curve(2.0, 0.0).apply(0.5) == 0.5
    assert Curve(1.0, -1.0986).apply(0.75) == 0.5  # odds of three to one, divided by three
    assert Curve().apply(0.123456) == 0.123456


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 5), st.floats(-5, 5))
def test_a_curve_keeps_the_order_and_stays_a_probability(a: float, b: float, slope: float, offset: float) -> None:
    low, high = (Curve(slope, offset).apply(score) for score in sorted((a, b)))
    assert 0 <= low <= high <= 1


def test_scores_alone_change(tiny_model: Path, tmp_path: Path) -> None:
    folder = with_curves(tiny_model, tmp_path / "model", CURVES)
    plain = Extractor.load(folder, calibrated=False).extract(TEXT)
    told = Extractor.load(folder).extract(TEXT)
    assert plain == Extractor.load(tiny_model).extract(TEXT)
    assert plain.facts
    curves = Calibration.from_json(CURVES)
    assert told.mentions == plain.mentions
    assert told.links == tuple(replace(link, score=curves.links.apply(link.score)) for link in plain.links)
    assert told.facts == tuple(replace(fact, score=curves.facts.apply(fact.score)) for fact in plain.facts)
    assert told.facts != plain.facts


@pytest.mark.parametrize("curves", [{"facts": CURVES["facts"]}, CURVES | {"links": {"method": "isotonic"}}, [1]])
def test_broken_curves_are_a_broken_model(curves: object, tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        open_model(with_curves(tiny_model, tmp_path / "model", curves))
