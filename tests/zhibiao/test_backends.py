"""The back-ends by name: which is taken, that they agree, and what is said where one is missing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from zhibiao import Extractor, InputError, ModelError, backends
from zhibiao.backends import BACKENDS, open_backend
from zhibiao.cli import main
from zhibiao.encoder import OnnxBackend
from zhibiao.errors import MissingExtraError
from zhibiao.folder import open_model
from zhibiao.openvino_backend import OpenVinoBackend

TEXTS = [f"今年前三季度，全市工业产值实现{number}亿元，同比增长5%。" * (1 + 2 * number % 9) for number in range(12)]


def test_auto_takes_openvino_where_it_is_installed(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = open_model(tiny_model)
    assert type(open_backend("auto", folder, 1)) is OpenVinoBackend
    monkeypatch.setattr(backends, "find_spec", lambda _: None)
    assert type(open_backend("auto", folder, 1)) is OnnxBackend


def test_the_back_ends_find_the_same(tiny_model: Path) -> None:
    """Lengths that OpenVINO rounds up, and those that it does not, among them."""
    one, other = (Extractor.load(tiny_model, threads=1, backend=name) for name in ("onnx", "openvino"))
    for text in TEXTS:
        a, b = one.extract(text), other.extract(text)
        assert a.mentions
        assert [(m.label, m.start, m.end, m.attributes) for m in a.mentions] == [
            (m.label, m.start, m.end, m.attributes) for m in b.mentions
        ]
        assert [(link.type, link.head, link.tail) for link in a.links] == [(link.type, link.head, link.tail) for link in b.links]
        np.testing.assert_allclose([m.score for m in a.mentions], [m.score for m in b.mentions], atol=1e-3)


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_a_window_does_not_depend_on_those_beside_it(tiny_model: Path, name: str) -> None:
    """In eight bits too: what ranges the numbers have is in the model, not measured on the batch."""
    backend = open_backend(name, open_model(tiny_model), 1)
    rows = np.random.default_rng(3).integers(5, 50, (4, 40))
    mask = np.ones_like(rows)
    mask[1:3, 20:] = 0
    _, together = backend.encode(rows, mask)
    for row in range(len(rows)):
        length = int(mask[row].sum())
        _, alone = backend.encode(rows[row : row + 1, :length], mask[row : row + 1, :length])
        np.testing.assert_allclose(alone[0], together[row, :length], atol=1e-3)


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_threads_share_one(tiny_model: Path, name: str) -> None:
    extractor = Extractor.load(tiny_model, threads=1, backend=name)
    wanted = [extractor.extract(text) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(extractor.extract, TEXTS * 4)) == wanted * 4


SIGNALLED = """
import faulthandler, gc, signal, sys
import zhibiao

faulthandler.enable()  # which gives signals a stack of their own, as OpenVINO does
extractors = [zhibiao.Extractor.load(sys.argv[1], threads=1, backend="openvino") for _ in range(3)]
while extractors:
    extractors.pop(0)
    gc.collect()
signal.signal(signal.SIGINT, lambda *_: print("heard"))
signal.raise_signal(signal.SIGINT)
"""


def test_signals_are_heard_when_extractors_have_gone(tiny_model: Path) -> None:
    """OpenVINO leaves a stack for signals that is no longer there, if it is started twice."""
    done = subprocess.run([sys.executable, "-c", SIGNALLED, str(tiny_model)], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\n", "")


def test_a_name_unknown_is_refused(tiny_model: Path) -> None:
    with pytest.raises(InputError, match="tensorrt: no such back-end; give one of auto, onnx, openvino, cuda"):
        Extractor.load(tiny_model, backend="tensorrt")


def test_a_missing_package_is_named(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("zhibiao.errors.find_spec", lambda name: None if name == "openvino" else find(name))
    with pytest.raises(
        MissingExtraError, match=r"the back-end openvino needs the package 'openvino': pip install 'zhibiao\[openvino\]'"
    ):
        Extractor.load(tiny_model, backend="openvino")


def test_a_missing_gpu_is_explained(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime may use a GPU")
    with pytest.raises(ModelError, match="needs an NVIDIA GPU, CUDA and the package 'onnxruntime-gpu'"):
        Extractor.load(tiny_model, backend="cuda")
    page = tmp_path / "page.txt"
    page.write_text(TEXTS[1], encoding="utf-8")
    assert main(["extract", str(page), "--model", str(tiny_model), "--backend", "cuda"]) == 2
    assert "onnxruntime-gpu" in capsys.readouterr().err


@pytest.mark.parametrize("name", [name for name in BACKENDS if name != "cuda"])
def test_the_command_line_takes_each(tiny_model: Path, tmp_path: Path, name: str) -> None:
    page = tmp_path / "page.txt"
    page.write_text(TEXTS[1], encoding="utf-8")
    output = tmp_path / "out.jsonl"
    assert main(["extract", str(page), "--model", str(tiny_model), "--backend", name, "-o", str(output)]) == 0
    (row,) = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    wanted = Extractor.load(tiny_model, threads=1, backend="onnx").extract(TEXTS[1])
    places = [(each["label"], each["start_offset"], each["end_offset"]) for each in row["entities"]]
    assert places == [(m.label, m.start, m.end) for m in wanted.mentions]
