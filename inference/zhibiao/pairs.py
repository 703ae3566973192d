"""What stands between two mentions, as small integers the linker embeds.

Training and run time both call :func:`pair_features`, so that the linker always sees the same buckets.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEATURE_SIZES", "mark_breaks", "pair_features"]

_RANK = 6  # mentions of the tail's label in between: 0 … 5 or more
_FAR = 9  # powers of two of the distance in characters: 0 … 8 or more
_SENTENCES = 5
_CLAUSES = 6
#: Number of buckets of each feature; each side of the head has its own.
FEATURE_SIZES = (2 * _RANK, 2 * _FAR, 2 * _SENTENCES, 2 * _CLAUSES)

_SENTENCE_END = re.compile(r"[。！？；!?;\n]")
_CLAUSE_END = re.compile(r"[，、,：:（）()]")


def mark_breaks(text: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Count sentence ends and clause ends before each character of ``text``: two int32 arrays of shape ``(len(text) + 1,)``."""
    sentences = np.zeros(len(text) + 1, dtype=np.int32)
    clauses = np.zeros(len(text) + 1, dtype=np.int32)
    sentences[[found.end() for found in _SENTENCE_END.finditer(text)]] = 1
    clauses[[found.end() for found in _CLAUSE_END.finditer(text)]] = 1
    return sentences.cumsum(dtype=np.int32), clauses.cumsum(dtype=np.int32)


def pair_features(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    labels: NDArray[np.int64],
    sentences: NDArray[np.int32],
    clauses: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Bucket what lies between every two mentions of a text.

    Args:
        starts, ends: Offsets of the mentions in text order, shape ``(n,)``.
        labels: Their label numbers, shape ``(n,)``.
        sentences, clauses: What :func:`mark_breaks` gave for the text.

    Returns:
        Shape ``(n, n, 4)``, int64: for head ``i`` and tail ``j`` the buckets of the number of mentions with ``j``'s label in
        between, of the distance, of the sentence ends and of the clause ends in between. The upper half of each feature's buckets
        means that the tail stands after the head.
    """
    count = len(starts)
    order = np.arange(count)
    after = order[None, :] > order[:, None]
    # Mentions with j's label in i..j: read off a running count per label.
    seen = np.zeros((count + 1, int(labels.max(initial=0)) + 1), dtype=np.int64)
    seen[order + 1, labels] = 1
    seen = seen.cumsum(axis=0)
    upto_i = seen[:, labels]  # (n + 1, n): mentions of j's label before position i
    upto_j = upto_i[order, order][None, :]
    rank = np.where(after, upto_j - upto_i[1:], upto_i[:-1] - upto_j - 1).clip(0, _RANK - 1)

    left_end = np.minimum(ends[:, None], ends[None, :])
    right_start = np.maximum(starts[:, None], starts[None, :])
    right_start = np.maximum(right_start, left_end)
    gap = right_start - left_end
    far = np.ceil(np.log2(gap + 1)).astype(np.int64).clip(0, _FAR - 1)
    sentence = (sentences[right_start] - sentences[left_end]).clip(0, _SENTENCES - 1)
    clause = (clauses[right_start] - clauses[left_end]).clip(0, _CLAUSES - 1)
    sides = [rank, far, sentence, clause]
    halves = [_RANK, _FAR, _SENTENCES, _CLAUSES]
    return np.stack([bucket + after * half for bucket, half in zip(sides, halves, strict=True)], axis=-1).astype(np.int64)
