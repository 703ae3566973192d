"""Fresh processes: they find the model that they are told of, and say what they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhibiao.errors import ModelError
from zhibiao.launch import launch, peak_memory, stream_memory


def test_a_start_is_measured_in_processes_of_its_own(tiny_model: Path) -> None:
    started = launch(str(tiny_model), 1, "生产总值486.3亿元。")
    assert 0 < started.imported < started.facts
    assert started.python > 0


def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it(tiny_model: Path) -> None:
    """What getrusage tells would be the memory of the parent, which holds PyTorch."""
    ballast = bytearray(400_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    held = peak_memory()
    used = stream_memory(str(tiny_model), 1, ["生产总值486.3亿元。", "增长7.2%。"], 2)
    assert held > 400_000_000
    assert 10_000_000 < used < held


def test_a_process_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="failed"):
        stream_memory(str(tmp_path / "missing"), 1, ["文"], 1)
