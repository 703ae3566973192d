"""Sentences: a link across sentences is told from one within, however the page breaks its lines."""

from __future__ import annotations

import pytest

from zhibiao_training.sentences import Sentences


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("甲市产值9元，税收3元。", True),
        ("甲市产值9元；税收3元。", True),  # a semicolon parts clauses
        ("甲市产值9元。税收3元。", False),
        ("甲市称“产值9元。”税收3元。", False),
        ("甲市产值9元！税收3元。", False),
        ("甲市经济\n税收3元，比上年增长一成。", False),  # a headline
    ],
)
def test_what_ends_a_sentence(text: str, same: bool) -> None:
    assert Sentences(text).same(0, text.index("3")) is same


def test_a_closing_quotation_mark_belongs_to_the_sentence_before() -> None:
    text = "他说：“产值9元。”税收3元。"
    assert Sentences(text).around(text.index("9"), text.index("9") + 1) == (0, text.index("税"))


def test_a_line_break_of_the_page_ends_nothing() -> None:
    """In a column that is cut to one width, the line before the VALUE may hold its region."""
    line = "今年以来全市上下齐心协力稳住了经济增长的势头"
    text = "\n".join(
        [line, "前三个季度在工业带动之下甲市的规模以上工业产", "值达到了九百元之多而且各个主要行业的增速也都", line, line, "好。"]
    )
    sentences = Sentences(text)
    assert sentences.same(text.index("甲市"), text.index("九百元"))
    low, high = sentences.around(text.index("九百元"), text.index("九百元") + 3)
    assert text[low:high].endswith("好。")


def test_a_sentence_is_cut_without_white_space() -> None:
    text = "甲市经济\n\n　　产值9元。　税收3元。\n"
    at = text.index("3")
    low, high = Sentences(text).around(at, at + 1)
    assert text[low:high] == "税收3元。"
