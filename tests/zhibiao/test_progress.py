"""The line that shows how far a run is: right counts, no wider than the terminal, nothing where nobody looks."""

from __future__ import annotations

import io
import sys

import pytest

from zhibiao.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(clock: Clock, screen: io.StringIO) -> Progress:
    return Progress(screen, clock, lambda: 100)


def test_counts_rate_and_time_left(progress: Progress, clock: Clock) -> None:
    progress.begin(3000)
    clock.now = 60
    progress.read(1000)
    progress.document(30_000)
    assert progress.line(99) == "[######..............]  33 %  1 document, 500 characters/s, 2 min 00 s left"
    progress.failure()
    clock.now = 120
    progress.read(2000)
    progress.document(30_000)
    assert progress.line(99) == "[####################] 100 %  2 documents, 500 characters/s, 1 failed"


def test_what_an_earlier_run_did_says_nothing_about_the_speed(progress: Progress, clock: Clock) -> None:
    progress.begin(10_000)
    progress.skip(9000)
    assert "left" not in progress.line(99)
    clock.now = 10
    progress.read(500)
    assert progress.line(99).endswith("95 %  0 documents, 0 characters/s, 10 s left")


def test_wrong_estimates_are_mended_and_never_exceed_the_whole(progress: Progress, clock: Clock) -> None:
    progress.begin(1000)
    progress.expect(1000)
    clock.now = 3600
    progress.read(20)
    assert progress.line(99).endswith("1 %  0 documents, 0 characters/s, 99 h 00 min left")
    progress.expect(-1900)
    progress.read(2000)
    assert "100 %" in progress.line(99)


def test_nothing_to_do_is_done(progress: Progress) -> None:
    progress.begin(0)
    assert "100 %" in progress.line(99)


@pytest.mark.parametrize("width", [0, 5, 30, 60])
def test_a_narrow_terminal(progress: Progress, width: int) -> None:
    progress.begin(100)
    assert len(progress.line(width)) <= width


def test_the_line_is_written_over_a_few_times_a_second(progress: Progress, clock: Clock, screen: io.StringIO) -> None:
    progress.begin(1000)
    for _ in range(1000):
        clock.now += 0.001
        progress.document(1)
    progress.end()
    shown = screen.getvalue().split("\r\x1b[K")[1:]
    assert 5 <= len(shown) <= 8
    assert "1,000 documents" in shown[-1]
    assert [text.count("\n") for text in shown] == [0] * (len(shown) - 1) + [1]


def test_clearing_leaves_the_line_to_others(progress: Progress, screen: io.StringIO) -> None:
    progress.clear()
    assert screen.getvalue() == ""
    progress.say("looking for files" * 20)
    assert len(screen.getvalue()) < 110
    progress.clear()
    progress.clear()
    assert screen.getvalue().count("\r\x1b[K") == 2


def test_a_terminal_that_was_closed_does_not_matter(progress: Progress, screen: io.StringIO) -> None:
    screen.close()
    progress.begin(10)
    progress.end()


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_nothing_is_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress.on_standard_error(quiet=quiet)
    progress.begin(10)
    progress.say("looking for files")
    progress.end()
    assert stream.getvalue() == ""


def test_standard_error_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    Progress.on_standard_error().begin(1)


def test_a_terminal_without_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", stream)
    Progress.on_standard_error().begin(1)
    assert "0 documents" in stream.getvalue()
