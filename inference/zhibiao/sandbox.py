"""Parsing files in a process of its own, which may take only so much time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Event, Lock, Timer
from types import TracebackType
from typing import Any

from zhibiao.document import Document
from zhibiao.errors import InputError

__all__ = ["Sandbox"]

_SECONDS = 60.0
_MEMORY = 1 << 30


class Sandbox:
    """A process that parses one file after the other; it is started when first needed, and again when it came to grief.

    Files from outside are parsed by libraries in C, which a hostile file can make crash, loop or fill the memory. Then the
    process ends and the file becomes an error. A program needs no ``if __name__ == "__main__"`` for it.

    Args:
        seconds: How long the process may take for a file, and in a table for the next rows.
        memory: Bytes of address space it may take; not enforced on Windows and macOS.

    Attributes:
        lock: For threads that share one: who reads holds it.
    """

    def __init__(self, seconds: float = _SECONDS, memory: int = _MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._process: subprocess.Popen[bytes] | None = None
        self.lock = Lock()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            with suppress(OSError):
                self._process.communicate()
            self._process = None

    def read(
        self, kind: str, path: Path, published: date | None = None, text_column: str | None = None
    ) -> Iterator[Document | InputError]:
        """Read a file.

        Args:
            kind: Its format: ``webpage``, ``pdf``, ``word``, ``workbook``, ``csv``, ``jsonl`` or ``parquet``.
            path: The file.
            published: Its date of publication.
            text_column: Where a row of it has its text.

        Yields:
            Its documents, and an error for the file or for each part of it that cannot be read.
        """
        request = {
            "kind": kind,
            "path": str(path),
            "published": published.isoformat() if published else None,
            "text_column": text_column,
        }
        done = False
        try:
            try:
                process = self._started()
                _input(process).write(json.dumps(request).encode() + b"\n")
                _input(process).flush()
            except OSError as error:
                yield InputError(f"{path}: the process that reads it cannot be started ({error.strerror or error})")
                return
            while True:
                answer, reason = self._answer(process)
                if reason:
                    yield InputError(f"{path}: {reason}; it is damaged, hostile or too large: save its text instead")
                    return
                if answer is None:
                    done = True
                    return
                yield from map(_item, answer)
        finally:
            # What is left of an answer would be taken for the next one.
            if not done:
                self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # The child finds what we find, but nothing in the folder we happen to be in (-P).
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
            # Threads of a linear algebra nobody uses count as memory.
            environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "zhibiao.worker", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> tuple[Any, str]:
        """The next answer, or why there is none."""
        assert process.stdout is not None
        late = Event()

        def stop() -> None:
            late.set()
            process.kill()

        # A pipe cannot be read with a time limit on every system, but a process that is killed closes its end.
        timer = Timer(self._seconds, stop)
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            return json.loads(line), ""
        if late.is_set():
            return None, f"took longer than {self._seconds:g} seconds to read"
        return None, f"made its reader crash (exit code {process.wait()})"


def _input(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdin is not None
    return process.stdin


def _item(answer: dict[str, Any]) -> Document | InputError:
    if "error" in answer:
        error = InputError(answer["error"])
        error.row = answer["row"]
        return error
    published = date.fromisoformat(answer["published"]) if answer["published"] else None
    return Document(answer["id"], answer["text"], published, path=answer["path"], row=answer["row"], pages=tuple(answer["pages"]))
