"""A training run, as written down in a TOML file."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["GOLD", "HARMLESS", "PRECISIONS", "CorpusConfig", "RunConfig", "read_config"]

#: The tagging head trained on this project's own guidelines.
GOLD = "gold"

#: What the key ``precision`` may say.
PRECISIONS = ("auto", "bf16", "fp16", "fp32")

#: Keys that a run may be resumed with another value of: they do not touch what is learned.
HARMLESS = frozenset({"out", "evaluations", "patience", "save_minutes"})

T = TypeVar("T")


@dataclass(frozen=True)
class CorpusConfig:
    """One source of examples.

    Attributes:
        path: A folder of ``*.ann.txt`` (kind ``brackets``), a ``.jsonl[.xz]`` (``standoff``) or a ``.txt[.xz]`` (``plain``).
        kind: How to read it.
        share: Its share of the training characters; shares need not add up to one.
        habit: The tagging head it teaches; sets with the same boundary habits may share one. ``gold`` is the head of this
            project's own guidelines, the one that is measured and exported. Empty for plain text.
        rewrap: Chance that a passage's lines are broken anew each time it is read.
        crop: Chance that only one to three sentences of a passage are read.
        only: Labels of which a passage must hold at least one to be read; empty for no such demand.
        split: Which split of the folder to read, where its ``manifest.json`` divides it; empty for all.
        limit: Most characters to read of it; 0 for all. Plain text is thinned out evenly.
    """

    path: Path
    kind: str
    share: float
    habit: str = ""
    rewrap: float = 0.0
    crop: float = 0.0
    only: tuple[str, ...] = ()
    split: str = ""
    limit: int = 0


@dataclass(frozen=True)
class RunConfig:
    """Everything a training run depends on.

    Attributes:
        base: A local folder or hub id of a BERT-like encoder (BERT, MacBERT, RoBERTa-wwm, MiniLM, ELECTRA, ERNIE, RoBERTa) whose
            vocabulary knows characters, or a checkpoint folder of an earlier run.
        out: Where checkpoints, logs and the state to resume from go.
        corpora: What to learn from.
        dev: A folder of ``*.ann.txt`` to measure on, or None.
        characters: Length of the run, counted in characters read.
        batch_characters: Characters in a batch, padding included; each of several processes reads a batch of its own.
        accumulate: Batches whose gradients are averaged before a step of the optimizer, for a larger batch than memory holds.
        precision: ``bf16``, ``fp16`` (GPU only; the loss is scaled), ``fp32``, or ``auto``: bf16 where the hardware has it, else
            fp16 on a GPU and fp32 on a CPU.
        learning_rate, head_learning_rate: Peaks for the encoder and for everything on top of it.
        layer_decay: Factor by which the learning rate falls with each layer towards the embeddings.
        final_rate: Where the linear decay ends, as a share of the peak.
        warmup: Share of the run over which the rate rises.
        weight_decay: Of AdamW.
        dropout: On the encoder's hidden states.
        masked_share: Share of characters hidden for the masked-language-model task; 0 for none.
        masked_weight, link_weight, attribute_weight: Weights of these losses beside that of tagging.
        layers: How many layers of the base's encoder to keep, evenly spaced; 0 for all.
        teachers: Checkpoint folders whose answers to learn as well, on every corpus and on plain text; of several, their mean.
            See :mod:`zhibiao_training.teacher`.
        teacher_weight: Weight of what they teach.
        average: Decay of the moving average of the weights that is saved in place of the last weights; 0 for none.
        window, before, after: See :func:`zhibiao.windows.split_windows`.
        evaluations: How often to measure on ``dev`` and save.
        patience: Evaluations in a row without a gain in core facts F1 after which the run stops; 0 to run to the end.
        save_minutes: How often to store the state to resume from, beside each evaluation; 0 for at evaluations only.
        seed: Seed of everything random.
    """

    base: str
    out: Path
    corpora: tuple[CorpusConfig, ...]
    dev: Path | None = None
    characters: int = 1_000_000
    batch_characters: int = 4096
    accumulate: int = 1
    precision: str = "auto"
    learning_rate: float = 1e-4
    head_learning_rate: float = 5e-4
    layer_decay: float = 1.0
    final_rate: float = 0.0
    warmup: float = 0.05
    weight_decay: float = 0.01
    dropout: float = 0.1
    masked_share: float = 0.0
    masked_weight: float = 0.5
    link_weight: float = 0.5
    attribute_weight: float = 0.1
    layers: int = 0
    teachers: tuple[str, ...] = ()
    teacher_weight: float = 1.0
    average: float = 0.0
    window: int = 510
    before: int = 180
    after: int = 96
    evaluations: int = 4
    patience: int = 0
    save_minutes: float = 15.0
    seed: int = 1


def read_config(path: Path, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Read a run from TOML; relative paths in it count from the current folder.

    Args:
        path: The file.
        overrides: Values that count in place of the file's.

    Raises:
        ValueError: For an unknown or missing key; the message names it.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) | dict(overrides or {})
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: is no TOML ({error})") from error
    rows = values.pop("corpora", [])
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{path}: no corpora; name at least one, under [[corpora]]")
    corpora = tuple(_build(CorpusConfig, row, f"{path}: [[corpora]]") for row in rows)
    run = _build(RunConfig, {**values, "corpora": corpora}, str(path))
    counts = (run.characters, run.batch_characters, run.evaluations, run.accumulate)
    if min(corpus.share for corpus in corpora) <= 0 or min(counts) <= 0:
        raise ValueError(f"{path}: share, characters, batch_characters, accumulate and evaluations must be above 0")
    if run.precision not in PRECISIONS:
        raise ValueError(f"{path}: precision = {run.precision!r} is not known; use {', '.join(PRECISIONS)}")
    if min(run.patience, run.save_minutes, run.layers) < 0:
        raise ValueError(f"{path}: patience, save_minutes and layers must be 0 or more")
    if run.patience and not run.dev:
        raise ValueError(f"{path}: patience counts evaluations without a gain, but there is no dev to measure on")
    if not any(corpus.habit for corpus in corpora) and not run.masked_share and not run.teachers:
        raise ValueError(f"{path}: nothing to learn; give a corpus a habit, or set masked_share or teachers")
    if (run.dev or run.teachers) and not any(corpus.habit == GOLD for corpus in corpora):
        raise ValueError(f"{path}: dev and teachers are about this project's labels, but no corpus has the habit {GOLD!r}")
    return run


def _build(kind: type[T], values: dict[str, Any], where: str) -> T:
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ValueError(f"{where}: unknown key {', '.join(unknown)}")
    for key, value in values.items():
        numeric = key == "share" or isinstance(fields[key].default, int | float)
        several = isinstance(fields[key].default, tuple)
        if key != "corpora" and not isinstance(value, int | float if numeric else list if several else str):
            raise ValueError(f"{where}: {key} = {value!r} is of the wrong type")
    converted = {key: _converted(key, value) for key, value in values.items()}
    try:
        return kind(**converted)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from error


def _converted(key: str, value: Any) -> Any:
    if key in ("path", "out", "dev"):
        return Path(value)
    return tuple(value) if isinstance(value, list) else value
