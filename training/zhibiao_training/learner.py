"""The model and everything that changes with it while it is trained: one step, and what must be stored to go on exactly."""

from __future__ import annotations

import base64
import dataclasses
import random
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zhibiao_training import attention
from zhibiao_training.average import Average
from zhibiao_training.checkpoint import start_model
from zhibiao_training.config import RunConfig
from zhibiao_training.examples import Batch
from zhibiao_training.model import JointModel
from zhibiao_training.objective import losses, mask_tokens
from zhibiao_training.precision import Precision
from zhibiao_training.stream import Mixture
from zhibiao_training.teacher import Lesson, Teacher
from zhibiao_training.worker import Worker

__all__ = ["Learner", "Loss"]


@dataclass(frozen=True)
class Loss:
    """One loss of one batch.

    Attributes:
        corpus: The corpus the batch came from.
        name: Its habit and what is learned, as ``gold/tags``.
        value: A scalar, still on the device.
    """

    corpus: str
    name: str
    value: Tensor


class _Objective(nn.Module):
    """The losses as a module, which is what DistributedDataParallel wraps."""

    def __init__(self, model: JointModel, *, alone: bool) -> None:
        super().__init__()
        self.model = model
        self.alone = alone

    def forward(self, batch: Batch, hidden: Tensor | None, lesson: Lesson | None) -> dict[str, Tensor]:
        parts = losses(self.model, batch, hidden, lesson)
        if not parts and not self.alone:
            # The other processes wait for this one's gradients, even where its batch teaches nothing.
            parts["nothing"] = 0.0 * next(self.model.parameters()).sum()
        return parts


class Learner:
    """A model under training.

    Args:
        run: The run.
        worker: This process.
        precision: What to compute in.

    Attributes:
        model: The model.
        table: Its character table.
        average: The moving average of its weights, where the run asks for one.
    """

    def __init__(self, run: RunConfig, worker: Worker, precision: Precision) -> None:
        random.seed(run.seed)
        np.random.seed(run.seed)
        torch.manual_seed(run.seed)
        self.run, self.worker, self.precision = run, worker, precision
        self.generator = torch.Generator().manual_seed(run.seed + worker.rank)
        habits = tuple(dict.fromkeys(corpus.habit for corpus in run.corpora if corpus.habit))
        self.model, self.table = start_model(
            run.base, habits, run.dropout, masked_lm=run.masked_share > 0, window=run.window, layers=run.layers
        )
        self.teacher = Teacher([Path(folder) for folder in run.teachers], self.table, worker.device) if run.teachers else None
        self.model.to(worker.device).train()
        if worker.device.type == "cpu":
            self.model.encoder.set_attn_implementation(attention.NAME)
        if worker.rank:
            torch.manual_seed(run.seed + worker.rank)  # the same weights, but dropout of its own
        self.average = Average(self.model, run.average) if run.average else None
        groups = _parameter_groups(self.model, run)
        self.optimizer = torch.optim.AdamW(groups, weight_decay=run.weight_decay, betas=(0.9, 0.98), fused=True)
        self.scaler = precision.scaler()
        self.peaks: list[float] = [group["lr"] for group in self.optimizer.param_groups]
        self.mixture = Mixture(run, self.table, worker.rank, worker.count)
        self._special = torch.tensor([self.table.pad, self.table.start, self.table.end])
        self._weights = {"tags": 1.0, "links": run.link_weight, "attributes": run.attribute_weight}
        self._weights |= {"masked": run.masked_weight, "nothing": 0.0}
        self._weights |= dict.fromkeys(("teacher_tags", "teacher_links", "teacher_vectors"), run.teacher_weight)
        # Last, so that nothing can go wrong between here and the caller's close.
        self.objective = worker.joined(_Objective(self.model, alone=worker.alone))

    def close(self) -> None:
        """Let go of the other workers; to be called before the process group ends.

        If what averages the gradients is the last to hold the group, PyTorch joins the group's threads with Python's lock held,
        which one of them may be waiting for.
        """
        del self.objective

    def step(self, rate: float) -> tuple[int, list[Loss]]:
        """Learn from as many batches as the run accumulates.

        Args:
            rate: The learning rate, as a share of its peaks.

        Returns:
            How many characters all workers read, and the losses of this one.
        """
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * rate
        characters, told = 0, []
        taught = 0
        while taught < self.run.accumulate:
            drawn = next(self.mixture)
            batch = _moved(drawn.batch, self.worker.device)
            hidden = self._hidden(drawn.batch, batch)
            with self._gradients_apart(last=taught + 1 == self.run.accumulate):
                with self.precision.autocast():
                    lesson = self.teacher.lesson(batch) if self.teacher else None
                    parts = self.objective(batch, hidden, lesson)
                if not parts:
                    continue
                total = sum(self._weights[name] * value for name, value in parts.items()) / self.run.accumulate
                self.scaler.scale(total).backward()
            taught += 1
            habit = batch.habit or "plain"
            told += [Loss(drawn.corpus, f"{habit}/{name}", v.detach()) for name, v in parts.items() if name != "nothing"]
            characters += int(drawn.batch.mask.sum())
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average:
            self.average.update(self.model)
        return self.worker.total(characters), told

    def judged(self) -> AbstractContextManager[None]:
        """For a while the model holds the weights that are measured and saved."""
        return self.average.applied(self.model) if self.average else nullcontext()

    def _hidden(self, drawn: Batch, batch: Batch) -> Tensor | None:
        if not self.run.masked_share:
            return None
        maskable = ~torch.isin(drawn.ids, self._special)
        return mask_tokens(batch.ids, maskable, self.table.mask, self.run.masked_share, self.generator)

    def _gradients_apart(self, *, last: bool) -> AbstractContextManager[Any]:
        """Until the last batch of a step, the workers need not exchange gradients."""
        if last or not isinstance(self.objective, nn.parallel.DistributedDataParallel):
            return nullcontext()
        return self.objective.no_sync()

    # What follows is what has to be stored.

    def tensors(self) -> dict[str, Tensor]:
        """All weights, averages and moments, by name; the same on all workers."""
        stored = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        if self.average:
            stored |= {f"average/{name}": value for name, value in self.average.weights.items()}
        for name, parameter in self.model.named_parameters():
            for moment, value in self.optimizer.state.get(parameter, {}).items():
                stored[f"optimizer/{moment}/{name}"] = value
        return stored

    def common(self) -> dict[str, Any]:
        """What is no tensor and the same on all workers, for JSON."""
        return {"average_updates": self.average.updates if self.average else 0, "scaler": self.scaler.state_dict()}

    def own(self) -> dict[str, Any]:
        """What differs from worker to worker, for JSON: chance, and the place in the corpora."""
        chance: dict[str, Any] = {
            "python": random.getstate(),
            "numpy": [part.tolist() if isinstance(part, np.ndarray) else part for part in np.random.get_state()],
            "torch": _packed(torch.get_rng_state()),
            "masks": _packed(self.generator.get_state()),
        }
        if self.worker.device.type == "cuda":
            chance["cuda"] = _packed(torch.cuda.get_rng_state(self.worker.device))
        return {"chance": chance, "mixture": self.mixture.state()}

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], common: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        """Become what :meth:`tensors`, :meth:`common` and :meth:`own` were asked of.

        Raises:
            KeyError: If something is missing.
            ValueError: If the passages are not those of then, or a weight has another shape.
        """
        self.mixture.restore(own["mixture"])
        for name, value in self.model.state_dict().items():
            _overwrite(value, tensors, f"model/{name}")
        if self.average:
            self.average.updates = common["average_updates"]
            for name, value in self.average.weights.items():
                _overwrite(value, tensors, f"average/{name}")
        moments: dict[Tensor, dict[str, Tensor]] = defaultdict(dict)
        parameters = dict(self.model.named_parameters())
        for key, value in tensors.items():
            kind, _, rest = key.partition("/")
            if kind == "optimizer":
                moment, _, name = rest.partition("/")
                # A copy of its own: what was read may share the memory of the file.
                moments[parameters[name]][moment] = value.to(self.worker.device, copy=True)
        self.optimizer.state.update(moments)
        if self.scaler.is_enabled() and common["scaler"]:
            self.scaler.load_state_dict(common["scaler"])
        chance = own["chance"]
        version, numbers, gauss = chance["python"]
        random.setstate((version, tuple(numbers), gauss))
        kind, keys, *rest = chance["numpy"]
        np.random.set_state((kind, np.array(keys, dtype=np.uint32), *rest))
        torch.set_rng_state(_unpacked(chance["torch"]))
        self.generator.set_state(_unpacked(chance["masks"]))
        if "cuda" in chance and self.worker.device.type == "cuda":
            torch.cuda.set_rng_state(_unpacked(chance["cuda"]), self.worker.device)


def _overwrite(value: Tensor, tensors: Mapping[str, Tensor], name: str) -> None:
    stored = tensors[name]
    if stored.shape != value.shape:
        raise ValueError(f"{name} was of shape {tuple(stored.shape)} and is {tuple(value.shape)} now: the base has changed")
    value.copy_(stored)


def _moved(batch: Batch, device: torch.device) -> Batch:
    tensors = {f.name: getattr(batch, f.name) for f in dataclasses.fields(batch)}
    moved: dict[str, Any] = {name: value.to(device) for name, value in tensors.items() if torch.is_tensor(value)}
    return dataclasses.replace(batch, **moved)


def _packed(state: Tensor) -> str:
    return base64.b64encode(state.numpy().tobytes()).decode("ascii")


def _unpacked(text: str) -> Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8)


def _parameter_groups(model: JointModel, run: RunConfig) -> list[dict[str, Any]]:
    """The heads at their own rate; the encoder's layers each at a rate that falls towards the embeddings."""
    depth: int = model.encoder.config.num_hidden_layers
    groups: dict[float, list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            groups[run.head_learning_rate].append(parameter)
            continue
        parts = name.split(".")
        layer = int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else 0
        groups[run.learning_rate * run.layer_decay ** (depth - layer)].append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]
