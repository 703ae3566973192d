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


@pytest.fixture
def home(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of models in which there is one, tiny."""
    shutil.copytree(tiny_model, tmp_path / "home" / "tiny")
    monkeypatch.setattr("zhibiao.folder._home", lambda: tmp_path / "home")
    return tmp_path / "home"


def test_a_model_is_found_by_its_name(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program runs and whatever lies there: a folder of the same name is a path."""
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert open_model("tiny").path == home / "tiny"
    for folder in ("./tiny", Path("tiny")):
        with pytest.raises(ModelError, match=CHECKSUMS):
            open_model(folder)


def test_the_name_of_a_folder_near_by_is_a_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert open_model(folder.name).name == "tiny"


@pytest.mark.parametrize("name", [None, "small"])
def test_a_model_that_does_not_come_with_zhibiao(home: Path, name: str | None) -> None:
    with pytest.raises(ModelError, match=f"{name or 'default'}: no model of that name .* one of these names: tiny$"):
        open_model(name)


def test_another_process_finds_the_same_model(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name holds on every machine, a path wherever the process works."""
    monkeypatch.chdir(folder.parent)
    named, placed = open_model("tiny"), open_model(folder.name)
    assert (named.reference, placed.reference) == ("tiny", str(folder.resolve()))
    assert named.digest == placed.digest != ""


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


@pytest.mark.parametrize(("backend", "name"), [("onnx", "ONNX Runtime"), ("openvino", "OpenVINO")])
def test_a_graph_that_is_none(folder: Path, backend: str, name: str) -> None:
    (folder / ENCODER).write_bytes(b"no graph")
    write_checksums(folder)
    with pytest.raises(ModelError, match=f"{name} cannot load"):
        Extractor.load(folder, backend=backend)
