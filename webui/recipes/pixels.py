"""Between the pixels of pictures (numpy) and those of networks (torch)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import torch
from numpy import typing as npt
from torch import Tensor

Levels: TypeAlias = npt.NDArray[np.uint8]
"""A picture [height, width, 3], or a mask [height, width]."""


def as_levels(picture: Tensor) -> Levels:
    """A decoded picture, uint8 [1, height, width, 3], without its row."""
    return picture[0].cpu().numpy()


def as_picture(levels: Levels) -> Tensor:
    """The other way: what a recipe returns."""
    return torch.from_numpy(np.ascontiguousarray(levels))[None]


def as_floats(levels: Levels) -> Tensor:
    """Float32 [1, 3, height, width] in 0 to 1."""
    return torch.from_numpy(np.ascontiguousarray(levels)).permute(2, 0, 1)[None].float() / 255


def from_floats(floats: npt.NDArray[np.float32]) -> Levels:
    """From [height, width, 3] in 0 to 1, rounded."""
    return (floats.clip(0, 1) * 255).round().astype(np.uint8)
