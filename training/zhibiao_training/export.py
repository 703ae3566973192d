"""From a checkpoint to a model folder that the runtime reads: ONNX graphs, int8, with what was checked on the way."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zhibiao import calibration as runtime
from zhibiao.characters import CharacterTable
from zhibiao.encoder import OnnxBackend
from zhibiao.folder import ENCODER, FORMAT, LINKER, VOCABULARY, open_model, write_checksums
from zhibiao.labels import LINK_TYPES, TAGS
from zhibiao.pairs import FEATURE_SIZES
from zhibiao_training.backend import TorchBackend
from zhibiao_training.calibration import Calibration
from zhibiao_training.checkpoint import GOLD, Checkpoint
from zhibiao_training.model import JointModel, LinkerScores
from zhibiao_training.quantisation import WINDOWS, quantise

__all__ = ["Difference", "compare", "export", "set_calibration"]

_OPSET = 17


class _EncoderGraph(nn.Module):
    """Ids and mask in, vectors and tag logits out."""

    def __init__(self, model: JointModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        vectors = self.model.encode(ids, mask)
        return vectors, self.model.tag(vectors, GOLD)


class _LinkerGraph(nn.Module):
    """Mentions in, link and attribute logits out."""

    def __init__(self, model: JointModel) -> None:
        super().__init__()
        self.linker = model.linker

    def forward(self, spans: Tensor, labels: Tensor, features: Tensor) -> tuple[Tensor, ...]:
        scores: LinkerScores = self.linker(spans, labels, features, torch.ones_like(labels, dtype=torch.bool))
        return scores.links, scores.kinds, scores.directions, scores.statuses


def export(checkpoint: Checkpoint, folder: Path, name: str, sample: Sequence[str] | None) -> None:
    """Write a model folder.

    Args:
        checkpoint: What to export.
        folder: Where to; made if it is not there.
        name: The model's name.
        sample: Texts of the kind it will read, on which is measured what range the numbers between its layers have, for int8;
            None keeps float32.

    Raises:
        ValueError: If the sample holds no text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = checkpoint.model.eval()
    # Export with the plain attention: the fused one has no counterpart in ONNX's operators.
    model.encoder.set_attn_implementation("eager")
    hidden = model.encoder.config.hidden_size
    run = checkpoint.notes["run"]
    # Every axis is shown a size above one: the exporter takes a size of one for a constant.
    ids = torch.full((2, 9), checkpoint.table.unknown)
    encoder_inputs = (ids, torch.ones_like(ids))
    labels = torch.randint(0, 6, (2, 5))
    linker_inputs = (torch.randn(2, 5, 2 * hidden), labels, torch.zeros(2, 5, 5, len(FEATURE_SIZES), dtype=torch.int64))
    with TemporaryDirectory() as scratch:
        plain = Path(scratch)
        _trace(
            _EncoderGraph(model), encoder_inputs, plain / ENCODER, {"ids": "bt", "mask": "bt"}, {"vectors": "bt", "tags": "bt"}
        )
        _trace(
            _LinkerGraph(model), linker_inputs, plain / LINKER,
            {"spans": "bn", "labels": "bn", "features": "bnn"},
            {"links": "b.n", "kinds": "bn", "directions": "bn", "statuses": "bn"},
        )  # fmt: skip
        if sample is None:
            (folder / ENCODER).write_bytes((plain / ENCODER).read_bytes())
        else:
            quantise(plain / ENCODER, folder / ENCODER, _windows(sample, checkpoint.table, run["window"]))
        (folder / LINKER).write_bytes((plain / LINKER).read_bytes())
    checkpoint.table.write(folder / VOCABULARY)
    config = {
        "format": FORMAT,
        "name": name,
        "quantised": sample is not None,
        "window": run["window"],
        "before": run["before"],
        "after": run["after"],
        "hidden": hidden,
        "layers": model.encoder.config.num_hidden_layers,
        "tags": list(TAGS),
        "link_types": list(LINK_TYPES),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    write_checksums(folder)


def set_calibration(folder: Path, calibration: Calibration) -> None:
    """Write the curves that make a model's scores probabilities into its folder.

    Raises:
        ValueError: If a curve is none that the runtime reads.
    """
    path = folder / "config.json"
    curves = calibration.to_json()
    runtime.Calibration.from_json(curves)
    config = json.loads(path.read_text(encoding="utf-8")) | {"calibration": curves}
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    write_checksums(folder)


def _windows(texts: Sequence[str], table: CharacterTable, size: int) -> list[NDArray[np.int64]]:
    """The beginnings of texts, spread over all of them, as token ids."""
    full = [text for text in texts if text]
    return [_marked(text[:size], table) for text in full[:: max(1, len(full) // WINDOWS)]]


def _marked(text: str, table: CharacterTable) -> NDArray[np.int64]:
    return np.concatenate([[table.start], table.encode(text), [table.end]]).astype(np.int64)


def _trace(
    module: nn.Module, inputs: tuple[Tensor, ...], path: Path, input_axes: dict[str, str], output_axes: dict[str, str]
) -> None:
    """Write a module as ONNX; a letter of an axes string names a dynamic axis, a dot a fixed one."""
    axes = {
        name: {place: letter for place, letter in enumerate(letters) if letter != "."}
        for name, letters in (input_axes | output_axes).items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are constant on purpose
        torch.onnx.export(
            module.eval(), inputs, str(path), input_names=list(input_axes), output_names=list(output_axes),
            dynamic_axes=axes, opset_version=_OPSET, dynamo=False,
        )  # fmt: skip
    onnx.checker.check_model(str(path))


@dataclass(frozen=True)
class Difference:
    """How far an exported model is from the checkpoint it was made of.

    Attributes:
        tags: Largest absolute difference of a tag logit.
        tags_mean: Mean absolute difference of the tag logits.
        decisions: Share of the characters whose most probable tag is the same.
        characters: How many characters were compared.
    """

    tags: float
    tags_mean: float
    decisions: float
    characters: int


def compare(checkpoint: Checkpoint, folder: Path, texts: list[str]) -> Difference:
    """Run both on the first window of the same texts and compare their tag logits."""
    exported, source = OnnxBackend(open_model(folder)), TorchBackend(checkpoint.model, checkpoint.table)
    table = checkpoint.table
    largest = total = same = count = 0.0
    for text in texts:
        ids = _marked(text[: checkpoint.notes["run"]["window"]], table)[None]
        a, b = (backend.encode(ids, np.ones_like(ids))[1][0, 1:-1] for backend in (source, exported))
        gap = np.abs(a - b)
        largest = max(largest, float(gap.max(initial=0.0)))
        total += float(gap.sum())
        same += float((a.argmax(-1) == b.argmax(-1)).sum())
        count += len(a)
    return Difference(largest, total / max(1.0, count * len(TAGS)), same / max(1.0, count), int(count))
