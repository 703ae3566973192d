"""The command line, with a stand-in for the model: what it reads, writes and returns."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from zhibiao.cli import main
from zhibiao.document import Document
from zhibiao.errors import InputError, ModelError
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.quantity import Quantity

TEXT = "前三季度，青屿高新区实现产值1254亿元。"


class FakeExtractor:
    """Finds 1254亿元 wherever it stands."""

    loaded: list[tuple[Any, Any, Any]] = []  # noqa: RUF012
    threads = 1

    @classmethod
    def load(cls, model: Path | None = None, *, threads: int | None = None, backend: str = "auto") -> "FakeExtractor":
        if model is not None and not model.is_dir():
            raise ModelError(f"{model}: no such model folder")
        cls.loaded.append((model, threads, backend))
        return cls()

    def extract_parts(self, document: Document) -> Iterator[Extraction]:
        if "坏" in document.text:
            raise InputError(f"{document.id}: cannot be understood")
        start = document.text.find("1254亿元")
        if start < 0:
            yield Extraction(document)
            return
        amount = Quantity(Decimal(125400000000), unit="CNY")
        fact = Fact(
            "产值", None, "1254亿元", "青屿高新区", "前三季度", None, "产值", None, "level", amount, None, "actual", None, None,
            document.text, start, start + 6, 0.9,
        )  # fmt: skip
        yield Extraction(document, facts=(fact,))


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeExtractor]:
    module = ModuleType("zhibiao.extractor")
    FakeExtractor.loaded = []
    module.Extractor = FakeExtractor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zhibiao.extractor", module)
    return FakeExtractor


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write(name: str, text: str = TEXT, encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


Write = Callable[..., str]
Capture = pytest.CaptureFixture[str]


def errors(capsys: Capture) -> list[str]:
    """The lines on stderr, each of which must be one error."""
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("zhibiao: error: ") for line in lines)
    return lines


def test_a_table_on_screen(write: Write, capsys: Capture) -> None:
    assert main(["extract", write("page.txt")]) == 0
    out = capsys.readouterr().out
    assert "125,400,000,000 CNY" in out
    assert out.endswith("1 fact in 1 document\n")
    assert "==" not in out


def test_several_files_have_headings(write: Write, capsys: Capture) -> None:
    assert main(["extract", write("a.txt"), write("b.b.txt", encoding="gb18030")]) == 0
    out = capsys.readouterr().out
    assert "== a ==" in out
    assert "== b.b ==" in out
    assert out.endswith("2 facts in 2 documents\n")


def test_jsonl(write: Write, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["extract", write("page.txt", TEXT + "\r\n"), "-o", str(out), "--published", "2020-11-13"]) == 0
    row = json.loads(out.read_text(encoding="utf-8"))
    assert row["id"] == "page"
    assert row["text"] == TEXT + "\r\n"
    assert row["published"] == "2020-11-13"
    assert Extraction.from_json(row).document.published == date(2020, 11, 13)
    fact = row["facts"][0]
    assert row["text"][fact["start_offset"] : fact["end_offset"]] == "1254亿元"
    assert capsys.readouterr() == ("", "")


def test_csv(write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["extract", write("a.txt"), write("b.txt"), "--output", str(out)]) == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        assert [(row["id"], row["amount"]) for row in csv.DictReader(stream)] == [("a", "125400000000"), ("b", "125400000000")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode("gb18030"))))
    out = tmp_path / "out.jsonl"
    assert main(["extract", "-", "-o", str(out)]) == 0
    row = json.loads(out.read_text(encoding="utf-8"))
    assert (row["id"], row["text"]) == ("stdin", TEXT)


def test_a_bad_file_does_not_stop_the_others(write: Write, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out.jsonl"
    (tmp_path / "folder").mkdir()
    bad = [str(tmp_path / "gone.txt"), str(tmp_path / "folder"), write("empty.txt", ""), write("bad.txt", "坏")]
    (tmp_path / "raw.txt").write_bytes(b"\xff" * 9)
    bad.append(str(tmp_path / "raw.txt"))
    assert main(["extract", *bad, write("a.txt"), write("none.txt", "今天天气很好。"), "-o", str(out)]) == 1
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == ["a", "none"]
    lines = errors(capsys)
    assert len(lines) == len(bad)
    reasons = ["no such file", "holds no files", "is empty", "cannot be understood", "neither UTF-8 nor GB18030"]
    assert all(reason in line for reason, line in zip(reasons, lines, strict=True))


def test_a_folder_and_a_table_give_a_document_each(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("前三季度，该区产值9亿元。", encoding="utf-8")
    (folder / "rows.csv").write_text("编号,正文\n7,今年产值8亿元。\n8,\n9,今年产值7亿元。\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    main(["extract", str(folder), "-o", str(out)])
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["path"] for row in rows] == [str(folder / "a.txt"), *[str(folder / "rows.csv")] * 2]
    assert [row.get("row") for row in rows] == [None, 1, 3]
    assert main(["extract", str(folder / "rows.csv"), "--text-column", "标题", "-o", str(out)]) == 1


@pytest.mark.parametrize("options", [[], ["-o", "out.csv"]])
def test_nothing_but_bad_files(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["extract", "gone.txt", *options]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "zhibiao: error: gone.txt: no such file; check the name\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["-o", "out.xls"], "end the name in .jsonl, .csv"),
        (["-o", "out"], "end the name in .jsonl, .csv"),
        (["-o", "gone/out.csv"], "there is no folder gone"),
        (["--published", "13.11.2020"], "write it as YYYY-MM-DD"),
        (["--published", ""], "write it as YYYY-MM-DD"),
        (["--model", "gone"], "gone: no such model folder"),
    ],
)
def test_options_of_no_use(write: Write, capsys: Capture, fake: type[FakeExtractor], options: list[str], reason: str) -> None:
    assert main(["extract", write("page.txt"), *options]) == 2
    (line,) = errors(capsys)
    assert reason in line
    assert fake.loaded == []


@pytest.mark.parametrize(
    "arguments", [["extract"], ["extract", "a.txt", "--threads", "0"], ["extract", "a.txt", "--thread", "2"], ["dance"]]
)
def test_usage(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert len(errors(capsys)) == 1


def test_no_command(capsys: Capture) -> None:
    assert main([]) == 2
    assert "no command" in errors(capsys)[0]


def test_model_threads_and_back_end_are_passed_on(write: Write, tmp_path: Path, fake: type[FakeExtractor]) -> None:
    assert main(["extract", write("page.txt"), "--model", str(tmp_path), "--threads", "2", "--backend", "onnx"]) == 0
    assert fake.loaded == [(tmp_path, 2, "onnx")]


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"zhibiao {version('zhibiao')}\n"


def test_a_narrow_encoding_shows_question_marks(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["extract", write("page.txt")]) == 0
    assert b"1254??  125,400,000,000 CNY" in raw.getvalue()


# Runs the command in a process of its own, with the stand-in for the model.
PROGRAM = f"""
import runpy, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_cli
from types import ModuleType
module = ModuleType("zhibiao.extractor")
module.Extractor = test_cli.FakeExtractor
sys.modules["zhibiao.extractor"] = module
sys.argv = ["zhibiao", *sys.argv[1:]]
runpy.run_module("zhibiao", run_name="__main__")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no closed pipes of this kind")
def test_a_reader_that_stops_early(write: Write) -> None:
    files = [write("page.txt")] * 3000
    command = [sys.executable, "-c", PROGRAM, "extract", *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
