"""Doing jobs in the threads of this process, or in several processes."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import TypeAlias, cast

from zhibiao.errors import ModelError, ZhibiaoError
from zhibiao.jobs import Answer, Done, Dropped, Failed, Job, Settings, work
from zhibiao.lookahead import map_ahead
from zhibiao.sandbox import Sandbox

__all__ = ["run_jobs"]

# Jobs that a worker holds: the one that it does, and one that it can go on with at once.
_HELD = 2
# Workers that may end, one after the other, before one has loaded the model.
_FALSE_STARTS = 3
_PATIENCE = 5.0  # seconds


def run_jobs(jobs: Iterator[Job], settings: Settings, workers: int = 1) -> Generator[Answer, None, None]:
    """Do jobs and hand over the answers as they come.

    Jobs are taken from the iterator only when there is someone to do them, so that neither they nor the answers pile up. A job
    whose process ends on it (for want of memory, above all) is tried once more, and fails the second time.

    Args:
        jobs: Read in the calling thread.
        settings: For all of them.
        workers: How many processes; with 1, this process does everything, in as many threads as the extractor has.

    Yields:
        The answers. Those to one job come in order; with several workers, those to others may come between them.

    Raises:
        ModelError: If the extractor cannot be loaded.
        ZhibiaoError: If processes end before they can do anything.
    """
    if workers == 1:
        extractor = settings.load()
        with Sandbox() as sandbox:

            def begin(job: Job) -> Iterator[Answer]:
                answers = work(job, extractor, sandbox, settings)
                return chain([next(answers)], answers)

            # A short document is done with its first piece; of a long one, the threads share the windows.
            for answers in map_ahead(begin, jobs, extractor.threads):
                yield from answers
        return
    crew = _Crew(jobs, settings, workers)
    try:
        yield from crew.run()
    finally:
        crew.dismiss()


# ----------------------------------------------------------------------------------------------------------- in a worker


@dataclass(frozen=True, slots=True)
class _Ready:
    """The worker has loaded the model."""


@dataclass(frozen=True, slots=True)
class _Unusable:
    """The worker cannot load the model."""

    error: str


_Message: TypeAlias = Answer | _Ready | _Unusable


def _serve(jobs: Connection, answers: Connection, settings: Settings) -> None:
    """Do jobs until there are no more; the whole life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everyone: the process that asks for the work decides
    waiting: SimpleQueue[Job] = SimpleQueue()
    Thread(target=_receive, args=(jobs, waiting), daemon=True).start()
    try:
        extractor = settings.load()
    except ZhibiaoError as error:
        answers.send(_Unusable(str(error)))
        return
    answers.send(_Ready())
    with Sandbox() as sandbox:
        while True:
            for answer in work(waiting.get(), extractor, sandbox, settings):
                answers.send(answer)


def _receive(jobs: Connection, waiting: SimpleQueue[Job]) -> None:
    """Take in jobs while another is being done, so that whoever sends them need not wait.

    Whoever sends them closes the connection when no answer is wanted any more, or has been killed: this process ends at once.
    """
    while True:
        try:
            waiting.put(jobs.recv())
        except (EOFError, OSError):
            os._exit(0)


# ------------------------------------------------------------------------------------------------- in the calling process


class _Worker:
    """A process that does jobs.

    Attributes:
        answers: Where its messages come from.
        held: Jobs that it was given and has not finished; it is at the first.
        ready: Whether it has loaded the model.
    """

    def __init__(self, settings: Settings) -> None:
        context = get_context("spawn")
        jobs, self._jobs = context.Pipe(duplex=False)
        self.answers, answers = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(jobs, answers, settings), daemon=True)
        with _interrupts_held():
            self._process.start()
        jobs.close()
        answers.close()
        self.held: deque[Job] = deque()
        self.ready = False

    def give(self, job: Job) -> None:
        """Send it a job."""
        self.held.append(job)
        with suppress(OSError):  # it has ended, as its other connection will tell
            self._jobs.send(job)

    def end(self) -> int | None:
        """End it, if it has not ended yet, and return its exit code."""
        self._jobs.close()
        self.answers.close()
        self._process.join(_PATIENCE)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        return self._process.exitcode

    def hurry(self) -> None:
        """Tell it to end, without waiting for it."""
        self._jobs.close()
        self._process.terminate()


class _Crew:
    """The workers, and what they are to do."""

    def __init__(self, jobs: Iterator[Job], settings: Settings, workers: int) -> None:
        self._jobs, self._settings, self._most = jobs, settings, workers
        self._workers: list[_Worker] = []
        self._again: deque[Job] = deque()  # given to workers that have ended
        self._suspects: set[tuple[int, int]] = set()  # on which a worker has ended
        self._false_starts = 0
        self._exhausted = False

    def run(self) -> Iterator[Answer]:
        """Do everything there is to do."""
        while True:
            self._distribute()
            busy = [worker for worker in self._workers if worker.held]
            if not busy:
                return
            # Those without work are watched too, for they may end as well.
            ready = set(wait([worker.answers for worker in self._workers]))
            for worker in [each for each in self._workers if each.answers in ready]:
                try:
                    message = cast(_Message, worker.answers.recv())
                except (EOFError, OSError):
                    yield from self._bury(worker)
                    continue
                if isinstance(message, _Unusable):
                    raise ModelError(message.error)
                if isinstance(message, _Ready):
                    worker.ready = True
                    self._false_starts = 0
                    continue
                if isinstance(message, Done | Failed):
                    worker.held.popleft()
                yield message

    def dismiss(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.hurry()
        for worker in self._workers:
            worker.end()
        self._workers = []

    def _distribute(self) -> None:
        """Give jobs to all who can take one, the idle first; start workers as there is work for them."""
        while True:
            worker = min(self._workers, key=lambda each: len(each.held), default=None)
            full = len(self._workers) == self._most
            if worker is not None and len(worker.held) >= (_HELD if full else 1):
                if full:
                    return
                worker = None
            job = self._next()
            if job is None:
                return
            if worker is None:
                worker = _Worker(self._settings)
                self._workers.append(worker)
            worker.give(job)

    def _next(self) -> Job | None:
        if self._again:
            return self._again.popleft()
        job = None if self._exhausted else next(self._jobs, None)
        self._exhausted = job is None
        return job

    def _bury(self, worker: _Worker) -> Iterator[Answer]:
        """Let go of a worker that has ended, and see to its jobs."""
        self._workers.remove(worker)
        code = worker.end()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts == _FALSE_STARTS:
                raise ZhibiaoError(
                    f"worker processes end while they load the model ({_ended(code)}); there may be too little memory for all of "
                    "them: use fewer --workers"
                )
            self._again.extendleft(reversed(worker.held))
            return
        if not worker.held:
            return
        job = worker.held.popleft()
        self._again.extendleft(reversed(worker.held))
        if (job.file, job.item) not in self._suspects:
            self._suspects.add((job.file, job.item))
            self._again.appendleft(job)
            yield Dropped(job.file, job.item)
            return
        yield _lost(job, code)


def _lost(job: Job, code: int | None) -> Failed:
    advice = "it may need more memory than there is: split it, or use fewer --workers"
    return job.failed(f"the process that extracted it ended twice ({_ended(code)}); {advice}")


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back, for this process until the block ends and for one that is started in it for ever."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # Whose start lets Ctrl-C through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
