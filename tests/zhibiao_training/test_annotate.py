"""Drafts: nothing of the text is lost on the way to the person who corrects them, and no correction is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.extractor import Extractor
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao_training.annotate import Draft, cut_text, draft_documents, passage_of, uncertainty_of, write_drafts
from zhibiao_training.brackets import read_brackets, write_brackets
from zhibiao_training.cli import main
from zhibiao_training.corpus import read_folder
from zhibiao_training.doccano import read_doccano
from zhibiao_training.label_studio import from_task, labelling_configuration
from zhibiao_training.passage import GoldLink, Passage
from zhibiao_training.standoff import read_rows

SENTENCE = "今年全市工业产值达到35.2亿元，同比增长8.1%。"
PARAGRAPH = "　　" + SENTENCE * 8


def extraction_of(marked: str, scores: tuple[float, ...] = ()) -> Extraction:
    """An extraction that finds what the brackets mark."""
    passage = read_brackets(marked, "a")
    mentions = tuple(
        Mention(n + 5, m.label, m.start, m.end, score, m.attributes)
        for n, (m, score) in enumerate(zip(passage.mentions, scores or (1.0,) * len(passage.mentions), strict=True))
    )
    links = tuple(Link(n, link.type, link.head + 5, link.tail + 5) for n, link in enumerate(passage.links))
    return Extraction(Document("a", passage.text), mentions, links)


MARKED = "⟦P1:去年⟧⟦R1:甲市⟧和⟦R2:乙县⟧⟦M1 R1 P1:产值⟧⟦V1 M1:9元⟧，乙县⟦V2 M1 R2 est:3元⟧，增⟦V3 M1 yoy+ est:8%⟧"


def test_an_extraction_keeps_its_form_as_a_passage() -> None:
    """Links stay with the METRIC, and a VALUE has its own only where the runtime gave it one; ids become positions."""
    passage = passage_of(extraction_of(MARKED))
    assert write_brackets(passage) == MARKED
    assert [link for link in passage.links if link.type == "in_region"] == [
        GoldLink("in_region", 3, 1),
        GoldLink("in_region", 5, 2),
    ]


def test_mentions_that_cannot_stand_in_a_passage() -> None:
    """A passage must be readable in brackets: no overlaps, no white space at edges, no link to what went."""
    mentions = (
        Mention(0, "VALUE", 6, 8),
        Mention(1, "METRIC", 0, 2),
        Mention(2, "METRIC", 0, 4),
        Mention(3, "SUBJECT", 4, 6),
        Mention(4, "REGION", 8, 9),
    )
    links = (Link(0, "value_of", 0, 1), Link(1, "value_of", 0, 2), Link(2, "of_subject", 2, 3))
    passage = passage_of(Extraction(Document("a", "工业产值稻 9元 "), mentions, links))
    assert write_brackets(passage) == "⟦M1 S1:工业产值⟧⟦S1:稻⟧ ⟦V1 M1:9元⟧ "
    assert passage_of(Extraction(Document("a", "天晴"))) == Passage("a", "天晴", ())


def test_a_link_the_brackets_would_turn_into_another() -> None:
    """A VALUE's of_subject to a METRIC would come back as a second value_of: it is left out."""
    extraction = extraction_of("⟦M1:产值⟧⟦M2:税收⟧⟦V1 M2:9元⟧")
    more = Extraction(extraction.document, extraction.mentions, (*extraction.links, Link(9, "of_subject", 7, 5)))
    assert passage_of(more) == passage_of(extraction)


def test_uncertainty_is_of_the_choices_and_not_of_their_number() -> None:
    """A long passage is not uncertain for its length, and one without choices comes last."""
    short, long = extraction_of("⟦R1:甲市⟧", (0.6,)), extraction_of("⟦R1:甲市⟧⟦R2:乙县⟧⟦P1:去年⟧", (0.6, 0.6, 0.6))
    assert uncertainty_of(short) == pytest.approx(uncertainty_of(long)) == pytest.approx(0.4)
    assert uncertainty_of(extraction_of("⟦R1:甲市⟧", (0.9,))) < uncertainty_of(short)
    assert uncertainty_of(extraction_of("天晴")) == 0.0


def test_links_count_too() -> None:
    """Sure mentions with doubtful links are worth a look."""
    extraction = extraction_of("⟦M1:产值⟧⟦V1 M1:9元⟧")
    doubtful = Extraction(extraction.document, extraction.mentions, (Link(0, "value_of", 6, 5, 0.4),))
    assert uncertainty_of(doubtful) == pytest.approx(0.2)


@given(st.text("产值9。，\n \r　”", max_size=3000))
def test_cutting_drops_nothing_but_white_space(text: str) -> None:
    """The pieces and the white space between them are the text; every piece can be corrected at one go."""
    reached = 0
    for start, end in cut_text(text):
        assert not text[reached:start].strip()
        assert 0 < end - start <= 600
        assert text[start:end] == text[start:end].strip()
        reached = end
    assert not text[reached:].strip()


def test_borders_are_those_of_paragraphs_then_of_sentences() -> None:
    """A person is shown whole paragraphs where they are short enough, else whole sentences."""
    text = "\n".join([PARAGRAPH] * 5)
    assert next(text[start:end] for start, end in cut_text(text)) == "\n".join([PARAGRAPH] * 2).strip()
    text = SENTENCE * 40
    pieces = [text[start:end] for start, end in cut_text(text)]
    assert "".join(pieces) == text
    assert all(piece.endswith("。") and len(piece) >= 150 for piece in pieces)


def test_text_without_any_border_is_cut_all_the_same() -> None:
    """A table without punctuation must not become one endless passage."""
    assert [end - start for start, end in cut_text("产" * 1300)] == [600, 550, 150]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of one name, a table, and a file that is no text."""
    folder = tmp_path / "raw"
    (folder / "older").mkdir(parents=True)
    (folder / "区 报.txt").write_text("\n" + "\n".join([PARAGRAPH] * 5), encoding="utf-8")
    (folder / "older" / "区 报.txt").write_text("\n" + SENTENCE, encoding="utf-8")
    (folder / "rows.csv").write_text(f"text\n{SENTENCE}\n{SENTENCE}\n", encoding="utf-8")
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02")
    return folder


def test_names_and_offsets_lead_back_to_the_source(folder: Path, tiny_model: Path) -> None:
    """Whoever finds a draft finds its place in the file; no two drafts bear one name; the bad file is told in its place."""
    found = list(draft_documents(Extractor.load(tiny_model, threads=1), [folder]))
    drafts = [each for each in found if isinstance(each, Draft)]
    errors = [each for each in found if isinstance(each, InputError)]
    assert [str(folder / "bad.txt") in str(error) for error in errors] == [True]
    assert len({draft.passage.name for draft in drafts}) == len(drafts)
    for draft in drafts:
        assert draft.path is not None
        if draft.row is None:
            text = Path(draft.path).read_text(encoding="utf-8")
            assert text[draft.start :].startswith(draft.passage.text)
    names = [draft.passage.name for draft in drafts]
    assert names[:2] == ["rows-row1-0", "rows-row2-0"]
    assert names[2] == "区_报-3"
    assert sum(len(draft.passage.text) for draft in drafts[2:]) == 5 * len(SENTENCE * 8) + len(SENTENCE) + 2 * 3


class Failing:
    """An extractor that fails on one text."""

    def extract(self, document: Document) -> Extraction:
        if "坏" in document.text:
            raise RuntimeError("no memory")
        return Extraction(document)


def test_one_bad_text_does_not_stop_the_batch(tmp_path: Path) -> None:
    """Hours of work are not lost to whatever goes wrong with one passage."""
    for name, text in (("a", "好"), ("b", "坏"), ("c", "好")):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    found = list(draft_documents(Failing(), [tmp_path]))  # type: ignore[arg-type]
    assert [isinstance(each, Draft) for each in found] == [True, False, True]
    assert "b.txt: cannot be marked at 0:1 (RuntimeError: no memory)" in str(found[1])


def test_the_command_writes_the_most_uncertain_first(
    folder: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both formats hold the same drafts in the same order; what failed shows in the exit code."""
    output, rows = tmp_path / "drafts", tmp_path / "drafts.jsonl"
    assert main(["annotate", str(folder), "-o", str(output), "--model", str(tiny_model)]) == 1
    assert "bad.txt" in capsys.readouterr().err
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    doubts = [row["uncertainty"] for row in manifest]
    assert doubts == sorted(doubts, reverse=True)
    assert doubts[0] > doubts[-1]
    assert [row["order"] for row in manifest] == [*range(1, len(manifest) + 1)]
    passages = {passage.name: passage for passage in read_folder(output)}
    assert set(passages) == {row["id"] for row in manifest}

    texts = [str(folder / "rows.csv"), str(folder / "区 报.txt"), str(folder / "older")]
    assert main(["annotate", *texts, "-o", str(rows), "--model", str(tiny_model), "--top", "2"]) == 0
    first = list(read_rows(rows))
    raw = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    assert [row["uncertainty"] for row in raw] == doubts[:2]
    for passage in first:
        assert passages[passage.name].text == passage.text + "\n"
        assert passages[passage.name].mentions == passage.mentions
        assert passages[passage.name].links == passage.links


def test_corrections_are_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An output that is there already is refused before any work is done."""
    text = tmp_path / "a.txt"
    text.write_text(SENTENCE, encoding="utf-8")
    output = tmp_path / "drafts"
    output.mkdir()
    (output / "a-0.ann.txt").write_text("⟦P1:今年⟧", encoding="utf-8")
    assert main(["annotate", str(text), "-o", str(output)]) == 2
    assert "may hold corrections" in capsys.readouterr().err
    assert main(["annotate", str(text), "-o", str(tmp_path / "nowhere" / "drafts")]) == 2
    assert main(["annotate", str(text), "-o", str(tmp_path / "new"), "--top", "0"]) == 2
    assert len(list(output.iterdir())) == 1


def test_a_text_with_brackets_of_its_own(tmp_path: Path) -> None:
    """What the notation cannot hold is told, and the rest is written."""
    drafts = [Draft(Passage("a", "⟦甲⟧", ()), 0.5, "a.txt"), Draft(Passage("b", "乙", ()), 0.2, "b.txt")]
    errors = write_drafts(drafts, tmp_path / "drafts")
    assert len(errors) == 1
    assert "a.txt" in str(errors[0])
    assert [passage.name for passage in read_folder(tmp_path / "drafts")] == ["b"]
    assert write_drafts(drafts, tmp_path / "drafts.jsonl", "standoff") == []
    assert [passage.name for passage in read_rows(tmp_path / "drafts.jsonl")] == ["a", "b"]


def test_drafts_for_label_studio_and_doccano(tmp_path: Path) -> None:
    """Label Studio gets predictions with a score, doccano rows; what doccano cannot hold is told; the passages are the same."""
    passage = read_brackets(MARKED, "甲")
    drafts = [Draft(passage, 0.25, "甲.txt", None, 7), Draft(Passage("乙", "乙\u240d", ()), 0.1, "乙.txt")]
    assert write_drafts(drafts, tmp_path / "tasks.json", "label-studio", "mine 2") == []
    assert (tmp_path / "tasks.xml").read_text(encoding="utf-8") == labelling_configuration()
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    assert [(p["model_version"], p["score"]) for task in tasks for p in task["predictions"]] == [
        ("mine 2", 0.75),
        ("mine 2", 0.9),
    ]
    assert (tasks[0]["data"]["path"], tasks[0]["data"]["start_offset"]) == ("甲.txt", 7)
    submitted = [task | {"annotations": [{"result": task["predictions"][0]["result"]}]} for task in tasks]
    assert [from_task(task) for task in submitted] == [draft.passage for draft in drafts]

    errors = write_drafts(drafts, tmp_path / "rows.jsonl", "doccano")
    assert [str(error) for error in errors] == [
        "乙.txt: 乙: the text holds \u240d, which stands for a carriage return in doccano's file"
    ]
    assert read_doccano(tmp_path / "rows.jsonl") == ([passage], [])
    with pytest.raises(ValueError, match="'conll' is no format of drafts"):
        write_drafts(drafts, tmp_path / "rows.conll", "conll")
