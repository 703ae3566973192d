"""The encoder in OpenVINO, which is faster than ONNX Runtime on x86 processors; the extra ``openvino`` installs it."""

from __future__ import annotations

import ctypes
import os
import warnings
from collections import deque
from functools import cache
from typing import Any

import numpy as np

from zhibiao.encoder import Encode, Floats, Integers, OnnxBackend, WindowEncoder
from zhibiao.errors import ModelError, require
from zhibiao.folder import ENCODER
from zhibiao.telemetry import no_openvino_telemetry

__all__ = ["OpenVinoBackend"]

# OpenVINO makes its kernels anew for every length it has not seen: lengths are rounded up to a multiple of this.
_STEP = 32


class OpenVinoBackend(OnnxBackend):
    """The encoder in OpenVINO on the CPU; the linker stays in ONNX Runtime.

    It is used by threads and pickled like :class:`zhibiao.encoder.OnnxBackend`, and reads the same graphs. In a process forked
    from one that had used OpenVINO, the encoder runs in ONNX Runtime, with a warning: OpenVINO cannot be opened again there.

    Args:
        folder: The model.
        threads: Threads to use; None for as many as the process has cores.

    Raises:
        MissingExtraError: If OpenVINO is not installed.
        ModelError: If it cannot load the encoder, or see :class:`zhibiao.encoder.OnnxBackend`.
    """

    def _open_encoder(self) -> Encode:
        require("openvino", "openvino", "the back-end openvino")
        process, core = _core()
        if process != os.getpid():
            warnings.warn(
                "this process was forked from one that uses OpenVINO, whose threads stayed there; zhibiao goes on with ONNX "
                "Runtime. Start processes by spawn or forkserver, or fork before a model is loaded, to use OpenVINO in them",
                RuntimeWarning,
                stacklevel=2,
            )
            return super()._open_encoder()
        path = self._folder.path / ENCODER
        settings = {
            "INFERENCE_NUM_THREADS": self.threads,
            "NUM_STREAMS": self.threads,
            # What is not in eight bits is computed in float32, as ONNX Runtime does, also where bfloat16 would be faster.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        try:
            compiled = core.compile_model(path, "CPU", settings)
        except Exception as error:
            raise ModelError(f"{path}: OpenVINO cannot load the model ({error})") from error
        # In eight bits the smallest difference grows from layer to layer, and OpenVINO's sums in float32 differ with the shape of
        # the batch: read alone, a window gives the same whatever stands beside it.
        return WindowEncoder(_Requests(compiled, self._folder.window + 2).read, self.threads)


@cache
def _core() -> tuple[int, Any]:
    """The one ``openvino.Core`` of a process, and the process in which it was made.

    A forked process cannot use it, nor make another that works: TBB, with which OpenVINO computes, waits there for threads that
    only the parent has. Compiling a model then did not end in one fork of sixty (seen with OpenVINO 2026.4.1 and two threads).

    It lives as long as the process: with every core, OpenVINO gives the thread another stack for signals, and where the first of
    two cores goes first, the last one restores the stack that went with it. The next signal then ends the process by a
    segmentation fault (seen with OpenVINO 2026.4.1; ``SigAltStackSetup`` in its CPU plug-in).
    """
    with no_openvino_telemetry():
        import openvino

    core = openvino.Core()
    if hasattr(os, "register_at_fork"):
        # Nor may a forked process destroy it, which waits for those threads too.
        os.register_at_fork(after_in_child=lambda: ctypes.pythonapi.Py_IncRef(ctypes.py_object(core)))
    return os.getpid(), core


class _Requests:
    """A compiled model and its idle requests: each serves one thread at a time."""

    def __init__(self, compiled: Any, longest: int) -> None:
        self._compiled, self._longest = compiled, longest
        self._idle: deque[Any] = deque()

    def read(self, ids: Integers) -> tuple[Floats, Floats]:
        """Read one window."""
        length = len(ids)
        # The longest window and its edges need not be such a multiple, and the model may know no places beyond.
        shape = (1, max(length, min(length + -length % _STEP, self._longest)))
        # Padding is masked, whatever token stands there.
        padded, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        padded[0, :length], mask[0, :length] = ids, 1
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        try:
            request.infer({"ids": padded, "mask": mask}, share_inputs=True)
            vectors, tags = (np.array(request.get_tensor(name).data[:, :length]) for name in ("vectors", "tags"))
        finally:
            self._idle.append(request)
        return vectors, tags
