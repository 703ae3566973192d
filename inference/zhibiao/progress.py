"""How far a run is, on one line of a terminal that is written over again and again."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

__all__ = ["Progress"]

_INTERVAL = 0.2  # seconds between two pictures
_BAR = 20
_CLEAR = "\r\x1b[K"


class Progress:
    """Counts what is done, and shows it.

    Bytes tell how much is left, since the sizes of files are known before they are read.

    Args:
        stream: A terminal; None to show nothing.
        clock: Seconds, from whenever.
        width: Columns of the terminal; its own by default.
    """

    def __init__(
        self,
        stream: TextIO | None,
        clock: Callable[[], float] = time.monotonic,
        width: Callable[[], int] | None = None,
    ) -> None:
        self._stream, self._clock, self._width = stream, clock, width or self._columns
        self._begun = self._shown = clock()
        self._visible = False
        self._total = self._skipped = self._read = 0.0
        self._documents = self._characters = self._failed = 0

    @classmethod
    def on_standard_error(cls, *, quiet: bool = False) -> Progress:
        """Show it on standard error where that is a terminal, and nothing elsewhere or if ``quiet``."""
        stream: TextIO | None = sys.stderr
        return cls(None if quiet or stream is None or not stream.isatty() else stream)

    def begin(self, total: float) -> None:
        """Count from now on, with this many bytes ahead."""
        self._total = total
        self._begun = self._clock()
        self._show()

    def expect(self, size: float) -> None:
        """Take back or add to the bytes ahead, where an estimate proved wrong."""
        self._total += size

    def skip(self, size: float) -> None:
        """Pass over bytes that were done in an earlier run, and say nothing about the speed of this one."""
        self._skipped += size

    def read(self, size: float) -> None:
        """Count bytes that are done."""
        self._read += size
        self._tick()

    def document(self, characters: int) -> None:
        """Count a document that is done."""
        self._documents += 1
        self._characters += characters
        self._tick()

    def failure(self) -> None:
        """Count a document that failed."""
        self._failed += 1
        self._tick()

    def say(self, text: str) -> None:
        """Show a few words in place of the counts, until these change."""
        self._draw(text)

    def clear(self) -> None:
        """Leave the line empty, for something else to be written on it."""
        if self._visible:
            self._write(_CLEAR)
            self._visible = False

    def end(self) -> None:
        """Show the last state and leave it standing."""
        if self._stream is not None:
            self._show()
            self._write("\n")
            self._visible = False

    def line(self, width: int) -> str:
        """What is shown, on so many columns."""
        seconds = max(self._clock() - self._begun, 1e-9)
        done = self._skipped + self._read
        part = min(done / self._total, 1.0) if self._total > 0 else 1.0
        counts = [
            f"{self._documents:,} document{'' if self._documents == 1 else 's'}",
            f"{self._characters / seconds:,.0f} characters/s",
        ]
        if self._failed:
            counts.append(f"{self._failed:,} failed")
        if self._read > 0 and done < self._total:
            counts.append(f"{_duration(seconds * (self._total - done) / self._read)} left")
        words = f"{int(100 * part):3d} %  {', '.join(counts)}"
        bar = f"[{'#' * int(_BAR * part):.<{_BAR}}]"
        return (f"{bar} {words}" if len(bar) + 1 + len(words) <= width else words)[: max(width, 0)]

    def _columns(self) -> int:
        columns = 0
        with suppress(OSError, ValueError):  # no terminal after all
            # Standard output, which shutil asks, may go elsewhere.
            columns = os.get_terminal_size(self._stream.fileno()).columns if self._stream is not None else 0
        return columns or shutil.get_terminal_size().columns

    def _tick(self) -> None:
        if self._clock() - self._shown >= _INTERVAL:
            self._show()

    def _show(self) -> None:
        if self._stream is not None:
            self._draw(self.line(self._width() - 1))

    def _draw(self, text: str) -> None:
        if self._stream is None:
            return
        self._shown = self._clock()
        self._write(_CLEAR + text[: max(self._width() - 1, 0)])
        self._visible = True

    def _write(self, text: str) -> None:
        # A terminal that was closed must not end the run.
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{minutes} min {whole % 60:02d} s"
