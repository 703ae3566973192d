"""Checkpoints: a folder with the encoder's configuration, the vocabulary, the weights and what the run was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PretrainedConfig

from zhibiao.characters import CharacterTable
from zhibiao.folder import open_model
from zhibiao_training.config import GOLD
from zhibiao_training.exported import is_exported, read_exported
from zhibiao_training.files import replaced
from zhibiao_training.model import JointModel

__all__ = ["GOLD", "Checkpoint", "load_checkpoint", "save_checkpoint", "start_model"]

_SHIPPED = ("default", "small")  # the models that come with zhibiao


@dataclass(frozen=True)
class Checkpoint:
    """A model with its character table and the notes kept beside it."""

    model: JointModel
    table: CharacterTable
    notes: dict[str, Any]


def start_model(
    base: str, habits: tuple[str, ...], dropout: float, *, masked_lm: bool, window: int = 0, layers: int = 0
) -> tuple[JointModel, CharacterTable]:
    """Put fresh heads on an encoder.

    Args:
        base: A folder written by :func:`save_checkpoint` (its weights are taken where names and shapes agree), an exported
            model (a folder, or ``default`` or ``small``: :mod:`zhibiao_training.exported`), a folder of a BERT-like encoder, or
            a hub id.
        habits: Names of the tagging heads.
        dropout: Dropout of hidden states. Attention dropout is off: with it, a CPU can use no fused attention kernel.
        masked_lm: Whether to add a masked-language-model head.
        window: Most characters that it will have to read at one go.
        layers: How many of the encoder's layers to keep, evenly spaced and the last among them; 0 for all.

    Raises:
        OSError: If there is no such folder or model.
        ModelError: If it is an exported model, and damaged.
        ValueError: If it is no BERT-like encoder, its vocabulary lacks BERT's special tokens, the window is too long for it, or
            it has fewer layers.
    """
    options = _options(dropout)
    folder = Path(base)
    if (folder / "checkpoint.json").exists():
        model, table, _ = _restore(folder, habits, options, masked_lm=masked_lm)
        _check_window(base, model.encoder.config, window)
        _thin(base, model.encoder, layers)
        return model, table
    if is_exported(folder) or (base in _SHIPPED and not folder.exists()):
        model, table = _from_exported(
            open_model(folder if is_exported(folder) else base).path, habits, options, masked_lm=masked_lm
        )
        _check_window(base, model.encoder.config, window)
        _thin(base, model.encoder, layers)
        return model, table
    if not folder.exists() and (folder.is_absolute() or len(folder.parts) > 2):
        raise FileNotFoundError(f"{base}: no such folder, and no hub id either, which would be of the form owner/name")
    config = AutoConfig.from_pretrained(base)
    if not all(hasattr(config, name) for name in (*options, "hidden_size", "num_hidden_layers")):
        raise ValueError(
            f"{base}: a model of type {config.model_type!r} is no BERT-like encoder; use a BERT, ELECTRA, ERNIE or RoBERTa"
        )
    _check_window(base, config, window)
    tokenizer = AutoTokenizer.from_pretrained(base)
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    try:
        table = CharacterTable.extended([token for token, _ in by_id])
    except ValueError as error:
        raise ValueError(f"{base}: {error}; use an encoder with a vocabulary like that of BERT for Chinese") from error
    encoder = _without_pooler(AutoModel.from_pretrained(base, dtype=torch.float32, **options))
    encoder.resize_token_embeddings(len(table.vocabulary), mean_resizing=False)
    _thin(base, encoder, layers)
    return JointModel(encoder, habits, masked_lm=masked_lm), table


def _check_window(base: str, config: PretrainedConfig, window: int) -> None:
    """Refuse a window that the encoder has no positions for."""
    # RoBERTa counts its positions from behind that of the padding.
    first = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    room = config.max_position_embeddings - first - 2
    if window > room:
        raise ValueError(f"{base}: has positions for {room} characters and the two edges; window = {window} is too long")


def _thin(base: str, encoder: nn.Module, count: int) -> None:
    """Leave ``count`` of an encoder's layers, evenly spaced; all of them where it is 0."""
    layers = encoder.encoder.layer
    if count > len(layers):
        raise ValueError(f"{base}: has {len(layers)} layers; layers = {count} is too many")
    if count:
        kept = [len(layers) * (place + 1) // count - 1 for place in range(count)]
        encoder.encoder.layer = nn.ModuleList(layers[place] for place in kept)
        encoder.config.num_hidden_layers = count


def _options(dropout: float) -> dict[str, float]:
    return {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0}


def _without_pooler(encoder: nn.Module) -> nn.Module:
    """The vector of a whole text, which some encoders compute, is of no use here."""
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    return encoder


def _restore(
    folder: Path, habits: tuple[str, ...], options: dict[str, float], *, masked_lm: bool
) -> tuple[JointModel, CharacterTable, list[str]]:
    """A model with the saved weights that have a place in it, its table, and the names of the weights that were not there."""
    table = CharacterTable.read(folder / "vocab.txt")
    config = AutoConfig.from_pretrained(folder)
    config.update(options)
    model = JointModel(_without_pooler(AutoModel.from_config(config)), habits, masked_lm=masked_lm)
    try:
        saved = load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{folder / 'model.safetensors'}: cannot be read ({error})") from error
    return model, table, _fill(model, saved)


def _from_exported(
    folder: Path, habits: tuple[str, ...], options: dict[str, float], *, masked_lm: bool
) -> tuple[JointModel, CharacterTable]:
    config, table, weights = read_exported(folder)
    config.update(options)
    model = JointModel(_without_pooler(AutoModel.from_config(config)), habits, masked_lm=masked_lm)
    missing = [name for name in _fill(model, weights) if name.startswith(("encoder.", "linker.", f"taggers.{GOLD}."))]
    if missing:
        raise ValueError(
            f"{folder}: lacks {', '.join(missing[:3])}, as an exported BERT does not; start from the checkpoint it was made of"
        )
    return model, table


def _fill(model: JointModel, saved: dict[str, Tensor]) -> list[str]:
    """Put the saved weights into a model where names and shapes agree, and name its weights that were not there."""
    current = model.state_dict()
    fitting = {name: value for name, value in saved.items() if name in current and current[name].shape == value.shape}
    model.load_state_dict(fitting, strict=False)
    return sorted(set(current) - set(fitting))


def save_checkpoint(folder: Path, model: JointModel, table: CharacterTable, notes: dict[str, Any]) -> None:
    """Write a checkpoint folder, file by file: a kill in between leaves each of them whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with replaced(folder / "config.json") as scratch:
        model.encoder.config.to_json_file(scratch)
    with replaced(folder / "vocab.txt") as scratch:
        table.write(scratch)
    with replaced(folder / "model.safetensors") as scratch:
        save_file({name: value.contiguous() for name, value in model.state_dict().items()}, scratch)
    text = json.dumps({**notes, "habits": list(model.taggers)}, ensure_ascii=False, indent=1)
    with replaced(folder / "checkpoint.json") as scratch:
        scratch.write_text(text, encoding="utf-8")


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint folder, ready to be used or exported.

    Raises:
        FileNotFoundError: If it is not a checkpoint folder.
        ValueError: If it was not trained on this project's labels, or its weights are damaged or those of another model.
    """
    if not (folder / "checkpoint.json").exists():
        raise FileNotFoundError(f"{folder} is no checkpoint folder: it has no checkpoint.json")
    notes = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
    if GOLD not in notes.get("habits", ()) or "run" not in notes:
        raise ValueError(f"{folder}: no corpus of its run had the habit {GOLD!r}, so it has no tagger for this project's labels")
    model, table, missing = _restore(folder, tuple(notes["habits"]), _options(0.0), masked_lm=False)
    if missing:
        raise ValueError(f"{folder}: lacks the weights {', '.join(missing[:3])}, or has them in another shape")
    return Checkpoint(model.eval(), table, notes)
