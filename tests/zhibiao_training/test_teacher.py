"""A small model learns from a large one: what it is taught, on which text, and that it comes nearer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from zhibiao_training.brackets import read_brackets
from zhibiao_training.checkpoint import load_checkpoint, start_model
from zhibiao_training.config import CorpusConfig, RunConfig, read_config
from zhibiao_training.examples import Batch, collate, make_examples
from zhibiao_training.fit import fit
from zhibiao_training.objective import losses
from zhibiao_training.passage import Passage
from zhibiao_training.teacher import Teacher, imitation

MARKED = "⟦P1:今年⟧⟦R1:该区⟧⟦M1 R1 P1:产值⟧达到⟦V1 M1:12亿元⟧，同比增长⟦V2 M1 yoy+:3%⟧。"


@pytest.fixture(scope="module")
def teacher(tiny_checkpoint: Path) -> Teacher:
    table = load_checkpoint(tiny_checkpoint).table
    return Teacher([tiny_checkpoint], table, torch.device("cpu"))


def batch_of(passage: Passage, checkpoint: Path, habit: str) -> Batch:
    table = load_checkpoint(checkpoint).table
    return collate(make_examples(passage, table, 62, 12, 8, habit), table.pad)


@pytest.fixture(scope="module")
def annotated(tiny_checkpoint: Path) -> Batch:
    return batch_of(read_brackets(MARKED, "a"), tiny_checkpoint, "gold")


@pytest.fixture(scope="module")
def plain(tiny_checkpoint: Path) -> Batch:
    passage = Passage("p", "全年出口71.2亿元，比上年多3亿元。", (), (), "", (), (), attributes=False)
    return batch_of(passage, tiny_checkpoint, "")


def test_the_teacher_itself_has_nothing_left_to_learn(teacher: Teacher, annotated: Batch) -> None:
    student = teacher.models[0]
    parts = imitation(student, student.encode(annotated.ids, annotated.mask), annotated, teacher.lesson(annotated))
    assert set(parts) == {"teacher_tags", "teacher_links", "teacher_vectors"}
    assert all(abs(float(value)) < 1e-5 for value in parts.values())


def test_another_model_has(teacher: Teacher, annotated: Batch, tiny_checkpoint: Path) -> None:
    torch.manual_seed(5)
    student, _ = start_model(str(tiny_checkpoint), ("gold",), 0.0, masked_lm=False, layers=1)
    with torch.no_grad():
        for parameter in student.parameters():
            parameter += torch.randn_like(parameter)
    parts = losses(student, annotated, None, teacher.lesson(annotated))
    assert all(float(parts[name].detach()) > 1e-4 for name in ("teacher_tags", "teacher_links", "teacher_vectors"))
    sum(parts.values()).backward()
    assert student.encoder.get_input_embeddings().weight.grad is not None
    assert all(parameter.grad is None for parameter in teacher.models[0].parameters())


def test_plain_text_teaches_tags_and_vectors_only(teacher: Teacher, plain: Batch, tiny_checkpoint: Path) -> None:
    student, _ = start_model(str(tiny_checkpoint), ("gold",), 0.0, masked_lm=False, layers=1)
    assert set(losses(student, plain, None, teacher.lesson(plain))) == {"teacher_tags", "teacher_vectors"}


def test_of_several_teachers_the_mean_is_learned(teacher: Teacher, annotated: Batch, tiny_checkpoint: Path) -> None:
    """And no vectors, which mean something else in each."""
    table = load_checkpoint(tiny_checkpoint).table
    both = Teacher([tiny_checkpoint, tiny_checkpoint], table, torch.device("cpu"))
    torch.manual_seed(6)
    for parameter in both.models[1].parameters():
        parameter += torch.randn_like(parameter) * 0.1
    alone = Teacher([], table, torch.device("cpu"))
    alone.models = [both.models[1]]
    lesson, one, other = (each.lesson(annotated) for each in (both, teacher, alone))
    assert lesson.vectors is None
    assert not torch.allclose(one.tags, other.tags)
    torch.testing.assert_close(lesson.tags, (one.tags + other.tags) / 2)
    assert one.links is not None
    assert other.links is not None
    torch.testing.assert_close(lesson.links, (one.links + other.links) / 2)
    assert set(losses(teacher.models[0], annotated, None, lesson)) >= {"teacher_tags", "teacher_links"}
    assert "teacher_vectors" not in losses(teacher.models[0], annotated, None, lesson)


def test_padding_counts_for_nothing(teacher: Teacher, annotated: Batch, tiny_checkpoint: Path) -> None:
    """The same window alone and beside an empty longer one."""
    student, table = start_model(str(tiny_checkpoint), ("gold",), 0.0, masked_lm=False, layers=1)
    student.eval()
    padded = dataclasses.replace(
        annotated,
        ids=torch.nn.functional.pad(annotated.ids, (0, 9), value=table.pad),
        mask=torch.nn.functional.pad(annotated.mask, (0, 9)),
        tags=torch.nn.functional.pad(annotated.tags, (0, 9), value=-100),
    )
    one, other = (losses(student, batch, None, teacher.lesson(batch)) for batch in (annotated, padded))
    assert {name: float(value.detach()) for name, value in one.items()} == pytest.approx(
        {name: float(value.detach()) for name, value in other.items()}, rel=1e-4, abs=1e-6
    )


def test_layers_are_kept_evenly_and_saved(tiny_base: Path, tiny_checkpoint: Path) -> None:
    whole, _ = start_model(str(tiny_checkpoint), ("gold",), 0.0, masked_lm=False)
    depth = whole.encoder.config.num_hidden_layers
    half, _ = start_model(str(tiny_checkpoint), ("gold",), 0.0, masked_lm=False, layers=1)
    assert depth > 1
    assert half.encoder.config.num_hidden_layers == len(half.encoder.encoder.layer) == 1
    last, kept = whole.encoder.encoder.layer[-1].state_dict(), half.encoder.encoder.layer[0].state_dict()
    assert all(torch.equal(kept[name], value) for name, value in last.items())
    with pytest.raises(ValueError, match=f"has {depth} layers; layers = 9"):
        start_model(str(tiny_base), ("gold",), 0.0, masked_lm=False, layers=9)


def test_a_run_with_a_teacher_brings_the_student_nearer(tiny_checkpoint: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    (gold / "a.ann.txt").write_text(MARKED, encoding="utf-8")
    text = tmp_path / "text.txt"
    text.write_text("全年出口71.2亿元，比上年多3亿元，人口312万人。\n" * 4, encoding="utf-8")
    run = RunConfig(
        base=str(tiny_checkpoint), out=tmp_path / "run", layers=1, teachers=(str(tiny_checkpoint),),
        corpora=(CorpusConfig(gold, "brackets", 1.0, "gold"), CorpusConfig(text, "plain", 1.0)),
        characters=5_600, batch_characters=60, learning_rate=3e-3, head_learning_rate=1e-3, dropout=0.0,
        window=62, before=12, after=8, evaluations=1,
    )  # fmt: skip
    fit(run)
    rows = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    seen = [row for row in rows if "plain/teacher_tags" in row]
    assert seen[-1]["plain/teacher_tags"] < 0.8 * seen[0]["plain/teacher_tags"]
    assert seen[-1]["plain/teacher_vectors"] < seen[0]["plain/teacher_vectors"]
    # What is left behind is a checkpoint like any other.
    assert load_checkpoint(run.out / "last").model.encoder.config.num_hidden_layers == 1


def test_a_teacher_of_another_vocabulary_is_refused(tiny_checkpoint: Path) -> None:
    table = load_checkpoint(tiny_checkpoint).table
    other = type(table).extended([*table.vocabulary, "another"])
    with pytest.raises(ValueError, match="needs the vocabulary of its student"):
        Teacher([tiny_checkpoint], other, torch.device("cpu"))


def test_one_teacher_needs_brackets_too(tmp_path: Path) -> None:
    """A name would else be read as a list of letters."""
    path = tmp_path / "run.toml"
    path.write_text('base = "b"\nout = "o"\nteachers = "t"\n[[corpora]]\npath = "p"\nkind = "plain"\nshare = 1\n')
    with pytest.raises(ValueError, match="teachers = 't' is of the wrong type"):
        read_config(path)


def test_a_teacher_alone_is_something_to_learn_from_but_needs_a_tagger(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('base = "b"\nout = "o"\nteachers = ["t"]\n[[corpora]]\npath = "p"\nkind = "plain"\nshare = 1\n')
    with pytest.raises(ValueError, match="habit 'gold'"):
        read_config(path)
