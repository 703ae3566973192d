"""What training minimises."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zhibiao_training.examples import IGNORED, Batch
from zhibiao_training.model import JointModel, LinkerScores
from zhibiao_training.teacher import Lesson, imitation

__all__ = ["attribute_loss", "link_loss", "losses", "mask_tokens"]


def losses(model: JointModel, batch: Batch, hidden_ids: Tensor | None = None, lesson: Lesson | None = None) -> dict[str, Tensor]:
    """Run the model on a batch and return its losses by name, each a scalar.

    Args:
        model: The model.
        batch: The batch; only what it marks is supervised.
        hidden_ids: Token ids with some masked out, to be filled in as a further task; ``batch.ids`` are the answers.
        lesson: What a teacher says of the batch, to be learned too.

    Returns:
        ``tags``, ``links``, ``attributes`` and ``masked``, each where there is something to learn, and those of
        :func:`zhibiao_training.teacher.imitation`.
    """
    ids = batch.ids if hidden_ids is None else hidden_ids
    vectors = model.encode(ids, batch.mask).float()
    parts: dict[str, Tensor] = {}
    if hidden_ids is not None:
        masked = hidden_ids != batch.ids
        if masked.any():
            parts["masked"] = nn.functional.cross_entropy(model.fill(vectors[masked]).float(), batch.ids[masked])
    if batch.habit:
        logits = model.tag(vectors, batch.habit).float()
        parts["tags"] = nn.functional.cross_entropy(logits.transpose(1, 2), batch.tags, ignore_index=IGNORED)
    supervised = batch.targets.sum(-1) > 0  # (b, types, n)
    if supervised.any() or (batch.attributes != IGNORED).any():
        scores = model.linker(model.spans(vectors, batch.firsts, batch.lasts), batch.labels, batch.features, batch.present)
        if supervised.any():
            parts["links"] = link_loss(scores.links.float(), batch.targets, batch.alike)
        if (batch.attributes != IGNORED).any():
            parts["attributes"] = attribute_loss(scores, batch.attributes)
    if lesson is not None:
        parts |= imitation(model, vectors, batch, lesson)
    return parts


def link_loss(logits: Tensor, targets: Tensor, alike: Tensor) -> Tensor:
    """Cross-entropy of the links, mean over the heads supervised.

    For regions, periods, organisations and subjects, any mention of the same words will do: their probabilities are added up
    before the logarithm is taken. Which of several METRICs of the same words a VALUE belongs to does matter.

    Args:
        logits, targets: ``(b, types, n, n + 1)``; see :class:`zhibiao_training.examples.Example` for the targets.
        alike: Bool ``(b, n, n)``.
    """
    supervised = targets.sum(-1) > 0
    exact = logits[:, :1].log_softmax(-1)
    shares = logits[:, 1:].softmax(-1)
    pooled = torch.cat([shares[..., :-1] @ alike[:, None].to(shares.dtype), shares[..., -1:]], -1)
    log = torch.cat([exact, pooled.clamp_min(1e-9).log()], 1)
    return -(targets * log).sum(-1)[supervised].mean()


def attribute_loss(scores: LinkerScores, attributes: Tensor) -> Tensor:
    """Cross-entropy of kind, direction and status added up; ``attributes`` is int64 ``(3, b, n)``."""
    parts = zip((scores.kinds, scores.directions, scores.statuses), attributes, strict=True)
    each = [nn.functional.cross_entropy(part.float().transpose(1, 2), target, ignore_index=IGNORED) for part, target in parts]
    return torch.stack(each).sum()


def mask_tokens(ids: Tensor, maskable: Tensor, mask_id: int, share: float, generator: torch.Generator) -> Tensor:
    """Hide characters for the masked-language-model task: runs of one to three, ``share`` of the maskable ones in all.

    Runs, not single characters: one character of a word is too easily guessed (whole-word masking: Cui et al., 2021).
    """
    starts = torch.rand(ids.shape, generator=generator) < share / 2.0
    lengths = torch.randint(1, 4, ids.shape, generator=generator)
    hidden = torch.zeros_like(starts)
    for step in range(3):
        reach = starts & (lengths > step)
        hidden[:, step:] |= reach[:, : ids.shape[1] - step]
    return torch.where((hidden & maskable).to(ids.device), torch.full_like(ids, mask_id), ids)
