"""Looking ahead: in order, not too far, and an error where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Lock
from time import sleep

import pytest

from zhibiao.lookahead import map_ahead


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    """Also where a later one is ready first."""

    def slow(number: int) -> int:
        sleep(0.002 * (number % 3 == 0))
        return number * number

    assert list(map_ahead(slow, range(40), threads)) == [number * number for number in range(40)]


def test_calls_run_at_the_same_time() -> None:
    """Each waits for another one, and would wait for ever if it came alone."""
    pair = Barrier(2, timeout=60)
    assert len(list(map_ahead(lambda _: pair.wait(), range(10), 2))) == 10


@pytest.mark.parametrize(("threads", "ahead"), [(1, 1), (3, 6)])
def test_few_items_are_taken_ahead(threads: int, ahead: int) -> None:
    """Memory holds no more of a stream that never ends."""
    taken: list[int] = []

    def items() -> Iterator[int]:
        while True:
            taken.append(len(taken))
            yield taken[-1]

    results = map_ahead(str, items(), threads)
    assert taken == []
    for number in range(20):
        assert next(results) == str(number)
        assert len(taken) == number + ahead


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_stream_comes_after_what_stood_before_it(threads: int) -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise OSError("the disk is gone")

    found = []
    with pytest.raises(OSError, match="the disk is gone"):
        found.extend(map_ahead(str, items(), threads))
    assert found == list("01234")


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_function_comes_in_its_place(threads: int) -> None:
    found = []
    with pytest.raises(ZeroDivisionError):
        found.extend(map_ahead(lambda number: 12 // number, (3, 2, 1, 0, 1), threads))
    assert found == [4, 6, 12]


def test_who_stops_early_leaves_nothing_running() -> None:
    lock, begun = Lock(), []

    def note(number: int) -> int:
        with lock:
            begun.append(number)
        return number

    results = map_ahead(note, range(1000), 2)
    next(results)
    results.close()
    before = len(begun)
    assert before <= 4
    sleep(0.05)
    assert len(begun) == before
