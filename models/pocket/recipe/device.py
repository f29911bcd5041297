"""Where to train: a GPU if there is one."""

from __future__ import annotations

import torch


def pick_device() -> torch.device:
    """The GPU, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where it is safe: half the time, and the error is far below the noise."""
    return torch.autocast(device.type, torch.bfloat16)
