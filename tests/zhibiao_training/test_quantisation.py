"""Eight bits: what is quantised, in which form, and that the same checkpoint always gives the same file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto

from zhibiao.folder import ENCODER
from zhibiao_training.checkpoint import load_checkpoint
from zhibiao_training.cli import main
from zhibiao_training.export import export

SAMPLE = ["全市工业产值3亿元，同比增长5%。", "前三季度全省总额12.5万元，下降0.7%。" * 3, ""]


def test_a_sample_gives_the_same_file_each_time(tiny_checkpoint: Path, tmp_path: Path) -> None:
    files = []
    for name in "ab":
        export(load_checkpoint(tiny_checkpoint), tmp_path / name, "tiny", SAMPLE)
        files.append((tmp_path / name / ENCODER).read_bytes())
    assert files[0] == files[1]


def test_products_with_weights_are_quantised_and_those_of_attention_are_not(tiny_model: Path) -> None:
    graph = onnx.load(tiny_model / ENCODER).graph
    made_by = {output: node.op_type for node in graph.node for output in node.output}
    kinds = Counter(
        tuple(made_by.get(name) == "DequantizeLinear" for name in n.input) for n in graph.node if n.op_type == "MatMul"
    )
    # Two layers of six products with weights and two of attention, and the tags.
    assert kinds == {(True, True): 13, (False, False): 4}


def test_activations_are_unsigned_and_weights_signed(tiny_model: Path) -> None:
    """With signed activations, ONNX Runtime computes in float32 what three products share."""
    graph = onnx.load(tiny_model / ENCODER).graph
    types = {constant.name: constant.data_type for constant in graph.initializer}
    activations = {types[node.input[2]] for node in graph.node if node.op_type == "QuantizeLinear"}
    weights = {types[n.input[0]] for n in graph.node if n.op_type == "DequantizeLinear" and n.input[0] in types}
    assert (activations, weights) == ({TensorProto.UINT8}, {TensorProto.INT8})


@pytest.mark.parametrize("sample", [[], [""]])
def test_without_any_text_it_is_refused(tiny_checkpoint: Path, tmp_path: Path, sample: list[str]) -> None:
    with pytest.raises(ValueError, match="int8 needs sample texts"):
        export(load_checkpoint(tiny_checkpoint), tmp_path / "model", "tiny", sample)


def test_a_missing_folder_of_samples_is_named(tiny_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["export", "--checkpoint", str(tiny_checkpoint), "--output", str(tmp_path / "m"), "--sample", str(tmp_path / "none")]
    assert main(args) == 2
    assert "none: no such folder; give texts to fit int8 to with --sample FOLDER" in capsys.readouterr().err
