"""A model folder: what it must hold, where the default one lies, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zhibiao.calibration import Calibration
from zhibiao.errors import ModelError
from zhibiao.labels import LINK_TYPES, TAGS

__all__ = ["CHECKSUMS", "ENCODER", "FORMAT", "LINKER", "VOCABULARY", "ModelFolder", "open_model", "write_checksums"]

#: Raised by one whenever a runtime of before could not read a model of now.
FORMAT = 1
ENCODER = "encoder.onnx"
LINKER = "linker.onnx"
VOCABULARY = "vocab.txt"
_CONFIG = "config.json"
CHECKSUMS = "SHA256SUMS"
_FILES = (_CONFIG, ENCODER, LINKER, VOCABULARY)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder that was found whole.

    Attributes:
        path: Where it lies.
        name: The model's name.
        window: Most characters the encoder reads at one go.
        before, after: Characters of context around a window's own part.
        calibration: What makes its scores probabilities.
        digest: Checksum of its checksums, which tells whether another folder holds the same model.
    """

    path: Path
    name: str
    window: int
    before: int
    after: int
    calibration: Calibration = field(default_factory=Calibration)
    digest: str = ""

    @property
    def reference(self) -> str:
        """What another process finds the model by: its name if it comes with zhibiao, else the absolute path."""
        path = self.path.resolve()
        return path.name if path.parent == _home() else str(path)


def open_model(model: str | Path | None = None) -> ModelFolder:
    """Find a model folder and check every file of it against its checksums.

    Args:
        model: A folder, or the name of a model that comes with zhibiao (the wheel carries them, and a checkout holds them under
            ``models/``); None for ``default``. A string that is such a name means that model, whatever folders there are.

    Raises:
        ModelError: If there is none, or if a file is missing, damaged or of another format.
    """
    path = _find("default" if model is None else model)
    if not _is_folder(path):
        raise ModelError(f"{path}: no such model folder; give a folder that holds {', '.join((*_FILES, CHECKSUMS))}")
    _check(path)
    try:
        config = json.loads((path / _CONFIG).read_text(encoding="utf-8"))
        return replace(_read_config(path, config), digest=_digest(path / CHECKSUMS))
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path / _CONFIG}: cannot be read ({error}); export the model anew with zhibiao-train export"
        ) from error


def write_checksums(path: Path) -> None:
    """Write ``SHA256SUMS`` beside a model's files, in the format of ``sha256sum``."""
    lines = [f"{_digest(path / name)}  {name}\n" for name in _FILES]
    (path / CHECKSUMS).write_text("".join(lines), encoding="ascii", newline="\n")


def _home() -> Path:
    """The folder of the models that come with zhibiao."""
    package = Path(__file__).resolve().parent
    carried = package / "models"
    return carried if carried.is_dir() else package.parents[1] / "models"


def _find(model: str | Path) -> Path:
    path = Path(model)
    if not isinstance(model, str) or any(mark in model for mark in (os.sep, os.altsep) if mark):
        return path
    home = _home()
    known = sorted(each.parent.name for each in home.glob(f"*/{_CONFIG}"))
    if model in known:
        return home / model
    if not _is_folder(path):
        raise ModelError(
            f"{model}: no model of that name comes with zhibiao, nor is there such a folder; "
            f"give the path of a model folder, or one of these names: {', '.join(known) or '(none)'}"
        )
    return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder above it that may not be entered
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path) -> None:
    sums = path / CHECKSUMS
    try:
        lines = sums.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{sums}: cannot be read ({error}); a model folder needs it, export the model anew") from error
    wanted = {name.strip(): digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name in _FILES:
        if name not in wanted:
            raise ModelError(f"{sums}: {name} is not listed; export the model anew")
        try:
            found = _digest(path / name)
        except OSError as error:
            raise ModelError(f"{path / name}: cannot be read ({error.strerror}); the model folder is not complete") from error
        if found != wanted[name]:
            raise ModelError(
                f"{path / name}: damaged, its checksum is not the one in {CHECKSUMS}; fetch or export the model anew"
            )


def _read_config(path: Path, config: dict[str, Any]) -> ModelFolder:
    if config["format"] != FORMAT:
        raise ModelError(
            f"{path}: a model of format {config['format']}, this zhibiao reads format {FORMAT}; update one of the two"
        )
    if tuple(config["tags"]) != TAGS or tuple(config["link_types"]) != LINK_TYPES:
        raise ModelError(f"{path}: its tags or link types are not those of this zhibiao; export the model anew")
    if 3 * (config["before"] + config["after"]) >= 2 * config["window"]:
        raise ModelError(f"{path}: its windows leave no room beside their context; export the model anew")
    calibration = Calibration.from_json(config["calibration"]) if "calibration" in config else Calibration()
    return ModelFolder(path, str(config["name"]), int(config["window"]), int(config["before"]), int(config["after"]), calibration)
