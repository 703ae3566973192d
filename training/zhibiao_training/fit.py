"""The training loop."""

from __future__ import annotations

import dataclasses
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn

from zhibiao.characters import CharacterTable
from zhibiao_training import attention
from zhibiao_training.checkpoint import save_checkpoint, start_model
from zhibiao_training.config import RunConfig
from zhibiao_training.model import JointModel
from zhibiao_training.objective import losses, mask_tokens
from zhibiao_training.stream import mixed_batches

__all__ = ["Measure", "fit"]

#: Called now and then with the model and its table; returns figures, the first of which decides what is best.
Measure = Callable[[JointModel, CharacterTable], dict[str, float]]


def fit(run: RunConfig, measure: Measure | None = None) -> JointModel:
    """Train a model as ``run`` says and leave ``last/`` and, where measured, ``best/`` under its ``out`` folder.

    Args:
        run: The run.
        measure: How to judge the model at each evaluation.

    Returns:
        The model with its last weights; what was saved are the averaged ones, where ``average`` is set.
    """
    random.seed(run.seed)
    np.random.seed(run.seed)
    torch.manual_seed(run.seed)
    generator = torch.Generator().manual_seed(run.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    habits = tuple(dict.fromkeys(corpus.habit for corpus in run.corpora if corpus.habit))
    model, table = start_model(run.base, habits, run.dropout, masked_lm=run.masked_share > 0)
    model.to(device).train()
    if device.type == "cpu":
        model.encoder.set_attn_implementation(attention.NAME)
    average = _Average(model, run.average) if run.average else None
    optimizer = torch.optim.AdamW(_parameter_groups(model, run), weight_decay=run.weight_decay, betas=(0.9, 0.98), fused=True)
    peaks = [group["lr"] for group in optimizer.param_groups]
    special = torch.tensor([table.pad, table.start, table.end], device=device)

    run.out.mkdir(parents=True, exist_ok=True)
    notes: dict[str, Any] = {"run": json.loads(json.dumps(dataclasses.asdict(run), default=str)), "seed": run.seed}
    best = -1.0
    done = steps = 0
    begun = time.monotonic()
    sums: dict[str, list[float]] = defaultdict(list)
    next_evaluation = run.characters / run.evaluations
    with (run.out / "log.jsonl").open("a", encoding="utf-8") as log:
        for batch in mixed_batches(run, table):
            batch = dataclasses.replace(
                batch, **{f.name: v.to(device) for f in dataclasses.fields(batch) if torch.is_tensor(v := getattr(batch, f.name))}
            )
            rate = _rate(done / run.characters, run.warmup, run.final_rate)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * rate
            hidden = None
            if run.masked_share:
                maskable = ~torch.isin(batch.ids, special)
                hidden = mask_tokens(batch.ids, maskable.cpu(), table.mask, run.masked_share, generator)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                parts = losses(model, batch, hidden)
            weights = {"tags": 1.0, "links": run.link_weight, "attributes": run.attribute_weight, "masked": run.masked_weight}
            total = sum(weights[name] * value for name, value in parts.items())
            if not torch.is_tensor(total):
                continue
            total.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if average:
                average.update(model)
            done += int(batch.mask.sum())
            steps += 1
            for name, value in parts.items():
                sums[f"{batch.habit or 'plain'}/{name}"].append(float(value.detach()))
            if steps % 50 == 0:
                seconds = time.monotonic() - begun
                row = {"step": steps, "characters": done, "seconds": round(seconds), "rate": round(done / seconds)}
                row |= {name: round(sum(v) / len(v), 4) for name, v in sorted(sums.items())}
                sums.clear()
                print(json.dumps(row), file=log, flush=True)
                left = (run.characters - done) / (done / seconds) / 60
                print(f"{done / run.characters:6.1%} {row['rate']} ch/s, {left:.0f} min left", file=sys.stderr, flush=True)
            if done >= next_evaluation or done >= run.characters:
                next_evaluation += run.characters / run.evaluations
                with average.applied(model) if average else nullcontext():
                    model.eval()
                    figures = measure(model, table) if measure else {}
                    model.train()
                    stage = {**notes, "characters": done, "figures": figures}
                    save_checkpoint(run.out / "last", model, table, stage)
                    score = next(iter(figures.values()), -1.0)
                    if score > best:
                        best = score
                        save_checkpoint(run.out / "best", model, table, stage)
                print(json.dumps({"step": steps, "figures": figures}), file=log, flush=True)
                print(f"{done / run.characters:6.1%} {figures}", file=sys.stderr, flush=True)
            if done >= run.characters:
                break
    return model


def _rate(progress: float, warmup: float, final: float) -> float:
    """Linear warm-up, then linear decay to ``final``; a share of the peak."""
    if progress < warmup:
        return max(progress, 1e-4) / warmup
    return 1.0 - (1.0 - final) * min(1.0, (progress - warmup) / (1.0 - warmup))


def _parameter_groups(model: JointModel, run: RunConfig) -> list[dict[str, Any]]:
    """The heads at their own rate; the encoder's layers each at a rate that falls towards the embeddings."""
    depth = model.encoder.config.num_hidden_layers
    groups: dict[float, list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            groups[run.head_learning_rate].append(parameter)
            continue
        parts = name.split(".")
        layer = int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else 0
        groups[run.learning_rate * run.layer_decay ** (depth - layer)].append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]


class _Average:
    """An exponential moving average of the weights (Polyak and Juditsky, 1992)."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.shadow = {name: value.detach().clone() for name, value in model.named_parameters()}
        self.backup: dict[str, torch.Tensor] = {}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        names, values = zip(*model.named_parameters(), strict=True)
        torch._foreach_lerp_([self.shadow[name] for name in names], [v.detach() for v in values], 1.0 - decay)

    def applied(self, model: nn.Module) -> _Applied:
        return _Applied(self, model)


class _Applied:
    """Puts the averaged weights in place for a while."""

    def __init__(self, average: _Average, model: nn.Module) -> None:
        self.average, self.model = average, model

    @torch.no_grad()
    def _swap(self) -> None:
        for name, value in self.model.named_parameters():
            kept = value.detach().clone()
            value.copy_(self.average.shadow[name])
            self.average.shadow[name] = kept

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()
