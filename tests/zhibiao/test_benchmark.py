"""The benchmark: its sums are right, and its report holds and shows what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zhibiao import InputError, benchmark
from zhibiao.benchmark import Report, Spread, operations, render, run_benchmark


@pytest.fixture(scope="module")
def report(tiny_model: Path) -> Report:
    """Of the sample, by a tiny model, with few starts of processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "_LAUNCHES", 1)
        patch.setattr(benchmark, "_LATENCY_CALLS", 3)
        return run_benchmark(model=tiny_model, threads=1, rounds=2)


def test_the_sample_is_whole_and_all_of_it_is_read(report: Report) -> None:
    assert report.documents == 10
    assert report.characters == 6_017
    # Windows overlap and have edges.
    assert report.tokens_per_character > 1


def test_every_stage_has_its_time(report: Report) -> None:
    assert min(report.stages.values()) > 0
    assert report.stages["write"] > 0


def test_rates_fit_their_times(report: Report) -> None:
    ratio = report.characters_per_second.median / report.documents_per_second.median
    assert ratio == pytest.approx(report.characters / report.documents)
    assert report.characters_per_second.low <= report.characters_per_second.median <= report.characters_per_second.high
    assert report.encoder_share == pytest.approx(report.encoder_rate / report.int8_rate)
    assert report.sentence.calls == 3
    assert report.sentence.median <= report.sentence.p95


def test_the_report_is_json_and_lines(report: Report) -> None:
    assert json.loads(json.dumps(report.to_json()))["characters_per_second"]["median"] > 0
    shown = "\n".join(render(report))
    assert f"{report.characters_per_second.median:,.0f}" in shown
    assert ("NOT quiet" in shown) is report.contended


def test_operations_are_counted_as_by_hand() -> None:
    """One layer, two wide: 4 products of 2 × 2 and two of 2 × 8 for a token, 25 tags, and attention of 3 × 3 × 2 twice."""
    weights = 4 * 4 + 2 * 16 + 2 * 25
    assert operations({"hidden": 2, "layers": 1}, 3, 9) == 2 * 3 * weights + 2 * 2 * 3 * 3 * 2


def test_a_spread_is_of_all_rounds() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


def test_a_file_that_cannot_be_read_is_told(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        run_benchmark([tmp_path / "missing.txt"], tiny_model, 1, 1)
