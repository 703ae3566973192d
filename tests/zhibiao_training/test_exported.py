"""Training goes on from an exported model: its weights come back from the graphs, and compute what it computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from zhibiao.encoder import OnnxBackend
from zhibiao.errors import ModelError
from zhibiao.folder import ENCODER, open_model, write_checksums
from zhibiao_training.backend import TorchBackend
from zhibiao_training.checkpoint import load_checkpoint, start_model
from zhibiao_training.export import export
from zhibiao_training.exported import read_exported

TEXT = "今年上半年全市工业总产值达到12.3亿元,同比增长近4.5%"


@pytest.fixture(scope="module")
def tiny_float(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model exported in float32."""
    folder = tmp_path_factory.mktemp("models") / "float"
    export(load_checkpoint(tiny_checkpoint), folder, "float", None)
    return folder


def test_float32_comes_back_bit_for_bit(tiny_float: Path, tiny_checkpoint: Path) -> None:
    """With the configuration the encoder had, heads of attention among it."""
    source = load_checkpoint(tiny_checkpoint)
    config, table, weights = read_exported(tiny_float)
    wanted = source.model.state_dict()
    assert weights.keys() == wanted.keys()
    assert all(torch.equal(weights[name], wanted[name]) for name in wanted)
    assert table.vocabulary == source.table.vocabulary
    old = source.model.encoder.config
    keys = ("num_attention_heads", "num_hidden_layers", "intermediate_size", "max_position_embeddings", "vocab_size")
    assert {key: getattr(config, key) for key in keys} == {key: getattr(old, key) for key in keys}
    assert config.layer_norm_eps == pytest.approx(old.layer_norm_eps)


def test_eight_bits_come_back_as_what_they_compute(tiny_model: Path) -> None:
    """SmoothQuant's scales and the corrected biases among it; what is left is the rounding of the activations."""
    model, table = start_model(str(tiny_model), ("gold", "other"), 0.0, masked_lm=False)
    ids = np.concatenate([[table.start], table.encode(TEXT), [table.end]]).astype(np.int64)[None]
    ours = TorchBackend(model.eval(), table).encode(ids, np.ones_like(ids))
    theirs = OnnxBackend(open_model(tiny_model)).encode(ids, np.ones_like(ids))
    for a, b in zip(ours, theirs, strict=True):
        assert np.abs(a - b).mean() < 0.05 * np.abs(b).mean()
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("name", ["default", "small"])
def test_what_comes_with_zhibiao_is_a_base_by_its_name(name: str) -> None:
    """And decides as it does: nearly every character has the tag it has at run time."""
    model, table = start_model(name, ("gold",), 0.0, masked_lm=False)
    ids = np.concatenate([[table.start], table.encode(TEXT), [table.end]]).astype(np.int64)[None]
    ours = TorchBackend(model.eval(), table).encode(ids, np.ones_like(ids))[1]
    theirs = OnnxBackend(open_model(name)).encode(ids, np.ones_like(ids))[1]
    assert (ours.argmax(-1) == theirs.argmax(-1)).mean() > 0.9


def test_a_damaged_one_is_no_base(tiny_float: Path, tmp_path: Path) -> None:
    """Neither one whose files are not what they were, nor one whose graph is another's."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in tiny_float.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    graph = onnx.load(folder / ENCODER)
    for node in graph.graph.node:
        node.name = node.name.replace("layer.1", "another")
    onnx.save(graph, folder / ENCODER)
    with pytest.raises(ModelError, match="damaged"):
        start_model(str(folder), ("gold",), 0.0, masked_lm=False)
    write_checksums(folder)
    with pytest.raises(ValueError, match=r"lacks encoder\.encoder\.layer\.1\."):
        start_model(str(folder), ("gold",), 0.0, masked_lm=False)
