"""The model in PyTorch, behind the runtime's own interface, so that training measures exactly what users will run."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from zhibiao.characters import CharacterTable
from zhibiao.encoder import LinkScores
from zhibiao_training.checkpoint import GOLD
from zhibiao_training.model import JointModel
from zhibiao_training.precision import choose_precision

__all__ = ["TorchBackend"]


class TorchBackend:
    """Runs a model (see :class:`zhibiao.encoder.Backend`) in float32, or ``fast``: in what training takes on this device."""

    def __init__(self, model: JointModel, table: CharacterTable, *, fast: bool = False) -> None:
        self.model = model
        self.table = table
        self.threads = 1
        self.device = next(model.parameters()).device
        self.precision = choose_precision("auto" if fast else "fp32", self.device)

    @torch.inference_mode()
    def encode(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See :meth:`zhibiao.encoder.Backend.encode`."""
        with self.precision.autocast():
            vectors = self.model.encode(torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device))
            tags = self.model.tag(vectors, GOLD)
        return vectors.float().cpu().numpy(), tags.float().cpu().numpy()

    @torch.inference_mode()
    def link(self, spans: NDArray[np.float32], labels: NDArray[np.int64], features: NDArray[np.int64]) -> LinkScores:
        """See :meth:`zhibiao.encoder.Backend.link`."""
        tensors = [torch.from_numpy(array[None]).to(self.device) for array in (spans, labels, features)]
        present = torch.ones_like(tensors[1], dtype=torch.bool)
        scores = self.model.linker(*tensors, present)
        parts = (scores.links, scores.kinds, scores.directions, scores.statuses)
        return LinkScores(*(part[0].float().cpu().numpy() for part in parts))
