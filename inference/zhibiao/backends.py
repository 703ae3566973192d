"""The back-ends that can run a model, by name."""

from __future__ import annotations

from importlib.util import find_spec

from zhibiao.encoder import Backend, CudaBackend, OnnxBackend
from zhibiao.errors import InputError
from zhibiao.folder import ModelFolder

__all__ = ["BACKENDS", "choose_backend", "open_backend"]

#: What a caller may ask for: ``auto`` is ``openvino`` where that is installed, else ``onnx``.
BACKENDS = ("auto", "onnx", "openvino", "cuda")


def choose_backend(name: str) -> str:
    """The back-end that a name of :data:`BACKENDS` stands for here.

    Raises:
        InputError: If there is no back-end of that name.
    """
    if name not in BACKENDS:
        raise InputError(f"{name}: no such back-end; give one of {', '.join(BACKENDS)}")
    if name == "auto":
        return "openvino" if find_spec("openvino") is not None else "onnx"
    return name


def open_backend(name: str, folder: ModelFolder, threads: int | None = None) -> Backend:
    """Open a model in a back-end.

    Args:
        name: One of :data:`BACKENDS`.
        folder: The model.
        threads: Threads to use; None for as many as the process has cores.

    Raises:
        InputError: If there is no back-end of that name.
        MissingExtraError: If it is not installed.
        ModelError: If it cannot load the model.
    """
    name = choose_backend(name)
    if name == "openvino":
        from zhibiao.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(folder, threads)
    return CudaBackend(folder, threads) if name == "cuda" else OnnxBackend(folder, threads)
