"""Counting the trigrams of :mod:`zhibiao.ngram`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhibiao.ngram import BIGRAMS, START, TRIGRAMS, Ngrams, bigram_key, classes, trigram_keys

__all__ = ["count_ngrams", "save_ngrams"]

_CLASSES = 65_523
_BLOCK = 2_000_000  # characters counted at one go


def count_ngrams(lines: Iterable[str], limit: int, least: int = 3) -> Ngrams:
    """Count the trigrams of paragraphs.

    Args:
        lines: Paragraphs.
        limit: Most characters to count.
        least: Trigrams seen less often are left out: most of them are accidents, and every one fills a bucket.
    """
    trigrams, bigrams = np.zeros((2, TRIGRAMS), dtype=np.int32), np.zeros(BIGRAMS, dtype=np.int32)
    unigrams = np.zeros(_CLASSES, dtype=np.int64)
    total = 0
    block: list[NDArray[np.int64]] = []
    held = 0
    for line in lines:
        words = "".join(line.split())
        if len(words) >= 15:
            block.append(np.concatenate([[START, START], classes(words)]))
            held += len(words)
        if held >= _BLOCK or (held and total + held >= limit):
            row = np.concatenate(block)
            inside = row[2:] != START
            for table, keys in zip(trigrams, trigram_keys(row[:-2], row[1:-1], row[2:]), strict=True):
                np.add.at(table, keys[inside], 1)
            np.add.at(bigrams, bigram_key(row[:-1], row[1:]), 1)
            unigrams += np.bincount(row, minlength=_CLASSES)
            total += held
            block, held = [], 0
        if total >= limit:
            break
    trigrams[trigrams < least] = 0
    return Ngrams(_packed(trigrams), _packed(bigrams), _packed(unigrams), total)


def _packed(counts: NDArray[np.integer]) -> NDArray[np.uint8]:
    return np.minimum(255, np.round(8 * np.log2(1.0 + counts))).astype(np.uint8)


def save_ngrams(ngrams: Ngrams, path: Path) -> None:
    """Write the file that :func:`zhibiao.ngram.default_ngrams` reads."""
    np.savez_compressed(
        path, trigrams=ngrams.trigrams, bigrams=ngrams.bigrams, unigrams=ngrams.unigrams, total=np.int64(ngrams.total)
    )
