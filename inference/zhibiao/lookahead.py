"""Looking ahead: a function is applied to the next items of a stream while its earlier results are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["map_ahead"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def map_ahead(function: Callable[[_Item], _Result], items: Iterable[_Item], threads: int) -> Iterator[_Result]:
    """Apply a function to the items of a stream in threads of their own, and yield the results in the order of the items.

    Items are taken in the caller's thread, at most twice as many ahead as there are threads; with one thread, each is taken when
    its result is asked for. What the items raise comes after the results of those before, as without threads.

    Args:
        function: With more than one thread, several call it at the same time.
        items: Any stream, of any length.
        threads: How many calls run at the same time.
    """
    if threads == 1:
        yield from map(function, items)
        return
    stream = iter(items)
    waiting: deque[Future[_Result]] = deque()
    ended: BaseException | None = None
    pool = ThreadPoolExecutor(threads, thread_name_prefix="zhibiao-ahead")
    try:
        while True:
            while ended is None and len(waiting) < 2 * threads:
                try:
                    waiting.append(pool.submit(function, next(stream)))
                except Exception as error:
                    ended = error
            if not waiting:
                break
            yield waiting.popleft().result()
        if not isinstance(ended, StopIteration):
            assert ended is not None
            raise ended
    finally:
        pool.shutdown(cancel_futures=True)
