"""Our own attention is attention: the same answers and gradients as PyTorch's."""

from __future__ import annotations

import torch
from torch import nn

from zhibiao_training.attention import attend


def test_it_agrees_with_pytorch_forward_and_backward() -> None:
    torch.manual_seed(1)
    query, key, value = (torch.randn(2, 3, 7, 4, dtype=torch.float64, requires_grad=True) for _ in range(3))
    mask = torch.zeros(2, 1, 1, 7, dtype=torch.float64)
    mask[1, ..., 5:] = -1e9
    for bias in (None, mask):
        mixed, weights = attend(nn.Identity(), query, key, value, bias)
        assert weights is None
        expected = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias).transpose(1, 2)
        torch.testing.assert_close(mixed, expected)
        wanted = torch.randn_like(mixed)
        ours = torch.autograd.grad(mixed, (query, key, value), wanted)
        theirs = torch.autograd.grad(expected, (query, key, value), wanted)
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other)
