"""A run that was killed can be gone on with, and nobody can tell from its weights that it was."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from zhibiao.characters import CharacterTable
from zhibiao_training import state
from zhibiao_training.config import RunConfig
from zhibiao_training.fit import Measure, fit
from zhibiao_training.learner import Learner
from zhibiao_training.model import JointModel
from zhibiao_training.stream import Mixture

EVERY_STEP = 1e-9  # save_minutes


class KilledError(Exception):
    pass


def scores(*given: float | type[Exception]) -> Measure:
    """A measure that gives these figures one after the other, or raises."""
    left = list(given)

    def measure(model: JointModel, table: CharacterTable) -> dict[str, float]:
        score = left.pop(0)
        if isinstance(score, float):
            return {"facts": score}
        raise score

    return measure


def assert_same(one: Path, other: Path) -> None:
    """Two runs left the same behind, to the bit."""
    for name in ("last", "best"):
        first, second = (load_file(folder / name / "model.safetensors") for folder in (one, other))
        assert first.keys() == second.keys()
        for weight, value in first.items():
            assert torch.equal(value, second[weight]), f"{name}: {weight}"
        notes = [json.loads((folder / name / "checkpoint.json").read_text()) for folder in (one, other)]
        assert notes[0]["characters"] == notes[1]["characters"]
        assert notes[0]["figures"] == notes[1]["figures"]
    tensors = [load_file(folder / state.STATE) for folder in (one, other)]
    assert tensors[0].keys() == tensors[1].keys()
    for weight, value in tensors[0].items():
        assert torch.equal(value, tensors[1][weight]), weight


def rows(folder: Path) -> list[dict[str, Any]]:
    """What the log says of the training itself."""
    read = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    timeless = [{key: value for key, value in row.items() if key not in ("seconds", "rate")} for row in read]
    return [row for row in timeless if "begun" not in row and "resumed" not in row]


@pytest.fixture(scope="module")
def whole(short_run: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run without interruption."""
    out = tmp_path_factory.mktemp("whole")
    fit(replace(short_run, out=out), scores(0.3, 0.2, 0.5))
    return out


def test_killed_between_two_evaluations(short_run: RunConfig, whole: Path, tmp_path: Path) -> None:
    """The state of the first evaluation is gone back to; what was learned and logged since is done again."""
    run = replace(short_run, out=tmp_path)
    with pytest.raises(KilledError):
        fit(run, scores(0.3, KilledError))
    fit(run, scores(0.2, 0.5), resume=True)
    assert_same(whole, tmp_path)
    assert rows(whole) == rows(tmp_path)


@pytest.mark.parametrize("steps", [3, 11])
def test_killed_at_any_step(
    short_run: RunConfig, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Stored after every step: before the first evaluation, and in the midst of one's pool of examples."""
    run = replace(short_run, out=tmp_path, save_minutes=EVERY_STEP)
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", _dies_after(steps, Learner.step))
        with pytest.raises(KilledError):
            fit(run, scores(0.3, 0.2))
    assert _header(tmp_path)["counts"]["steps"] == steps
    measured = sum("figures" in row for row in rows(tmp_path))
    fit(run, scores(*[0.3, 0.2, 0.5][measured:]), resume=True)
    assert_same(whole, tmp_path)
    assert rows(whole) == rows(tmp_path)


def _dies_after(steps: int, step: Callable[..., Any]) -> Callable[..., Any]:
    left = iter(range(steps))

    def dying(*given: Any) -> Any:
        if next(left, None) is None:
            raise KilledError
        return step(*given)

    return dying


def _header(out: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(out / state.STATE, framework="pt") as file:
        header: dict[str, Any] = json.loads(file.metadata()["state"])
    return header


CHILD = """
import sys, time, torch
sys.path.insert(0, {here!r})
from test_resume import read_run
from zhibiao_training.fit import fit

def measure(model, table):
    print("measuring", flush=True)
    time.sleep(600)

torch.set_num_threads({threads})
fit(read_run({run!r}), measure)
"""


def read_run(text: str) -> RunConfig:
    """The run that another process was given as JSON."""
    from zhibiao_training.config import CorpusConfig

    values = json.loads(text)
    corpora = tuple(CorpusConfig(**{**row, "path": Path(row["path"]), "only": tuple(row["only"])}) for row in values["corpora"])
    return RunConfig(**{**values, "corpora": corpora, "out": Path(values["out"]), "dev": Path(values["dev"])})


def test_killed_by_the_system(short_run: RunConfig, whole: Path, tmp_path: Path) -> None:
    """A real process, a real SIGKILL: nothing is in memory that was not on the disk."""
    run = replace(short_run, out=tmp_path, save_minutes=EVERY_STEP)
    script = CHILD.format(here=str(Path(__file__).parent), threads=torch.get_num_threads(), run=json.dumps(state.plain(run)))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "measuring\n"
        child.kill()
    assert _header(tmp_path)["counts"]["steps"] > 2
    fit(run, scores(0.3, 0.2, 0.5), resume=True)
    assert_same(whole, tmp_path)


def test_killed_while_the_state_is_written(
    short_run: RunConfig, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state before stays whole."""
    run = replace(short_run, out=tmp_path)
    save, left = state.save_file, iter([True])

    def torn(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
        save(tensors, path, metadata)
        if next(left, None) is None:
            path.write_bytes(path.read_bytes()[:1000])
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(state, "save_file", torn)
        with pytest.raises(KilledError):
            fit(run, scores(0.3, 0.2))
    fit(run, scores(0.2, 0.5), resume=True)
    assert_same(whole, tmp_path)


def test_what_may_change_and_what_may_not(short_run: RunConfig, whole: Path, tmp_path: Path) -> None:
    """Another run is refused with the key that differs, as are other passages and a damaged file; a longer patience is not."""
    (tmp_path / state.STATE).write_bytes((whole / state.STATE).read_bytes())
    run = replace(short_run, out=tmp_path)
    with pytest.raises(ValueError, match=r"learning_rate \(0.005, now 0.1\).*put them back, or start anew"):
        fit(replace(run, learning_rate=0.1), resume=True)
    with pytest.raises(ValueError, match=r"corpora\[1\].share \(1.0, now 3.0\)"):
        fit(replace(run, corpora=(run.corpora[0], replace(run.corpora[1], share=3.0))), resume=True)
    fit(replace(run, patience=9, evaluations=7, save_minutes=1.0), resume=True)  # it was at its end already
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / state.STATE).write_bytes((whole / state.STATE).read_bytes()[:-100])
    with pytest.raises(ValueError, match="is no state of this run"):
        fit(replace(run, out=damaged), resume=True)


def test_other_passages_are_refused(short_run: RunConfig, two_folders: tuple[Path, Path], tmp_path: Path) -> None:
    """The place in a corpus means nothing once the corpus is another one."""
    folder = tmp_path / "passages"
    folder.mkdir()
    for path in two_folders[0].iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    run = replace(short_run, out=tmp_path, characters=600, corpora=(replace(short_run.corpora[0], path=folder),))
    fit(run)
    (folder / "p03.ann.txt").write_text("⟦M1:产值⟧⟦V1 M1:5亿元⟧", encoding="utf-8")
    with pytest.raises(ValueError, match="its passages are not those the run was begun with"):
        fit(run, resume=True)


def test_resuming_where_nothing_was_stored_begins(
    short_run: RunConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that one command serves a job that may be started again and again."""
    fit(replace(short_run, out=tmp_path, characters=600), resume=True)
    assert "nothing to resume, the run begins" in capsys.readouterr().err
    assert (tmp_path / "last" / "checkpoint.json").exists()


def test_a_stream_goes_on_where_it_stood(short_run: RunConfig, tmp_path: Path) -> None:
    """From any place, over more than one pool of examples, by way of JSON."""
    from zhibiao_training.checkpoint import start_model

    _, table = start_model(short_run.base, ("gold",), 0.0, masked_lm=False)
    straight = Mixture(short_run, table)
    expected = [next(straight) for _ in range(130)]
    mixture = Mixture(short_run, table)
    for place in range(90):
        if place in (0, 1, 30, 89):
            other = Mixture(short_run, table)
            other.restore(json.loads(json.dumps(mixture.state())))
            for wanted in expected[place : place + 40]:
                found = next(other)
                assert found.corpus == wanted.corpus
                assert torch.equal(found.batch.ids, wanted.batch.ids)
                assert torch.equal(found.batch.targets, wanted.batch.targets)
        next(mixture)
