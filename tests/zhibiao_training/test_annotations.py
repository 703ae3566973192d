"""The passages in annotations/corpus: they pass every check, and both forms of them say the same."""

from __future__ import annotations

import json
from pathlib import Path

from zhibiao_training.brackets import write_brackets
from zhibiao_training.check import check_folder, read_explained, unexplained
from zhibiao_training.corpus import read_folder
from zhibiao_training.counts import with_counts
from zhibiao_training.standoff import read_rows, to_row, write_rows

ANNOTATIONS = Path(__file__).parents[2] / "annotations"


def test_the_corpus_passes_its_checks() -> None:
    left = unexplained(check_folder(ANNOTATIONS / "corpus"), read_explained(ANNOTATIONS / "explained.toml"))
    assert [(finding.kind, finding.passage, finding.message) for finding in left] == []


def test_brackets_and_standoff_are_made_from_each_other(tmp_path: Path) -> None:
    passages = read_folder(ANNOTATIONS / "corpus")
    write_rows(passages, tmp_path / "corpus.jsonl")
    standoff = ANNOTATIONS / "corpus.jsonl"
    assert (tmp_path / "corpus.jsonl").read_bytes() == standoff.read_bytes()
    for passage, row in zip(passages, read_rows(standoff), strict=True):
        assert json.dumps(to_row(row)) == json.dumps(to_row(passage))
        assert write_brackets(row).encode() == (ANNOTATIONS / "corpus" / f"{row.name}.ann.txt").read_bytes(), row.name


def test_the_datasheet_counts_the_corpus() -> None:
    page = (ANNOTATIONS / "datasheet.md").read_text(encoding="utf-8")
    assert "passages  characters" in page
    assert with_counts(page, read_folder(ANNOTATIONS / "corpus")) == page
