"""Mentions: labelled spans of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhibiao.encoder import Backend
from zhibiao.labels import LABELS, TAGS, legal_transitions
from zhibiao.windows import Window

__all__ = ["FoundSpan", "Mention", "best_paths", "find_spans"]

_FIRST, _FOLLOWS, _LAST = legal_transitions()
_FORBIDDEN = np.float32(-1e9)
# Tags fall into two groups by what may stand before them: that of O, of which each may follow the end of any mention, and the
# inner tags (I-X, E-X), each of which follows one of a pair (B-X, I-X).
_OPENING, _INNER = _FOLLOWS[0].nonzero()[0], (~_FOLLOWS[0]).nonzero()[0]
_CLOSING = _FOLLOWS[:, 0].nonzero()[0]
_PAIRS = np.array([_FOLLOWS[:, tag].nonzero()[0] for tag in _INNER])
# The tags that may stand before, group after group; where each group begins; the group of each tag.
_FROM = np.concatenate([_CLOSING, _PAIRS.ravel()])
_GROUPS = np.concatenate([[0], len(_CLOSING) + 2 * np.arange(len(_INNER))])
_GROUP = np.zeros(len(TAGS), dtype=np.int64)
_GROUP[_INNER] = 1 + np.arange(len(_INNER))
# Characters read at one go, padding included: enough to keep the matrix products busy; 8192 took 400 MB more and was slower.
_BATCH_CHARACTERS = 2048


@dataclass(frozen=True, slots=True)
class Mention:
    """A labelled span.

    Attributes:
        id: Unique in its extraction.
        label: One of :data:`zhibiao.labels.LABELS`.
        start, end: Half-open offsets in the document's text.
        score: Probability that label and offsets are right, 0 … 1.
        attributes: What a VALUE is: ``yoy+``, ``rank``, ``est`` and so on (see :mod:`zhibiao.labels`); empty for a plain level.
        parts: Where the page had torn the words apart, all pieces of them as half-open offsets, in reading order; ``start`` and
            ``end`` are then those of the longest.
    """

    id: int
    label: str
    start: int
    end: int
    score: float = 1.0
    attributes: tuple[str, ...] = ()
    parts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A mention as the tagger found it, before links and attributes are known.

    Attributes:
        start, end: Half-open offsets in the text.
        label: Its number in :data:`zhibiao.labels.LABELS`.
        score: The geometric mean of the probabilities of its tags.
        vector: Float32 ``(2 * hidden,)``: the encoder's vectors of its first and last character.
    """

    start: int
    end: int
    label: int
    score: float
    vector: NDArray[np.float32]


def best_paths(logits: NDArray[np.float32], lengths: Sequence[int]) -> list[NDArray[np.int64]]:
    """Find the most probable legal tag sequence of each window (Viterbi, 1967).

    Args:
        logits: Tag logits ``(b, t, tags)``.
        lengths: How many of the ``t`` places of each window hold characters.

    Returns:
        For each window its tag numbers, int64 ``(length,)``.
    """
    # (place, window, tag): each place becomes the score of the best legal way to each tag there.
    totals = np.array(logits.swapaxes(0, 1), order="C")
    totals[0] += np.where(_FIRST, np.float32(0), _FORBIDDEN)
    for place in range(1, len(totals)):
        ways = np.maximum.reduceat(totals[place - 1].take(_FROM, axis=1), _GROUPS, axis=1)
        totals[place] += ways.take(_GROUP, axis=1)
    # Which tag each of them comes from.
    before = totals[:-1]
    back = np.empty(before.shape, dtype=np.int8)
    back[..., _OPENING] = _CLOSING[before[..., _CLOSING].argmax(-1)][..., None]
    left, right = _PAIRS.T
    back[..., _INNER] = np.where(before[..., left] >= before[..., right], left, right)
    ends = np.where(_LAST, np.float32(0), _FORBIDDEN)
    paths = []
    for row, length in enumerate(lengths):
        path = [int((totals[length - 1, row] + ends).argmax())] if length else []
        for step in back[: max(length - 1, 0), row][::-1].tolist():
            path.append(step[path[-1]])
        paths.append(np.array(path[::-1], dtype=np.int64))
    return paths


def find_spans(text: str, windows: Sequence[Window], backend: Backend) -> Iterator[FoundSpan]:
    """Tag a text window by window and yield its mentions in text order, none overlapping another.

    A mention is the business of the window that owns its first character, so that none is found twice.
    """
    longest = max((w.end - w.start for w in windows), default=0)
    step = max(backend.threads, _BATCH_CHARACTERS // (longest + 2))
    reached = 0
    for at in range(0, len(windows), step):
        for span in _read_batch(text, windows[at : at + step], backend):
            if span.start >= reached:
                reached = span.end
                yield span


def _read_batch(text: str, windows: Sequence[Window], backend: Backend) -> Iterator[FoundSpan]:
    table = backend.table
    lengths = [w.end - w.start for w in windows]
    shape = (len(windows), max(lengths) + 2)
    ids = np.full(shape, table.pad, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for row, (window, length) in enumerate(zip(windows, lengths, strict=True)):
        ids[row, 0], ids[row, length + 1] = table.start, table.end
        ids[row, 1 : length + 1] = table.encode(text[window.start : window.end])
        mask[row, : length + 2] = 1
    vectors, logits = backend.encode(ids, mask)
    vectors, logits = vectors[:, 1:-1], logits[:, 1:-1]  # the edges carry no character
    high = logits.max(-1, keepdims=True)
    log_probability = logits - high - np.log(np.exp(logits - high).sum(-1, keepdims=True))
    for row, path in enumerate(best_paths(logits, lengths)):
        window = windows[row]
        sure = np.take_along_axis(log_probability[row, : len(path)], path[:, None], -1)[:, 0]
        for first, last, label in _spans_of(path):
            start, end = window.start + first, window.start + last + 1
            if window.own_start <= start < window.own_end:
                score = float(np.exp(sure[first : last + 1].mean()))
                yield FoundSpan(start, end, label, score, np.concatenate([vectors[row, first], vectors[row, last]]))


def _spans_of(path: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Yield ``(first, last, label)`` of each mention of a legal tag sequence."""
    first = 0
    for place, number in zip(path.nonzero()[0].tolist(), path[path.nonzero()].tolist(), strict=True):
        position, label = TAGS[number].split("-")
        if position in "BS":
            first = place
        if position in "ES":
            yield first, place, LABELS.index(label)
