"""What training minimises."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zhibiao_training.examples import IGNORED, Batch
from zhibiao_training.model import JointModel

__all__ = ["losses", "mask_tokens"]


def losses(model: JointModel, batch: Batch, hidden_ids: Tensor | None = None) -> dict[str, Tensor]:
    """Run the model on a batch and return its losses by name, each a scalar.

    Args:
        model: The model.
        batch: The batch; only what it marks is supervised.
        hidden_ids: Token ids with some masked out, to be filled in as a further task; ``batch.ids`` are the answers.

    Returns:
        ``tags``, ``links``, ``attributes`` and ``masked``, each where there is something to learn.
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
            log = scores.links.float().log_softmax(-1)
            each = -(batch.targets * log).sum(-1)
            parts["links"] = each[supervised].mean()
        if (batch.attributes != IGNORED).any():
            parts["attributes"] = sum(
                nn.functional.cross_entropy(logits.float().transpose(1, 2), target, ignore_index=IGNORED)
                for logits, target in zip((scores.kinds, scores.directions, scores.statuses), batch.attributes, strict=True)
            )
    return parts


def mask_tokens(ids: Tensor, maskable: Tensor, mask_id: int, share: float, generator: torch.Generator) -> Tensor:
    """Hide characters for the masked-language-model task: runs of one to four, ``share`` of the maskable ones in all.

    Runs, not single characters: one character of a word is too easily guessed (whole-word masking: Cui et al., 2021).
    """
    starts = torch.rand(ids.shape, generator=generator) < share / 2.0
    lengths = torch.randint(1, 4, ids.shape, generator=generator)
    hidden = torch.zeros_like(starts)
    for step in range(3):
        reach = starts & (lengths > step)
        hidden[:, step:] |= reach[:, : ids.shape[1] - step]
    return torch.where(hidden & maskable, torch.full_like(ids, mask_id), ids)
