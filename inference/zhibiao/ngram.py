"""A small character trigram model of Chinese press text: which characters follow which, and which begin a paragraph.

It judges whether a piece of text goes on where another one breaks off. The counts lie hashed in ``ngrams.npz`` beside the code,
made by :mod:`zhibiao_training.ngrams`; what is scored is a stupid backoff (Brants et al., EMNLP 2007).
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["BIGRAMS", "START", "TRIGRAMS", "Ngrams", "bigram_key", "classes", "default_ngrams", "trigram_keys"]

#: Buckets of the hashed counts.
TRIGRAMS, BIGRAMS = 1 << 23, 1 << 20
#: Stands for the start of a paragraph.
START = 1
_BACKOFF = math.log(0.4)
# Counts are kept as round(8 log2(1 + n)) in a byte.
_COUNTS = tuple(2.0 ** (packed / 8) - 1.0 for packed in range(256))
_FLOOR = -14.0


def classes(text: str) -> NDArray[np.int64]:
    """The classes of the characters of a text, int64 ``(n,)``: all digits are one class, all Latin letters another.

    Full- and half-width forms are the same (NFKC); characters outside the basic plane fall into few classes.
    """
    found = []
    for character in text:
        plain = unicodedata.normalize("NFKC", character)[:1] or " "
        if plain.isdecimal():
            plain = "0"
        elif plain.isascii() and plain.isalpha():
            plain = "a"
        found.append(ord(plain) % 65_521 + 2)
    return np.array(found, dtype=np.int64)


#: Int64 arrays of one shape, or single numbers.
_Classes = TypeVar("_Classes", int, NDArray[np.int64])


def _trigram_buckets(first: _Classes, second: _Classes, third: _Classes) -> tuple[_Classes, _Classes]:
    mixed = (first * 0x9E3779B1 + second * 0x85EBCA77 + third * 0xC2B2AE3D) & 0xFFFFFFFF
    once = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    twice = ((third * 0x27D4EB2F + first * 0x165667B1 + second * 0x9E3779B1) ^ (mixed >> 7)) * 0x297A2D39 & 0xFFFFFFFF
    return once >> 9, twice >> 9


def _bigram_bucket(first: _Classes, second: _Classes) -> _Classes:
    mixed = (first * 0x9E3779B1 + second * 0x85EBCA77) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D & 0xFFFFFFFF) >> 12


def trigram_keys(first: NDArray[np.int64], second: NDArray[np.int64], third: NDArray[np.int64]) -> NDArray[np.int64]:
    """The buckets of trigrams, one for each of the two tables: int64, ``(2, …)``.

    Of the counts in its two buckets the lower one is a trigram's: seldom do two others fall into both (Cormode and
    Muthukrishnan, 2005).
    """
    return np.stack(_trigram_buckets(first, second, third))


def bigram_key(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """The buckets of bigrams: int64, the shape of the arguments."""
    return _bigram_bucket(first, second)


@dataclass(frozen=True)
class Ngrams:
    """Hashed counts.

    Attributes:
        trigrams: Uint8, ``(2, TRIGRAMS)``: ``round(8 log2(1 + n))`` by bucket, in two tables.
        bigrams: Uint8, the same in one.
        unigrams: Uint8, by class.
        total: Characters counted.
    """

    trigrams: NDArray[np.uint8]
    bigrams: NDArray[np.uint8]
    unigrams: NDArray[np.uint8]
    total: int

    def steps(self, before: str, after: str, length: int = 3) -> list[float]:
        """Logarithms of the probabilities of the first characters of a text, each given what stands before it.

        Args:
            before: The text before; empty for the start of a paragraph.
            after: The text that follows.
            length: How many of its characters to judge, fewer if it has fewer.
        """
        first, second = [START, START, *classes(before[-2:]).tolist()][-2:] if before else (START, START)
        found = []
        for third in classes(after[:length]).tolist():
            found.append(self._one(first, second, third))
            first, second = second, third
        return found

    def _one(self, first: int, second: int, third: int) -> float:
        once, twice = _trigram_buckets(first, second, third)
        three = _COUNTS[min(self.trigrams[0, once], self.trigrams[1, twice])]
        two = _COUNTS[self.bigrams[_bigram_bucket(first, second)]]
        if three and two:
            return math.log(min(1.0, three / two))
        two, one = _COUNTS[self.bigrams[_bigram_bucket(second, third)]], _COUNTS[self.unigrams[second]]
        if two and one:
            return _BACKOFF + math.log(min(1.0, two / one))
        return max(_FLOOR, 2 * _BACKOFF + math.log(max(_COUNTS[self.unigrams[third]], 0.5) / self.total))


@cache
def default_ngrams() -> Ngrams:
    """The model that comes with zhibiao."""
    with (
        resources.files("zhibiao").joinpath("data", "ngrams.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        return Ngrams(stored["trigrams"], stored["bigrams"], stored["unigrams"], int(stored["total"]))
