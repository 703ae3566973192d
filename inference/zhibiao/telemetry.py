"""Telemetry of the libraries behind zhibiao, kept off: zhibiao works offline, and tells nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["no_onnxruntime_telemetry", "no_openvino_telemetry"]


def no_onnxruntime_telemetry() -> None:
    """Keep ONNX Runtime, if it is imported after this, from sending anything.

    From version 1.29 on it sends usage data to its makers, by a thread that also makes forked processes hang when they exit. Only
    the environment keeps that thread from being started.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


@contextmanager
def no_openvino_telemetry() -> Iterator[None]:
    """Keep OpenVINO and NNCF, if they are imported inside, from sending anything.

    With the package ``openvino-telemetry``, which they depend on, the import alone writes under ``~/intel`` and calls a server.
    Where that package cannot be imported they use a stand-in of their own that does nothing. Afterwards the package can be
    imported again, by whoever wants it.
    """
    name = "openvino_telemetry"
    if name in sys.modules:  # the program imported it on its own account
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # Python's way to say that there is none
    try:
        yield
    finally:
        del sys.modules[name]
