"""Stages: every stage is seen, their times add up, and watching changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhibiao import Extractor, extractor, formats
from zhibiao.document import Document
from zhibiao.stages import STAGES, Stopwatch, watch

TEXT = "2024年前三季度，全区实现生产总值486.3亿元，同比增长7.2%。\n全市工业产值超1035亿元，下降3.5%。"


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> Extractor:
    return Extractor.load(tiny_model, threads=1)


def test_all_stages_of_a_text_are_seen(tiny: Extractor, tmp_path: Path) -> None:
    """A function that is renamed or called from elsewhere would drop out of the table unseen."""
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    begin = time.perf_counter()
    with watch(tiny) as stopwatch:
        for found in formats.read_documents(path):
            assert isinstance(found, Document)
            list(tiny.extract_parts(found))
        stopwatch.stop()
    seen = {name for name, seconds in stopwatch.seconds.items() if seconds > 0}
    assert seen == set(STAGES) - {"write"}
    assert sum(stopwatch.seconds.values()) <= time.perf_counter() - begin


def test_tokens_are_those_of_the_windows(tiny: Extractor) -> None:
    with watch(tiny) as stopwatch:
        tiny.extract("全区" * 10)
    assert (stopwatch.tokens, stopwatch.squares, stopwatch.padding) == (22, 22 * 22, 0)


def test_watching_changes_neither_results_nor_the_extractor(tiny: Extractor) -> None:
    plain = tiny.extract(TEXT)
    before = extractor.find_spans, formats.read_text, tiny._backend
    with watch(tiny):
        watched = tiny.extract(TEXT)
        assert extractor.find_spans is not before[0]
    assert watched == plain
    assert (extractor.find_spans, formats.read_text, tiny._backend) == before


def test_an_error_leaves_the_extractor_as_it_was(tiny: Extractor) -> None:
    before = extractor.link_spans, tiny._backend
    with pytest.raises(RuntimeError), watch(tiny):
        raise RuntimeError
    assert (extractor.link_spans, tiny._backend) == before


def test_time_counts_for_the_innermost_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of whole seconds: every look at it is one second later."""
    ticks = iter(range(100))
    monkeypatch.setattr("zhibiao.stages.time.perf_counter", lambda: next(ticks))
    stopwatch = Stopwatch()
    with stopwatch.stage("decode"), stopwatch.stage("encode"):
        pass
    stopwatch.stop()
    assert stopwatch.seconds["decode"] == 2
    assert stopwatch.seconds["encode"] == 1
    assert stopwatch.seconds["rest"] == 2


def test_a_generator_is_timed_while_it_works_and_not_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr("zhibiao.stages.time.perf_counter", lambda: next(ticks))
    stopwatch = Stopwatch()

    def count() -> Iterator[int]:
        yield 1
        yield 2

    found = []
    for number in stopwatch.timed(count, "normalise")():
        found.append(number)
        with stopwatch.stage("write"):
            pass
    assert found == [1, 2]
    # The call, two values and the end.
    assert stopwatch.seconds["normalise"] == 4
    assert stopwatch.seconds["write"] == 2
