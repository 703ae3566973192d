"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from zhibiao.characters import CharacterTable
from zhibiao_training.checkpoint import save_checkpoint
from zhibiao_training.config import RunConfig
from zhibiao_training.journal import Journal
from zhibiao_training.learner import Learner
from zhibiao_training.model import JointModel
from zhibiao_training.precision import choose_precision
from zhibiao_training.provenance import provenance
from zhibiao_training.state import STATE, Counts, load_state, plain, save_state
from zhibiao_training.worker import Worker, join

__all__ = ["Measure", "fit"]

#: Called now and then with the model and its table; returns figures, the first of which decides what is best.
Measure = Callable[[JointModel, CharacterTable], dict[str, float]]


def fit(run: RunConfig, measure: Measure | None = None, *, resume: bool = False) -> JointModel:
    """Train a model as ``run`` says and leave ``last/`` and, where measured, ``best/`` under its ``out`` folder.

    Under ``torchrun``, every process calls this; the first one measures, saves and logs.

    Args:
        run: The run.
        measure: How to judge the model at each evaluation.
        resume: Whether to go on from the state that an earlier call left under ``out`` when it was killed. On the same CPU, with
            as many threads, the weights come out bit for bit as if it had not been. Where there is no state, the run begins.

    Returns:
        The model with its last weights; what was saved are the averaged ones, where ``average`` is set.

    Raises:
        ValueError: If the state is damaged or of another run, or the run asks for what this machine cannot do.
        OSError: If a corpus or the base cannot be read, or ``out`` not be written.
    """
    with join() as worker:
        precision = choose_precision(run.precision, worker.device)
        made = provenance(worker, precision)
        with closing(Learner(run, worker, precision)) as learner:
            path = run.out / STATE
            counts, log, remarks = Counts(), None, []
            if resume and path.exists():
                counts, log, different = load_state(path, learner, worker, made)
                remarks = [f"resumed after {counts.characters} characters", *(f"note: {change}" for change in different)]
            elif resume:
                remarks = [f"{path} is not there: nothing to resume, the run begins"]
            elif path.exists():
                remarks = [f"note: {path} is of an earlier run and will be written over; --resume would go on with that run"]
            with Journal(run.out, run.characters, counts, log) if worker.first else nullcontext() as journal:
                if journal:
                    journal.begun(made, counts)
                    for remark in remarks:
                        journal.remark(remark)
                _Session(run, measure, made, worker, learner, journal).go(counts)
            return learner.model


@dataclass(frozen=True)
class _Session:
    """One call of :func:`fit`; there is no journal but with the first worker."""

    run: RunConfig
    measure: Measure | None
    made: dict[str, Any]
    worker: Worker
    learner: Learner
    journal: Journal | None

    def go(self, counts: Counts) -> None:
        """Train to the end of the run, or until nothing is gained any more."""
        run = self.run
        saved = time.monotonic()
        while counts.characters < run.characters and not (run.patience and counts.stale >= run.patience):
            before = counts.characters
            rate = _rate(before / run.characters, run.warmup, run.final_rate)
            read, losses = self.learner.step(rate)
            counts = replace(counts, characters=before + read, steps=counts.steps + 1)
            if self.journal:
                self.journal.learned(counts, run.learning_rate * rate, losses)
            evaluate = _due(run, before, counts.characters)
            if evaluate:
                counts = self._evaluate(counts)
            # The first worker's clock counts: all have to save together.
            late = run.save_minutes > 0 and time.monotonic() - saved >= 60 * run.save_minutes
            if evaluate or self.worker.told([late])[0]:
                self._save(counts)
                saved = time.monotonic()

    def _evaluate(self, counts: Counts) -> Counts:
        """Measure the model, save it, and count whether it is better than before."""
        if self.journal:
            learner, folder = self.learner, self.run.out
            with learner.judged():
                learner.model.eval()
                figures = self.measure(learner.model, learner.table) if self.measure else {}
                learner.model.train()
                notes = {"run": plain(self.run), "seed": self.run.seed, "made": self.made}
                notes |= {"characters": counts.characters, "figures": figures}
                save_checkpoint(folder / "last", learner.model, learner.table, notes)
                score = next(iter(figures.values()), -1.0)
                better = score > counts.best
                if better:
                    save_checkpoint(folder / "best", learner.model, learner.table, notes)
            counts = replace(counts, best=max(score, counts.best), stale=0 if better else counts.stale + 1)
            self.journal.measured(counts, figures)
            if self.run.patience and counts.stale >= self.run.patience:
                self.journal.remark(f"stopped: no gain in {counts.stale} evaluations, the best was {counts.best}")
        best, stale = self.worker.told([counts.best, counts.stale])
        return replace(counts, best=best, stale=int(stale))

    def _save(self, counts: Counts) -> None:
        """Store what a killed run is resumed from."""
        counts = replace(counts, seconds=self.journal.seconds() if self.journal else 0.0)
        log = self.journal.state() if self.journal else None
        save_state(self.run.out / STATE, self.learner, self.worker, counts, self.made, log)


def _due(run: RunConfig, before: int, now: int) -> bool:
    """Whether a step has passed a place where the run is measured."""
    return now >= run.characters or now * run.evaluations // run.characters > before * run.evaluations // run.characters


def _rate(progress: float, warmup: float, final: float) -> float:
    """Linear warm-up, then linear decay to ``final``; a share of the peak."""
    if progress < warmup:
        return max(progress, 1e-4) / warmup
    return 1.0 - (1.0 - final) * min(1.0, (progress - warmup) / (1.0 - warmup))
