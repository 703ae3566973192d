"""The weights of an exported model, to train on from: read back from its ONNX graphs, eight bits made floats again.

What eight bits rounded away stays lost, and what was folded into the weights beforehand (SmoothQuant's scales, the corrected
biases) comes back with them, so that the model computes what the exported one does, but for the rounding of its activations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor
from transformers import BertConfig

from zhibiao.characters import CharacterTable
from zhibiao.folder import ENCODER, LINKER, VOCABULARY
from zhibiao_training.config import GOLD

__all__ = ["is_exported", "read_exported"]

# The tracer names a matrix product after the module that holds it, but for the tagging heads' common name.
_MODULES = {GOLD: f"taggers.{GOLD}"}


def is_exported(folder: Path) -> bool:
    """Whether a folder is one that :func:`zhibiao_training.export.export` wrote."""
    return (folder / ENCODER).exists() and (folder / LINKER).exists()


def read_exported(folder: Path) -> tuple[BertConfig, CharacterTable, dict[str, Tensor]]:
    """Read back what a model folder was exported from.

    Args:
        folder: A model folder, in int8 or in float32, whose files have been checked (:func:`zhibiao.folder.open_model`).

    Returns:
        The encoder's configuration, the character table, and the weights by the names that a
        :class:`~zhibiao_training.model.JointModel` with the tagging head ``gold`` has for them.

    Raises:
        ValueError: If the graphs are not those of a BERT.
    """
    try:
        encoder, linker = _Graph(folder / ENCODER), _Graph(folder / LINKER)
        weights = {name: torch.tensor(array) for name, array in (encoder.weights() | linker.weights()).items()}
        embeddings = "encoder.embeddings.{}_embeddings.weight"
        vocabulary, hidden = weights[embeddings.format("word")].shape
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return (
            BertConfig(
                vocab_size=vocabulary,
                hidden_size=hidden,
                num_hidden_layers=config["layers"],
                num_attention_heads=round(hidden * encoder.attention_scale() ** 2),
                intermediate_size=len(weights["encoder.encoder.layer.0.intermediate.dense.bias"]),
                max_position_embeddings=len(weights[embeddings.format("position")]),
                type_vocab_size=len(weights[embeddings.format("token_type")]),
                layer_norm_eps=encoder.epsilon(),
            ),
            CharacterTable.read(folder / VOCABULARY),
            weights,
        )
    except (KeyError, StopIteration) as error:
        raise ValueError(
            f"{folder}: its graphs lack {error}, which an exported BERT has; start from the checkpoint it was exported from"
        ) from error


class _Graph:
    """An ONNX graph, as a source of weights."""

    def __init__(self, path: Path) -> None:
        graph = onnx.load(path).graph
        self._nodes = list(graph.node)
        self._constants: dict[str, Callable[[], NDArray[np.float32]]] = {
            constant.name: partial(numpy_helper.to_array, constant) for constant in graph.initializer
        }
        for node in self._nodes:
            if node.op_type == "Constant":
                self._constants[node.output[0]] = partial(numpy_helper.to_array, node.attribute[0].t)
            # The exporter stores equal weights once.
            if node.op_type == "Identity" and node.input[0] in self._constants:
                self._constants[node.output[0]] = self._constants[node.input[0]]
            if node.op_type == "DequantizeLinear" and node.input[0] in self._constants:
                self._constants[node.output[0]] = partial(self._floats, node)
        self._makers = {output: node for node in self._nodes for output in node.output}

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights by the names of their modules: those with names of their own, then those of products and embeddings."""
        found = {}
        for name, read in self._constants.items():
            if name.endswith((".weight", ".bias")):
                found[name.removeprefix("model.")] = read()
        for node in self._nodes:
            path, _, kind = node.name.strip("/").rpartition("/")
            module = _MODULES.get(path, path.replace("/", "."))
            if kind == "Gather" and node.input[0] in self._constants:
                found[f"{module}.weight"] = self._constants[node.input[0]]()
            if kind == "MatMul" and node.input[1] in self._constants:
                found[f"{module}.weight"] = (self._smoothing(node.input[0])[:, None] * self._constants[node.input[1]]()).T
        return found

    def _floats(self, node: onnx.NodeProto) -> NDArray[np.float32]:
        """Eight bits as floats; a scale each for the axis it names."""
        values, scale, zero = (self._constants[name]() for name in node.input)
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        shape = [-1 if place == axis % values.ndim else 1 for place in range(values.ndim)] if scale.ndim else []
        return (values.astype(np.float32) - zero.astype(np.float32).reshape(shape)) * scale.reshape(shape)

    def _smoothing(self, name: str) -> NDArray[np.float32]:
        """What each channel of a product's input is multiplied by on its way there from where the float model had it."""
        scale = np.ones(1, np.float32)
        while (node := self._makers.get(name)) is not None and (
            node.op_type in ("QuantizeLinear", "DequantizeLinear") or "smooth_quant" in node.name
        ):
            if node.op_type == "Mul":
                scale = scale * self._constants[node.input[1]]().reshape(-1)
            name = node.input[0]
        return scale

    def attention_scale(self) -> float:
        """What the attention multiplies its logits by: one by the root of a head's width."""
        (node,) = (n for n in self._nodes if n.name.endswith("layer.0/attention/self/Mul"))
        scales = [self._constants[name]() for name in node.input if name in self._constants]
        return float(scales[0])

    def epsilon(self) -> float:
        """What the layer norms add to the variance."""
        node = next(n for n in self._nodes if n.op_type == "LayerNormalization")
        return next(a.f for a in node.attribute if a.name == "epsilon")
