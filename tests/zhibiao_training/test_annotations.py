"""The passages in annotations/corpus: every one can be learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhibiao.labels import LINK_HEADS, LINK_TAILS
from zhibiao_training.brackets import read_brackets, write_brackets
from zhibiao_training.corpus import read_folder
from zhibiao_training.passage import Passage

CORPUS = Path(__file__).parents[2] / "annotations" / "corpus"


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return read_folder(CORPUS)


def test_every_passage_reads_and_writes_back(passages: list[Passage]) -> None:
    for passage in passages:
        assert read_brackets(write_brackets(passage), passage.name, passage.source) == passage


def test_links_are_legal(passages: list[Passage]) -> None:
    for passage in passages:
        for link in passage.links:
            head, tail = passage.mentions[link.head].label, passage.mentions[link.tail].label
            assert head in LINK_HEADS[link.type], passage.name
            assert tail in LINK_TAILS[link.type], passage.name


def test_no_mention_begins_or_ends_in_white_space(passages: list[Passage]) -> None:
    for passage in passages:
        for mention in passage.mentions:
            words = passage.text[mention.start : mention.end]
            assert words == words.strip(), (passage.name, words)


def test_no_two_passages_are_alike(passages: list[Passage]) -> None:
    """A run of 40 characters that stands in two passages is a passage written twice."""
    seen: dict[str, str] = {}
    for passage in passages:
        words = "".join(passage.text.split())
        for at in range(len(words) - 39):
            other = seen.setdefault(words[at : at + 40], passage.name)
            assert other == passage.name, words[at : at + 40]
