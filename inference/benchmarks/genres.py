"""How often a model is right, by genre: the tables of ``inference/limits.md``.

    python inference/benchmarks/genres.py FOLDER [--split dev] [--model DIR] [--match REGEX]

FOLDER holds ``NAME.ann.txt`` and a ``manifest.json`` that gives each passage's source, which is its genre here; without one, the
genre is what follows the last ``-`` of the name. The range beside a figure holds 95 % of 2,000 samples of as many passages, drawn
with replacement: how far the figure depends on which passages happen to be here.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zhibiao import Extraction, Extractor
from zhibiao_training.corpus import read_folder, read_manifest
from zhibiao_training.evaluate import ALL, Counts, Tally, extract_all, marks_of
from zhibiao_training.passage import Passage

_HEADER = (
    "| genre | passages | VALUEs | core facts F1 | 95 % range | entities F1 | VALUEs found | METRIC F1 "
    "| region links F1 | period links F1 |"
)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description="How often a model is right, by genre.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", help="passages of this split only")
    parser.add_argument("--model", help="a model folder (default: the model that comes with zhibiao)")
    parser.add_argument("--match", default="", help="passages whose name this expression matches only")
    options = parser.parse_args()
    sources = {name: row["source"] for name, row in read_manifest(options.folder).items()}
    passages = [passage for passage in read_folder(options.folder) if re.search(options.match, passage.name)]
    if options.split:
        passages = [passage for passage in passages if passage.split == options.split]
    extractor = Extractor.load(options.model)
    genres: dict[str, list[Counts]] = defaultdict(list)
    for passage, extraction in zip(passages, extract_all(extractor, passages), strict=True):
        genres[sources.get(passage.name, passage.name.rsplit("-", 1)[-1])].append(_counts(passage, extraction))
    print(_HEADER, "| --- " * (_HEADER.count("|") - 1) + "|", sep="\n")
    for genre, counts in [*sorted(genres.items()), ("all", [each for group in genres.values() for each in group])]:
        print(_row(genre, counts))


def _counts(passage: Passage, extraction: Extraction) -> Counts:
    counts = Counts()
    counts.add(passage.text, marks_of(passage), marks_of(extraction))
    return counts


def _row(genre: str, counts: Sequence[Counts]) -> str:
    core = [each.core for each in counts]
    values = _total([each.mentions["VALUE"] for each in counts])
    low, high = _range(core)
    cells = [
        genre,
        f"{len(counts)}",
        f"{values.first}",
        f"{_total(core).f1:.2f}",
        f"{low:.2f}–{high:.2f}",
        f"{_total([each.mentions[ALL] for each in counts]).f1:.2f}",
        f"{values.recall:.2f}",
        f"{_total([each.mentions['METRIC'] for each in counts]).f1:.2f}",
        f"{_total([each.links['in_region'] for each in counts]).f1:.2f}",
        f"{_total([each.links['in_period'] for each in counts]).f1:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _total(tallies: Sequence[Tally]) -> Tally:
    return Tally(*(sum(getattr(each, name) for each in tallies) for name in ("both", "first", "second")))


def _range(tallies: Sequence[Tally]) -> tuple[float, float]:
    """The middle 95 % of the F1 of samples of the passages."""
    counts = np.array([[each.both, each.first + each.second] for each in tallies])
    drawn = np.random.default_rng(0).integers(len(counts), size=(2000, len(counts)))
    both, marked = np.moveaxis(counts[drawn].sum(axis=1), 1, 0)
    low, high = np.quantile(2 * both / np.maximum(1, marked), (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
