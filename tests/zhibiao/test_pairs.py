"""Pair features: what the linker is told of the text between two mentions."""

from __future__ import annotations

import numpy as np

from zhibiao.pairs import FEATURE_SIZES, mark_breaks, pair_features

TEXT = "甲区产值9元，乙区8元。丙区7元"


def features() -> np.ndarray:
    starts = [TEXT.index(words) for words in ("甲区", "9元", "乙区", "8元", "丙区", "7元")]
    labels = np.array([1, 5, 1, 5, 1, 5])
    sentences, clauses = mark_breaks(TEXT)
    begin = np.array(starts)
    return pair_features(begin, begin + 2, labels, sentences, clauses)


def test_mentions_of_the_tails_label_in_between() -> None:
    rank = features()[..., 0]
    assert rank[5, 4] == 0  # 7元 → 丙区: the nearest region before it
    assert rank[5, 2] == 1
    assert rank[5, 0] == 2
    assert rank[0, 1] - FEATURE_SIZES[0] // 2 == 0  # a tail after its head has buckets of its own
    assert rank[0, 5] - FEATURE_SIZES[0] // 2 == 2


def test_sentence_and_clause_ends_in_between() -> None:
    _, _, sentence, clause = np.moveaxis(features(), -1, 0)
    assert sentence[1, 0] == 0
    assert sentence[5, 3] == 1
    assert clause[3, 1] == 1
    assert clause[1, 0] == 0


def test_every_bucket_is_in_its_table() -> None:
    count = 40
    starts = np.arange(count) * 60
    text = "。，" * 1300
    found = pair_features(starts, starts + 3, np.zeros(count, dtype=np.int64), *mark_breaks(text))
    assert found.shape == (count, count, len(FEATURE_SIZES))
    assert (found >= 0).all()
    assert (found < np.array(FEATURE_SIZES)).all()


def test_no_mentions() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert pair_features(nothing, nothing, nothing, *mark_breaks("")).shape == (0, 0, len(FEATURE_SIZES))
