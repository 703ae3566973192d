"""The neural part: windows into vectors and tag scores, mentions into link scores."""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from zhibiao.characters import CharacterTable
from zhibiao.errors import ModelError
from zhibiao.folder import ENCODER, LINKER, VOCABULARY, ModelFolder, open_model
from zhibiao.telemetry import no_onnxruntime_telemetry

__all__ = ["Backend", "CudaBackend", "Encode", "LinkScores", "OnnxBackend", "WindowEncoder", "usable_cores"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
#: Ids and mask in, vectors and tag logits out.
Encode = Callable[[Integers, Integers], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class LinkScores:
    """What the linker says of ``n`` mentions.

    Attributes:
        links: Float32 ``(link types, n, n + 1)``: logits of each head over its candidates; the last column means none.
        kinds, directions, statuses: Float32 ``(n, choices)``: logits of the attributes; they mean something for VALUEs only.
    """

    links: Floats
    kinds: Floats
    directions: Floats
    statuses: Floats


class Backend(Protocol):
    """Whatever runs the model.

    Attributes:
        table: Its character table.
        threads: How many threads it is worth calling it from at the same time, and windows giving it at once.
    """

    table: CharacterTable
    threads: int

    def encode(self, ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        """Read windows.

        Args:
            ids: Token ids ``(b, t)``, edges marked, padded at the end.
            mask: 1 for a token, 0 for padding, ``(b, t)``.

        Returns:
            Vectors ``(b, t, hidden)`` and tag logits ``(b, t, tags)``, both float32.
        """
        ...

    def link(self, spans: Floats, labels: Integers, features: Integers) -> LinkScores:
        """Score the links among ``n`` mentions.

        Args:
            spans: The vectors of each mention's first and last character side by side, ``(n, 2 * hidden)``.
            labels: Label numbers, ``(n,)``.
            features: ``(n, n, 4)`` from :func:`zhibiao.pairs.pair_features`.
        """
        ...


def usable_cores() -> int:
    """How many cores this process may use, by its affinity."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class OnnxBackend:
    """ONNX Runtime on the CPU: each window is read by one thread, and as many windows at the same time as there are threads.

    Two threads on two windows did twice the work of two threads on one, of which each waits for the other at every layer
    (inference/performance.md).

    Any number of threads may use one at the same time. In a child process made by a fork it opens the model anew when it is first
    used, since the threads that ONNX Runtime computes with stay behind in the parent. Pickled, it is the place of the model and
    its settings; a process that unpickles it many times opens the model once.

    Args:
        folder: The model.
        threads: Threads to use; None for as many as the process has cores.

    Raises:
        ModelError: If ONNX Runtime cannot load the graphs or the vocabulary is broken.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        self._folder, self._threads = folder, threads
        self.threads = threads or usable_cores()
        self._lock = Lock()
        self._sessions: tuple[Encode, Any] | None = self._open()
        try:
            self.table = CharacterTable.read(folder.path / VOCABULARY)
        except ValueError as error:
            raise ModelError(f"{folder.path / VOCABULARY}: {error}") from error
        _BACKENDS.add(self)

    def encode(self, ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        """See :meth:`Backend.encode`."""
        encode, _ = self._opened()
        return encode(ids, mask)

    def link(self, spans: Floats, labels: Integers, features: Integers) -> LinkScores:
        """See :meth:`Backend.link`."""
        _, linker = self._opened()
        inputs: dict[str, Any] = {"spans": spans[None], "labels": labels[None], "features": features[None]}
        links, kinds, directions, statuses = linker.run(["links", "kinds", "directions", "statuses"], inputs)
        return LinkScores(links[0], kinds[0], directions[0], statuses[0])

    def _opened(self) -> tuple[Encode, Any]:
        """What this process runs: the encoder and the linker's session."""
        sessions = self._sessions
        if sessions is None:
            with self._lock:
                sessions = self._sessions = self._sessions or self._open()
        return sessions

    def _open(self) -> tuple[Encode, Any]:
        return self._open_encoder(), self._session(LINKER, ["CPUExecutionProvider"])

    def _open_encoder(self) -> Encode:
        """Open the encoder; other back-ends do it their way."""
        run = _run_by(self._session(ENCODER, ["CPUExecutionProvider"]))
        return WindowEncoder(lambda ids: run(ids[None], np.ones((1, len(ids)), dtype=np.int64)), self.threads)

    def _session(self, name: str, providers: list[str]) -> Any:
        """Open a graph of the folder in ONNX Runtime."""
        onnxruntime = _onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(str(self._folder.path / name), options, providers=providers)
        except Exception as error:  # ONNX Runtime raises classes of its own, all plain Exceptions
            raise ModelError(f"{self._folder.path}: ONNX Runtime cannot load the model ({error})") from error

    def _abandon(self) -> None:
        """Forget the sessions of the parent process.

        They are kept from ever being destroyed: that would wait for threads that this process does not have.
        """
        if self._sessions is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._sessions))
        self._sessions, self._lock = None, Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (type(self), self._folder.reference, self._folder.digest, self._threads)


class CudaBackend(OnnxBackend):
    """ONNX Runtime with the encoder on an NVIDIA GPU; the small linker stays on the CPU.

    Raises:
        ModelError: If this ONNX Runtime cannot use a GPU here, or cannot load the graphs.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        super().__init__(folder, threads)
        self.threads = 1  # there is one GPU, and a batch fills it

    def _open_encoder(self) -> Encode:
        wanted = "CUDAExecutionProvider"
        session = None
        if wanted in _onnxruntime().get_available_providers():
            session = self._session(ENCODER, [wanted, "CPUExecutionProvider"])
        # Where it finds no GPU or no CUDA, ONNX Runtime takes the CPU and says so in its log only.
        if session is None or wanted not in session.get_providers():
            raise ModelError(
                "the back-end cuda needs an NVIDIA GPU, CUDA and the package 'onnxruntime-gpu' in place of 'onnxruntime'; "
                "one of them is missing, use the back-end onnx"
            )
        return _run_by(session)


class WindowEncoder:
    """Reads the windows of a batch alone, side by side in threads.

    On a CPU that takes less time than a batch: what a layer hands to the next stays in the processor's cache, and there is no
    padding.

    Args:
        read: Given the ``t`` token ids of a window, its vectors ``(1, t, hidden)`` and tag logits ``(1, t, tags)``; called by
            several threads at the same time.
        threads: How many windows are read at the same time, by whomever the encoder is called.
    """

    def __init__(self, read: Callable[[Integers], tuple[Floats, Floats]], threads: int) -> None:
        self._read = read
        # Whoever reads has one, those who call the encoder and those who help them.
        self._turns = BoundedSemaphore(threads)
        # It starts its threads when they are first needed, and always has one for who got a turn.
        self._helpers = ThreadPoolExecutor(max(threads - 1, 1), thread_name_prefix="zhibiao")

    def __call__(self, ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        """See :meth:`Backend.encode`."""
        lengths = mask.sum(axis=1).tolist()
        waiting = deque(range(len(lengths)))
        found: dict[int, tuple[Floats, Floats]] = {}

        def work() -> None:
            while True:
                try:
                    row = waiting.popleft()
                except IndexError:
                    return
                found[row] = self._read(ids[row, : lengths[row]])

        def help() -> None:
            try:
                work()
            finally:
                self._turns.release()

        helpers: list[Future[None]] = []
        with self._turns:
            # Where every thread has work of its own, each reads its windows by itself, which takes a fifth less processor time.
            while len(helpers) < len(lengths) - 1 and self._turns.acquire(blocking=False):
                helpers.append(self._helpers.submit(help))
            work()
        for helper in helpers:
            helper.result()
        if len(found) == 1 and found[0][0].shape[1] == ids.shape[1]:
            return found[0]
        vectors, tags = (np.zeros((*ids.shape, part.shape[-1]), dtype=np.float32) for part in found[0])
        for row, (row_vectors, row_tags) in found.items():
            vectors[row, : row_vectors.shape[1]], tags[row, : row_tags.shape[1]] = row_vectors[0], row_tags[0]
        return vectors, tags


def _run_by(session: Any) -> Encode:
    def encode(ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        vectors, tags = session.run(["vectors", "tags"], {"ids": ids, "mask": mask})
        return vectors, tags

    return encode


def _onnxruntime() -> Any:
    """Import ONNX Runtime with its telemetry off."""
    no_onnxruntime_telemetry()
    # Imported here, so that reading a saved extraction needs no onnxruntime.
    import onnxruntime

    # Where the program had imported it before.
    if hasattr(onnxruntime, "disable_telemetry_events"):
        onnxruntime.disable_telemetry_events()
    return onnxruntime


@lru_cache(maxsize=2)
def _reopen(kind: type[OnnxBackend], reference: str, digest: str, threads: int | None) -> OnnxBackend:
    folder = open_model(reference if os.sep not in reference else Path(reference))
    if folder.digest != digest:
        raise ModelError(
            f"{folder.path}: is not the model that the extractor was pickled with; install the same zhibiao and models everywhere"
        )
    return kind(folder, threads)


_BACKENDS: WeakSet[OnnxBackend] = WeakSet()


def _abandon_all() -> None:
    for backend in list(_BACKENDS):
        backend._abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
