"""The probe: how fast the machine multiplies matrices just now.

A rate of text alone says little, since machines differ tenfold and neighbours take their share. Beside the rate of the machine's
own matrix products, measured in the same minute, it can be compared; and where that rate changes between two looks, somebody else
was computing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np

from zhibiao.encoder import _onnxruntime

__all__ = ["CALM", "Probe", "Speed", "is_contended"]

#: Medians of the looks at a machine that lie further apart than this share mean that it was not ours alone.
CALM = 0.10
# Rows; columns and depth are those of the stored graph, whose second matrix is a constant, as a network's weights are.
_ROWS, _SIZE = 512, 1024
_OPERATIONS = 2 * _ROWS * _SIZE * _SIZE


@dataclass(frozen=True, slots=True)
class Speed:
    """One look at the machine, in operations a second; a multiplication and an addition are two.

    Attributes:
        int8: Best rate of ONNX Runtime's 8-bit matrix product.
        int8_median: Its median, which a busy neighbour lowers.
        float32: Best rate of numpy's float32 matrix product, by as many threads as its library takes.
    """

    int8: float
    int8_median: float
    float32: float


class Probe:
    """Measures matrix products.

    Args:
        threads: Threads of the 8-bit products.
    """

    def __init__(self, threads: int) -> None:
        onnxruntime = _onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Spinning threads would take time from whoever is measured next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = resources.files("zhibiao").joinpath("data", "probe.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._bytes = np.full((_ROWS, _SIZE), 3, dtype=np.uint8)
        self._floats = np.ones((_ROWS, _SIZE), dtype=np.float32), np.ones((_SIZE, _SIZE), dtype=np.float32)

    def look(self, seconds: float = 0.3) -> Speed:
        """Measure for about so many seconds."""
        left, right = self._floats
        whole = _times(lambda: self._session.run(None, {"a": self._bytes}), seconds / 2)
        real = _times(lambda: left @ right, seconds / 2)
        return Speed(_OPERATIONS / min(whole), _OPERATIONS / statistics.median(whole), _OPERATIONS / min(real))


def _times(work: Callable[[], object], seconds: float) -> list[float]:
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return times


def is_contended(looks: Sequence[Speed]) -> bool:
    """Whether somebody else was computing: the medians of some looks lie too far apart."""
    medians = [look.int8_median for look in looks]
    return bool(medians) and min(medians) < (1 - CALM) * max(medians)
