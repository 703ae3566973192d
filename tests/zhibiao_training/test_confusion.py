"""Confusion: every mention is counted once, and a wrong boundary is told from a wrong label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.labels import LABELS
from zhibiao_training.confusion import NONE, Confusion, Span, confuse


def cell(confusion: Confusion, gold: str, found: str) -> int:
    return confusion.cells[confusion.labels.index(gold)][confusion.labels.index(found)]


@pytest.mark.parametrize(
    ("gold", "found", "kind"),
    [
        (("METRIC", 0, 4), ("METRIC", 0, 4), "right"),
        (("METRIC", 0, 4), ("METRIC", 1, 4), "boundary"),
        (("METRIC", 0, 4), ("SUBJECT", 0, 4), "label"),
        (("METRIC", 0, 4), ("SUBJECT", 0, 2), "both"),
    ],
)
def test_kinds_of_errors(gold: Span, found: Span, kind: str) -> None:
    confusion = confuse([([gold], [found])])
    assert cell(confusion, gold[0], found[0]) == 1
    assert {name for name, count in confusion.kinds["METRIC"].items() if count} == {kind}


def test_what_overlaps_nothing_is_missed_or_added() -> None:
    confusion = confuse([([("ORG", 0, 2)], [("REGION", 2, 4)])])
    assert (cell(confusion, "ORG", NONE), cell(confusion, NONE, "REGION")) == (1, 1)
    assert (confusion.kinds["ORG"]["missed"], confusion.kinds["REGION"]["added"]) == (1, 1)


def test_the_better_overlap_is_the_pair_and_of_equals_that_of_one_label() -> None:
    """A METRIC that was torn in two: one half is a boundary error, the other was added."""
    torn = confuse([([("METRIC", 0, 4)], [("SUBJECT", 0, 2), ("METRIC", 2, 4)])])
    assert (cell(torn, "METRIC", "METRIC"), cell(torn, NONE, "SUBJECT")) == (1, 1)
    larger = confuse([([("METRIC", 0, 4)], [("SUBJECT", 0, 3), ("METRIC", 3, 4)])])
    assert (cell(larger, "METRIC", "SUBJECT"), cell(larger, NONE, "METRIC")) == (1, 1)


def spans() -> st.SearchStrategy[list[Span]]:
    marks = st.lists(st.tuples(st.sampled_from(LABELS), st.integers(1, 4), st.integers(0, 2)), max_size=8)

    def place(parts: list[tuple[str, int, int]]) -> list[Span]:
        told, at = [], 0
        for label, length, gap in parts:
            told.append((label, at + gap, at + gap + length))
            at += gap + length
        return told

    return marks.map(place)


@given(spans(), spans())
def test_every_mention_is_counted_once(gold: list[Span], found: list[Span]) -> None:
    """Rows add up to the gold mentions of a label, columns to the found ones."""
    confusion = confuse([(gold, found)])
    for number, label in enumerate(confusion.labels[:-1]):
        assert sum(confusion.cells[number]) == sum(span[0] == label for span in gold)
        assert sum(row[number] for row in confusion.cells) == sum(span[0] == label for span in found)
    right = sum(row["right"] for row in confusion.kinds.values())
    assert right == len(set(gold) & set(found))
