"""What a run tells as it goes along: ``log.jsonl``, TensorBoard's event files, and a bar or lines on the terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from zhibiao_training.learner import Loss
from zhibiao_training.state import Counts

__all__ = ["Journal"]

_EVERY = 50  # steps between two rows


class Journal:
    """The log of a run, open while it runs.

    Args:
        folder: The folder of the run.
        length: Characters it is to read.
        counts: How far it has come already.
        stored: What :meth:`state` gave when the run was stored; None for a run that begins.
        terminal: Where to show how far it is: as a bar if it is a terminal, else as a line now and then.
    """

    def __init__(self, folder: Path, length: int, counts: Counts, stored: Any = None, terminal: TextIO | None = None) -> None:
        self._length, self._begun, self._start = length, time.monotonic(), counts
        self._terminal = terminal or sys.stderr
        self._losses: dict[tuple[str, str], list[Any]] = defaultdict(list)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "log.jsonl"
        if stored:
            for corpus, name, values in stored["losses"]:
                self._losses[corpus, name] = values
            if path.exists():
                # Rows written after the state was stored are about to be written again.
                os.truncate(path, min(stored["bytes"], path.stat().st_size))
        self._log = path.open("a", encoding="utf-8")
        self._scalars, remark = _event_files(folder / "tensorboard", counts if stored else None)
        self._bar = None
        if self._terminal.isatty():
            self._bar = tqdm(
                total=length, initial=counts.characters, unit="ch", unit_scale=True, dynamic_ncols=True, file=self._terminal
            )
        if remark:
            self.remark(remark)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for part in (self._log, self._scalars, self._bar):
            if part is not None:
                part.close()

    def seconds(self) -> float:
        """Seconds spent on the run, before it was resumed too."""
        return self._start.seconds + time.monotonic() - self._begun

    def remark(self, text: str) -> None:
        """Tell a person something."""
        if self._bar is not None:
            self._bar.write(text, file=self._terminal)
        else:
            print(text, file=self._terminal, flush=True)

    def begun(self, made: Mapping[str, Any], counts: Counts) -> None:
        """Note what the run is made with."""
        self._row({"step": counts.steps, "resumed" if counts.steps else "begun": made})

    def learned(self, counts: Counts, rate: float, losses: Iterable[Loss]) -> None:
        """Take in a step; every so often write a row of what was gathered."""
        for loss in losses:
            self._losses[loss.corpus, loss.name].append(loss.value)
        if self._bar is not None:
            self._bar.update(counts.characters - self._bar.n)
        if counts.steps % _EVERY:
            return
        here = time.monotonic() - self._begun
        speed = (counts.characters - self._start.characters) / here
        row = {"step": counts.steps, "characters": counts.characters, "seconds": round(self.seconds()), "rate": round(speed)}
        by_habit: dict[str, list[Any]] = defaultdict(list)
        for (_, name), values in self._losses.items():
            by_habit[name] += values
        self._row(row | {"learning_rate": rate} | {name: round(mean, 4) for name, mean in _means(by_habit).items()})
        self._add(counts, _means({f"loss/{corpus}/{name}": values for (corpus, name), values in self._losses.items()}))
        self._add(counts, {"characters_per_second": speed, "learning_rate": rate})
        self._losses.clear()
        if self._bar is None:
            left = (self._length - counts.characters) / speed / 60
            self.remark(f"{counts.characters / self._length:6.1%} {row['rate']} ch/s, {left:.0f} min left")

    def measured(self, counts: Counts, figures: Mapping[str, float]) -> None:
        """Note figures on dev."""
        self._row({"step": counts.steps, "figures": dict(figures)})
        self._add(counts, {f"dev/{name}": value for name, value in figures.items()})
        self.remark(f"{counts.characters / self._length:6.1%} {dict(figures)}")

    def state(self) -> dict[str, Any]:
        """What has to be stored for the log to go on without a gap, for JSON."""
        losses = [[corpus, name, [float(value) for value in values]] for (corpus, name), values in self._losses.items()]
        return {"losses": losses, "bytes": self._log.tell()}

    def _row(self, row: Mapping[str, Any]) -> None:
        print(json.dumps(row), file=self._log, flush=True)

    def _add(self, counts: Counts, scalars: Mapping[str, float]) -> None:
        """Scalars go by characters read, so that runs with batches of different sizes can be laid over each other."""
        for name, value in scalars.items():
            if self._scalars is not None:
                self._scalars.add_scalar(name, value, counts.characters)


def _means(losses: Mapping[str, Sequence[Any]]) -> dict[str, float]:
    return {name: sum(map(float, values)) / len(values) for name, values in sorted(losses.items())}


def _event_files(folder: Path, resumed: Counts | None) -> tuple[Any, str | None]:
    """A writer of TensorBoard's event files, or None and why there is none.

    tensorboardX needs nothing that is not installed anyway; PyTorch's own writer needs all of TensorBoard, web server and gRPC.
    """
    try:
        from tensorboardX import SummaryWriter
    except ModuleNotFoundError:
        return None, "note: no logs for TensorBoard, since tensorboardX is not installed; it comes with the extra 'train'"
    # What was written after the state was stored is not shown.
    return SummaryWriter(str(folder), purge_step=resumed.characters + 1 if resumed else None), None
