"""Model folders: a broken one is refused with a reason, never used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from zhibiao.errors import ModelError
from zhibiao.extractor import Extractor
from zhibiao.folder import CHECKSUMS, ENCODER, VOCABULARY, open_model, write_checksums


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_a_whole_folder_opens(folder: Path) -> None:
    assert open_model(folder).name == "tiny"


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        open_model(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [ENCODER, VOCABULARY, "config.json", CHECKSUMS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        open_model(folder)


def test_a_damaged_file_is_named(folder: Path) -> None:
    data = bytearray((folder / ENCODER).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / ENCODER).write_bytes(data)
    with pytest.raises(ModelError, match=f"{ENCODER}: damaged"):
        open_model(folder)


def test_another_format_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "format": 99}))
    write_checksums(folder)
    with pytest.raises(ModelError, match="format 99"):
        open_model(folder)


def test_a_graph_that_is_none(folder: Path) -> None:
    (folder / ENCODER).write_bytes(b"no graph")
    write_checksums(folder)
    with pytest.raises(ModelError, match="ONNX Runtime cannot load"):
        Extractor.load(folder)
