"""Windows side by side; and an extractor in other processes: forked, spawned, pickled; and no word of it to anybody.

Tests of processes run programs of their own: the process of the tests has threads of other libraries, which a fork must not meet.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import numpy as np
import pytest

from zhibiao import Extractor, ModelError
from zhibiao.backends import BACKENDS
from zhibiao.encoder import WindowEncoder
from zhibiao.folder import write_checksums

_HEAD = """
import os, sys, multiprocessing, pickle
from concurrent.futures import ProcessPoolExecutor
import zhibiao

TEXTS = ["今年前三季度，全市工业产值实现%d亿元，同比增长5%%。" % number * (1 + number % 3) for number in range(5)]
"""


CPU = [name for name in BACKENDS if name not in ("auto", "cuda")]


def run(program: str, *arguments: str, folder: Path, **variables: str) -> str:
    """What a program prints; it fails where it raises, or takes as long as one that waits for ever."""
    path = folder / "program.py"
    path.write_text(_HEAD + program, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"} | variables
    done = subprocess.run(
        [sys.executable, str(path), *arguments], capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("backend", CPU)
def test_a_fork_extracts_and_ends(tiny_model: Path, tmp_path: Path, threads: str, backend: str) -> None:
    """The sessions of the parent do not work in a child, and destroying them there waits for ever.

    OpenVINO cannot even be opened again in a child: there ONNX Runtime takes its place, and says so.
    """
    program = """
import warnings
extractor, onnx = (zhibiao.Extractor.load(sys.argv[1], threads=int(sys.argv[2]), backend=each) for each in (sys.argv[3], "onnx"))
wanted, forked = ([each.extract(text) for text in TEXTS] for each in (extractor, onnx))
assert sum(len(each.mentions) for each in wanted) > 8
for _ in range(2):
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            same = [extractor.extract(text) for text in TEXTS] == forked
        same = same and [each.category for each in caught] == ([RuntimeWarning] if sys.argv[3] == "openvino" else [])
        if grandchild:
            same = same and os.waitpid(grandchild, 0)[1] == 0
        sys.exit(0 if same else 7)
    assert os.waitpid(child, 0)[1] == 0
assert [extractor.extract(text) for text in TEXTS] == wanted
"""
    run(program, str(tiny_model), threads, backend, folder=tmp_path)


@pytest.mark.parametrize("method", ["spawn", "fork"])
@pytest.mark.parametrize("backend", CPU)
def test_worker_processes_extract(tiny_model: Path, tmp_path: Path, method: str, backend: str) -> None:
    """The method is pickled with every task, yet each worker opens the model once."""
    if method == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    program = """
def opened(extractor):
    return os.getpid(), id(extractor._backend)

if __name__ == "__main__":
    extractor = zhibiao.Extractor.load(sys.argv[1], threads=1, backend=sys.argv[3])
    # A forked process has no OpenVINO.
    same = extractor if sys.argv[2] == "spawn" else zhibiao.Extractor.load(sys.argv[1], threads=1, backend="onnx")
    wanted = [same.extract(text) for text in TEXTS]
    with ProcessPoolExecutor(2, multiprocessing.get_context(sys.argv[2])) as pool:
        assert list(pool.map(extractor.extract, TEXTS)) == wanted
        backends = set(pool.map(opened, [extractor] * 40))
    assert len(backends) == len({process for process, _ in backends})
"""
    run(program, str(tiny_model), method, backend, folder=tmp_path)


def test_a_pickle_is_the_place_of_the_model(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path holds in other processes too, and the model is not in the pickle."""
    monkeypatch.chdir(tiny_model.parent)
    extractor = Extractor.load(Path(tiny_model.name), threads=1)
    data = pickle.dumps(extractor)
    assert len(data) < 2000
    monkeypatch.chdir(tmp_path)
    text = "全市工业产值实现3亿元，同比增长5%。"
    assert pickle.loads(data).extract(text) == extractor.extract(text)


def test_another_model_in_the_same_place_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    """Machines that work together must not mix models unnoticed."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    data = pickle.dumps(Extractor.load(folder, threads=1))
    config = folder / "config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    write_checksums(folder)
    with pytest.raises(ModelError, match="is not the model that the extractor was pickled with"):
        pickle.loads(data)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_onnx_runtime_tells_nobody(tiny_model: Path, tmp_path: Path) -> None:
    """Its telemetry runs in a thread of its own from the import on, unless the environment forbids it."""
    program = """
import numpy
before = len(os.listdir("/proc/self/task"))
zhibiao.Extractor.load(sys.argv[1], threads=1, backend="onnx")
print(len(os.listdir("/proc/self/task")) - before, os.environ["ORT_DISABLE_TELEMETRY"])
"""
    assert run(program, str(tiny_model), folder=tmp_path).split() == ["0", "1"]


@pytest.mark.parametrize("backend", CPU)
def test_nothing_is_sent_or_written(tiny_model: Path, tmp_path: Path, backend: str) -> None:
    """OpenVINO comes with a package that writes under the home folder and calls a server as soon as it is imported."""
    program = """
import socket, threading, time

def refuse(*given, **named):
    print("network:", given)
    raise OSError("no network in this test")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
extractor = zhibiao.Extractor.load(sys.argv[1], threads=1, backend=sys.argv[2])
assert extractor.extract(TEXTS[1]).mentions
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join(20)
if os.path.isdir("/proc/self/fd"):
    for name in os.listdir("/proc/self/fd"):
        try:
            assert not os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
        except FileNotFoundError:  # what lists the folder
            pass
"""
    home = tmp_path / "home"
    home.mkdir()
    places = {
        name: str(home) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR", "LOCALAPPDATA")
    }
    # Without these, the package takes a machine of tests for one that must not be counted.
    said = run(program, str(tiny_model), backend, folder=tmp_path, CI="", TF_BUILD="", JENKINS_URL="", **places)
    assert said == ""
    assert list(home.rglob("*")) == []


def test_openvino_can_still_be_imported_with_what_it_comes_with(tiny_model: Path, tmp_path: Path) -> None:
    """Keeping its telemetry off leaves nothing behind in the program that uses zhibiao."""
    program = """
zhibiao.Extractor.load(sys.argv[1], threads=1, backend="openvino")
assert "openvino_telemetry" not in sys.modules
"""
    run(program, str(tiny_model), folder=tmp_path)


class Reader:
    """Gives the ids as vectors, and counts how many read at the same time."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.now = self.most = 0

    def __call__(self, ids: Any) -> tuple[Any, Any]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        sleep(0.002)
        with self.lock:
            self.now -= 1
        vectors = ids[None, :, None].astype(np.float32)
        return vectors, -vectors


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_windows_are_read_side_by_side_by_as_many_threads_as_were_asked_for(threads: int) -> None:
    """Whoever calls: one batch is shared out, and several callers have no more threads than one."""
    reader = Reader()
    encode = WindowEncoder(reader, threads)
    ids = np.arange(1, 81, dtype=np.int64).reshape(8, 10)
    mask = (np.arange(10) < np.arange(3, 11)[:, None]).astype(np.int64)
    with ThreadPoolExecutor(4) as callers:
        found = [encode(ids, mask), *callers.map(lambda _: encode(ids, mask), range(4))]
    assert reader.most == threads
    for vectors, tags in found:
        np.testing.assert_array_equal(vectors[..., 0], ids * mask)
        np.testing.assert_array_equal(tags, -vectors)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_one_window_is_told_and_the_next_batch_is_read(threads: int) -> None:
    """Nor is a turn lost: with every failure there would be one thread less, and at last none."""
    reader = Reader()

    def read(ids: Any) -> tuple[Any, Any]:
        if ids[0] == 5:
            raise MemoryError
        return reader(ids)

    encode = WindowEncoder(read, threads)
    ids, mask = np.array([[1], [5], [5], [5], [2]]), np.ones((5, 1), dtype=np.int64)
    for _ in range(5):
        with pytest.raises(MemoryError):
            encode(ids, mask)
    vectors, _ = encode(ids[[0, 4]], mask[:2])
    np.testing.assert_array_equal(vectors[:, 0, 0], [1, 2])
