"""Bracket notation: what people write is read as they meant it, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.labels import LABELS
from zhibiao_training.brackets import BracketError, read_brackets, write_brackets
from zhibiao_training.passage import GoldLink, GoldMention, Passage

MARKED = "⟦P1:前三季度⟧，⟦R1:该区⟧⟦M1 R1 P1:产值⟧为⟦V1 M1:9亿元⟧，其中⟦M2 M1:出口额⟧增长⟦V2 M2 yoy+ est:8%⟧。"


def test_mentions_links_and_attributes() -> None:
    passage = read_brackets(MARKED, "a")
    assert passage.text == "前三季度，该区产值为9亿元，其中出口额增长8%。"
    assert [m.label for m in passage.mentions] == ["PERIOD", "REGION", "METRIC", "VALUE", "METRIC", "VALUE"]
    assert passage.mentions[5].attributes == ("yoy+", "est")
    assert [(link.type, link.head, link.tail) for link in passage.links] == [
        ("in_region", 2, 1), ("in_period", 2, 0), ("value_of", 3, 2), ("of_subject", 4, 2), ("value_of", 5, 4),
    ]  # fmt: skip
    assert write_brackets(passage) == MARKED


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("⟦V1:9元", "broken bracket"),
        ("⟦V1:9元⟧⟦V1:8元⟧", "V1 .* used twice"),
        ("⟦V1 M7:9元⟧", "M7, which is not there"),
        ("⟦V1 fast:9元⟧", "unknown argument 'fast'"),
        ("⟦R1:该区⟧⟦P1 R1:今年⟧", "PERIOD may not link"),
        ("⟦V1:9元⟧⟦M1 V1:产值⟧", "METRIC may not link to V1"),
    ],
)
def test_broken_notation_is_refused(marked: str, message: str) -> None:
    with pytest.raises(BracketError, match=message):
        read_brackets(marked, "a")


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    text = draw(st.text(alphabet="产值9亿元，\n😀 ", min_size=12, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=10)))
    mentions = tuple(
        GoldMention(start, end, draw(st.sampled_from(LABELS))) for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    )
    metrics = [n for n, m in enumerate(mentions) if m.label == "METRIC"]
    links = tuple(GoldLink("value_of", n, metrics[0]) for n, m in enumerate(mentions) if m.label == "VALUE" and metrics)
    return Passage("a", text, mentions, links)


@given(passages())
def test_written_passages_read_back(passage: Passage) -> None:
    assert read_brackets(write_brackets(passage), "a") == passage
