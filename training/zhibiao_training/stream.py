"""Endless batches from several corpora, mixed by share.

The streams can be stored and gone on with: what they hold is a source of chance, an order of the passages and a place in it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhibiao.characters import CharacterTable
from zhibiao_training.config import CorpusConfig, RunConfig
from zhibiao_training.corpus import read_folder, read_plain_lines, read_standoff
from zhibiao_training.examples import Batch, Example, collate, crop, make_examples, rewrap
from zhibiao_training.passage import Passage

__all__ = ["CorpusStream", "Drawn", "Mixture", "read_corpus"]

_POOL = 256  # examples sorted by length together, so that a batch holds little padding
_PLAIN_LENGTH = 254  # characters of a piece of plain text


def read_corpus(config: CorpusConfig, rng: random.Random) -> list[Passage]:
    """Read a corpus, thinned out to its limit.

    Raises:
        ValueError: If its kind is unknown.
    """
    if config.kind == "brackets":
        passages = read_folder(config.path, config.split)
    elif config.kind == "standoff":
        passages = list(read_standoff(config.path))
    elif config.kind == "plain":
        # Thinned line by line: some files hold tens of millions of characters.
        # A character of Chinese text takes about half a byte packed, three bytes plain.
        total = config.path.stat().st_size * 2 if config.path.suffix == ".xz" else config.path.stat().st_size / 3
        keep = min(1.0, 1.5 * config.limit / total) if config.limit else 1.0
        passages = [
            Passage(config.path.name, line[at : at + _PLAIN_LENGTH], (), (), "", (), (), attributes=False)
            for line in read_plain_lines(config.path)
            if rng.random() < keep and sum(map(str.isdigit, line)) >= 2
            for at in range(0, len(line), _PLAIN_LENGTH)
            if len(line) - at >= 20
        ]
    else:
        raise ValueError(f"{config.path}: unknown kind {config.kind!r}; use brackets, standoff or plain")
    if config.only:
        passages = [p for p in passages if any(m.label in config.only for m in p.mentions)]
    if config.limit:
        rng.shuffle(passages)
        length = 0
        for number, passage in enumerate(passages):
            length += len(passage.text)
            if length > config.limit:
                return passages[:number]
    return passages


class CorpusStream(Iterator[Batch]):
    """Endless shuffled batches of one corpus, by length: at most ``batch_characters`` characters each, padding included.

    Args:
        config: The corpus.
        run: The run.
        table: The character table.
        rng: Source of chance.
        passages: The passages of the corpus.
    """

    def __init__(
        self,
        config: CorpusConfig,
        run: RunConfig,
        table: CharacterTable,
        rng: random.Random,
        passages: Sequence[Passage],
    ) -> None:
        self.config, self.run, self.table, self.rng, self.passages = config, run, table, rng, passages
        self._order = list(range(len(passages)))
        self._at = len(passages)  # how far in that order; at its end it is shuffled anew
        self._groups: list[list[Example]] = []
        self._taken = 0  # of the groups
        self._mark = self._place()

    def __next__(self) -> Batch:
        if self._taken == len(self._groups):
            self._fill()
        self._taken += 1
        return collate(self._groups[self._taken - 1], self.table.pad)

    def state(self) -> dict[str, Any]:
        """Where the stream stands, for JSON: where it stood when the present pool was begun, and how much of that was used."""
        return {**self._mark, "taken": self._taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where :meth:`state` was asked for. One pool is made anew, whatever the length of the run so far."""
        version, numbers, gauss = state["rng"]
        self.rng.setstate((version, tuple(numbers), gauss))
        self._order, self._at = list(state["order"]), state["at"]
        self._groups, self._taken, self._mark = [], 0, self._place()
        if state["taken"]:
            self._fill()
            self._taken = state["taken"]

    def _place(self) -> dict[str, Any]:
        return {"rng": self.rng.getstate(), "order": list(self._order), "at": self._at}

    def _fill(self) -> None:
        """Make a pool of examples and group it into batches."""
        self._mark = self._place()
        pool: list[Example] = []
        while len(pool) < _POOL:
            if self._at == len(self._order):
                self.rng.shuffle(self._order)
                self._at = 0
            passage = self.passages[self._order[self._at]]
            self._at += 1
            if self.config.rewrap and self.rng.random() < self.config.rewrap:
                passage = rewrap(passage, self.rng)
            stretch = crop(passage.text, self.rng) if self.rng.random() < self.config.crop else None
            run, habit = self.run, self.config.habit
            pool += make_examples(passage, self.table, run.window, run.before, run.after, habit, stretch=stretch)
        pool.sort(key=lambda e: len(e.ids))
        groups: list[list[Example]] = [[]]
        for example in pool:
            if groups[-1] and (len(groups[-1]) + 1) * len(example.ids) > self.run.batch_characters:
                groups.append([])
            groups[-1].append(example)
        self.rng.shuffle(groups)
        self._groups, self._taken = groups, 0


@dataclass(frozen=True)
class Drawn:
    """A batch and the name of the corpus it comes from."""

    corpus: str
    batch: Batch


class Mixture(Iterator[Drawn]):
    """Endless batches of all corpora of a run; the corpus that lags its share the most comes next.

    Args:
        run: The run.
        table: The character table.
        rank, count: Which share of every corpus to read, of how many: each of several processes reads one of its own.

    Raises:
        ValueError: If a corpus is empty, or of an unknown kind.
    """

    def __init__(self, run: RunConfig, table: CharacterTable, rank: int = 0, count: int = 1) -> None:
        self.run = run
        chances = [random.Random(f"{run.seed}-{number}") for number in range(len(run.corpora))]
        corpora = [read_corpus(config, rng) for config, rng in zip(run.corpora, chances, strict=True)]
        for config, passages in zip(run.corpora, corpora, strict=True):
            if len(passages) < count:
                left = f"only {len(passages)} passages for {count} processes" if passages else "nothing left to read"
                raise ValueError(f"{config.path}: {left}; look at its limit and only")
        self.fingerprint = _fingerprint(corpora)
        if count > 1:
            # Shared out after the reading, which every process does alike; from there on each has chances of its own.
            chances = [random.Random(f"{run.seed}-{number}-{rank}") for number in range(len(run.corpora))]
            corpora = [passages[rank::count] for passages in corpora]
        self.streams = [
            CorpusStream(config, run, table, rng, passages)
            for config, rng, passages in zip(run.corpora, chances, corpora, strict=True)
        ]
        self._names = _corpus_names(run.corpora)
        self._read = [0] * len(corpora)  # characters of each, padding included

    def __next__(self) -> Drawn:
        total = sum(config.share for config in self.run.corpora)
        lag = [done / (config.share / total) for done, config in zip(self._read, self.run.corpora, strict=True)]
        chosen = lag.index(min(lag))
        batch = next(self.streams[chosen])
        self._read[chosen] += batch.ids.numel()
        return Drawn(self._names[chosen], batch)

    def state(self) -> dict[str, Any]:
        """Where it stands, for JSON."""
        return {"fingerprint": self.fingerprint, "read": self._read, "streams": [stream.state() for stream in self.streams]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where :meth:`state` was asked for.

        Raises:
            ValueError: If the passages are not those of then.
        """
        for config, now, then in zip(self.run.corpora, self.fingerprint, state["fingerprint"], strict=True):
            if now != then:
                raise ValueError(
                    f"{config.path}: its passages are not those the run was begun with; put them back, or start anew"
                )
        self._read = list(state["read"])
        for stream, place in zip(self.streams, state["streams"], strict=True):
            stream.restore(place)


def _corpus_names(configs: Sequence[CorpusConfig]) -> list[str]:
    """A short name of each corpus: its file's or folder's, numbered where several are alike."""
    plain = [config.path.name.split(".")[0] for config in configs]
    return [f"{name}-{number}" if plain.count(name) > 1 else name for number, name in enumerate(plain, start=1)]


def _fingerprint(corpora: Sequence[Sequence[Passage]]) -> list[str]:
    """A checksum of the passages of each corpus, with everything marked in them."""
    sums = []
    for passages in corpora:
        checksum = hashlib.blake2b(digest_size=16)
        for passage in passages:
            checksum.update(repr(passage).encode("utf-8", "surrogatepass"))
        sums.append(checksum.hexdigest())
    return sums
