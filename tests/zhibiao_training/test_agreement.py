"""Agreement: counted as models are counted, the same from either side, and every difference can be found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from zhibiao_training.agreement import Agreement, compare, render_lines
from zhibiao_training.brackets import read_brackets, write_brackets
from zhibiao_training.cli import main
from zhibiao_training.evaluate import Tally
from zhibiao_training.passage import Passage
from zhibiao_training.standoff import write_rows

A = "⟦P1:去年⟧⟦R1:甲市⟧⟦M1 R1 P1:工业产值⟧⟦V1 M1:9元⟧，增⟦V2 M1 yoy+:8%⟧，⟦O1:甲厂⟧⟦M2 O1 P1:税收⟧⟦V3 M2:3元⟧"
# The METRIC cut short, another attribute, the second METRIC without its organisation.
B = "⟦P1:去年⟧⟦R1:甲市⟧工业⟦M1 R1 P1:产值⟧⟦V1 M1:9元⟧，增⟦V2 M1 chg+:8%⟧，⟦O1:甲厂⟧⟦M2 P1:税收⟧⟦V3 M2:3元⟧"


def read(**marked: str) -> list[Passage]:
    return [read_brackets(words, name) for name, words in marked.items()]


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.both, tally.first, tally.second


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return compare(read(a=A, b="去年⟦R1:甲市⟧"), read(a=B, b="⟦P1:去年⟧⟦R1:甲市⟧"))


def test_mentions_by_label_and_overall(agreement: Agreement) -> None:
    """Strict: a METRIC cut short is another METRIC."""
    assert counts(agreement.counts.mentions["METRIC"]) == (1, 2, 2)
    assert counts(agreement.counts.mentions["PERIOD"]) == (1, 1, 2)
    assert counts(agreement.counts.mentions["SUBJECT"]) == (0, 0, 0)
    assert counts(agreement.counts.mentions["all"]) == (8, 9, 10)
    assert agreement.counts.mentions["all"].f1 == pytest.approx(16 / 19)


def test_links_are_told_by_the_value_and_the_words(agreement: Agreement) -> None:
    """A VALUE has its METRIC's links; a METRIC that differs does not make region and period differ with it."""
    assert counts(agreement.counts.links["value_of"]) == (1, 3, 3)
    assert counts(agreement.counts.links["in_region"]) == (2, 2, 2)
    assert counts(agreement.counts.links["in_period"]) == (3, 3, 3)
    assert counts(agreement.counts.links["of_org"]) == (0, 1, 0)


def test_the_organisation_parts_core_and_full_facts(agreement: Agreement) -> None:
    assert counts(agreement.counts.core) == (1, 3, 3)
    assert counts(agreement.counts.full) == (0, 3, 3)


def test_attributes_of_the_values_in_both(agreement: Agreement) -> None:
    assert (agreement.counts.attributes_alike, agreement.counts.attributes_of) == (2, 3)


def test_another_mention_of_the_same_words_will_do() -> None:
    """Two readers may link to two mentions of one region; readers of the table see no difference."""
    one, other = "⟦R1:甲市⟧，⟦R2:甲市⟧⟦M1 R1:产值⟧⟦V1 M1:9元⟧", "⟦R1:甲市⟧，⟦R2:甲市⟧⟦M1 R2:产值⟧⟦V1 M1:9元⟧"
    assert compare(read(a=one), read(a=other)).counts.full.f1 == 1.0


def test_a_link_of_the_value_itself_counts_as_that_of_its_metric() -> None:
    one, other = "⟦R1:甲市⟧⟦M1 R1:产值⟧⟦V1 M1:9元⟧", "⟦R1:甲市⟧⟦M1:产值⟧⟦V1 M1 R1:9元⟧"
    assert compare(read(a=one), read(a=other)).counts.links["in_region"].f1 == 1.0


def test_the_subject_stands_with_the_metric_and_by_itself() -> None:
    one, other = "⟦S1:稻米⟧的⟦M1 S1:产量⟧⟦V1 M1:9吨⟧", "⟦S1:稻米⟧的⟦M1:产量⟧⟦V1 M1:9吨⟧"
    links = compare(read(a=one), read(a=other)).counts.links
    assert counts(links["value_of"]) == (0, 1, 1)
    assert counts(links["of_subject"]) == (0, 1, 0)


def test_it_is_the_same_from_either_side(agreement: Agreement) -> None:
    """Neither reader is the gold."""
    turned = compare(read(a=B, b="⟦P1:去年⟧⟦R1:甲市⟧"), read(a=A, b="去年⟦R1:甲市⟧"))
    for name, tally in (agreement.counts.mentions | agreement.counts.links).items():
        assert tally.f1 == (turned.counts.mentions | turned.counts.links)[name].f1
    assert (turned.counts.core.f1, turned.counts.full.f1, turned.kappa) == pytest.approx(
        (agreement.counts.core.f1, agreement.counts.full.f1, agreement.kappa)
    )
    assert turned.counts.attributes == agreement.counts.attributes


def test_kappa_by_hand() -> None:
    """Ten characters; one reads four of them as REGION, the other two of these: 0.8 observed, 0.56 by chance."""
    kappa = compare(read(a="⟦R1:甲市乙县⟧产值达到九元"), read(a="⟦R1:甲市⟧乙县产值达到九元")).kappa
    assert kappa == pytest.approx((0.8 - 0.56) / (1 - 0.56))
    assert compare(read(a="天晴"), read(a="天晴")).kappa == 1.0


def test_every_difference_is_listed(agreement: Agreement) -> None:
    """What overlaps is told together, in the words of the text."""
    first, second = agreement.passages
    assert [(d.start, d.words, d.first, d.second) for d in first.disagreements] == [
        (4, "工业产值", "METRIC", "METRIC 产值"),
        (8, "9元", "metric 工业产值", "metric 产值"),
        (12, "8%", "attributes yoy+", "attributes chg+"),
        (12, "8%", "metric 工业产值", "metric 产值"),
        (19, "3元", "org 甲厂", "org —"),
    ]
    assert [(d.words, d.first, d.second) for d in second.disagreements] == [("去年", "—", "PERIOD")]


def test_a_value_without_a_metric_in_one_reading() -> None:
    [passage] = compare(read(a="⟦M1:产值⟧⟦V1 M1:9元⟧"), read(a="⟦M1:产值⟧⟦V1:9元⟧")).passages
    assert [(d.words, d.first, d.second) for d in passage.disagreements] == [("9元", "metric 产值", "no METRIC")]


def test_texts_must_be_the_same() -> None:
    """A text that was edited shifts all offsets: no figure would mean anything. A line end at the end does no harm."""
    with pytest.raises(ValueError, match=r"^b: the texts .* differ from offset 1: '市' and '县'"):
        compare(read(a=A, b="甲市"), read(a=A, b="甲县"))
    assert compare(read(a=A), read(a=A + "\n")).counts.mentions["all"].f1 == 1.0


def test_passages_in_one_reading_only_are_named_and_do_not_count() -> None:
    agreement = compare(read(a=A, b="甲"), read(a=A, c="乙"))
    assert (agreement.only_first, agreement.only_second) == (("b",), ("c",))
    assert counts(agreement.counts.mentions["all"]) == (8, 8, 8)
    assert any("1 in the first only: b" in line for line in render_lines(agreement))
    with pytest.raises(ValueError, match="no passage stands in both"):
        compare(read(b="甲"), read(c="乙"))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Folders and standoff files alike, the passages that agree least first, and the same figures as JSON."""
    first, second, out = tmp_path / "first", tmp_path / "second.jsonl", tmp_path / "out.json"
    first.mkdir()
    for passage in read(a=A, b="去年⟦R1:甲市⟧", c=A):
        (first / f"{passage.name}.ann.txt").write_text(write_brackets(passage), encoding="utf-8")
    write_rows(read(a=B, b="⟦P1:去年⟧⟦R1:甲市⟧", c=A), second)
    assert main(["agreement", str(first), str(second), "--json", str(out), "--worst", "5"]) == 0
    told = capsys.readouterr().out
    assert told.index("\na: F1") < told.index("\nb: F1")
    assert "\nc: F1" not in told
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["passages"] == 3
    assert figures["mentions"]["METRIC"] == {"f1": 0.75, "first": 4, "second": 4, "alike": 3}
    assert {"passage": "b", "start_offset": 0, "words": "去年", "first": "—", "second": "PERIOD"} in figures["disagreements"]


def test_two_passages_of_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which of them was read again would be a guess."""
    write_rows([*read(a=A), replace(*read(a=B))], tmp_path / "a.jsonl")
    assert main(["agreement", str(tmp_path / "a.jsonl"), str(tmp_path / "a.jsonl")]) == 2
    assert "2 passages bear the name 'a'" in capsys.readouterr().err
