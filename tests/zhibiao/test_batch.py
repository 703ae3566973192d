"""Runs over many documents: whatever happens on the way, the output is that of a run to which nothing happened."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from fakes import PIECES, FakeLoad

from zhibiao import batch, jobs
from zhibiao.batch import Outcome, Plan, run_batch
from zhibiao.cli import main
from zhibiao.document import Document
from zhibiao.errors import InputError, ModelError, ZhibiaoError
from zhibiao.extraction import Extraction
from zhibiao.jobs import Done, Failed, Job, Selection, Settings
from zhibiao.journal import journal_files
from zhibiao.pool import run_jobs
from zhibiao.progress import Progress

HERE = Path(__file__).parent
needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with 40 files, a table of 60 rows, a long document and four that fail."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(f"产值{number:02}", encoding="utf-8")
    (folder / "10.txt").write_text("疑似值10", encoding="utf-8")
    (folder / "11.txt").write_text("坏产值11", encoding="utf-8")
    (folder / "12.txt").write_text("错产值12", encoding="utf-8")
    (folder / "13.txt").write_bytes(b"\xff")
    (folder / "14.txt").write_text("长文产值14", encoding="utf-8")
    rows = [f"{row},{'' if row == 7 else f'出口{row:02}'}\n" for row in range(60)]
    (folder / "20.csv").write_text("id,text\n" + "".join(rows), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


DOCUMENTS, FAILED = 40 - 3 + 59, 4


def plan(work: Path, output: str = "out.jsonl", **fields: object) -> Plan:
    made = Plan((str(work / "in"),), work / output, Settings(FakeLoad(work)))
    return replace(made, **fields)  # type: ignore[arg-type]


def run(a_plan: Plan, stream: io.StringIO | None = None) -> tuple[Outcome, list[str]]:
    told: list[str] = []
    return run_batch(a_plan, Progress(stream, width=lambda: 100), told.append), told


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def begun(work: Path) -> list[str]:
    """The documents that were begun, as far as the log tells."""
    log = work / "log"
    return [line.split()[1] for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def left(work: Path) -> list[str]:
    """What lies in the folder besides what was put there."""
    return sorted(path.name for path in work.iterdir() if path.name not in ("in", "log") and not path.name.startswith("seen"))


# The whole way


def test_several_processes_or_threads_give_what_one_gives(work: Path) -> None:
    one, told = run(plan(work, errors=work / "errors.jsonl"))
    assert one == Outcome(DOCUMENTS, DOCUMENTS + PIECES - 1, FAILED, False)
    assert told == []
    several, _ = run(plan(work, "several.jsonl", workers=3, errors=work / "several.errors.jsonl"))
    assert several == one
    assert (work / "several.jsonl").read_bytes() == (work / "out.jsonl").read_bytes()
    assert (work / "several.errors.jsonl").read_bytes() == (work / "errors.jsonl").read_bytes()
    settings = Settings(FakeLoad(work, delay=0.001, threads=3))
    assert run(plan(work, "threads.jsonl", settings=settings))[0] == one
    assert (work / "threads.jsonl").read_bytes() == (work / "out.jsonl").read_bytes()
    found = ids(work / "out.jsonl")
    assert found[:11] == [f"{number:02}" for number in range(11)]
    assert found[11:14] == ["14", "15", "16"]
    long = json.loads((work / "out.jsonl").read_text(encoding="utf-8").splitlines()[11])
    assert [each["id"] for each in long["entities"]] == list(range(2 * PIECES))
    errors = [json.loads(line) for line in (work / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(Path(each["path"]).name, each["row"]) for each in errors] == [
        ("11.txt", None), ("12.txt", None), ("13.txt", None), ("20.csv", 8),
    ]  # fmt: skip
    assert [word in each["error"] for each, word in zip(errors, ["understood", "a mistake", "UTF-8", "no text"], strict=True)]
    assert left(work) == ["errors.jsonl", "out.jsonl", "several.errors.jsonl", "several.jsonl", "threads.jsonl"]


def test_a_table_for_people(work: Path) -> None:
    outcome, told = run(plan(work, "out.csv"))
    assert len(told) == FAILED
    with (work / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == outcome.facts
    assert {row["amount"] for row in rows} == {"1.5"}


def test_what_is_wanted_is_chosen(work: Path) -> None:
    selection = Selection(0.5, frozenset({"VALUE"}))
    outcome, _ = run(plan(work, settings=Settings(FakeLoad(work), selection=selection)))
    assert outcome.facts == DOCUMENTS + PIECES - 1 - 1
    for line in (work / "out.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert {each["label"] for each in row["entities"]} == {"VALUE"}
        assert row["relations"] == []
        assert len(row["facts"]) == {"10": 0, "14": PIECES}.get(row["id"] if row["path"].endswith("txt") else "", 1)
        Extraction.from_json(row)


def test_nothing_but_failures_leaves_no_output(work: Path) -> None:
    outcome, told = run(plan(work, inputs=(str(work / "in" / "11.txt"), str(work / "in" / "*.pdf"))))
    assert outcome == Outcome(0, 0, 2, False)
    assert len(told) == 2
    assert left(work) == []


def test_a_file_of_errors_without_errors_is_empty(work: Path) -> None:
    (work / "errors.jsonl").write_text("old")
    run(plan(work, inputs=(str(work / "in" / "01.txt"),), errors=work / "errors.jsonl"))
    assert (work / "errors.jsonl").read_bytes() == b""


def test_the_progress_is_shown(work: Path) -> None:
    screen = io.StringIO()
    run(plan(work), screen)
    shown = screen.getvalue().split("\r\x1b[K")
    assert f"100 %  {DOCUMENTS} documents" in shown[-1]
    assert f"{FAILED} failed" in shown[-1]
    assert "writing out.jsonl" in shown


def test_the_output_may_lie_among_the_inputs(work: Path) -> None:
    one = plan(work, inputs=("in",), output=Path("in/out.jsonl"), errors=Path("in/errors.jsonl"))
    first, _ = run(one)
    before = (work / "in" / "out.jsonl").read_bytes()
    assert run(one)[0] == first == Outcome(DOCUMENTS, DOCUMENTS + PIECES - 1, FAILED, False)
    assert (work / "in" / "out.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"inputs": ("in/01.txt", "in/x.csv"), "output": Path("in/x.csv")}, "cannot be both read and written"),
        ({"errors": Path("out.jsonl"), "output": Path("out.jsonl")}, "both the output and the file of errors"),
        ({"errors": Path("gone/errors.jsonl")}, "there is no folder gone"),
        ({"output": Path("out")}, "cannot tell the format"),
    ],
)
def test_what_cannot_work_is_told_first(work: Path, fields: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        run(plan(work, **fields))
    assert left(work) == []
    assert begun(work) == []


# Memory


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (2, 4)])
def test_documents_are_taken_only_when_someone_is_free(tmp_path: Path, workers: int, most: int) -> None:
    taken = done = 0

    def documents() -> Iterator[Job]:
        nonlocal taken
        for number in range(60):
            taken += 1
            assert taken - done <= most
            yield Job(1, number, Document(str(number), "产值"))

    for answer in run_jobs(documents(), Settings(FakeLoad(tmp_path)), workers):
        done += isinstance(answer, Done)
    assert done == 60


# Workers that fail


@needs_signals
def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """Its document is tried once more, and fails if it kills again; the one that was to come next is innocent."""
    texts = ["产值"] * 5 + ["伤产值", "死产值", "长文死"] + ["产值"] * 12
    source = (Job(1, number, Document(str(number), text, path="a.csv", row=number)) for number, text in enumerate(texts))
    answers = list(run_jobs(source, Settings(FakeLoad(tmp_path)), 2))
    assert sorted(answer.item for answer in answers if isinstance(answer, Done)) == [0, 1, 2, 3, 4, 5, *range(8, 20)]
    failed = [answer for answer in answers if isinstance(answer, Failed)]
    assert sorted((each.item, each.path, each.row) for each in failed) == [(6, "a.csv", 6), (7, "a.csv", 7)]
    assert all("the process that extracted it ended twice (killed by SIGKILL)" in each.error for each in failed)
    log = begun(tmp_path)
    assert {number: log.count(str(number)) for number in (5, 6, 7)} == {5: 2, 6: 2, 7: 2}
    assert len(log) == 20 + 3


@needs_signals
def test_what_a_dead_worker_had_found_does_not_count(work: Path) -> None:
    (work / "in" / "15.txt").write_text("长文伤15", encoding="utf-8")
    (work / "in" / "16.txt").write_text("长文死16", encoding="utf-8")
    outcome, told = run(plan(work, workers=2))
    assert outcome == Outcome(DOCUMENTS - 1, DOCUMENTS - 2 + 2 * PIECES - 1, FAILED + 1, False)
    assert any("16.txt: the process that extracted it ended twice" in each for each in told)
    assert len(ids(work / "out.jsonl")) == DOCUMENTS - 1


@needs_signals
def test_workers_that_cannot_begin(work: Path) -> None:
    with pytest.raises(ZhibiaoError, match=r"end while they load the model \(killed by SIGKILL\).*fewer --workers"):
        run(plan(work, workers=2, settings=Settings(FakeLoad(work, fault="dies"))))
    assert left(work) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_model_that_cannot_be_loaded(work: Path, workers: int) -> None:
    with pytest.raises(ModelError, match="the model is damaged"):
        run(plan(work, workers=workers, settings=Settings(FakeLoad(work, fault="damaged"))))
    assert left(work) == []


# Runs that end early


def command(work: Path, *arguments: str, delay: float = 0.0) -> list[str]:
    program = f"import sys; sys.path.insert(0, {str(HERE)!r}); import fakes; fakes.run(*sys.argv[1:])"
    return [sys.executable, "-c", program, str(work), str(delay), "extract", "in", "-o", *arguments]


def start(work: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin a run, and wait until it is somewhere in the middle."""
    slow = command(work, *arguments, delay=0.02)
    process = subprocess.Popen(slow, cwd=work, start_new_session=True, stderr=subprocess.PIPE, text=True)
    while len(begun(work)) < 30:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.01)
    return process


def finish(work: Path, *arguments: str) -> int:
    """Go on with a run; returns how many documents it began."""
    (work / "log").unlink()
    done = subprocess.run(command(work, *arguments, "--resume"), cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return len(begun(work))


@pytest.fixture
def whole(work: Path) -> dict[str, bytes]:
    """What an uninterrupted run writes."""
    wanted = {}
    for name in ("out.jsonl", "out.csv"):
        run(plan(work, name, inputs=("in",)))
        wanted[name] = (work / name).read_bytes()
        (work / name).unlink()
    (work / "log").unlink()
    return wanted


@needs_signals
@pytest.mark.parametrize(("output", "workers"), [("out.jsonl", "2"), ("out.csv", "1")])
def test_a_run_that_is_killed_is_gone_on_with(work: Path, whole: dict[str, bytes], output: str, workers: str) -> None:
    process = start(work, output, "--workers", workers)
    process.kill()
    process.wait()
    assert not (work / output).exists()
    # The workers end by themselves, or they would go on for nobody.
    pids = {int(line.split()[0]) for line in (work / "log").read_text(encoding="utf-8").splitlines()}
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert finish(work, output, "--workers", workers) < DOCUMENTS + 2 - 10
    assert (work / output).read_bytes() == whole[output]
    assert left(work) == [output]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    # One that has ended and that nobody has asked about yet.
    return not (stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")


@needs_signals
@pytest.mark.parametrize(
    ("output", "workers", "number"),
    [("out.csv", "2", signal.SIGINT), ("out.jsonl", "1", signal.SIGTERM)],
)
def test_ctrl_c_leaves_what_is_done(
    work: Path, whole: dict[str, bytes], output: str, workers: str, number: signal.Signals
) -> None:
    process = start(work, output, "--workers", workers)
    # Ctrl-C reaches every process of the terminal.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    last = told.splitlines()[-1]
    assert last.startswith(f"zhibiao: error: interrupted; {output} holds what is done (documents: ")
    assert last.endswith("); go on with --resume")
    assert "Traceback" not in told
    lines = (work / output).read_bytes().splitlines()
    assert 10 < len(lines) < DOCUMENTS
    assert set(lines) <= set(whole[output].splitlines())
    assert left(work) == [output, f"{output}.partial"]
    assert finish(work, output, "--workers", workers) < DOCUMENTS + 2 - 10
    assert (work / output).read_bytes() == whole[output]
    assert left(work) == [output]


def interrupt_at(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let Ctrl-C come when so many answers have come."""
    keep = batch._Run._keep
    counted = 0

    def kept(self: batch._Run, answer: jobs.Answer) -> None:
        nonlocal counted
        keep(self, answer)
        counted += 1
        if counted == count:
            raise KeyboardInterrupt

    monkeypatch.setattr(batch._Run, "_keep", kept)


def test_inputs_may_change_before_a_run_is_gone_on_with(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 60)
        outcome, _ = run(plan(work))
    assert outcome.interrupted
    assert 20 < outcome.documents < DOCUMENTS
    time.sleep(0.01)
    (work / "in" / "02.txt").write_text("新产值02", encoding="utf-8")
    (work / "in" / "03.txt").unlink()
    (work / "in" / "035.txt").write_text("产值三五", encoding="utf-8")
    (work / "in" / "11.txt").write_text("产值11", encoding="utf-8")
    with (work / "in" / "20.csv").open("a", encoding="utf-8") as table:
        table.write("60,新出口60\n")
    run(plan(work, resume=True))
    run(plan(work, "fresh.jsonl"))
    assert (work / "out.jsonl").read_bytes() == (work / "fresh.jsonl").read_bytes()


def test_a_run_is_not_begun_anew_unasked(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 20)
        run(plan(work))
    with pytest.raises(InputError, match="go on with --resume, or delete it"):
        run(plan(work))
    with pytest.raises(InputError, match=r"other options \(labels\)"):
        run(plan(work, resume=True, options=(("labels", "VALUE"),)))


def test_wrong_inputs_or_an_early_end_cost_no_work(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 20)
        done, _ = run(plan(work))
    before = (work / "out.jsonl").read_bytes()
    assert run(plan(work, inputs=("gone",), resume=True))[0] == Outcome(0, 0, 1, False)
    with monkeypatch.context() as patch:
        patch.setattr(batch, "list_inputs", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(plan(work, resume=True))
    assert (work / "out.jsonl").read_bytes() == before
    (work / "log").unlink()
    assert run(plan(work, resume=True))[0].documents == DOCUMENTS
    assert len(begun(work)) == DOCUMENTS + 2 - done.documents


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@needs_signals
def test_what_nohup_has_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with batch._ended_by_signals():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_interrupted_before_anything_is_done(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (work / "out.jsonl").write_text("old")
    interrupt_at(monkeypatch, 1)
    outcome, _ = run(plan(work, inputs=(str(work / "in" / "11.txt"), str(work / "in"))))
    assert outcome == Outcome(0, 0, 1, True)
    assert (work / "out.jsonl").read_text() == "old"
    assert left(work) == ["out.jsonl"]


@pytest.mark.parametrize("error", [InputError("out.jsonl: cannot be written (no space left on device)"), KeyboardInterrupt()])
def test_an_output_that_cannot_be_written_costs_no_work(
    work: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def save(extractions: Iterator[Extraction], path: Path) -> None:
        next(iter(extractions))
        raise error

    (work / "out.jsonl").write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(batch, "save", save)
        with pytest.raises(type(error)):
            run(plan(work))
    assert (work / "out.jsonl").read_text() == "old"
    assert journal_files(work / "out.jsonl")[0].exists()
    (work / "log").unlink()
    outcome, _ = run(plan(work, resume=True))
    assert outcome.documents == DOCUMENTS
    assert begun(work) == ["11", "12"]  # what failed is tried again


# The command line


@pytest.fixture
def fake(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LoadModel", lambda *_: FakeLoad(work))


def test_options_of_the_command(work: Path, fake: None, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [
        "--min-score",
        "0.5",
        "--labels",
        "value,METRIC",
        "--published",
        "2024-10-26",
        "--errors",
        "errors.jsonl",
        "--quiet",
    ]
    assert main(["extract", "in/*.txt", "-o", "out.jsonl", "--workers", "2", *chosen]) == 1
    assert capsys.readouterr() == ("", "")
    rows = [json.loads(line) for line in (work / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 37
    assert {row["published"] for row in rows} == {"2024-10-26"}
    assert {row["id"]: len(row["facts"]) for row in rows}["10"] == 0
    assert len((work / "errors.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_the_screen_has_them_too(work: Path, fake: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", "in/1*.txt", "--min-score", "0.5", "--errors", "errors.jsonl"]) == 1
    out, err = capsys.readouterr()
    assert out.endswith("8 facts in 7 documents\n")
    assert err == ""
    errors = [json.loads(line) for line in (work / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [each["path"] for each in errors] == ["in/11.txt", "in/12.txt", "in/13.txt"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--resume"], "--resume is for a file"),
        (["--workers", "2"], "--workers is for a file"),
        (["--labels", "VALUE,NAME"], "labels: NAME; name some of ORG"),
        (["--labels", ","], "labels: none given"),
        (["--errors", "gone/errors.jsonl"], "there is no folder gone"),
    ],
)
def test_options_of_no_use(work: Path, capsys: pytest.CaptureFixture[str], options: list[str], reason: str) -> None:
    for end in [[], ["-o", "out.csv"]] if options[0] not in ("--resume", "--workers") else [[]]:
        assert main(["extract", "in/01.txt", *options, *end]) == 2
        assert reason in capsys.readouterr().err
    assert left(work) == []


@pytest.mark.parametrize(
    "options", [["--min-score", "2"], ["--min-score", "nan"], ["--workers", "0"], ["--small", "--model", "a"]]
)
def test_usage(work: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["extract", "in", *options])


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], (None, None)),
        (["--small"], ("small", None)),
        (["--model", "small", "--threads", "3"], ("small", 3)),
        (["--model", "./small"], (Path("small"), None)),
        (["--workers", "1000000"], (None, 1)),
        (["--workers", "2", "--threads", "3"], (None, 3)),
    ],
)
def test_model_and_threads(
    work: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], wanted: tuple[str | Path | None, int | None]
) -> None:
    loaded: list[tuple[object, object]] = []

    def load(model: object, threads: object = None, backend: object = None) -> FakeLoad:
        loaded.append((model, threads))
        return FakeLoad(work)

    monkeypatch.setattr(jobs, "LoadModel", load)
    assert main(["extract", "in/13.txt", "-o", "out.csv", *options]) == 1
    assert loaded[0] == wanted
