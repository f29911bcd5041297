"""Noise that belongs to the image: the same in any batch, on any device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Literal, TypeAlias, cast

import torch
from torch import Tensor
from torchsde import BrownianInterval  # pyright: ignore[reportMissingTypeStubs]

from webui.sampling.philox import Philox

NoiseSource: TypeAlias = Literal["cpu", "nv"]
"""Whose random numbers: torch's on the CPU, or those of an NVIDIA GPU (made on the CPU, too).

Brownian paths always grow from torch's: torchsde has no place for others.
"""

_SEED_LIMIT = 2**64

_DIGITS = 6
"""To how many decimals of sigma a Brownian path is resolved."""


class ImageNoise:
    """One generator per image on the CPU, so that an image of a batch equals the same image alone.

    Numbers are made on the CPU and moved, because generators of different devices disagree.
    The first `draw()` is the noise to start from; the same seed gives what
    `torch.manual_seed(seed); torch.randn(shape)` gives on the CPU, or on CUDA with the source "nv".
    """

    def __init__(
        self,
        seeds: Sequence[int],
        shape: tuple[int, int, int],
        device: torch.device | str = "cpu",
        source: NoiseSource = "cpu",
    ) -> None:
        """`shape` is one image's: channels, height, width (of the latents)."""
        if not seeds:
            raise ValueError("Noise needs one seed for each image, and there is none.")
        if not all(0 <= seed < _SEED_LIMIT for seed in seeds):
            raise ValueError(f"Seeds lie between 0 and {_SEED_LIMIT - 1}, not {list(seeds)}.")
        self._seeds = tuple(seeds)
        self._shape = shape
        self._device = torch.device(device)
        stream = _torch_stream if source == "cpu" else _philox_stream
        self._streams = [stream(seed) for seed in seeds]
        self._paths = 0

    def draw(self) -> Tensor:
        """Fresh standard normal noise, [batch, channels, height, width]."""
        return torch.stack([draw(self._shape) for draw in self._streams]).to(self._device)

    def brownian(self, sigma_min: float, sigma_max: float) -> Callable[[float, float], Tensor]:
        """A new Brownian path for each image; see `Noise.brownian`.

        The first one grows from the bare seed, which is what other tools do; later ones (a second
        pass over the same picture) must not repeat it.
        """
        # torchsde rounds the ends of a path; what is asked must lie between the rounded ones
        lowest, highest = round(sigma_min, _DIGITS), round(sigma_max, _DIGITS)
        trees = [self._tree(seed, lowest, highest) for seed in self._seeds]
        self._paths += 1

        def increment(start: float, end: float) -> Tensor:
            start, end = (min(max(float(level), lowest), highest) for level in (start, end))
            low, high = min(start, end), max(start, end)
            rows = torch.stack([tree(low, high) for tree in trees]).to(self._device)
            return rows / (sqrt(high - low) if end > start else -sqrt(high - low))

        return increment

    def _tree(self, seed: int, low: float, high: float) -> Callable[[float, float], Tensor]:
        interval = BrownianInterval(
            t0=low,
            t1=high,
            size=self._shape,
            dtype=torch.float32,
            device=torch.device("cpu"),
            entropy=seed + self._paths * _SEED_LIMIT,
            tol=10.0**-_DIGITS,
            pool_size=24,
            halfway_tree=True,  # the path depends on the seed alone, not on what was asked before
        )
        return cast("Callable[[float, float], Tensor]", interval)


_Stream: TypeAlias = Callable[[tuple[int, ...]], Tensor]
"""From a shape to the next standard normal numbers of one seed."""


def _torch_stream(seed: int) -> _Stream:
    generator = torch.Generator().manual_seed(seed)
    return lambda shape: torch.randn(shape, generator=generator, dtype=torch.float32)


def _philox_stream(seed: int) -> _Stream:
    return Philox(seed).randn
