"""The probe's stored graph is the product it says, and contention is told from the looks."""

from __future__ import annotations

from importlib import resources

import numpy as np
import onnx
import pytest

from zhibiao.probe import Probe, Speed, is_contended


def test_the_stored_graph_multiplies_bytes_by_a_constant() -> None:
    graph = onnx.load_from_string(resources.files("zhibiao").joinpath("data", "probe.onnx").read_bytes())
    onnx.checker.check_model(graph)
    assert [node.op_type for node in graph.graph.node] == ["ConstantOfShape", "MatMulInteger"]


def test_the_product_is_right_and_has_the_size_that_is_counted() -> None:
    """A rate is operations by time: were the graph another size, every share would be wrong."""
    probe = Probe(threads=1)
    left = np.random.default_rng(5).integers(0, 255, (512, 1024), dtype=np.uint8)
    (product,) = probe._session.run(None, {"a": left})
    assert product.shape == (512, 1024)
    assert (product == left.astype(np.int32).sum(axis=1, keepdims=True)).all()


def test_a_look_gives_rates() -> None:
    speed = Probe(threads=1).look(seconds=0.01)
    assert speed.int8 >= speed.int8_median > 0
    assert speed.float32 > 0


@pytest.mark.parametrize(("medians", "contended"), [([], False), ([100], False), ([100, 91], False), ([100, 99, 89], True)])
def test_looks_that_lie_apart_tell_contention(medians: list[float], contended: bool) -> None:
    assert is_contended([Speed(200, median, 50) for median in medians]) is contended
