"""Endless batches from several corpora, mixed by share."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zhibiao.characters import CharacterTable
from zhibiao_training.config import CorpusConfig, RunConfig
from zhibiao_training.corpus import read_folder, read_plain_lines, read_standoff
from zhibiao_training.examples import Batch, Example, collate, crop, make_examples, rewrap, swap
from zhibiao_training.passage import Passage

__all__ = ["CorpusStream", "mixed_batches", "read_corpus"]

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


@dataclass
class CorpusStream:
    """Endless shuffled batches of one corpus, by length."""

    config: CorpusConfig
    run: RunConfig
    table: CharacterTable
    rng: random.Random
    passages: list[Passage]
    others: Mapping[str, Sequence[str]]

    def batches(self) -> Iterator[Batch]:
        """Yield batches of at most ``batch_characters`` characters, padding included."""
        passages = list(self.passages)
        pool: list[Example] = []
        while True:
            self.rng.shuffle(passages)
            for passage in passages:
                if self.config.swap and self.rng.random() < self.config.swap:
                    passage = swap(passage, self.rng, self.others)
                if self.config.rewrap and self.rng.random() < self.config.rewrap:
                    passage = rewrap(passage, self.rng)
                stretch = crop(passage.text, self.rng) if self.rng.random() < self.config.crop else None
                run, habit = self.run, self.config.habit
                pool += make_examples(passage, self.table, run.window, run.before, run.after, habit, stretch=stretch)
                if len(pool) >= _POOL:
                    yield from self._drain(pool)
                    pool = []

    def _drain(self, pool: list[Example]) -> Iterator[Batch]:
        pool.sort(key=lambda e: len(e.ids))
        groups: list[list[Example]] = [[]]
        for example in pool:
            if groups[-1] and (len(groups[-1]) + 1) * len(example.ids) > self.run.batch_characters:
                groups.append([])
            groups[-1].append(example)
        self.rng.shuffle(groups)
        for group in groups:
            yield collate(group, self.table.pad)


def mixed_batches(run: RunConfig, table: CharacterTable) -> Iterator[Batch]:
    """Yield batches of all corpora; the corpus that lags its share the most comes next."""
    chances = [random.Random(f"{run.seed}-{number}") for number in range(len(run.corpora))]
    corpora = [read_corpus(config, rng) for config, rng in zip(run.corpora, chances, strict=True)]
    for config, passages in zip(run.corpora, corpora, strict=True):
        if not passages:
            raise ValueError(f"{config.path}: nothing left to read; look at its limit and only")
    names = _names_by_habit(run.corpora, corpora)
    streams = [
        CorpusStream(config, run, table, rng, passages, names[config.habit]).batches()
        for config, rng, passages in zip(run.corpora, chances, corpora, strict=True)
    ]
    total = sum(config.share for config in run.corpora)
    read = [0.0] * len(streams)
    while True:
        lag = [done / (config.share / total) for done, config in zip(read, run.corpora, strict=True)]
        chosen = lag.index(min(lag))
        batch = next(streams[chosen])
        read[chosen] += batch.ids.numel()
        yield batch


def _names_by_habit(configs: Sequence[CorpusConfig], corpora: Sequence[list[Passage]]) -> dict[str, dict[str, list[str]]]:
    """The different words of each label but VALUE, over all corpora of the same annotation habit."""
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for config, passages in zip(configs, corpora, strict=True):
        for passage in passages:
            for mention in passage.mentions:
                words = passage.text[mention.start : mention.end]
                if mention.label != "VALUE" and not any(map(str.isspace, words)):
                    names[config.habit][mention.label].add(words)
    return defaultdict(dict, {habit: {label: sorted(words) for label, words in found.items()} for habit, found in names.items()})
