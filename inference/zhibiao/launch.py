"""What a fresh process takes: time until the first facts, and memory.

:func:`launch` starts processes, in each of which :func:`main` does what is measured. It runs as ``python -m zhibiao.launch``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zhibiao.errors import ModelError

__all__ = ["Launch", "launch", "main", "peak_memory", "stream_memory"]

_BETWEEN = "\f"
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Launch:
    """One start.

    Attributes:
        python: Seconds of a process that does nothing: what the machine takes for any start.
        imported: Seconds that ``import zhibiao`` takes inside a process.
        facts: Seconds from the start of a process to the facts of one sentence.
    """

    python: float
    imported: float
    facts: float


def launch(model: str, threads: int | None, sentence: str, backend: str = "auto") -> Launch:
    """Start three processes, one after the other.

    Args:
        model: Name of the model, or the absolute path of its folder.
        threads: Threads to compute with; None for all cores.
        sentence: What to extract.
        backend: See :meth:`zhibiao.Extractor.load`.

    Raises:
        ModelError: If a process fails.
    """
    python, _ = _run("-c", "pass")
    took = "import time; t = time.perf_counter(); import zhibiao; print(time.perf_counter() - t)"
    _, imported = _run("-c", took)
    facts, _ = _run("-m", "zhibiao.launch", model, str(threads or 0), backend, "1", stdin=sentence)
    return Launch(python, float(imported), facts)


def stream_memory(model: str, threads: int | None, texts: Sequence[str], times: int, backend: str = "auto") -> int:
    """Most bytes that a process held which extracted these texts one after the other, so many times.

    Raises:
        ModelError: If the process fails.
    """
    _, answer = _run("-m", "zhibiao.launch", model, str(threads or 0), backend, str(times), stdin=_BETWEEN.join(texts))
    return int(answer)


def _run(*arguments: str, stdin: str = "") -> tuple[float, str]:
    """Seconds until the process's first line, or its end where it says nothing, and what it says."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(stdin)
        process.stdin.close()
        line = process.stdout.readline()
        seconds = time.perf_counter() - begin
    if process.returncode:
        raise ModelError(f"a process to be measured failed (exit code {process.returncode}): {' '.join(arguments[:2])}")
    return seconds, line.strip()


def peak_memory() -> int:
    """Most bytes that this process has held so far."""
    if _STATUS.exists():
        # Not what getrusage tells, which counts the process that started this one.
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def main() -> None:
    """Extract the texts of standard input so many times; say how many bytes the process has held at most."""
    model, threads, backend, times = sys.argv[1:]
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    texts = sys.stdin.read().split(_BETWEEN)

    from zhibiao import Extractor

    place = Path(model) if Path(model).is_absolute() else model
    extractor = Extractor.load(place, threads=int(threads) or None, backend=backend)
    for _ in extractor.stream(texts * int(times)):
        pass
    print(peak_memory(), flush=True)


if __name__ == "__main__":
    main()
