"""What training minimises: what counts as right, and what is left alone."""

from __future__ import annotations

import torch
from torch import nn

from zhibiao_training.objective import link_loss

TYPES, COUNT = 5, 4


def setting() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(5)
    logits = torch.randn(1, TYPES, COUNT, COUNT + 1)
    targets = torch.zeros(1, TYPES, COUNT, COUNT + 1)
    alike = torch.eye(COUNT, dtype=torch.bool)[None]
    return logits, targets, alike


def test_it_is_cross_entropy_where_no_two_mentions_are_alike() -> None:
    logits, targets, alike = setting()
    targets[0, 0, 0, 2] = targets[0, 1, 0, 3] = targets[0, 2, 1, COUNT] = 1.0
    expected = nn.functional.cross_entropy(
        torch.stack([logits[0, 0, 0], logits[0, 1, 0], logits[0, 2, 1]]), torch.tensor([2, 3, COUNT])
    )
    torch.testing.assert_close(link_loss(logits, targets, alike), expected)


def test_another_mention_of_the_same_words_is_right_too_but_not_for_metrics() -> None:
    logits, targets, alike = setting()
    alike[0, 1, 3] = alike[0, 3, 1] = True
    targets[0, 1, 0, 1] = 1.0
    shares = logits[0, 1, 0].softmax(-1)
    torch.testing.assert_close(link_loss(logits, targets, alike), -(shares[1] + shares[3]).log())
    targets.zero_()
    targets[0, 0, 0, 1] = 1.0  # value_of: which of two METRICs of the same words does matter
    torch.testing.assert_close(link_loss(logits, targets, alike), -logits[0, 0, 0].log_softmax(-1)[1])


def test_two_right_answers_share_the_probability() -> None:
    logits, targets, alike = setting()
    targets[0, 1, 0, 1] = targets[0, 1, 0, 2] = 0.5
    log = logits[0, 1, 0].log_softmax(-1)
    torch.testing.assert_close(link_loss(logits, targets, alike), -(log[1] + log[2]) / 2)
