"""The neural part: windows into vectors and tag scores, mentions into link scores."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from zhibiao.characters import CharacterTable
from zhibiao.errors import ModelError
from zhibiao.folder import ENCODER, LINKER, VOCABULARY, ModelFolder, open_model

__all__ = ["Backend", "LinkScores", "OnnxBackend", "usable_cores"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


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
    """

    table: CharacterTable

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
    """ONNX Runtime on the CPU.

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
        self._lock = Lock()
        self._sessions: tuple[Any, Any] | None = self._open()
        try:
            self.table = CharacterTable.read(folder.path / VOCABULARY)
        except ValueError as error:
            raise ModelError(f"{folder.path / VOCABULARY}: {error}") from error
        _BACKENDS.add(self)

    def encode(self, ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        """See :meth:`Backend.encode`."""
        encoder, _ = self._opened()
        vectors, tags = encoder.run(["vectors", "tags"], {"ids": ids, "mask": mask})
        return vectors, tags

    def link(self, spans: Floats, labels: Integers, features: Integers) -> LinkScores:
        """See :meth:`Backend.link`."""
        _, linker = self._opened()
        inputs: dict[str, Any] = {"spans": spans[None], "labels": labels[None], "features": features[None]}
        links, kinds, directions, statuses = linker.run(["links", "kinds", "directions", "statuses"], inputs)
        return LinkScores(links[0], kinds[0], directions[0], statuses[0])

    def _opened(self) -> tuple[Any, Any]:
        """The sessions of this process: encoder and linker."""
        sessions = self._sessions
        if sessions is None:
            with self._lock:
                sessions = self._sessions = self._sessions or self._open()
        return sessions

    def _open(self) -> tuple[Any, Any]:
        onnxruntime = _onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads or usable_cores()
        options.log_severity_level = 3
        try:
            encoder, linker = (
                onnxruntime.InferenceSession(str(self._folder.path / name), options, providers=["CPUExecutionProvider"])
                for name in (ENCODER, LINKER)
            )
        except Exception as error:  # ONNX Runtime raises classes of its own, all plain Exceptions
            raise ModelError(f"{self._folder.path}: ONNX Runtime cannot load the model ({error})") from error
        return encoder, linker

    def _abandon(self) -> None:
        """Forget the sessions of the parent process.

        They are kept from ever being destroyed: that would wait for threads that this process does not have.
        """
        if self._sessions is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._sessions))
        self._sessions, self._lock = None, Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self._folder.reference, self._folder.digest, self._threads)


def _onnxruntime() -> Any:
    """Import ONNX Runtime with its telemetry off: zhibiao works offline.

    From version 1.29 on it sends usage data to its makers, by a thread that also makes forked processes hang when they exit. Only
    the environment keeps that thread from being started.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    # Imported here, so that reading a saved extraction needs no onnxruntime.
    import onnxruntime

    # Where the program had imported it before.
    if hasattr(onnxruntime, "disable_telemetry_events"):
        onnxruntime.disable_telemetry_events()
    return onnxruntime


@lru_cache(maxsize=2)
def _reopen(reference: str, digest: str, threads: int | None) -> OnnxBackend:
    folder = open_model(reference if os.sep not in reference else Path(reference))
    if folder.digest != digest:
        raise ModelError(
            f"{folder.path}: is not the model that the extractor was pickled with; install the same zhibiao and models everywhere"
        )
    return OnnxBackend(folder, threads)


_BACKENDS: WeakSet[OnnxBackend] = WeakSet()


def _abandon_all() -> None:
    for backend in list(_BACKENDS):
        backend._abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
