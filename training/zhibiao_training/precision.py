"""The number format that the matrix products of training run in: decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from zhibiao_training.config import PRECISIONS

__all__ = ["Precision", "choose_precision"]

_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Precision:
    """A number format on a kind of device. Weights, their averages and the optimizer's state stay in fp32 under each.

    Attributes:
        name: ``bf16``, ``fp16`` or ``fp32``.
        device: ``cpu`` or ``cuda``.
    """

    name: str
    device: str

    def autocast(self) -> torch.autocast:
        """Run what is inside in this format."""
        return torch.autocast(self.device, dtype=_TYPES.get(self.name), enabled=self.name in _TYPES)

    def scaler(self) -> torch.amp.GradScaler:
        """Scales the loss up under fp16, where small gradients vanish (Micikevicius et al., ICLR 2018); else does nothing."""
        return torch.amp.GradScaler(self.device, enabled=self.name == "fp16")


def choose_precision(wanted: str, device: torch.device) -> Precision:
    """Decide what to compute in.

    ``auto`` takes bf16 where the hardware has it, else fp16 on a GPU and fp32 on a CPU. What is asked for by name is done,
    even if the device has to emulate it.

    Raises:
        ValueError: For a precision that is not known, or fp16 on a CPU.
    """
    if wanted not in PRECISIONS:
        raise ValueError(f"precision = {wanted!r} is not known; use {', '.join(PRECISIONS)}")
    if wanted == "fp16" and device.type == "cpu":
        raise ValueError('precision = "fp16" needs a GPU; use "auto", "bf16" or "fp32" on a CPU')
    if wanted != "auto":
        return Precision(wanted, device.type)
    if device.type == "cuda":
        return Precision("bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16", "cuda")
    return Precision("bf16" if _cpu_has_bf16() else "fp32", "cpu")


def _cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bf16 matrices itself: AVX512-BF16 or AMX, on ARM its own extension.

    PyTorch emulates bf16 on any other CPU, which is slower than fp32.
    """
    if hasattr(torch.cpu, "get_capabilities"):
        able = torch.cpu.get_capabilities()
        return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))
    # Older versions of PyTorch tell it under names of their own.
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
