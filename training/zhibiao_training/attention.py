"""Attention for training on a CPU.

PyTorch's fused attention falls behind on a CPU for heads of 32 and windows of a few hundred characters. One window at a time, its
attention matrices stay in the cache: on two AVX512-BF16 cores a training step of the 12 × 384 encoder took a quarter less time.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

__all__ = ["NAME", "attend"]

#: The name ``transformers`` knows it by: pass it as ``attn_implementation``.
NAME = "zhibiao_by_window"


class _ByWindow(torch.autograd.Function):
    """softmax(q kᵀ / √d + mask) v, and its gradient, a window at a time."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        result = torch.empty_like(query)
        scale = query.shape[-1] ** -0.5
        weights = []
        for row in range(len(query)):
            scores = torch.bmm(query[row], key[row].transpose(1, 2)).mul_(scale)
            if mask is not None:
                scores.add_(mask[row])
            weights.append(scores.softmax(-1))
            torch.bmm(weights[-1], value[row], out=result[row])
        ctx.save_for_backward(query, key, value, *weights)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        query, key, value, *weights = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        scale = query.shape[-1] ** -0.5
        d_query, d_key, d_value = torch.empty_like(query), torch.empty_like(key), torch.empty_like(value)
        for row, weight in enumerate(weights):
            torch.bmm(weight.transpose(1, 2), gradient[row], out=d_value[row])
            d_weight = torch.bmm(gradient[row], value[row].transpose(1, 2))
            d_scores = torch._softmax_backward_data(d_weight, weight, -1, weight.dtype).mul_(scale)
            torch.bmm(d_scores, key[row], out=d_query[row])
            torch.bmm(d_scores.transpose(1, 2), query[row], out=d_key[row])
        return d_query, d_key, d_value, None


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **_: Any
) -> tuple[Tensor, None]:
    """Attention as ``transformers`` asks for it.

    Args:
        module: The layer; not looked at.
        query, key, value: Float ``(windows, heads, t, width)``.
        attention_mask: Float ``(windows, 1, 1 or t, t)`` to be added to the scores, or None.

    Returns:
        Float ``(windows, t, heads, width)``, and None for the weights.
    """
    mask = None if attention_mask is None else attention_mask.to(query.dtype)
    mixed = _ByWindow.apply(query.contiguous(), key.contiguous(), value.contiguous(), mask)
    return mixed.transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, ALL_MASK_ATTENTION_FUNCTIONS["eager"])
