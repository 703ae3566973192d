"""What a run was made with: versions, commit, hardware."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from zhibiao_training.precision import Precision
from zhibiao_training.worker import Worker

__all__ = ["provenance"]

_PACKAGES = ("zhibiao", "torch", "transformers", "tokenizers", "safetensors", "numpy")


def provenance(worker: Worker, precision: Precision) -> dict[str, Any]:
    """What may change the figures of a run beside its configuration, ready for JSON."""
    cuda = worker.device.type == "cuda"
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _commit(Path(__file__)),
        "device": torch.cuda.get_device_name(worker.device) if cuda else f"cpu ({platform.machine()})",
        "cuda": torch.version.cuda if cuda else None,
        "processes": worker.count,
        "threads": torch.get_num_threads(),
        "precision": precision.name,
    }


def _commit(path: Path) -> str | None:
    """The commit a file was checked out from, ``-dirty`` added where tracked files were changed; None where it was not."""
    git = ["git", "-C", str(path.parent)]
    try:
        # A virtual environment may lie inside another project's checkout, whose commit says nothing.
        for command in (["ls-files", "--error-unmatch", path.name], ["describe", "--always", "--abbrev=40", "--dirty"]):
            told = subprocess.run([*git, *command], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return told.strip()
