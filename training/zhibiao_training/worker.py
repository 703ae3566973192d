"""Several processes that train one model together, each on a GPU of its own, or this process alone.

``torchrun`` starts the processes and tells each its place by environment variables. DistributedDataParallel, PyTorch's own,
averages the gradients; ``accelerate`` would put the same behind an interface of its own, and stores a run's state as pickles.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn

__all__ = ["Worker", "join"]

# The others wait that long at most while the first measures or saves.
_PATIENCE = timedelta(hours=6)


@dataclass(frozen=True)
class Worker:
    """This process among those that train together.

    Attributes:
        rank: Its place; 0 measures, saves and logs.
        count: How many there are.
        device: Where it computes.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether it is the one that measures, saves and logs."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there are no others."""
        return self.count == 1

    def total(self, number: int) -> int:
        """The sum of a number over all workers."""
        if self.alone:
            return number
        tensor = torch.tensor(number, dtype=torch.int64, device=self.device)
        distributed.all_reduce(tensor)
        return int(tensor)

    def told(self, numbers: Sequence[float]) -> list[float]:
        """What the first worker says; the others give as many numbers of no meaning."""
        if self.alone:
            return list(numbers)
        tensor = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        distributed.broadcast(tensor, 0)
        return [float(number) for number in tensor]

    def gathered(self, text: str) -> list[str]:
        """The texts of all workers, by rank; an empty list for all but the first."""
        if self.alone:
            return [text]
        texts: list[str | None] | None = [None] * self.count if self.first else None
        distributed.gather_object(text, texts)
        return [str(one) for one in texts or ()]

    def joined(self, module: nn.Module) -> nn.Module:
        """The module, its gradients averaged over the workers as they are computed."""
        if self.alone:
            return module
        # A batch of another habit, or of plain text, leaves some of the heads without a gradient.
        return nn.parallel.DistributedDataParallel(
            module,
            device_ids=[self.device.index] if self.device.type == "cuda" else None,
            find_unused_parameters=True,
        )


@contextmanager
def join() -> Iterator[Worker]:
    """Take this process's place: alone, or among those that ``torchrun`` started.

    Raises:
        ValueError: If there are more processes on this machine than GPUs.
    """
    count = int(os.environ.get("WORLD_SIZE", "1")) if "MASTER_ADDR" in os.environ else 1
    cuda = torch.cuda.is_available()
    if count == 1:
        yield Worker(0, 1, torch.device("cuda" if cuda else "cpu"))
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if cuda and local >= torch.cuda.device_count():
        there = torch.cuda.device_count()
        raise ValueError(f"process {local + 1} of this machine has no GPU; start torchrun with --nproc-per-node {there} or fewer")
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if cuda else "gloo", timeout=_PATIENCE)
    try:
        yield Worker(distributed.get_rank(), count, device)
    finally:
        distributed.destroy_process_group()
