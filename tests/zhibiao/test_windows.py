"""Windows: every character is answered for once, with its context."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.windows import split_windows

TEXTS = st.text(alphabet="字。\n", max_size=400)


@given(TEXTS, st.integers(0, 50), st.integers(0, 50))
def test_own_parts_tile_the_stretch(text: str, begin: int, cut: int) -> None:
    stop = max(begin, len(text) - cut)
    windows = split_windows(text, 30, 8, 5, begin, stop)
    owned = [place for w in windows for place in range(w.own_start, w.own_end)]
    assert owned == list(range(begin, stop))


@given(TEXTS)
def test_no_window_is_too_long_and_each_has_its_context(text: str) -> None:
    for w in split_windows(text, 30, 8, 5):
        assert w.end - w.start <= 30
        assert w.start == max(0, w.own_start - 8)
        assert w.end == min(len(text), w.own_end + 5) or w.end == len(text)


def test_an_edge_is_drawn_back_to_a_sentence_end() -> None:
    windows = split_windows("字" * 20 + "。" + "字" * 30, 30, 4, 4)
    assert windows[0].own_end == 21


def test_context_must_leave_room() -> None:
    with pytest.raises(ValueError, match="two thirds"):
        split_windows("字", 30, 15, 5)
