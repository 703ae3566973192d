"""The command ``convert``: from any format to any other, and back without a difference where the format can hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.labels import LABELS, LINK_HEADS, LINK_TAILS, LINK_TYPES
from zhibiao_training import brat, conll, doccano, label_studio, standoff
from zhibiao_training.brackets import read_brackets
from zhibiao_training.cli import main
from zhibiao_training.convert import convert
from zhibiao_training.corpus import read_folder
from zhibiao_training.passage import ATTRIBUTES, GoldLink, GoldMention, Passage

CORPUS = Path(__file__).parents[2] / "annotations" / "corpus"

MARKED = {
    "甲-1": "⟦P1:上半年⟧，⟦R1:松岭\n县⟧⟦M1 P1 R1:茶叶产量⟧🍵⟦V1 M1:９吨⟧，增长⟦V2 M1 yoy+ est:8%⟧。",
    "乙-2": "今日无事。\n",
}


def _brat(passage: Passage) -> Passage | None:
    manifest = {"source": passage.source, "split": passage.split}
    return brat.from_document(passage.text, brat.to_document(passage), passage.name, manifest)[0]


ROUNDS: dict[str, Callable[[Passage], Passage | None]] = {
    "standoff": lambda passage: standoff.from_row(standoff.to_row(passage)),
    "doccano": lambda passage: doccano.from_row(doccano.to_row(passage)),
    "label-studio": lambda passage: label_studio.from_task(label_studio.to_task(passage)),
    "brat": _brat,
}


@pytest.fixture(scope="module")
def corpus() -> list[Passage]:
    return read_folder(CORPUS)


@pytest.mark.parametrize("form", ["doccano", "label-studio", "brat"])
def test_the_corpus_comes_back_as_it_went(form: str, corpus: list[Passage]) -> None:
    assert [passage.name for passage in corpus if ROUNDS[form](passage) != passage] == []


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    text = draw(st.text(alphabet="产值9亿，\r\n\t　 \u2028\\/😀👨\u200d", min_size=4, max_size=50))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=14)))
    mentions = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        words = text[start:end]
        if words.splitlines()[0] and words[-1:] not in "\r\n\u2028":  # brat cannot hold others
            label = draw(st.sampled_from(LABELS))
            attributes = draw(st.lists(st.sampled_from(ATTRIBUTES), unique=True, max_size=3)) if label == "VALUE" else ()
            mentions.append(GoldMention(start, end, label, tuple(attributes)))
    legal = [
        GoldLink(kind, head, tail)
        for head, one in enumerate(mentions)
        for tail, other in enumerate(mentions)
        for kind in LINK_TYPES
        if head != tail and one.label in LINK_HEADS[kind] and other.label in LINK_TAILS[kind]
    ]
    links = draw(st.lists(st.sampled_from(legal), unique=True)) if legal else []
    name, source = draw(st.sampled_from(["甲 1", "a/b#c"])), draw(st.sampled_from(["", "local"]))
    return Passage(name, text, tuple(mentions), tuple(links), source, split=draw(st.sampled_from(["", "dev"])))


@pytest.mark.parametrize("form", ROUNDS)
@given(passage=passages())
def test_any_passage_comes_back(form: str, passage: Passage) -> None:
    read = ROUNDS[form](passage)
    assert read is not None
    assert set(read.links) == set(passage.links)
    assert replace(read, links=()) == replace(passage, links=())


@given(passage=passages())
def test_mentions_come_back_through_conll(passage: Passage, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "property.conll"
    conll.write_conll([passage], path)
    (read,) = conll.read_conll(path)
    assert read.text == passage.text
    assert read.mentions == tuple(replace(mention, attributes=()) for mention in passage.mentions)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "brackets"
    folder.mkdir()
    for name, marked in MARKED.items():
        (folder / f"{name}.ann.txt").write_text(marked, encoding="utf-8", newline="\n")
    (folder / "manifest.json").write_text('[{"id": "甲-1", "source": "local", "split": "dev"}]', encoding="utf-8")
    return folder


def test_from_format_to_format_and_back_to_brackets(source: Path, tmp_path: Path) -> None:
    steps = [
        ("a.jsonl", None), ("b.jsonl", "doccano"), ("c.json", None), ("d", "brat"), ("e", "brackets"),
    ]  # fmt: skip
    here, form = source, None
    for name, to in steps:
        assert convert(here, tmp_path / name, form, to) == []
        here, form = tmp_path / name, "doccano" if to == "doccano" else None
    first, second = read_folder(here)
    assert [second, first] == [replace(p, source=p.source if p.split else "brackets") for p in read_folder(source)][::-1]
    assert {path.name: path.read_text(encoding="utf-8") for path in here.glob("*.ann.txt")} == {
        f"{name}.ann.txt": marked for name, marked in MARKED.items()
    }
    assert (tmp_path / "c.xml").exists()
    assert (tmp_path / "d" / "annotation.conf").exists()


def test_the_command_tells_what_is_lost(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(source), str(tmp_path / "a.conll")]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "zhibiao-train: note: CoNLL holds mentions only: 4 links, 2 attributes and the names of 2 passages were left out\n"
    )
    assert main(["convert", str(tmp_path / "a.conll"), str(tmp_path / "a.jsonl")]) == 0
    assert "note: 2 of 2 passages come from a format or project without links" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["brackets", "out"], "out: which format? Say --to one of brackets, standoff,"),
        (["brackets", "a.txt"], "which format?"),
        (["brackets", "a.jsonl", "--to", "prodigy"], "the format 'prodigy' is unknown"),
        (["missing.csv", "a.jsonl"], "which format? Say --from"),
        (["missing.jsonl", "a.json"], "missing.jsonl"),
        (["brackets", "brackets", "--to", "brat"], "brackets is not empty"),
        (["empty.jsonl", "a.json"], "holds no annotated passage"),
        (["twice.jsonl", "a.json"], "1 names are borne by several passages, such as '甲'"),
        (["path.jsonl", "out", "--to", "brat"], "'../甲' cannot be the name of a file"),
        (["return.jsonl", "out", "--to", "brackets"], "brackets do not hold lone carriage returns"),
    ],
)
def test_what_cannot_be_converted_is_one_line(
    arguments: list[str], message: str, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(source.parent)
    row = '{"id": "%s", "text": "%s", "entities": []}\n'
    files = {"empty": "", "twice": row % ("甲", "一") * 2, "path": row % ("../甲", "一"), "return": row % ("甲", "一\\r二")}
    for name, content in files.items():
        Path(f"{name}.jsonl").write_text(content, encoding="utf-8")
    assert main(["convert", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not Path("out").exists()


def test_windows_line_ends_become_those_of_brackets(tmp_path: Path) -> None:
    """Text of Windows can be corrected in any tool and still be trained on; no offset slips."""
    marked = read_brackets("表\n\n⟦M1:产\n值⟧为\n⟦V1 M1 est:9\n亿⟧元\n", "甲")
    places = [place + marked.text[:place].count("\n") for place in range(len(marked.text) + 1)]
    mentions = tuple(replace(m, start=places[m.start], end=places[m.end]) for m in marked.mentions)
    windows = replace(marked, text=marked.text.replace("\n", "\r\n"), mentions=mentions)
    standoff.write_rows([windows, Passage("乙", "无", ())], tmp_path / "a.jsonl")
    remarks = convert(tmp_path / "a.jsonl", tmp_path / "out", None, "brackets")
    assert remarks == ["brackets have line ends of one character: CRLF became LF in 1 passages"]
    assert read_folder(tmp_path / "out") == [Passage("乙", "无", ()), replace(marked, source="")]


def test_a_link_that_brackets_cannot_tell(tmp_path: Path) -> None:
    mentions = (GoldMention(0, 2, "METRIC"), GoldMention(2, 4, "VALUE"))
    path = tmp_path / "a.jsonl"
    standoff.write_rows([Passage("甲", "产量9吨", mentions, (GoldLink("of_subject", 1, 0),))], path)
    with pytest.raises(ValueError, match="other than the guidelines' usual ones"):
        convert(path, tmp_path / "out", None, "brackets")


def test_attributes_are_those_the_notation_knows() -> None:
    marked = "".join(f"⟦V{number} {attribute}:{number}⟧" for number, attribute in enumerate(ATTRIBUTES))
    assert tuple(m.attributes[0] for m in read_brackets(marked, "甲").mentions) == ATTRIBUTES
