"""brat's folders: mentions over line breaks, links and attributes are kept; what has no place in a passage is refused or told."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhibiao.labels import LINK_TYPES
from zhibiao_training.brackets import read_brackets
from zhibiao_training.brat import BratError, annotation_configuration, from_document, read_brat, to_document, write_brat
from zhibiao_training.passage import GoldLink, GoldMention, Passage
from zhibiao_training.standoff import StandoffError

TEXT = "松岭\n县 ８月茶叶产量9吨，增8%🍵。甲公司"
# As brat's server saves it: in the order of editing, a tab after relations, notes with their text behind another tab.
SAVED = (
    "T2\tPERIOD 5 7\t８月\n"
    "T1\tREGION 0 2;3 4\t松岭 县\n"
    "T3\tMETRIC 7 11\t茶叶产量\n"
    "T5\tVALUE 11 13\t9吨\n"
    "R1\tvalue_of Arg1:T5 Arg2:T3\t\n"
    "T6\tVALUE 15 17\t8%\n"
    "A1\tchange T6 yoy+\n"
    "R4\tvalue_of Arg1:T6 Arg2:T3\t\n"
    "A2\tstatus T6 est\n"
    "R2\tin_region Arg1:T3 Arg2:T1\t\n"
    "#1\tAnnotatorNotes T6\t同比？\n"
    "T7\tORG 19 22\t甲公司\n"
)


def test_a_saved_document() -> None:
    passage, notes = from_document(TEXT, SAVED, "甲", {"id": "甲", "source": "local", "split": "dev"})
    assert notes == 1
    assert (passage.source, passage.split) == ("local", "dev")
    assert [passage.text[m.start : m.end] for m in passage.mentions] == [
        "松岭\n县", "８月", "茶叶产量", "9吨", "8%", "甲公司",
    ]  # fmt: skip
    assert passage.mentions[4] == GoldMention(15, 17, "VALUE", ("yoy+", "est"))
    assert passage.links == (GoldLink("in_region", 2, 0), GoldLink("value_of", 3, 2), GoldLink("value_of", 4, 2))


def test_a_written_document() -> None:
    passage = read_brackets("⟦M1:茶叶\r\n\n产量⟧\u2028⟦V1 M1 target chg-:1 吨⟧", "乙")
    assert to_document(passage) == (
        "T1\tMETRIC 0 2;5 7\t茶叶 产量\n"
        "T2\tVALUE 8 11\t1 吨\n"
        "R1\tvalue_of Arg1:T2 Arg2:T1\t\n"
        "A1\tstatus T2 target\n"
        "A2\tchange T2 chg-\n"
    )  # fmt: skip
    assert from_document(passage.text, to_document(passage), "乙") == (passage, 0)


def test_line_endings_of_windows_counted_either_way() -> None:
    text = "产值\r\n９亿\r\n元。\r\n增5%"
    twice = "T1\tMETRIC 0 2\t产值\nT2\tVALUE 4 6;8 9\t９亿 元\nT3\tVALUE 13 15\t5%\n"
    once = "T1\tMETRIC 0 2\t产值\r\nT2\tVALUE 3 5;6 7\t９亿 元\r\nT3\tVALUE 10 12\t5%\r\n"
    passage, _ = from_document(text, twice, "丙")
    assert [text[m.start : m.end] for m in passage.mentions] == ["产值", "９亿\r\n元", "5%"]
    assert from_document(text, once, "丙") == (passage, 0)


def test_fragments_of_old_versions_stand_without_a_space() -> None:
    passage, _ = from_document("松岭\n县", "T1\tREGION 0 2;3 4\t松岭县\n", "丁")
    assert passage.mentions == (GoldMention(0, 4, "REGION"),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("E1\tGrowth:T5 Of:T3", r"line 13: 'E1\\tGrowth"),
        ("*\tEquiv T1 T2", "Equiv"),
        ("N1\tReference T1 GB2260:110000\t松岭县", "N1"),
        ("A3\tNegation T6", "Negation"),
        ("A3\tchange R1 yoy+", "A3"),
        ("A3\tchange T9 yoy+", "there is no T9"),
        ("A3\tchange T3 yoy+", "METRIC '茶叶产量' may not carry"),
        ("A3\tchange T5 qoq+", r"may not carry qoq\+"),
        ("R3\tvalue_of Arg1:T5 Arg2:T9", "leads to no entity"),
        ("T7\tORG 19 22\t甲公司", "T7 is used twice"),
        ("T8\tORG 13 14", "T8"),
        ("T8\tSUBJECT 13 15\t公司", r"offsets of T8, \[\(13, 15\)\], do not lead to '公司'"),
        ("T8\tSUBJECT 13 99\t公司", "T8"),
        ("T8\tSUBJECT 13 14;17 18\t， 🍵", "'增8%' stands between its fragments"),
        ("T8\tGPE 13 14\t，", "the label 'GPE'"),
    ],
)
def test_lines_that_are_no_part_of_a_passage(line: str, message: str) -> None:
    with pytest.raises((BratError, StandoffError), match=message):
        from_document(TEXT, f"{SAVED}{line}\n", "甲")


def test_a_mention_cannot_end_in_a_line_break() -> None:
    for start, end in ((0, 3), (2, 3), (2, 5)):
        with pytest.raises(BratError, match=f"REGION at {start} begins or ends with a line break"):
            to_document(Passage("戊", "松岭\n县城", (GoldMention(start, end, "REGION"),)))


def test_folders(tmp_path: Path) -> None:
    passages = [from_document(TEXT, SAVED, "甲", {"source": "local", "split": "dev"})[0], Passage("乙", "无事。\r\n", ())]
    folder = tmp_path / "brat"
    write_brat(passages, folder)
    assert {path.name for path in folder.iterdir()} == {
        "甲.txt", "甲.ann", "乙.txt", "乙.ann", "annotation.conf", "manifest.json",
    }  # fmt: skip
    assert (folder / "乙.txt").read_bytes() == "无事。\r\n".encode()
    assert read_brat(folder) == ([passages[1], passages[0]], [])
    (folder / "甲.ann").write_text(SAVED, encoding="utf-8")
    (folder / "manifest.json").unlink()  # brat does not know it
    assert read_brat(folder)[1] == ["1 notes in brat were left out"]
    (folder / "乙.ann").unlink()
    with pytest.raises(FileNotFoundError, match=r"乙\.ann"):
        read_brat(folder)


def test_the_configuration_has_every_section_and_link() -> None:
    lines = annotation_configuration().splitlines()
    assert [line for line in lines if line.startswith("[")] == ["[entities]", "[relations]", "[events]", "[attributes]"]
    assert [line.split("\t")[0] for line in lines if "Arg1:" in line] == list(LINK_TYPES)
    assert "of_subject\tArg1:METRIC|VALUE, Arg2:METRIC|SUBJECT" in lines
    assert "status\tArg:VALUE, Value:est|target" in lines
