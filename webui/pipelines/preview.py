"""Latents to colours by one small matrix, so that a preview costs next to nothing.

The matrix is fitted once per checkpoint: smooth random latents are decoded by the VAE itself and
each latent pixel is regressed on the mean colour of the picture block that it became. So it
fits every VAE, and no constants of known checkpoints are needed.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from webui.families import Facts

_SIDE = 16
_SAMPLES = 4


class LatentPreview:
    """Fits at the first view. `decode` turns latents into uint8 pictures [rows, h, w, 3]."""

    def __init__(self, facts: Facts, decode: Callable[[Tensor], Tensor]) -> None:
        self._facts = facts
        self._decode = decode
        self._matrix: Tensor | None = None

    def view(self, x0: Tensor) -> tuple[int, int, bytes]:
        """Width, height and RGB bytes of latents [1, c, h, w], one pixel per latent pixel."""
        if self._matrix is None:
            self._matrix = self._fit()
        _, channels, height, width = x0.shape
        flat = x0[0].float().cpu().reshape(channels, -1).T
        colours = _with_one(flat) @ self._matrix
        levels = colours.clamp(0, 1).mul(255).round().to(torch.uint8)
        return width, height, levels.contiguous().numpy().tobytes()

    def _fit(self) -> Tensor:
        channels, factor = self._facts.latent_channels, self._facts.factor
        random = torch.Generator().manual_seed(0)
        coarse = torch.randn(_SAMPLES, channels, 5, 5, generator=random) * 1.4
        latents = interpolate(coarse, size=(_SIDE, _SIDE), mode="bilinear")
        pictures = self._decode(latents).cpu().permute(0, 3, 1, 2).float() / 255
        colours = avg_pool2d(pictures, factor).permute(0, 2, 3, 1).reshape(-1, 3)
        known = _with_one(latents.permute(0, 2, 3, 1).reshape(-1, channels))
        return torch.linalg.lstsq(known, colours).solution


def _with_one(rows: Tensor) -> Tensor:
    return torch.cat([rows, torch.ones(len(rows), 1)], dim=1)
