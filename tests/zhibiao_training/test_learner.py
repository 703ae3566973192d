"""How a run goes along: its steps, where it is measured and stopped, what it computes in, and what it tells."""

from __future__ import annotations

import builtins
import io
import itertools
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from zhibiao.characters import CharacterTable
from zhibiao_training import precision as precision_module
from zhibiao_training.config import RunConfig, read_config
from zhibiao_training.fit import Measure, fit
from zhibiao_training.journal import Journal
from zhibiao_training.learner import Learner
from zhibiao_training.model import JointModel
from zhibiao_training.precision import choose_precision
from zhibiao_training.state import Counts
from zhibiao_training.worker import Worker

CPU = torch.device("cpu")


def weights(learner: Learner) -> torch.Tensor:
    return torch.cat([value.detach().flatten() for value in learner.model.parameters()])


def test_a_batch_in_two_halves_teaches_what_it_teaches_at_once(short_run: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients are averaged over the batches accumulated, not added up; characters of all count."""
    monkeypatch.setattr(nn.Dropout, "forward", lambda self, x: x)
    ends, read = [], []
    for accumulate in (1, 3):
        run = replace(short_run, accumulate=accumulate, masked_share=0.0)
        learner = Learner(run, Worker(0, 1, CPU), choose_precision("fp32", CPU))
        drawn = next(learner.mixture)
        learner.mixture = itertools.repeat(drawn)  # type: ignore[assignment]
        read.append(learner.step(1.0)[0])
        ends.append(weights(learner))
    torch.testing.assert_close(ends[0], ends[1], rtol=1e-3, atol=1e-5)
    assert read[1] == 3 * read[0]


def scores(given: list[float], asked: list[float]) -> Measure:
    left = iter(given)

    def measure(model: JointModel, table: CharacterTable) -> dict[str, float]:
        asked.append(next(left))
        return {"facts": asked[-1]}

    return measure


@pytest.mark.parametrize(
    ("patience", "asked"), [(0, [0.2, 0.4, 0.3, 0.4, 0.1, 0.5]), (2, [0.2, 0.4, 0.3, 0.4]), (3, [0.2, 0.4, 0.3, 0.4, 0.1])]
)
def test_it_stops_where_nothing_is_gained(short_run: RunConfig, tmp_path: Path, patience: int, asked: list[float]) -> None:
    """After so many evaluations in a row that are not above the best; the best is kept."""
    given: list[float] = []
    run = replace(short_run, out=tmp_path, characters=1800, evaluations=6, patience=patience)
    fit(run, scores([0.2, 0.4, 0.3, 0.4, 0.1, 0.5], given))
    assert given == asked
    best = json.loads((tmp_path / "best" / "checkpoint.json").read_text())
    assert best["figures"] == {"facts": max(asked)}
    fit(run, scores([], given), resume=True)  # a run that has stopped stays stopped
    assert given == asked


def test_the_precision_is_that_of_the_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    """bf16 where the hardware multiplies it; scaled fp16 on an older GPU, fp32 on an older CPU."""
    cuda = torch.device("cuda")
    for able, expected in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(precision_module, "_cpu_has_bf16", lambda able=able: able)
        assert choose_precision("auto", CPU).name == expected
    for able, expected in ((True, "bf16"), (False, "fp16")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, able=able: able)
        assert choose_precision("auto", cuda).name == expected
    assert choose_precision("bf16", CPU).name == "bf16"
    with pytest.raises(ValueError, match='"fp16" needs a GPU'):
        choose_precision("fp16", CPU)
    for name, kind in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        with choose_precision(name, CPU).autocast():
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == kind
        assert not choose_precision(name, CPU).scaler().is_enabled()


def test_a_run_notes_what_it_was_made_with(short_run: RunConfig, tmp_path: Path) -> None:
    fit(replace(short_run, out=tmp_path, characters=600, evaluations=1, precision="fp32", seed=8))
    notes = json.loads((tmp_path / "last" / "checkpoint.json").read_text())
    made = notes["made"]
    assert notes["seed"] == 8
    assert made["precision"] == "fp32"
    assert made["threads"] == torch.get_num_threads()
    assert made["packages"]["torch"] == torch.__version__
    assert {"commit", "device", "processes", "python"} <= made.keys()
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])["begun"] == made


def events(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """The scalars of TensorBoard's event files, read as their format says: length, checksum, record, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    found: dict[str, list[tuple[int, float]]] = {}
    for path in sorted(folder.iterdir()):
        stream = io.BytesIO(path.read_bytes())
        while head := stream.read(12):
            event = Event.FromString(stream.read(struct.unpack("<Q", head[:8])[0]))
            stream.read(4)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_tensorboard_gets_losses_rates_and_figures(short_run: RunConfig, tmp_path: Path) -> None:
    """By characters read; losses by corpus, since two corpora may share a habit."""
    pytest.importorskip("tensorboardX")
    fit(replace(short_run, out=tmp_path, characters=9000, batch_characters=150), lambda model, table: {"facts": 0.25})
    names = [corpus.path.name for corpus in short_run.corpora]
    found = events(tmp_path / "tensorboard")
    assert {
        f"loss/{names[0]}/gold/tags",
        f"loss/{names[1]}/other/links",
        "learning_rate",
        "characters_per_second",
    } <= found.keys()
    steps, values = zip(*found["dev/facts"], strict=True)
    assert values == (0.25, 0.25, 0.25)
    assert steps[-1] >= 9000
    row = next(row for row in map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines()) if "gold/tags" in row)
    assert (row["characters"], pytest.approx(row["gold/tags"], abs=1e-4)) == found[f"loss/{names[0]}/gold/tags"][0]


def test_without_tensorboard_it_goes_on(
    short_run: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "tensorboardX":
            raise ModuleNotFoundError(name=name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    fit(replace(short_run, out=tmp_path, characters=600))
    assert capsys.readouterr().err.count("tensorboardX is not installed") == 1
    assert (tmp_path / "last").exists()


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [Screen(), io.StringIO()])
def test_a_bar_on_a_terminal_and_lines_elsewhere(tmp_path: Path, terminal: io.StringIO) -> None:
    """A bar with the time that is left, drawn over and over; in a file a line every so many steps."""
    with Journal(tmp_path, 10_000, Counts(), terminal=terminal) as journal:
        for step in range(1, 101):
            journal.learned(Counts(characters=50 * step, steps=step), 0.1, [])
        journal.measured(Counts(characters=5000, steps=100), {"facts": 0.5})
    told = terminal.getvalue()
    assert ("\r" in told and "10.0k" in told) == terminal.isatty()
    assert told.count("min left") == (0 if terminal.isatty() else 2)
    assert told.count("{'facts': 0.5}") == 1


def test_base_and_out_can_be_given_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('base = "b"\n[[corpora]]\npath = "p"\nkind = "brackets"\nshare = 1\nhabit = "gold"\n')
    run = read_config(path, {"base": "hfl/chinese-electra-small", "out": "there"})
    assert (run.base, run.out) == ("hfl/chinese-electra-small", Path("there"))
    assert (run.accumulate, run.patience, run.precision) == (1, 0, "auto")


CONFIGS = sorted((Path(__file__).parents[2] / "training" / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_runs_that_come_with_the_project_are_read(path: Path) -> None:
    assert read_config(path).corpora


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('precision = "int8"', "precision = 'int8' is not known; use auto, bf16, fp16, fp32"),
        ("accumulate = 0", "accumulate and evaluations must be above 0"),
        ("patience = -1", "patience, save_minutes and layers must be 0 or more"),
        ("patience = 2", "there is no dev to measure on"),
        ("patience = ", "run.toml: is no TOML"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f'base = "b"\nout = "o"\n{line}\n[[corpora]]\npath = "p"\nkind = "brackets"\nshare = 1\nhabit = "gold"\n')
    with pytest.raises(ValueError, match=message):
        read_config(path)
