"""Training the linker alone, on what a frozen encoder says of the annotated mentions.

The linker is a small part of the model and learns from far fewer examples than the tagger: one link a mention against one tag a
character. Once the encoder is good, its vectors of all mentions are computed once, and the linker goes over them many times in
minutes.
"""

from __future__ import annotations

import dataclasses
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from zhibiao_training.checkpoint import Checkpoint, save_checkpoint
from zhibiao_training.examples import IGNORED, Batch, Example, collate, disturb, make_examples
from zhibiao_training.fit import Measure
from zhibiao_training.model import LinkerScores
from zhibiao_training.objective import attribute_loss, link_loss
from zhibiao_training.passage import Passage
from zhibiao_training.precision import choose_precision

__all__ = ["LinkerRun", "fit_linker"]


@dataclass(frozen=True)
class LinkerRun:
    """How to train the linker.

    Attributes:
        epochs: How often each passage is seen.
        disturbed: Share of the mentions lost, displaced and invented (:func:`zhibiao_training.examples.disturb`) in three of
            four passages: at run time the linker meets what the tagger found, not what annotators marked.
        batch: Windows in a batch.
        learning_rate: Its peak; it falls linearly to nothing.
        dropout: Inside the linker.
        noise: Standard deviation of the noise on the vectors, as a share of their own; their encoder knows these passages.
        attribute_weight: Weight of the attributes beside the links.
        seed: Seed of everything random.
    """

    epochs: int = 30
    disturbed: float = 0.08
    batch: int = 8
    learning_rate: float = 5e-4
    dropout: float = 0.2
    noise: float = 0.1
    attribute_weight: float = 1.0
    seed: int = 1


def fit_linker(
    checkpoint: Checkpoint, passages: Sequence[Passage], run: LinkerRun, out: Path, measure: Measure | None = None
) -> None:
    """Train the linker of a checkpoint further and save the result as a checkpoint.

    Args:
        checkpoint: Its encoder and tagger stay as they are.
        passages: What to learn from.
        run: How.
        out: The checkpoint folder to write.
        measure: Judges the result; its figures are kept with the checkpoint.
    """
    rng = random.Random(run.seed)
    torch.manual_seed(run.seed)
    model = checkpoint.model
    encoded = _encode(checkpoint, passages)
    linker = model.linker.train()
    for module in linker.modules():
        if isinstance(module, nn.Dropout):
            module.p = run.dropout
    optimizer = torch.optim.AdamW(linker.parameters(), lr=run.learning_rate, weight_decay=0.05)
    begun = time.monotonic()
    for epoch in range(run.epochs):
        losses = []
        batches = _batches(_examples(checkpoint, encoded, run, rng), run.batch)
        for number, group in enumerate(batches):
            done = (epoch + number / len(batches)) / run.epochs
            for settings in optimizer.param_groups:
                settings["lr"] = run.learning_rate * min(1.0, 20 * done + 0.01) * (1.0 - done)
            loss = _loss(linker, [e for e, _ in group], [v for _, v in group], checkpoint.table.pad, run)
            loss.backward()
            nn.utils.clip_grad_norm_(linker.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(float(loss.detach()))
        seconds = time.monotonic() - begun
        print(
            f"epoch {epoch + 1} of {run.epochs}: loss {sum(losses) / len(losses):.4f}, {seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )
    model.eval()
    figures = measure(model, checkpoint.table) if measure else {}
    notes = {**checkpoint.notes, "linker_run": dataclasses.asdict(run), "figures": figures}
    save_checkpoint(out, model, checkpoint.table, notes)
    print(figures, file=sys.stderr, flush=True)


@torch.inference_mode()
def _encode(checkpoint: Checkpoint, passages: Sequence[Passage]) -> list[tuple[Passage, list[Tensor]]]:
    """The encoder's vectors of each passage's windows, float16 ``(t, hidden)``."""
    model, encoded = checkpoint.model.eval(), []
    precision = choose_precision("auto", torch.device("cpu"))
    for passage in passages:
        vectors = []
        for example in _windows(checkpoint, passage):
            ids = torch.from_numpy(example.ids)[None]
            with precision.autocast():
                vectors.append(model.encode(ids, torch.ones_like(ids))[0].half())
        encoded.append((passage, vectors))
    return encoded


def _windows(checkpoint: Checkpoint, passage: Passage, *marks: frozenset[int]) -> list[Example]:
    run = checkpoint.notes["run"]
    return make_examples(passage, checkpoint.table, run["window"], run["before"], run["after"], "", *marks)


def _examples(
    checkpoint: Checkpoint, encoded: Sequence[tuple[Passage, list[Tensor]]], run: LinkerRun, rng: random.Random
) -> list[tuple[Example, Tensor]]:
    """One epoch: examples with the vectors of their mentions, float32 ``(n, 2 * hidden)``, shuffled."""
    drawn = []
    for passage, windows in encoded:
        marks: tuple[frozenset[int], ...] = ()
        if rng.random() < 0.75:
            passage, *marks = disturb(passage, rng, run.disturbed)
        for example, vectors in zip(_windows(checkpoint, passage, *marks), windows, strict=True):
            if len(example.labels):
                drawn.append((example, torch.cat([vectors[example.firsts], vectors[example.lasts]], -1).float()))
    if not drawn:
        raise ValueError("the passages hold no mentions: there is nothing to train the linker on")
    rng.shuffle(drawn)
    return drawn


def _batches(drawn: list[tuple[Example, Tensor]], size: int) -> list[list[tuple[Example, Tensor]]]:
    return [drawn[at : at + size] for at in range(0, len(drawn), size)]


def _loss(linker: nn.Module, examples: list[Example], vectors: list[Tensor], pad: int, run: LinkerRun) -> Tensor:
    batch: Batch = collate(examples, pad)
    spans = torch.zeros(*batch.labels.shape, vectors[0].shape[-1])
    for row, vector in enumerate(vectors):
        spans[row, : len(vector)] = vector
    spans = spans + torch.randn_like(spans) * spans.std() * run.noise
    scores: LinkerScores = linker(spans, batch.labels, batch.features, batch.present)
    total = link_loss(scores.links, batch.targets, batch.alike)
    if (batch.attributes != IGNORED).any():
        total = total + run.attribute_weight * attribute_loss(scores, batch.attributes)
    return total
