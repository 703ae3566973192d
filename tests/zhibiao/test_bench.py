"""The command ``zhibiao bench``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zhibiao import benchmark
from zhibiao.cli import main


def test_files_are_measured_shown_and_written(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "_LAUNCHES", 1)
    monkeypatch.setattr(benchmark, "_LATENCY_CALLS", 2)
    text, out = tmp_path / "text.txt", tmp_path / "out.json"
    text.write_text("全区实现生产总值486.3亿元，同比增长7.2%。", encoding="utf-8")
    options = ["--model", str(tiny_model), "--backend", "onnx", "--threads", "1", "--rounds", "1", "--json", str(out)]
    assert main(["bench", str(text), *options]) == 0
    shown = capsys.readouterr().out
    assert "characters a second" in shown
    assert "back-end onnx" in shown
    written = json.loads(out.read_text(encoding="utf-8"))
    assert (written["text"], written["documents"], written["rounds"], written["backend"]) == (str(text), 1, 1, "onnx")


def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--json", str(tmp_path / "no" / "out.json")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_rounds_are_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--rounds", "0"])
    assert "not a whole number above 0" in capsys.readouterr().err
