"""What a killed run is resumed from: one safetensors file, its header holding the rest as JSON.

One file, put in place at once: whenever the run is killed, the last whole state is there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from zhibiao_training.config import HARMLESS, RunConfig
from zhibiao_training.files import replaced
from zhibiao_training.learner import Learner
from zhibiao_training.worker import Worker

__all__ = ["STATE", "Counts", "load_state", "plain", "save_state"]

#: Its name in the folder of a run.
STATE = "state.safetensors"
_FORMAT = 1


@dataclass(frozen=True)
class Counts:
    """How far a run has come.

    Attributes:
        characters: Read, by all processes together.
        steps: Of the optimizer.
        seconds: Spent, those before it was resumed too.
        best: The best score measured; -1 before the first.
        stale: Evaluations since then.
    """

    characters: int = 0
    steps: int = 0
    seconds: float = 0.0
    best: float = -1.0
    stale: int = 0


def plain(run: RunConfig) -> dict[str, Any]:
    """A run as JSON holds it."""
    told: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(run), default=str))
    return told


def save_state(path: Path, learner: Learner, worker: Worker, counts: Counts, made: Mapping[str, Any], log: object) -> None:
    """Store a run; every worker calls this, the first one writes.

    Args:
        path: The file.
        learner: The model and what changes with it.
        worker: This process.
        counts: How far the run has come.
        made: What it is made with: see :func:`zhibiao_training.provenance.provenance`.
        log: What its log holds so far, for JSON.
    """
    own = worker.gathered(json.dumps(learner.own()))
    if not worker.first:
        return
    header = {
        "format": _FORMAT,
        "run": plain(learner.run),
        "made": made,
        "counts": dataclasses.asdict(counts),
        "log": log,
        "common": learner.common(),
        "own": [json.loads(text) for text in own],
    }
    tensors = {name: value.detach().contiguous() for name, value in learner.tensors().items()}
    with replaced(path) as scratch:
        save_file(tensors, scratch, {"state": json.dumps(header)})


def load_state(path: Path, learner: Learner, worker: Worker, made: Mapping[str, Any]) -> tuple[Counts, Any, list[str]]:
    """Put a learner where a stored run stood.

    Returns:
        How far the run had come, what its log held, and what is different now, for a person to read: then the rest of the run may
        differ in the last bits.

    Raises:
        ValueError: If the file is damaged, or the run is not the one that was stored.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["state"])
            if header["format"] != _FORMAT:
                raise ValueError(f"its format is {header['format']}, not {_FORMAT}")
            _check(path, header, learner.run, worker)
            names = file.keys()
            learner.restore({name: file.get_tensor(name) for name in names}, header["common"], header["own"][worker.rank])
            counts = Counts(**header["counts"])
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: is no state of this run ({error!r}); start anew without --resume") from error
    different = [f"{key} was {then}, is {made.get(key)}" for key, then in header["made"].items() if made.get(key) != then]
    return counts, header["log"], different


def _check(path: Path, header: Mapping[str, Any], run: RunConfig, worker: Worker) -> None:
    """Refuse to go on with another run than the one that was stored."""
    changed = [told for key, told in _differences(header["run"], plain(run)) if key not in HARMLESS]
    if changed:
        raise ValueError(
            f"{path}: the run was begun with other values of {', '.join(changed)}; put them back, or start anew without --resume "
            f"(only {', '.join(sorted(HARMLESS))} may change)"
        )
    if len(header["own"]) != worker.count:
        raise ValueError(f"{path}: was stored by {len(header['own'])} processes, now there are {worker.count}; start as many")


def _differences(then: object, now: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The keys whose values differ, each with a word on both values."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in then | now:
            yield from _differences(then.get(key), now.get(key), f"{name}.{key}" if name else key)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from _differences(one, other, f"{name}[{number}]")
    elif then != now:
        yield name, f"{name} ({then!r}, now {now!r})"
