"""Reading corpora: other people's files say only what they mark."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import pytest

from zhibiao_training.config import CorpusConfig
from zhibiao_training.corpus import read_folder, read_standoff
from zhibiao_training.stream import read_corpus

ROWS = [
    {
        "text": "甲公司今年卖出9台",
        "entities": [
            {"id": 4, "label": "ORG", "start_offset": 0, "end_offset": 3},
            {"id": 5, "label": "PERIOD", "start_offset": 3, "end_offset": 5},
            {"id": 6, "label": "VALUE", "start_offset": 7, "end_offset": 9},
            {"id": 7, "label": "VALUE", "start_offset": 7, "end_offset": 8},
        ],
        "relations": [
            {"id": 0, "type": "in_period", "from_id": 6, "to_id": 5},
            {"id": 1, "type": "of_org", "from_id": 7, "to_id": 4},
        ],
    },
    {"text": "天气晴好", "entities": [], "relations": []},
]


@pytest.fixture
def standoff(tmp_path: Path) -> Path:
    path = tmp_path / "others.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    return path


def test_a_set_supervises_only_what_it_marks(standoff: Path) -> None:
    first, second = read_standoff(standoff)
    assert first.labels == second.labels == ("ORG", "PERIOD", "VALUE")
    assert first.link_types == ("in_period", "of_org")
    assert not first.attributes


def test_of_two_overlapping_mentions_the_longer_stays(standoff: Path) -> None:
    first, _ = read_standoff(standoff)
    assert [first.text[m.start : m.end] for m in first.mentions] == ["甲公司", "今年", "9台"]
    assert [(link.type, link.head, link.tail) for link in first.links] == [("in_period", 2, 1)]


def test_only_passages_that_hold_a_label(standoff: Path) -> None:
    config = CorpusConfig(standoff, "standoff", 1.0, "others", only=("VALUE",))
    assert [p.text for p in read_corpus(config, random.Random(0))] == ["甲公司今年卖出9台"]


def test_an_unknown_kind_is_named(standoff: Path) -> None:
    with pytest.raises(ValueError, match="'parquet'"):
        read_corpus(CorpusConfig(standoff, "parquet", 1.0), random.Random(0))


def test_a_folder_without_annotations(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no \*\.ann\.txt"):
        read_folder(tmp_path)


def test_plain_text_is_cut_and_lines_without_numbers_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "news.txt"
    path.write_text("没有数字的一行，" * 9 + "\n" + "产值达到12亿元，" * 60 + "\n", encoding="utf-8")
    pieces = read_corpus(CorpusConfig(path, "plain", 1.0), random.Random(0))
    assert [len(p.text) for p in pieces] == [254, 254, 32]
    assert all(p.labels == () for p in pieces)
