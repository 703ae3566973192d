"""doccano's JSONL: what it exports is read with links and attributes, and what it would lose or miscount is written around."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zhibiao_training.brackets import read_brackets
from zhibiao_training.doccano import DoccanoError, from_row, read_doccano, to_row, write_doccano
from zhibiao_training.passage import GoldLink, Passage
from zhibiao_training.standoff import StandoffError

# As doccano 1.8 exports a project with relation labelling: its own numbers, metadata beside them, slashes escaped by pandas.
EXPORTED = (
    r'{"id":417,"text":"😀青禾镇1\/2月\n茶叶产量为３吨，增长5%。","name":"甲-1","genre":"local","split":"dev","entities":['
    r'{"id":9003,"label":"VALUE yoy+ target","start_offset":20,"end_offset":22},'
    r'{"id":9001,"label":"REGION","start_offset":2,"end_offset":5},{"id":9002,"label":"PERIOD","start_offset":5,"end_offset":9},'
    r'{"id":9005,"label":"METRIC","start_offset":10,"end_offset":14},{"id":9004,"label":"VALUE","start_offset":15,"end_offset":17}'
    r'],"relations":[{"id":55,"from_id":9003,"to_id":9005,"type":"value_of"},{"id":54,"from_id":9005,"to_id":9001,"type":"in_region"}'
    r'],"Comments":[]}'
)


def test_an_export_with_relations() -> None:
    passage = from_row(json.loads(EXPORTED))
    assert (passage.name, passage.source, passage.split) == ("甲-1", "local", "dev")
    words = [(m.label, passage.text[m.start : m.end], m.attributes) for m in passage.mentions]
    assert words == [
        ("REGION", "青禾镇", ()), ("PERIOD", "1/2月", ()), ("METRIC", "茶叶产量", ()), ("VALUE", "３吨", ()),
        ("VALUE", "5%", ("yoy+", "target")),
    ]  # fmt: skip
    assert passage.links == (GoldLink("in_region", 2, 0), GoldLink("value_of", 4, 2))


def test_without_relation_labelling_the_corpus_marks_no_links() -> None:
    row = {"id": 8, "text": "产值9亿元", "label": [[0, 2, "METRIC"], [2, 5, "VALUE est"]], "Comments": []}
    passage = from_row(row)
    assert passage.name == "8"
    assert passage.link_types == ()
    assert [m.attributes for m in passage.mentions] == [(), ("est",)]
    assert from_row({"id": 8, "text": "产值9亿元", "labels": [[0, 2, "METRIC"]]}).link_types == ()


def test_a_document_added_in_doccano_has_no_name_of_ours() -> None:
    row = {
        "id": 31,
        "text": "无数字",
        "name": None,
        "genre": None,
        "split": None,
        "entities": [],
        "relations": [],
        "Comments": [],
    }
    assert from_row(row) == Passage("31", "无数字", ())


def test_the_row_to_import() -> None:
    passage = read_brackets("🍵⟦M1:产量⟧\r\n⟦V1 M1 chg-:３\r\n吨⟧", "乙")
    row = to_row(passage)
    # An "id" of ours would come back in place of doccano's, and a column missing from some rows would be filled with NaN.
    assert row.keys() == {"text", "entities", "relations", "name", "genre", "split"}
    assert "\r" not in row["text"]
    # In UTF-16 code units: the emoji takes two.
    assert [(e["label"], e["start_offset"], e["end_offset"]) for e in row["entities"]] == [
        ("METRIC", 2, 4),
        ("VALUE chg-", 6, 10),
    ]
    assert from_row(row) == passage


def test_comments_are_told(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    row = json.loads(EXPORTED) | {"Comments": ["单位不明", "查原文"]}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    passages, remarks = read_doccano(path)
    assert len(passages) == 1
    assert remarks == ["2 comments in doccano were left out"]
    write_doccano(passages, path)
    assert read_doccano(path) == (passages, [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": None}, "no row of doccano's"),
        ({"entities": [{"id": 1, "start_offset": 0, "end_offset": 2}]}, "no row of doccano's: KeyError\\('label'\\)"),
        ({"entities": [{"id": 1, "label": " ", "start_offset": 0, "end_offset": 2}]}, "no row of doccano's"),
        ({"entities": [{"id": 1, "label": "VALUE", "start_offset": 1, "end_offset": 2}]}, "1:2 does not lie between characters"),
        ({"entities": [{"id": 1, "label": "VALUE", "start_offset": 2, "end_offset": 99}]}, "2:99 does not lie"),
        ({"entities": [{"id": 1, "label": "METRIC yoy+", "start_offset": 2, "end_offset": 4}]}, "METRIC .* may not carry yoy\\+"),
        ({"entities": [{"id": 1, "label": "VALUE qoq", "start_offset": 2, "end_offset": 4}]}, "may not carry qoq"),
        ({"relations": [{"id": 1, "type": "value_of", "from_id": 1, "to_id": 2}]}, "leads to no entity"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises((DoccanoError, StandoffError), match=message):
        from_row({"id": 1, "name": "丙", "text": "😀产值", "entities": [], "relations": []} | change, "all.jsonl, line 1")


def test_lines_that_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    for line in ("{", "[]"):
        path.write_text(line, encoding="utf-8")
        with pytest.raises(DoccanoError, match="line 1: no JSON"):
            read_doccano(path)


def test_the_picture_of_a_carriage_return_is_taken() -> None:
    with pytest.raises(DoccanoError, match="␍"):
        to_row(Passage("丁", "按␍键", ()))
