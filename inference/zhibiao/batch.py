"""A run over many documents into one file, which can be ended at any time and gone on with."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.formats import read_file
from zhibiao.inputs import StandardInput, list_inputs
from zhibiao.jobs import Answer, Done, Dropped, Failed, Job, Piece, Settings
from zhibiao.journal import Entry, Journal, journal_files
from zhibiao.pool import run_jobs
from zhibiao.progress import Progress
from zhibiao.sandbox import Sandbox
from zhibiao.sink import check_output, check_place, replacing, save

__all__ = ["Outcome", "Plan", "run_batch", "write_errors"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do.

    Attributes:
        inputs: Files, folders, patterns and ``-``, see :func:`zhibiao.inputs.list_inputs`.
        output: The file to write, in the format that its suffix tells.
        settings: How every document is treated.
        options: What of the settings a journal must agree with, as pairs of names and values.
        workers: How many processes extract; with 1, this process does.
        resume: Whether to go on with what an earlier run has left.
        errors: A file for what failed.
    """

    inputs: tuple[str, ...]
    output: Path
    settings: Settings
    options: tuple[tuple[str, str], ...] = ()
    workers: int = 1
    resume: bool = False
    errors: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run.

    Attributes:
        documents: How many are in the output.
        facts: How many are in these.
        failed: How many documents and files failed.
        interrupted: Whether it was ended before all was done.
    """

    documents: int
    facts: int
    failed: int
    interrupted: bool


def run_batch(plan: Plan, progress: Progress, complain: Callable[[str], None]) -> Outcome:
    """Extract everything and write it.

    Ctrl-C, and likewise SIGTERM and SIGHUP, ends the run early: what is done is written, and the journal stays for another run to
    go on with. A run that ends otherwise before its time, killed or for want of space, leaves the journal alone.

    Args:
        plan: What to do.
        progress: Shows how far it is.
        complain: Told what failed and why, document by document.

    Raises:
        InputError: If an output cannot be written, or the journal is not fit to go on with.
        MissingExtraError: If the output's format needs a package that is not installed.
        ModelError: If the model cannot be loaded.
        KeyboardInterrupt: If the run is ended while it lists the files, or once more while it writes.
    """
    _check(plan)
    with _ended_by_signals(), Journal(plan.output, dict(plan.options), resume=plan.resume) as journal:
        run = _Run(plan, journal, progress, complain)
        interrupted = False
        try:
            run.list_files()
            try:
                run.extract()
            except KeyboardInterrupt:
                interrupted = True
        except BaseException:
            with suppress(InputError):  # the disk is full, as is being told
                journal.commit()
                _remove_if_empty(journal)
            raise
        journal.commit()
        totals = journal.totals()
        if plan.errors is not None:
            write_errors(journal.errors(), plan.errors)
        if totals.documents:  # a file of nothing would look like an answer
            progress.say(f"writing {plan.output.name}")
            save(journal.extractions(), plan.output)
            progress.clear()
        if not interrupted:
            progress.end()
        if totals.documents and not interrupted:
            journal.remove()
        else:  # where none of the inputs could be read, their names may be wrong: what an earlier run did is kept
            _remove_if_empty(journal)
    return Outcome(totals.documents, totals.facts, totals.failed, interrupted)


def write_errors(errors: Iterable[dict[str, Any]], path: Path) -> None:
    """Write what failed, one JSON object a line; no line at all where nothing did.

    Raises:
        InputError: If the file cannot be written.
    """
    with replacing(path) as part, part.open("wb") as stream:
        for error in errors:
            # A name of a file may have what UTF-8 cannot hold, but JSON can.
            stream.write(json.dumps(error, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")


def _check(plan: Plan) -> None:
    """Find out what cannot work before anything is done."""
    check_output(plan.output)
    written = [plan.output]
    if plan.errors is not None:
        check_place(plan.errors)
        written.append(plan.errors)
    if len({path.absolute() for path in written}) < len(written):
        raise InputError(f"{plan.output}: cannot be both the output and the file of errors; choose another name for one")
    for name in plan.inputs:
        if Path(name).absolute() in {path.absolute() for path in written}:
            raise InputError(f"{name}: cannot be both read and written; choose another name for the output")


def _remove_if_empty(journal: Journal) -> None:
    """Delete a journal that nobody could go on with."""
    if journal.is_empty():
        journal.remove()


class _Run:
    """A run on its way."""

    def __init__(self, plan: Plan, journal: Journal, progress: Progress, complain: Callable[[str], None]) -> None:
        self._plan, self._journal, self._progress, self._complain = plan, journal, progress, complain
        self._standard_input = StandardInput()
        # Of each document on its way, how many bytes of the input it stands for and how many of them have been counted.
        self._weights: dict[tuple[int, int], tuple[float, float]] = {}

    def list_files(self) -> None:
        """Put all files on the journal's list."""
        plan = self._plan
        written = [plan.output, plan.errors, *journal_files(plan.output)]
        own = frozenset(path.absolute() for path in written if path is not None)
        self._journal.begin_list()
        for number, listed in enumerate(list_inputs(plan.inputs, self._standard_input, own)):
            if number % 1000 == 999:
                self._progress.say(f"looking for files: {number + 1:,}")
            self._journal.add_file(listed)
        self._journal.commit()

    def extract(self) -> None:
        """Extract all documents that are not done."""
        self._progress.begin(self._journal.totals().bytes)
        with Sandbox() as sandbox:
            jobs = self._jobs(sandbox)
            with closing(run_jobs(jobs, self._plan.settings, self._plan.workers)) as answers:
                for answer in answers:
                    self._keep(answer)

    def _jobs(self, sandbox: Sandbox) -> Iterator[Job]:
        for entry in self._journal.entries():
            listed = entry.listed
            if entry.finished:
                self._progress.skip(listed.size)
            elif listed.error is not None:
                self._keep(Failed(entry.id, 0, listed.path, None, listed.error))
            elif listed.path == "-":
                yield from self._standard_input_job(entry)
            elif listed.rows:
                yield from self._row_jobs(entry, sandbox)
            else:
                yield self._weighed(Job(entry.id, 0, Path(listed.path)), listed.size)

    def _standard_input_job(self, entry: Entry) -> Iterator[Job]:
        try:
            document = self._standard_input.document(self._plan.settings.published)
        except InputError as error:
            self._keep(Failed(entry.id, 0, entry.listed.path, None, str(error)))
            return
        yield self._weighed(Job(entry.id, 0, document), entry.listed.size)

    def _row_jobs(self, entry: Entry, sandbox: Sandbox) -> Iterator[Job]:
        """The documents of a table, which is read here and its rows given to whoever is free."""
        settings, listed = self._plan.settings, entry.listed
        estimate = float(listed.size)
        item = -1
        for item, found in enumerate(read_file(Path(listed.path), sandbox, settings.published, settings.text_column)):
            # What a table holds besides its texts, and how far it is compressed, shows only in the end.
            size = len(found.text.encode("utf-8", "surrogatepass")) if isinstance(found, Document) else 0
            estimate -= size
            if estimate < 0:
                self._progress.expect(-estimate)
                estimate = 0
            if isinstance(found, InputError):
                self._keep(Failed(entry.id, item, found.path or listed.path, found.row, str(found)))
            elif self._journal.is_done(entry.id, item):
                self._progress.skip(size)
            else:
                yield self._weighed(Job(entry.id, item, found), size)
        self._progress.expect(-estimate)
        self._journal.set_items(entry.id, item + 1)

    def _weighed(self, job: Job, size: float) -> Job:
        self._weights[job.file, job.item] = (size, 0.0)
        return job

    def _keep(self, answer: Answer) -> None:
        """Put an answer in the journal, and count it."""
        self._journal.add(answer)
        key = (answer.file, answer.item)
        size, counted = self._weights.get(key, (0.0, 0.0))
        if isinstance(answer, Piece):
            reached = size * answer.reached
        elif isinstance(answer, Dropped):
            reached = 0.0
        else:
            reached = size
        if key in self._weights:
            self._weights[key] = (size, reached)
        self._progress.read(reached - counted)
        if isinstance(answer, Done):
            self._progress.document(answer.characters)
        elif isinstance(answer, Failed):
            self._progress.failure()
            if self._plan.errors is None:
                self._progress.clear()
                self._complain(answer.error)
        if isinstance(answer, Done | Failed):
            self._weights.pop(key, None)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():  # where signals are nobody's business
        yield
        return
    before = {number: signal.getsignal(number) for number in (getattr(signal, name) for name in names)}
    heeded = [number for number, handler in before.items() if handler != signal.SIG_IGN]  # nohup has SIGHUP ignored
    try:
        for number in heeded:
            signal.signal(number, _interrupt)
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
