"""One or more finished models whose answers another one learns: knowledge distillation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from zhibiao.characters import CharacterTable
from zhibiao_training import attention
from zhibiao_training.checkpoint import load_checkpoint
from zhibiao_training.config import GOLD
from zhibiao_training.examples import Batch
from zhibiao_training.model import JointModel, LinkerScores

__all__ = ["Lesson", "Teacher", "imitation"]

#: Both sides' tag and link scores are divided by it, so that what the teacher thinks second and third counts too.
_TEMPERATURE = 2.0


@dataclass(frozen=True)
class Lesson:
    """What a teacher says of a batch.

    Attributes:
        vectors: Float ``(b, t, hidden)``; None where several models teach, whose vectors mean different things.
        tags: Float ``(b, t, tags)``: logits; of several models, their mean.
        links: Float ``(b, types, n, n + 1)``: logits among the batch's own mentions, or their mean; None where it has none.
    """

    vectors: Tensor | None
    tags: Tensor
    links: Tensor | None


class Teacher:
    """A finished model, or an ensemble of some, that is only asked.

    Args:
        folders: The checkpoints, one or more.
        table: The student's character table, which has to be the teacher's too.
        device: Where to compute.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If it is damaged, or reads characters by another table.
    """

    def __init__(self, folders: Sequence[Path], table: CharacterTable, device: torch.device) -> None:
        self.models = [_finished(folder, table, device) for folder in folders]

    @torch.no_grad()
    def lesson(self, batch: Batch) -> Lesson:
        """What it says of a batch, annotated or not."""
        vectors = [model.encode(batch.ids, batch.mask).float() for model in self.models]
        answers = list(zip(self.models, vectors, strict=True))
        tags = _mean([model.tag(own, GOLD).float() for model, own in answers])
        links = _mean([_link(model, own, batch).links.float() for model, own in answers]) if batch.present.any() else None
        return Lesson(vectors[0] if len(vectors) == 1 else None, tags, links)


def imitation(student: JointModel, vectors: Tensor, batch: Batch, lesson: Lesson) -> dict[str, Tensor]:
    """How far a student is from its teacher.

    Soft answers after Hinton, Vinyals and Dean (*Distilling the Knowledge in a Neural Network*, 2015), hidden states after Sun
    et al. (*Patient Knowledge Distillation for BERT Model Compression*, EMNLP 2019).

    Args:
        student: The student.
        vectors: Its vectors of the batch, float ``(b, t, hidden)``.
        batch: The batch.
        lesson: What the teacher says of it.

    Returns:
        ``teacher_tags``, and where they apply ``teacher_links`` (the batch has mentions) and ``teacher_vectors`` (there is one
        teacher, of the same width): mean Kullback-Leibler divergences, and the mean squared distance as a share of the vectors'
        own variance.
    """
    read = batch.mask.bool()
    parts = {"teacher_tags": _divergence(student.tag(vectors, GOLD).float()[read], lesson.tags[read])}
    if lesson.vectors is not None and lesson.vectors.shape == vectors.shape:
        wanted = lesson.vectors[read]
        parts["teacher_vectors"] = nn.functional.mse_loss(vectors[read], wanted) / wanted.var()
    if lesson.links is not None:
        links = _link(student, vectors, batch).links.float().transpose(1, 2)[batch.present]
        parts["teacher_links"] = _divergence(links, lesson.links.transpose(1, 2)[batch.present])
    return parts


def _finished(folder: Path, table: CharacterTable, device: torch.device) -> JointModel:
    checkpoint = load_checkpoint(folder)
    if checkpoint.table.vocabulary != table.vocabulary:
        raise ValueError(f"{folder}: a teacher needs the vocabulary of its student; use a base made from the same one")
    model = checkpoint.model.to(device).eval().requires_grad_(False)
    if device.type == "cpu":
        model.encoder.set_attn_implementation(attention.NAME)
    return model


def _mean(answers: list[Tensor]) -> Tensor:
    """Of logits: the normalised geometric mean of what the models hold for likely."""
    return torch.stack(answers).mean(0)


def _link(model: JointModel, vectors: Tensor, batch: Batch) -> LinkerScores:
    scores: LinkerScores = model.linker(
        model.spans(vectors, batch.firsts, batch.lasts), batch.labels, batch.features, batch.present
    )
    return scores


def _divergence(logits: Tensor, wanted: Tensor) -> Tensor:
    """Mean divergence of distributions over the last axis, scaled so that its gradients do not shrink with the temperature."""
    choices = wanted.shape[-1]
    return _TEMPERATURE**2 * nn.functional.kl_div(
        (logits / _TEMPERATURE).log_softmax(-1).reshape(-1, choices),
        (wanted / _TEMPERATURE).log_softmax(-1).reshape(-1, choices),
        log_target=True,
        reduction="batchmean",
    )
