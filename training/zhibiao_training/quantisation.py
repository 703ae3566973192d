"""Eight bits: an encoder's matrix products as an ONNX graph that says for each what range its input has."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from zhibiao.telemetry import no_openvino_telemetry

__all__ = ["WINDOWS", "quantise"]

#: Windows that the ranges are measured on: with twice as many, the default model came no closer to its tag logits in float32.
WINDOWS = 150
# How much of the large values SmoothQuant moves from the activations into the weights. Of 0.5 to 0.95, this left most of the
# default model's most probable tags as they are in float32.
_SMOOTHING = 0.9


def quantise(source: Path, target: Path, windows: Sequence[NDArray[np.int64]]) -> None:
    """Quantise an encoder graph to int8.

    Weights get a scale for each channel. Activations get a scale for each matrix product, fixed once and for all by what they are
    on the windows given, after SmoothQuant (Xiao et al., 2023) has moved their rare large values into the weights. So what a
    window gives does not depend on the windows beside it. The products of attention, which have no weights, stay in float32.

    Args:
        source: The graph in float32, with the inputs ``ids`` and ``mask``.
        target: Where to write the other.
        windows: Token ids of sample windows, edges marked; the first :data:`WINDOWS` are used.

    Raises:
        ValueError: If there are no windows.
    """
    if not windows:
        raise ValueError("int8 needs sample texts to measure the range of the activations on; give a folder that holds some")
    with no_openvino_telemetry():
        import nncf
    nncf.set_log_level(logging.ERROR)
    model = onnx.load(source)
    weights = {weight.name for weight in model.graph.initializer}
    weightless = [n.name for n in model.graph.node if n.op_type == "MatMul" and weights.isdisjoint(n.input)]
    quantised = nncf.quantize(
        model,
        nncf.Dataset(windows[:WINDOWS], lambda ids: {"ids": ids[None], "mask": np.ones_like(ids[None])}),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED,
        fast_bias_correction=True,
        subset_size=min(len(windows), WINDOWS),
        ignored_scope=nncf.IgnoredScope(names=weightless),
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=_SMOOTHING)
        ),
    )
    _make_unsigned(quantised)
    onnx.save(quantised, target)


def _make_unsigned(model: onnx.ModelProto) -> None:
    """Let activations count from 0 to 255 in place of -128 to 127, which is the same numbers moved by 128.

    ONNX Runtime computes the products of query, key and value in float32 where their common input is signed. OpenVINO is as fast
    with either.
    """
    graph = model.graph
    constants = {constant.name: constant for constant in graph.initializer}
    quantised = {node.output[0] for node in graph.node if node.op_type == "QuantizeLinear"}
    for node in graph.node:
        if node.op_type == "QuantizeLinear" or (node.op_type == "DequantizeLinear" and node.input[0] in quantised):
            zero = constants[node.input[2]]
            if zero.data_type == TensorProto.INT8:
                moved = (numpy_helper.to_array(zero).astype(np.int16) + 128).astype(np.uint8)
                zero.CopyFrom(numpy_helper.from_array(moved, zero.name))
    # It names the types of before; whoever loads the graph infers them anew.
    del graph.value_info[:]
