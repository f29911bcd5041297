"""An extra lesson for the UNet: inner features have to say what stands where, in which colour.

Denoising alone rewards a thing's shape only through its few cells. The painter knows exactly what
it painted; asking for it halfway through the network lets that knowledge form early (deep
supervision, as in REPA, arXiv:2410.06940, with truth instead of another network's features).
"""

from __future__ import annotations

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import nn

from .domain import FULL
from .painter import Scene

KINDS, PAINTS = ("nothing", *FULL.objects), ("nothing", *FULL.colours)


class ObjectMaps(nn.Module):
    """Reads maps of kinds and colours off the features before the finest level of a UNet."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        super().__init__()
        channels = unet.config.block_out_channels[1]
        self.kinds = nn.Conv2d(channels, len(KINDS), 1)
        self.paints = nn.Conv2d(channels, len(PAINTS), 1)
        self.features: list[torch.Tensor] = []
        unet.up_blocks[-2].register_forward_hook(lambda _block, _args, out: self._keep(out))

    def _keep(self, features: torch.Tensor) -> None:
        self.features[:] = [features]

    def loss(self, kinds: torch.Tensor, paints: torch.Tensor) -> torch.Tensor:
        """Cross-entropy against maps (n, classes, 16, 16) of shares, after the UNet has run."""
        (features,) = self.features
        self.features.clear()
        features = features.float()
        return nn.functional.cross_entropy(self.kinds(features), kinds) + (
            nn.functional.cross_entropy(self.paints(features), paints)
        )


def class_maps(masks: np.ndarray, classes: np.ndarray, count: int) -> torch.Tensor:
    """Shares (n, count, h, w) from masks (n, things, h, w) in bytes and classes (n, things)."""
    n, _, high, wide = masks.shape
    maps = torch.zeros(n, count, high, wide)
    shares = torch.from_numpy(masks).float() / 255
    index = torch.from_numpy(classes)[:, :, None, None].expand(-1, -1, high, wide)
    maps.scatter_add_(1, index, shares)
    maps[:, 0] = (1 - maps[:, 1:].sum(1)).clamp_min(0)
    return maps


def classes_of(scenes: list[Scene], things: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (n, things) of kinds and of colours; 0 where there is no further thing."""
    kinds = np.zeros((len(scenes), things), np.int64)
    paints = np.zeros_like(kinds)
    for row, scene in enumerate(scenes):
        for column, thing in enumerate(scene.things):
            kinds[row, column] = KINDS.index(thing.kind)
            paints[row, column] = PAINTS.index(thing.colour)
    return kinds, paints
