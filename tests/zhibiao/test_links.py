"""Linking: probabilities into links that the contract allows."""

from __future__ import annotations

import numpy as np
import pytest

from zhibiao.characters import CharacterTable
from zhibiao.encoder import LinkScores
from zhibiao.labels import DIRECTIONS, KINDS, LABELS, LINK_HEADS, LINK_TAILS, LINK_TYPES, STATUSES
from zhibiao.links import link_spans
from zhibiao.mentions import FoundSpan

TEXT = "甲区今年产值为9元，增长8%，乙区为7元"
WORDS = [
    ("甲区", "REGION"),
    ("今年", "PERIOD"),
    ("产值", "METRIC"),
    ("9元", "VALUE"),
    ("8%", "VALUE"),
    ("乙区", "REGION"),
    ("7元", "VALUE"),
]
REGION_A, PERIOD, METRIC, LEVEL, CHANGE, REGION_B, OTHER = range(7)


class Scripted:
    """A backend whose linker says what the test wants: logits by (type, head, tail), tail None for none."""

    table = CharacterTable.extended(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    threads = 1

    def __init__(self, wanted: dict[tuple[str, int, int | None], float]) -> None:
        self.wanted = wanted

    def encode(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError

    def link(self, spans: np.ndarray, labels: np.ndarray, features: np.ndarray) -> LinkScores:
        count = len(labels)
        links = np.full((len(LINK_TYPES), count, count + 1), -1e4, dtype=np.float32)
        links[:, :, -1] = 0.0
        for (kind, head, tail), logit in self.wanted.items():
            links[LINK_TYPES.index(kind), head, count if tail is None else tail] = logit
        kinds = np.zeros((count, len(KINDS)), dtype=np.float32)
        kinds[min(CHANGE, count - 1), KINDS.index("yoy")] = 5
        directions = np.zeros((count, len(DIRECTIONS)), dtype=np.float32)
        directions[:, DIRECTIONS.index("+")] = 5
        statuses = np.zeros((count, len(STATUSES)), dtype=np.float32)
        statuses[min(OTHER, count - 1), STATUSES.index("target")] = 5
        return LinkScores(links, kinds, directions, statuses)


def link(wanted: dict[tuple[str, int, int | None], float]) -> tuple[list, set[tuple[str, int, int]]]:
    spans = [
        FoundSpan(TEXT.index(w), TEXT.index(w) + len(w), LABELS.index(label), 0.9, np.zeros(4, dtype=np.float32))
        for w, label in WORDS
    ]
    mentions, links = link_spans(TEXT, spans, Scripted(wanted))
    return mentions, {(item.type, item.head, item.tail) for item in links}


VALUES_OF = {("value_of", value, METRIC): 9.0 for value in (LEVEL, CHANGE, OTHER)}


def test_a_metrics_region_holds_for_its_values() -> None:
    heads = (METRIC, LEVEL, CHANGE, OTHER)
    _, links = link(VALUES_OF | {("in_region", head, REGION_A): 9.0 for head in heads})
    assert {item for item in links if item[0] == "in_region"} == {("in_region", METRIC, REGION_A)}


def test_a_value_that_disagrees_gets_a_link_of_its_own() -> None:
    wanted = {("in_region", head, REGION_A): 9.0 for head in (METRIC, LEVEL, CHANGE)} | {("in_region", OTHER, REGION_B): 9.0}
    _, links = link(VALUES_OF | wanted)
    assert ("in_region", METRIC, REGION_A) in links
    assert ("in_region", OTHER, REGION_B) in links
    assert ("in_region", LEVEL, REGION_A) not in links


def test_none_wins_where_it_is_likelier() -> None:
    _, links = link({("value_of", LEVEL, METRIC): -1.0})
    assert links == set()


def test_two_tails_of_nearly_the_same_weight_are_both_taken() -> None:
    heads = (METRIC, LEVEL)
    wanted = {("in_region", head, region): weight for head in heads for region, weight in ((REGION_A, 9.0), (REGION_B, 8.9))}
    _, links = link({("value_of", LEVEL, METRIC): 9.0} | wanted)
    assert {item for item in links if item[0] == "in_region"} == {
        ("in_region", METRIC, REGION_A),
        ("in_region", METRIC, REGION_B),
    }


def test_a_metric_that_nothing_measures_is_dropped_with_its_links() -> None:
    mentions, links = link({("in_region", METRIC, REGION_A): 9.0})
    assert "METRIC" not in [m.label for m in mentions]
    assert [m.id for m in mentions] == list(range(6))
    assert links == set()


def test_a_metric_that_only_another_is_of_stays() -> None:
    words = [(0, 2, "METRIC"), (2, 4, "METRIC"), (4, 6, "VALUE"), (6, 8, "SUBJECT")]
    spans = [FoundSpan(a, b, LABELS.index(label), 0.9, np.zeros(4, dtype=np.float32)) for a, b, label in words]
    wanted = {("value_of", 2, 1): 9.0, ("of_subject", 1, 0): 9.0, ("of_subject", 2, 0): 9.0}
    mentions, links = link_spans("项目产值9元品种", spans, Scripted(wanted))
    assert [m.label for m in mentions] == ["METRIC", "METRIC", "VALUE"]
    assert {(item.type, item.head, item.tail) for item in links} == {("value_of", 2, 1), ("of_subject", 1, 0)}


def test_mentions_of_equal_words_are_weighed_together() -> None:
    """Two mentions of 甲区 at 0.3 each outweigh one of 乙区 at 0.4."""
    text = "甲区乙区甲区产值9元"
    words = [(0, 2, "REGION"), (2, 4, "REGION"), (4, 6, "REGION"), (6, 8, "METRIC"), (8, 10, "VALUE")]
    spans = [FoundSpan(a, b, LABELS.index(label), 0.9, np.zeros(4, dtype=np.float32)) for a, b, label in words]
    logits = {("value_of", 4, 3): 9.0}
    for head in (3, 4):
        logits |= {("in_region", head, tail): float(np.log(p)) for tail, p in ((0, 0.31), (1, 0.4), (2, 0.28))}
        logits[("in_region", head, None)] = -9.0
    _, links = link_spans(text, spans, Scripted(logits))
    assert [(item.tail, item.score) for item in links if item.type == "in_region"] == [(0, pytest.approx(0.59, abs=0.01))]


def test_attributes_belong_to_values_and_a_level_has_no_direction() -> None:
    mentions, _ = link(VALUES_OF)
    assert [m.attributes for m in mentions] == [(), (), (), (), ("yoy+",), (), ("target",)]


@pytest.mark.parametrize("kind", LINK_TYPES)
def test_every_link_type_has_heads_and_tails(kind: str) -> None:
    assert LINK_HEADS[kind] <= {"VALUE", "METRIC"}
    assert LINK_TAILS[kind] <= set(LABELS)
