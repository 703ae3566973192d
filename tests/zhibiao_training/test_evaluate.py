"""Scores: counted as the table's readers count, and never kinder."""

from __future__ import annotations

import dataclasses

import pytest

from zhibiao.document import Document
from zhibiao.extraction import Extraction
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao_training.brackets import read_brackets
from zhibiao_training.evaluate import Scores, score

PASSAGE = read_brackets(
    "⟦R1:甲区⟧与⟦R2:甲区⟧⟦P1:今年⟧⟦M1 R1 P1:产值⟧⟦V1 M1:9元⟧，增⟦V2 M1 yoy+:8%⟧，⟦S1:稻米⟧⟦M2 S1 P1:产量⟧⟦V3 M2:7吨⟧", "a"
)


def perfect() -> Extraction:
    mentions = tuple(Mention(n, m.label, m.start, m.end, 1.0, m.attributes) for n, m in enumerate(PASSAGE.mentions))
    links = tuple(Link(n, link.type, link.head, link.tail) for n, link in enumerate(PASSAGE.links))
    return Extraction(Document("a", PASSAGE.text), mentions, links)


def rescored(extraction: Extraction) -> Scores:
    return score([PASSAGE], [extraction])


def test_the_gold_itself_scores_one() -> None:
    scores = rescored(perfect())
    assert (scores.facts, scores.entities, scores.attributes) == (1.0, 1.0, 1.0)
    assert set(scores.labels) == {"REGION", "PERIOD", "METRIC", "VALUE", "SUBJECT"}


def test_another_mention_of_the_same_words_will_do() -> None:
    moved = [dataclasses.replace(link, tail=1) if link.type == "in_region" else link for link in perfect().links]
    assert rescored(dataclasses.replace(perfect(), links=tuple(moved))).facts == 1.0


@pytest.mark.parametrize(("kind", "facts"), [("in_region", 1 / 3), ("in_period", 0.0), ("of_subject", 2 / 3)])
def test_a_missing_link_loses_every_fact_that_needs_it(kind: str, facts: float) -> None:
    kept = tuple(link for link in perfect().links if link.type != kind)
    assert rescored(dataclasses.replace(perfect(), links=kept)).facts == pytest.approx(facts)


def test_a_missing_value_link_is_a_missing_fact() -> None:
    kept = tuple(link for link in perfect().links if link.type != "value_of")[:2]
    assert rescored(dataclasses.replace(perfect(), links=kept)).facts == 0.0


def test_a_wrong_attribute_and_a_wrong_boundary() -> None:
    mentions = list(perfect().mentions)
    change = next(n for n, m in enumerate(mentions) if m.attributes)
    mentions[change] = dataclasses.replace(mentions[change], attributes=("yoy-",))
    assert rescored(dataclasses.replace(perfect(), mentions=tuple(mentions))).attributes == pytest.approx(2 / 3)
    mentions[change] = dataclasses.replace(mentions[change], end=mentions[change].end - 1)
    worse = rescored(dataclasses.replace(perfect(), mentions=tuple(mentions)))
    assert worse.labels["VALUE"] == pytest.approx(2 / 3)
    assert worse.entities < 1.0
