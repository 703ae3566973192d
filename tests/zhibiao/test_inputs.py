"""What a run is given: which files the names stand for, in which order, and what is told of those that cannot be read."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from zhibiao.document import Document
from zhibiao.inputs import Listed, StandardInput, is_one_document, list_inputs, read_inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [
        "b.txt",
        "a.txt",
        "a.csv",
        ".c.txt",
        "sub/d.txt",
        "sub/deep/e.txt",
        "sub/.git/f.txt",
        "sub/g.png",
        "h[1].txt",
        "h1.txt",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n产值9亿元。\n" if name.endswith(".csv") else "产值9亿元。", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(*names: str, besides: frozenset[Path] = frozenset()) -> list[Listed]:
    return list(list_inputs(names, StandardInput(), besides))


def paths(*names: str) -> list[str]:
    return [each.path for each in listed(*names) if each.error is None]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["b.txt", "a.txt"], ["b.txt", "a.txt"]),
        (["."], ["a.csv", "a.txt", "b.txt", "h1.txt", "h[1].txt", "sub/d.txt", "sub/deep/e.txt"]),
        (["*.txt"], ["a.txt", "b.txt", "h1.txt", "h[1].txt"]),
        (["?.txt", "a.*"], ["a.txt", "b.txt", "a.csv", "a.txt"]),
        (["s*"], ["sub/d.txt", "sub/deep/e.txt"]),
        (["**/*.txt"], ["a.txt", "b.txt", "h1.txt", "h[1].txt", "sub/d.txt", "sub/deep/e.txt"]),
        (["sub/**"], ["sub/d.txt", "sub/deep/e.txt", "sub/g.png"]),
        (["sub/**/e*"], ["sub/deep/e.txt"]),
        (["h[1].txt"], ["h[1].txt"]),
        (["h[0-9].txt"], ["h1.txt"]),
    ],
)
def test_names_folders_and_patterns(folder: Path, names: list[str], wanted: list[str]) -> None:
    assert paths(*names) == wanted


@pytest.mark.parametrize(
    ("name", "reason"), [("*.pdf", "no file fits this pattern"), ("sub/g*/**", "no file fits"), ("sub", ".png files")]
)
def test_what_cannot_be_listed(folder: Path, name: str, reason: str) -> None:
    (error,) = [each for each in listed(name) if each.error is not None]
    assert error.error is not None
    assert reason in error.error
    assert error.error.startswith(error.path)


def test_a_file_that_is_gone_is_left_to_its_reader(folder: Path) -> None:
    assert listed("gone.txt") == [Listed("gone.txt", str(folder / "gone.txt"))]


def test_what_the_run_writes_is_not_read(folder: Path) -> None:
    assert [each.path for each in listed("*.txt", besides=frozenset({folder / "a.txt"}))] == ["b.txt", "h1.txt", "h[1].txt"]


def test_a_stamp_tells_a_change(folder: Path) -> None:
    (before,) = listed("a.txt")
    assert (before.key, before.size, before.rows) == (str(folder / "a.txt"), 16, False)
    assert listed(str(folder / "a.txt"))[0].key == before.key
    os.utime("a.txt", ns=(0, 12345))
    assert listed("a.txt")[0].stamp != before.stamp
    assert [each.rows for each in listed("a.csv")] == [True]


def test_standard_input_is_read_once_and_known_by_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(data: bytes) -> StandardInput:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return StandardInput()

    source = given("产值9亿元。".encode("gbk"))
    (first,) = list_inputs(["-"], source)
    assert list(list_inputs(["-"], source)) == [first]
    assert source.document(None) == Document("stdin", "产值9亿元。")
    (second,) = list_inputs(["-"], given(b"x"))
    assert first.stamp != second.stamp
    monkeypatch.setattr(sys, "stdin", None)
    (closed,) = list_inputs(["-"], StandardInput())
    assert closed.error is not None


def test_documents_and_errors_in_order(folder: Path) -> None:
    found = list(read_inputs(["gone.txt", "a.csv", "*.pdf", "a.txt"]))
    assert [each.path for each in found] == ["gone.txt", "a.csv", "*.pdf", "a.txt"]
    assert [isinstance(each, Document) for each in found] == [False, True, False, True]


@pytest.mark.parametrize(
    ("names", "one"),
    [
        (["a.txt"], True),
        (["-"], True),
        (["h[1].txt"], True),
        (["x" * 5000], True),
        (["a.csv"], False),
        (["sub"], False),
        (["*.txt"], False),
        (["a.txt", "b.txt"], False),
    ],
)
def test_whether_one_document_comes(folder: Path, names: list[str], one: bool) -> None:
    assert is_one_document(names) is one
