"""Decoding: only legal tag sequences, the best of them, each mention once."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhibiao.encoder import OnnxBackend
from zhibiao.folder import open_model
from zhibiao.labels import TAGS, legal_transitions
from zhibiao.mentions import best_paths, find_spans
from zhibiao.windows import split_windows

FIRST, FOLLOWS, LAST = legal_transitions()


def is_legal(path: list[int]) -> bool:
    return bool(FIRST[path[0]] and LAST[path[-1]] and all(FOLLOWS[a, b] for a, b in itertools.pairwise(path)))


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_every_path_is_legal(seed: int, lengths: list[int]) -> None:
    logits = np.random.default_rng(seed).normal(size=(len(lengths), max(lengths), len(TAGS))).astype(np.float32)
    for path, length in zip(best_paths(logits, lengths), lengths, strict=True):
        assert len(path) == length
        assert is_legal(path.tolist())


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_no_legal_path_scores_higher(seed: int) -> None:
    """Against all sequences of three tags, tried one by one."""
    logits = np.random.default_rng(seed).normal(size=(1, 3, len(TAGS))).astype(np.float32)
    scores = logits[0, 0][:, None, None] + logits[0, 1][None, :, None] + logits[0, 2][None, None, :]
    legal = FIRST[:, None, None] & FOLLOWS[:, :, None] & FOLLOWS[None, :, :] & LAST[None, None, :]
    expected = np.unravel_index(np.where(legal, scores, -np.inf).argmax(), scores.shape)
    assert best_paths(logits, [3])[0].tolist() == [int(tag) for tag in expected]


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_long_paths_are_those_of_the_plain_algorithm(seed: int) -> None:
    """Tags are decoded by group; every tag against every tag gives the same, scores that are equal included."""
    logits = np.random.default_rng(seed).integers(0, 4, size=(1, 30, len(TAGS))).astype(np.float32)
    best = np.where(FIRST, logits[0, 0], -1e9)
    steps = []
    for place in range(1, 30):
        routes = np.where(FOLLOWS, best[:, None], -1e9)
        steps.append(routes.argmax(0))
        best = routes.max(0) + logits[0, place]
    expected = [int(np.where(LAST, best, -1e9).argmax())]
    for step in reversed(steps):
        expected.append(int(step[expected[-1]]))
    assert best_paths(logits, [30])[0].tolist() == expected[::-1]


def test_spans_are_in_order_and_never_overlap(tiny_model: Path) -> None:
    folder = open_model(tiny_model)
    text = "今年前三季度，该区工业产值实现１２３亿元😀，\r\n同比增长5.6%。" * 12
    windows = split_windows(text, folder.window, folder.before, folder.after)
    spans = list(find_spans(text, windows, OnnxBackend(folder)))
    assert len(windows) > 3
    assert len(spans) > 20
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(0.0 <= span.score <= 1.0 for span in spans)


def test_batches_change_nothing(tiny_model: Path) -> None:
    """A window reads the same alone and beside longer ones: padding is never seen."""
    backend = OnnxBackend(open_model(tiny_model))
    short, long = "产值3亿元", "今年前三季度，该区工业产值实现123亿元"
    ids = np.full((2, len(long) + 2), backend.table.pad)
    mask = np.zeros_like(ids)
    for row, text in enumerate((short, long)):
        ids[row, : len(text) + 2] = [backend.table.start, *backend.table.encode(text), backend.table.end]
        mask[row, : len(text) + 2] = 1
    together = backend.encode(ids, mask)[1][0, : len(short) + 2]
    alone = backend.encode(ids[:1, : len(short) + 2], mask[:1, : len(short) + 2])[1][0]
    # int8 activations are scaled over the whole batch, hence the tolerance.
    assert np.abs(together - alone).max() < 0.1 * np.abs(alone).max()
