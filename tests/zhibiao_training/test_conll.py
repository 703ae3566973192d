"""CoNLL: the mentions survive, white space too, and the loss of the rest is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhibiao_training.brackets import read_brackets
from zhibiao_training.conll import ConllError, read_conll, write_conll
from zhibiao_training.passage import GoldMention, Passage


def test_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    passage = read_brackets("⟦M1:产\n值⟧ ⟦V1 M1 yoy+ est:９亿⟧😀\r\u3000⟦R1:沪⟧", "甲")
    remarks = write_conll([passage, Passage("乙", "无", ())], path)
    assert remarks == ["CoNLL holds mentions only: 1 links, 2 attributes and the names of 2 passages were left out"]
    assert path.read_text(encoding="utf-8") == (
        "产\tB-METRIC\nU+000A\tI-METRIC\n值\tE-METRIC\nU+0020\tO\n９\tB-VALUE\n亿\tE-VALUE\n😀\tO\nU+000D\tO\nU+3000\tO\n沪\tS-REGION\n\n"
        "无\tO\n\n"
    )
    first, second = read_conll(path)
    assert (first.text, first.name) == (passage.text, "a-1")
    assert [(m.start, m.end, m.label, m.attributes) for m in first.mentions] == [
        (m.start, m.end, m.label, ()) for m in passage.mentions
    ]
    # What the file does not name is unmarked, not absent.
    assert (first.links, first.link_types, first.attributes) == ((), (), False)
    assert (second.text, second.mentions) == ("无", ())


def test_a_file_from_windows_without_a_last_blank_line(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_bytes("\ufeff今\tB-PERIOD\r\n年\tE-PERIOD\r\n\r\n\r\n沪\tS-REGION".encode())
    assert [p.mentions for p in read_conll(path)] == [(GoldMention(0, 2, "PERIOD"),), (GoldMention(0, 1, "REGION"),)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("产值\tS-METRIC", "line 1: '产值.*' is no character"),
        ("产 S-METRIC", "line 1"),
        ("产\tO\n值\tB-GPE", "line 2"),
        ("产\tB-METRIC\n值\tO", "O may not stand .* character 2"),
        ("产\tB-METRIC", "may not stand .* character 2"),
        ("产\tB-METRIC\n值\tE-VALUE", "E-VALUE may not"),
        ("值\tE-VALUE", "E-VALUE may not stand .* character 1"),
        ("产\tB-METRIC\n值\tS-METRIC", "S-METRIC may not"),
    ],
)
def test_what_cannot_be_read_is_named(lines: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(ConllError, match=message):
        read_conll(path)


def test_a_passage_without_text_would_vanish(tmp_path: Path) -> None:
    with pytest.raises(ConllError, match="without text"):
        write_conll([Passage("甲", "", ())], tmp_path / "a.conll")
