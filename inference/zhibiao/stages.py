"""Stages: where the time of an extraction goes.

The functions of the path that every text takes are wrapped from outside while they are watched, so that nothing is in the way of
who does not ask. What a stage calls in turn counts for that other stage: the times of all add up.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import GeneratorType
from typing import Any, TypeVar

from zhibiao.characters import CharacterTable
from zhibiao.encoder import Backend, Floats, Integers, LinkScores
from zhibiao.extractor import Extractor

__all__ = ["STAGES", "Stopwatch", "watch"]

#: In the order in which a text meets them, each with what it does.
STAGES = {
    "read": "a file into text",
    "page": "lines, articles and the day of publication",
    "tokenise": "characters into ids",
    "encode": "the encoder",
    "decode": "tag scores into mentions",
    "linker": "the linker",
    "link": "its features, and link scores into links",
    "normalise": "mentions and links into facts",
    "write": "facts into a file",
    "rest": "everything else",
}
# The functions by the module that calls them, which is where their names are looked up.
_FUNCTIONS = (
    ("zhibiao.formats", "read_text", "read"),
    ("zhibiao.extractor", "with_publication", "page"),
    ("zhibiao.extractor", "read_document", "page"),
    ("zhibiao.extractor", "find_spans", "decode"),
    ("zhibiao.extractor", "link_spans", "link"),
    ("zhibiao.extractor", "assemble_facts", "normalise"),
)

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Stopwatch:
    """Adds up the time of stages that follow and hold one another.

    Attributes:
        seconds: The time of each stage, without that of stages inside it.
        tokens: Tokens that the encoder was given, edges counted, padding not.
        squares: The sum of the squares of its windows' lengths in tokens, which the work of its attention grows with.
        padding: Tokens of padding.
    """

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.tokens = self.squares = self.padding = 0
        self._open = ["rest"]
        self._since = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The block belongs to a stage."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def stop(self) -> None:
        """Count up to now."""
        self._turn()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def timed(self, function: _Function, name: str) -> _Function:
        """The same function as a stage; of a generator, what it does until each next value."""

        def call(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                found = function(*args, **kwargs)
            return self._steps(found, name) if isinstance(found, GeneratorType) else found

        return call  # type: ignore[return-value]

    def _steps(self, generator: Iterator[Any], name: str) -> Iterator[Any]:
        while True:
            with self.stage(name):
                try:
                    value = next(generator)
                except StopIteration:
                    return
            yield value


@contextmanager
def watch(extractor: Extractor) -> Iterator[Stopwatch]:
    """Time an extractor while the block runs; meanwhile nobody else in the process may extract.

    Args:
        extractor: It is as before when the block is left.
    """
    stopwatch = Stopwatch()
    backend = extractor._backend
    modules = [(import_module(module), name, stage) for module, name, stage in _FUNCTIONS]
    before = [(module, name, getattr(module, name)) for module, name, _ in modules]
    try:
        for module, name, stage in modules:
            setattr(module, name, stopwatch.timed(getattr(module, name), stage))
        extractor._backend = _TimedBackend(backend, stopwatch)
        yield stopwatch
    finally:
        extractor._backend = backend
        for module, name, function in before:
            setattr(module, name, function)


class _TimedBackend:
    """A backend under a stopwatch."""

    def __init__(self, backend: Backend, stopwatch: Stopwatch) -> None:
        self._backend, self._stopwatch = backend, stopwatch
        self.threads = backend.threads
        self.table: CharacterTable = copy.copy(backend.table)
        self.table.encode = stopwatch.timed(backend.table.encode, "tokenise")  # type: ignore[method-assign]

    def encode(self, ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        lengths = mask.sum(axis=-1)
        self._stopwatch.tokens += int(lengths.sum())
        self._stopwatch.squares += int((lengths * lengths).sum())
        self._stopwatch.padding += int(mask.size - lengths.sum())
        with self._stopwatch.stage("encode"):
            return self._backend.encode(ids, mask)

    def link(self, spans: Floats, labels: Integers, features: Integers) -> LinkScores:
        with self._stopwatch.stage("linker"):
            return self._backend.link(spans, labels, features)
