"""Two processes train as one: gloo, PyTorch's way on CPUs, stands in for the GPUs' NCCL."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import distributed, nn

from zhibiao.characters import CharacterTable
from zhibiao_training import learner
from zhibiao_training.checkpoint import start_model
from zhibiao_training.config import RunConfig
from zhibiao_training.fit import fit
from zhibiao_training.state import plain
from zhibiao_training.stream import Drawn, Mixture

pytestmark = pytest.mark.skipif(
    not (distributed.is_available() and distributed.is_gloo_available()), reason="this PyTorch was built without gloo"
)

# Each process trains once with nothing random, and once with everything random: to the end, and stopped right after the first
# evaluation was stored, and resumed.
CHILD = """
import dataclasses, os, sys, torch
sys.path.insert(0, {here!r})
from test_resume import KilledError, read_run
from zhibiao_training import fit as module

torch.set_num_threads(1)
steady, random, ports = read_run({steady!r}), read_run({random!r}), iter({ports!r})
out = steady.out

def train(run, name, resume=False):
    os.environ["MASTER_PORT"] = str(next(ports))
    model = module.fit(dataclasses.replace(run, out=out / name), lambda model, table: {{"facts": 0.5}}, resume=resume)
    return torch.cat([value.flatten() for value in model.state_dict().values()])

def save_and_die(*given):
    save(*given)
    raise KilledError

whole, save = train(random, "whole"), module.save_state
(out / ("weights-" + os.environ["RANK"])).write_bytes(whole.numpy().tobytes())
module.save_state = save_and_die
try:
    train(random, "killed")
except KilledError:
    module.save_state = save
assert torch.equal(whole, train(random, "killed", resume=True)), "resumed differs"

torch.nn.Dropout.forward = lambda self, x: x  # the linker drops out whatever the run says
train(steady, "steady")
"""


@pytest.fixture(scope="module")
def run(short_run: RunConfig) -> RunConfig:
    """Nothing that differs between one process and two: no masks, fp32; the tests see to dropout."""
    return replace(short_run, characters=1800, dropout=0.0, masked_share=0.0, precision="fp32", evaluations=2)


@pytest.fixture(scope="module")
def trained(short_run: RunConfig, run: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes left behind."""
    out = tmp_path_factory.mktemp("two")
    chancy = replace(short_run, characters=1800, evaluations=2)
    steady, random = (json.dumps(plain(replace(one, out=out))) for one in (run, chancy))
    script = CHILD.format(here=str(Path(__file__).parent), steady=steady, random=random, ports=_free_ports(4))
    # What torchrun sets.
    places = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "GLOO_SOCKET_IFNAME": "lo"}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script], env={**os.environ, **places, "RANK": rank, "LOCAL_RANK": rank},
            stderr=subprocess.PIPE, text=True,
        )
        for rank in "01"
    ]  # fmt: skip
    try:
        told = [child.communicate(timeout=600)[1] for child in children]
    finally:
        for child in children:
            child.kill()
    assert [child.returncode for child in children] == [0, 0], "\n".join(told)
    assert "facts" in told[0]
    assert "facts" not in told[1]
    return out


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def test_both_have_the_same_weights(trained: Path) -> None:
    """Each of its own batches, both of the same gradients. That a resumed run ends alike, the processes saw to themselves."""
    assert (trained / "weights-0").read_bytes() == (trained / "weights-1").read_bytes()


def test_they_learn_what_one_learns_from_the_batches_of_both(
    run: RunConfig, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradients are averaged and characters added up: one process that accumulates both shares comes to the same end."""

    class Both:
        def __init__(self, run: RunConfig, table: CharacterTable, *_: int) -> None:
            self.turns = itertools.cycle([Mixture(run, table, 0, 2), Mixture(run, table, 1, 2)])

        def __next__(self) -> Drawn:
            return next(next(self.turns))

        def state(self) -> dict[str, str]:
            return {}

    monkeypatch.setattr(learner, "Mixture", Both)
    monkeypatch.setattr(nn.Dropout, "forward", lambda self, x: x)
    fit(replace(run, out=tmp_path, accumulate=2), lambda model, table: {"facts": 0.5})
    alone, together = (json.loads((out / "last" / "checkpoint.json").read_text()) for out in (tmp_path, trained / "steady"))
    assert alone["characters"] == together["characters"] >= run.characters
    assert (alone["made"]["processes"], together["made"]["processes"]) == (1, 2)
    expected = load_file(tmp_path / "last" / "model.safetensors")
    for name, value in load_file(trained / "steady" / "last" / "model.safetensors").items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-6, msg=name)


def test_another_number_of_processes_cannot_resume(run: RunConfig, trained: Path) -> None:
    with pytest.raises(ValueError, match="was stored by 2 processes, now there are 1"):
        fit(replace(run, out=trained / "steady"), resume=True)


def test_no_passage_is_read_by_both(short_run: RunConfig) -> None:
    """The shares are apart and make up the whole, limits and all."""
    _, table = start_model(short_run.base, ("gold",), 0.0, masked_lm=False)

    def texts(rank: int, count: int) -> list[set[str]]:
        return [{passage.name for passage in stream.passages} for stream in Mixture(short_run, table, rank, count).streams]

    for whole, one, two in zip(texts(0, 1), texts(0, 2), texts(1, 2), strict=True):
        assert one | two == whole
        assert not one & two
    with pytest.raises(ValueError, match=r"only \d+ passages for 50 processes"):
        Mixture(short_run, table, 0, 50)
