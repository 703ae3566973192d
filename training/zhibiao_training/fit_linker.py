"""Training the linker alone, on what a frozen encoder says of the annotated mentions.

The linker is a small part of the model and learns from far fewer examples than the tagger: one link a mention against one tag a
character. Once the encoder is good, its vectors of all mentions are computed once, and the linker goes over them many times in
minutes.
"""

from __future__ import annotations

import dataclasses
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from zhibiao_training.checkpoint import Checkpoint, save_checkpoint
from zhibiao_training.examples import IGNORED, Batch, Example, collate, make_examples, rewrap
from zhibiao_training.fit import Measure
from zhibiao_training.model import LinkerScores
from zhibiao_training.objective import attribute_loss, link_loss
from zhibiao_training.passage import Passage

__all__ = ["LinkerRun", "fit_linker"]


@dataclass(frozen=True)
class LinkerRun:
    """How to train the linker.

    Attributes:
        epochs: How often each passage is seen.
        variants: How many versions of each passage are encoded; all but the first have their lines broken anew.
        batch: Windows in a batch.
        learning_rate: Its peak; it falls linearly to nothing.
        dropout: Inside the linker.
        noise: Standard deviation of the noise on the vectors, as a share of their own; their encoder knows these passages.
        attribute_weight: Weight of the attributes beside the links.
        seed: Seed of everything random.
    """

    epochs: int = 30
    variants: int = 2
    batch: int = 8
    learning_rate: float = 5e-4
    dropout: float = 0.2
    noise: float = 0.1
    attribute_weight: float = 0.3
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
    cached = _encode(checkpoint, passages, run, rng)
    if not any(cached):
        raise ValueError("the passages hold no mentions: there is nothing to train the linker on")
    linker = model.linker.train()
    for module in linker.modules():
        if isinstance(module, nn.Dropout):
            module.p = run.dropout
    optimizer = torch.optim.AdamW(linker.parameters(), lr=run.learning_rate, weight_decay=0.05)
    steps = run.epochs * sum(-(-len(version) // run.batch) for version in cached)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, run.learning_rate, steps, pct_start=0.05, anneal_strategy="linear")
    for epoch in range(run.epochs):
        losses = []
        for version in cached:
            rng.shuffle(version)
            for at in range(0, len(version), run.batch):
                group = version[at : at + run.batch]
                loss = _loss(linker, [e for e, _ in group], [v for _, v in group], checkpoint.table.pad, run)
                loss.backward()
                nn.utils.clip_grad_norm_(linker.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad(set_to_none=True)
                losses.append(float(loss.detach()))
        print(f"epoch {epoch + 1} of {run.epochs}: loss {sum(losses) / len(losses):.4f}", file=sys.stderr, flush=True)
    model.eval()
    figures = measure(model, checkpoint.table) if measure else {}
    notes = {**checkpoint.notes, "linker_run": dataclasses.asdict(run), "figures": figures}
    save_checkpoint(out, model, checkpoint.table, notes)
    print(figures, file=sys.stderr, flush=True)


@torch.inference_mode()
def _encode(
    checkpoint: Checkpoint, passages: Sequence[Passage], run: LinkerRun, rng: random.Random
) -> list[list[tuple[Example, Tensor]]]:
    """Examples with the vectors of their mentions, ``(n, 2 * hidden)``, for each variant of the passages."""
    model, notes = checkpoint.model.eval(), checkpoint.notes["run"]
    versions = []
    for variant in range(run.variants):
        version = []
        for passage in passages:
            text = rewrap(passage, rng) if variant else passage
            for example in make_examples(text, checkpoint.table, notes["window"], notes["before"], notes["after"], ""):
                if not len(example.labels):
                    continue
                batch = collate([example], checkpoint.table.pad)
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    vectors = model.encode(batch.ids, batch.mask).float()
                version.append((example, model.spans(vectors, batch.firsts, batch.lasts)[0]))
        versions.append(version)
    return versions


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
