"""Checks of a corpus: each is seen to fire and to stay silent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from zhibiao_training.brackets import read_brackets
from zhibiao_training.check import (
    check_folder,
    check_labels,
    check_likeness,
    check_passage,
    read_explained,
    render_lines,
    rewrite,
    unexplained,
)
from zhibiao_training.cli import main
from zhibiao_training.counts import count, tables
from zhibiao_training.passage import GoldLink, GoldMention, Passage


def kinds(marked: str) -> set[str]:
    return {finding.kind for finding in check_passage(read_brackets(marked, "p"))}


# kind, what it finds, what it leaves alone
CASES = [
    ("value-approximator", "⟦M1:茶园⟧近⟦V1 M1:30亩⟧", "⟦M1:茶园⟧⟦V1 M1:近30亩⟧"),
    ("value-approximator", "⟦M1:茶园⟧有⟦V1 M1:30亩⟧以上", "⟦M1:茶园⟧有⟦V1 M1:30亩以上⟧"),
    ("value-approximator", "⟦M1:产值⟧首次过⟦V1 M1:9亿元⟧", "⟦M1:产值⟧跨过⟦V1 M1:9亿元⟧"),
    ("value-approximator", "⟦M1:合同⟧约⟦V1 M1:9份⟧", "新签约⟦V1 M1:9份⟧⟦M1:合同⟧"),
    ("value-reach", "⟦M1:产值⟧⟦V1 M1:突破9亿元⟧", "⟦M1:产值⟧突破⟦V1 M1:9亿元⟧"),
    ("value-torn", "⟦M1:产值⟧1⟦V1 M1:9亿元⟧", "⟦M1:产值⟧⟦V1 M1:19亿元⟧"),
    ("value-torn", "⟦M1:产值⟧⟦V1 M1:9⟧亿元", "⟦M1:产值⟧⟦V1 M1:9亿元⟧台阶"),
    ("value-torn", "⟦M1:产值⟧翻了⟦V1 M1 chg+:一番⟧", "⟦M1:产值⟧⟦V1 M1 chg+:翻了一番⟧"),
    ("range-torn", "⟦M1:单价⟧在⟦V1 M1:3元⟧至⟦V2 M1:5元⟧之间", "⟦M1:单价⟧涨⟦V1 M1 chg+:3元⟧至⟦V2 M1:5元⟧"),
    ("period-front", "⟦P1:到2031年⟧，⟦M1 P1:茶园⟧⟦V1 M1:9亩⟧", "到⟦P1:2031年⟧，⟦M1 P1:茶园⟧⟦V1 M1:9亩⟧"),
    ("period-front", "⟦P1:自5月⟧，⟦M1 P1:茶园⟧⟦V1 M1:9亩⟧", "⟦P1:截至目前⟧，⟦M1 P1:茶园⟧⟦V1 M1:9亩⟧"),
    ("period-basis", "⟦P1:5月同比⟧，⟦M1 P1:产值⟧增⟦V1 M1 yoy+:9%⟧", "⟦P1:5月⟧，⟦M1 P1:产值⟧同比增⟦V1 M1 yoy+:9%⟧"),
    ("metric-end", "⟦M1:产值增长⟧⟦V1 M1 yoy+:9%⟧", "⟦M1:产值⟧增长⟦V1 M1 yoy+:9%⟧"),
    ("metric-front", "⟦M1:今年产值⟧⟦V1 M1:9元⟧", "⟦M1:产值⟧⟦V1 M1:9元⟧"),
    ("name-torn", "⟦R1:青禾省⟧⟦R2:白柳县⟧", "⟦R1:青禾省白柳县⟧"),
    ("name-torn", "⟦P1:今年⟧⟦P2:全年⟧", "⟦R1:京⟧⟦R2:沪⟧"),
    ("change-basis", "⟦M1:产值⟧同比增长⟦V1 M1 mom+:9%⟧", "⟦M1:产值⟧同比增长⟦V1 M1 yoy+:9%⟧"),
    ("change-basis", "⟦M1:产值⟧环比降⟦V1 M1:9%⟧", "⟦M1:产值⟧同比、环比分别增长⟦V1 M1 yoy+:9%⟧、⟦V2 M1 mom+:1%⟧"),
    ("change-basis", "⟦M1:产值⟧同比增⟦V1 M1:9%⟧", "⟦M1:产值⟧同比增⟦V1 M1 yoy+:9%⟧至⟦V2 M1:8元⟧"),
    ("change-direction", "⟦M1:产值⟧下降⟦V1 M1 yoy+:9%⟧", "⟦M1:产值⟧负增长⟦V1 M1 yoy-:9%⟧"),
    ("change-direction", "⟦M1:产值⟧上涨了⟦V1 M1 chg-:9%⟧", "⟦M1:产值⟧下跌⟦V1 M1 chg-:9%⟧"),
    ("change-missing", "⟦M1:占比⟧提高⟦V1 M1:2个百分点⟧", "⟦M1:占比⟧提高⟦V1 M1 chg+:2个百分点⟧"),
    ("change-of-rate", "⟦M1:产值增速⟧⟦V1 M1 yoy+:9%⟧", "⟦M1:产值增速⟧高⟦V1 M1 chg+:2个点⟧"),
    ("quantity-unmarked", "建成茶园30亩", "建成⟦M1:茶园⟧⟦V1 M1:30亩⟧，见第3项，每百亩一位农技员，三家联手"),
    ("quantity-unmarked", "茶价与上年持平", "保持平稳"),
    ("name-unmarked", "⟦R1:白柳⟧，⟦M1 R1:茶园⟧⟦V1 M1:9亩⟧；白柳再种", "⟦R1:白柳⟧，⟦M1 R1:茶园⟧⟦V1 M1:9亩⟧。《白柳志》载"),
    ("value-unlinked", "⟦V1:9亩⟧⟦M1:茶园⟧", "⟦V1 M1:9亩⟧⟦M1:茶园⟧"),
    ("metric-unmeasured", "⟦M1:茶园⟧", "⟦M1:茶园⟧⟦V1 M1:9亩⟧"),
    ("subject-unlinked", "⟦S1:白茶⟧好，⟦M1:产量⟧⟦V1 M1:9吨⟧", "⟦S1:白茶⟧的⟦M1 S1:产量⟧⟦V1 M1:9吨⟧"),
    ("subject-touching", "⟦S1:白茶⟧⟦M1 S1:产量⟧⟦V1 M1:9吨⟧", "⟦S1:白茶⟧⟦M1 S1:产量⟧⟦V1 M1:9吨⟧，⟦M2 S1:均价⟧⟦V2 M2:9元⟧"),
    ("subject-touching", "⟦S1:白茶⟧⟦M1 S1:产量⟧⟦V1 M1:9吨⟧", "⟦S1:望江大桥⟧⟦M1 S1:总长⟧⟦V1 M1:9千米⟧"),
    ("value-shared", "⟦M1:茶⟧好，⟦M2:面积⟧⟦V1 M1 M2:9亩⟧", "⟦M1:茶园⟧、⟦M2:果园⟧⟦V1 M1 M2:9亩⟧"),
    ("value-shared", "⟦M1:茶⟧好，⟦M2:面积⟧⟦V1 M1 M2:9亩⟧", "⟦M1:茶园⟧好，⟦M2:果园⟧也好，都是⟦V1 M1 M2:9亩⟧"),
    ("link-nearer", "⟦P1:5月⟧雨，⟦P2:5月⟧⟦M1 P1:产量⟧⟦V1 M1:9吨⟧", "⟦P1:5月⟧雨，⟦P2:5月⟧⟦M1 P2:产量⟧⟦V1 M1:9吨⟧"),
    ("link-nearer", "⟦P1:5月⟧⟦M1 P2:产量⟧⟦V1 M1:9吨⟧。⟦P2:5月⟧雨", "⟦P1:5月⟧雨，⟦M1 P2:产量⟧⟦P2:5月⟧⟦V1 M1:9吨⟧"),
    ("link-missing", "⟦R1:白柳县⟧⟦M1:产量⟧⟦V1 M1:9吨⟧", "⟦R1:白柳县⟧⟦M1:产量⟧⟦V1 M1 R1:9吨⟧"),
    ("link-missing", "⟦P1:5月⟧⟦M1:产量⟧⟦V1 M1:9吨⟧", "⟦P1:5月⟧，⟦M1:产量⟧⟦V1 M1:9吨⟧"),
    ("link-inherited", "⟦P1:5月⟧⟦M1 P1:产量⟧⟦V1 M1 P1:9吨⟧", "⟦P1:5月⟧、⟦P2:6月⟧⟦M1 P1:产量⟧⟦V1 M1:9吨⟧、⟦V2 M1 P2:8吨⟧"),
]


@pytest.mark.parametrize(("kind", "fires", "silent"), CASES)
def test_a_check_fires_and_stays_silent(kind: str, fires: str, silent: str) -> None:
    assert kind in kinds(fires)
    assert kind not in kinds(silent)


def test_a_sound_passage_gives_nothing() -> None:
    marked = "⟦P1:上半年⟧，⟦R1:白柳县⟧⟦M1 R1 P1:茶叶产量⟧⟦V1 M1:近900吨⟧，同比增长⟦V2 M1 yoy+:5%⟧。"
    assert check_passage(read_brackets(marked, "p")) == []


@pytest.mark.parametrize(
    ("kind", "mentions"),
    [
        ("mention-range", (GoldMention(0, 99, "VALUE"),)),
        ("mention-range", (GoldMention(2, 2, "VALUE"),)),
        ("mention-label", (GoldMention(0, 2, "PLACE"),)),
        ("mention-attribute", (GoldMention(0, 2, "METRIC", ("yoy+",)),)),
        ("mention-overlap", (GoldMention(0, 3, "METRIC"), GoldMention(2, 5, "VALUE"))),
        ("mention-space", (GoldMention(0, 3, "METRIC"),)),
    ],
)
def test_broken_mentions(kind: str, mentions: tuple[GoldMention, ...]) -> None:
    found = check_passage(Passage("p", "茶园 30亩", mentions))
    assert kind in {finding.kind for finding in found if finding.severity == "error"}


def test_broken_links() -> None:
    passage = read_brackets("⟦M1:茶园⟧⟦V1 M1:30亩⟧", "p")
    good = passage.links[0]
    for links in ((replace(good, type="in_period"),), (GoldLink("of_subject", 0, 0),), (GoldLink("value_of", 1, 7),)):
        assert {finding.kind for finding in check_passage(replace(passage, links=links))} == {"link-illegal"}
    assert {finding.kind for finding in check_passage(replace(passage, links=(good, good)))} == {"link-duplicate"}


def test_a_rare_label_is_told_and_a_frequent_one_is_not() -> None:
    usual = [read_brackets("在⟦R1:白柳⟧", f"p{number}") for number in range(5)]
    odd = read_brackets("问⟦O1:白柳⟧", "odd")
    assert [(f.kind, f.passage, f.words) for f in check_labels([*usual, odd])] == [("label-rare", "odd", "白柳")]
    assert check_labels([*usual[:4], odd]) == []
    assert check_labels([*usual, odd, replace(odd, name="odd-2")]) == []


def test_metric_and_subject_may_change_more_often() -> None:
    counted = [read_brackets("种⟦M1:茶⟧⟦V1 M1:9亩⟧", f"p{number}") for number in range(9)]
    assert check_labels([*counted, read_brackets("⟦S1:茶⟧⟦M1 S1:产量⟧⟦V1 M1:9吨⟧", "s")]) == []


LONG = "白柳县的茶农今年春天一共采下了九百多吨鲜叶，县里的三座加工厂日夜开工，做出来的新茶多半卖到了邻近的青禾市。"


def plain(name: str, text: str, split: str) -> Passage:
    return Passage(name, text, (), split=split)


def test_passages_written_twice() -> None:
    other = plain("c", "海边的盐场迎来了收获的季节，工人们把结晶的盐推成一座座小山，等着装船运往南方的港口。", "train")
    same = check_likeness([plain("a", LONG, "train"), plain("b", LONG, "train"), other])
    assert [(f.kind, f.severity, f.passage, f.words) for f in same] == [("duplicate", "error", "b", "a")]
    changed = LONG.replace("九百", "八百")
    across = check_likeness([plain("a", LONG, "train"), plain("b", changed, "dev"), other])
    assert [(f.kind, f.severity) for f in across] == [("near-duplicate", "error")]
    inside = check_likeness([plain("a", LONG, "train"), plain("b", changed, "train"), other])
    assert [(f.kind, f.severity) for f in inside] == [("near-duplicate", "warning")]


def test_forty_characters_in_a_row_are_enough() -> None:
    far = "".join(chr(0x4E00 + number) for number in range(600))
    found = check_likeness([plain("a", far[:300] + LONG[:40], "train"), plain("b", far[300:] + LONG[:40], "dev")])
    assert [f.kind for f in found] == ["near-duplicate"]
    assert LONG[:40] in found[0].message
    assert check_likeness([plain("a", far[:300] + LONG[:39], "train"), plain("b", far[300:] + LONG[:39], "dev")]) == []


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of two passages, in both forms; b holds one warning."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.ann.txt").write_text("⟦R1:白柳县⟧⟦M1 R1:茶园⟧⟦V1 M1:近30亩⟧\n", encoding="utf-8")
    (folder / "b.ann.txt").write_text("⟦R1:青禾市⟧⟦M1 R1:果园⟧近⟦V1 M1:80 亩⟧\n", encoding="utf-8")
    rows = [{"id": "a", "source": "tea", "split": "train"}, {"id": "b", "source": "fruit", "split": "dev"}]
    (folder / "manifest.json").write_text(json.dumps(rows), encoding="utf-8")
    rewrite(folder)
    return folder


def errors(folder: Path) -> list[tuple[str, str]]:
    return [(finding.kind, finding.passage) for finding in check_folder(folder) if finding.severity == "error"]


def test_a_corpus_whose_files_agree(corpus: Path) -> None:
    assert [(f.kind, f.severity, f.passage) for f in check_folder(corpus)] == [("value-approximator", "warning", "b")]


def test_brackets_in_another_form(corpus: Path) -> None:
    path = corpus / "a.ann.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("R1", "R7"), encoding="utf-8")
    assert errors(corpus) == [("brackets-form", "a")]
    rewrite(corpus)
    assert errors(corpus) == []


def test_brackets_and_standoff_disagree(corpus: Path) -> None:
    path = corpus / "a.ann.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("茶园", "茶场"), encoding="utf-8")
    assert errors(corpus) == [("standoff", "a")]
    rewrite(corpus)
    lines = (corpus.parent / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    (corpus.parent / "corpus.jsonl").write_text("\n".join(lines[::-1]), encoding="utf-8")
    assert errors(corpus) == [("standoff", "corpus.jsonl")]
    (corpus.parent / "corpus.jsonl").write_text(lines[0] + "\n", encoding="utf-8")
    assert errors(corpus) == [("standoff", "b")]
    (corpus.parent / "corpus.jsonl").unlink()
    assert errors(corpus) == []


def test_the_manifest(corpus: Path) -> None:
    (corpus / "manifest.json").write_text('[{"id": "a"}, {"id": "a"}, {"id": "c"}]', encoding="utf-8")
    (corpus.parent / "corpus.jsonl").unlink()
    assert errors(corpus) == [("manifest", "a"), ("manifest", "b"), ("manifest", "c")]


EXPLAINED = '[[explained]]\nkind = "value-approximator"\nreason = "a try"\ncases = ["b 80亩"]\n'


def test_an_explanation_covers_a_warning_and_is_told_when_idle(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "why.toml"
    path.write_text(EXPLAINED, encoding="utf-8")
    reasons = read_explained(path)
    assert reasons == {("value-approximator", "b", "80亩"): "a try"}
    assert unexplained(check_folder(corpus), reasons) == []
    assert [(f.kind, f.passage) for f in unexplained([], reasons)] == [("explanation-idle", "b")]


@pytest.mark.parametrize("text", ['[[explained]]\nkind = "x"\n', '[[explained]]\nkind = "x"\nreason = "y"\ncases = ["b"]\n', "="])
def test_an_explanation_that_cannot_be_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "why.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"explained|passage|TOML|statement"):
        read_explained(path)


def test_the_command(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert main(["check", str(corpus), "--json", str(out)]) == 1
    shown = capsys.readouterr().out
    assert "warning: value-approximator: b at 6: 近 stands outside: …青禾市果园近⟦80 亩⟧ …" in shown
    assert "0 errors, 1 warnings, 0 warnings explained" in shown
    told = json.loads(out.read_text(encoding="utf-8"))
    assert [finding["kind"] for finding in told["findings"]] == ["value-approximator"]
    assert told["counts"]["all"]["labels"] == {"REGION": 2, "METRIC": 2, "VALUE": 2}
    (tmp_path / "explained.toml").write_text(EXPLAINED, encoding="utf-8")
    assert main(["check", str(corpus)]) == 0
    assert main(["check", str(corpus), "--explained", str(tmp_path / "none.toml")]) == 2
    assert main(["check", str(tmp_path / "nothing")]) == 2
    captured = capsys.readouterr().err.splitlines()
    assert len(captured) == 2
    assert all(line.startswith("zhibiao-train: error: ") for line in captured)


def test_the_command_writes_both_forms(corpus: Path, tmp_path: Path) -> None:
    path = corpus / "b.ann.txt"
    path.write_text("⟦R9:青禾市⟧⟦M1 R9:果园⟧⟦V1 M1:近80亩⟧\n", encoding="utf-8")
    assert main(["check", str(corpus), "--write"]) == 0
    assert path.read_text(encoding="utf-8") == "⟦R1:青禾市⟧⟦M1 R1:果园⟧⟦V1 M1:近80亩⟧\n"


def test_lines_for_reading_end_in_a_sum() -> None:
    found = check_passage(read_brackets("⟦V1:9亩⟧、⟦V2:8亩⟧", "p"))
    *_, kind, total = render_lines(found, 3)
    assert (kind.split(), total) == (["2", "warning", "value-unlinked"], "0 errors, 2 warnings, 3 warnings explained")


def test_counts_by_genre_and_split() -> None:
    one = replace(read_brackets("⟦M1:茶园⟧⟦V1 M1:9亩⟧", "a", "tea"), split="train")
    two = replace(read_brackets("⟦M1:茶\n园⟧增⟦V1 M1 yoy+ est:8%⟧", "b", "more tea"), split="dev")
    told = count([one, two])
    assert list(told) == ["more tea", "tea", "train", "dev", "all"]
    assert told["dev"]["attributes"] == {"yoy+": 1, "est": 1}
    assert told["tea"]["attributes"] == {"": 1}
    assert told["all"]["links"] == {"value_of": 2}
    assert told["all"]["lengths"] == [4, 5, 6]
    assert told["all"]["surfaces"] == {"ORG": 0, "REGION": 0, "PERIOD": 0, "METRIC": 1, "SUBJECT": 0, "VALUE": 2}
    lines = tables(told).splitlines()
    assert lines[0].split()[:3] == ["passages", "characters", "shortest"]
    assert "(none)" in tables(told)
