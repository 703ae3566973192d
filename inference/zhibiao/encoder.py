"""The neural part: windows into vectors and tag scores, mentions into link scores."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zhibiao.characters import CharacterTable
from zhibiao.errors import ModelError
from zhibiao.folder import ENCODER, LINKER, VOCABULARY, ModelFolder

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

    Args:
        folder: The model.
        threads: Threads to use; None for as many as the process has cores.

    Raises:
        ModelError: If ONNX Runtime cannot load the graphs or the vocabulary is broken.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        # Imported here, so that reading a saved extraction needs no onnxruntime.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        options.log_severity_level = 3
        try:
            self._encoder, self._linker = (
                onnxruntime.InferenceSession(str(folder.path / name), options, providers=["CPUExecutionProvider"])
                for name in (ENCODER, LINKER)
            )
        except Exception as error:  # ONNX Runtime raises classes of its own, all plain Exceptions
            raise ModelError(f"{folder.path}: ONNX Runtime cannot load the model ({error})") from error
        try:
            self.table = CharacterTable.read(folder.path / VOCABULARY)
        except ValueError as error:
            raise ModelError(f"{folder.path / VOCABULARY}: {error}") from error

    def encode(self, ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        """See :meth:`Backend.encode`."""
        vectors, tags = self._encoder.run(["vectors", "tags"], {"ids": ids, "mask": mask})
        return vectors, tags

    def link(self, spans: Floats, labels: Integers, features: Integers) -> LinkScores:
        """See :meth:`Backend.link`."""
        inputs: dict[str, Any] = {"spans": spans[None], "labels": labels[None], "features": features[None]}
        links, kinds, directions, statuses = self._linker.run(["links", "kinds", "directions", "statuses"], inputs)
        return LinkScores(links[0], kinds[0], directions[0], statuses[0])
