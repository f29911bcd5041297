"""Pictures as rings: what leaves on one side comes in on the other."""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor

from webui.calls import Control, Decode, Denoise, EncodeImage
from webui.sampling import guide

_RIM = 4
"""Latents that the network is shown beyond each joined side, so that it sees how it goes on."""

_SWAY = 8
"""Latents by which a picture sways while it is drawn: no place is at the border every time."""

_VAE_RIM = 8
"""Latents that the VAE is shown beyond each joined side. It sees far, and only once."""

_PIXELS = 64
"""The same in pixels; VAEs make one latent of 8 or 16."""

_AS_DRAWN = ("controlnet", "t2i_adapter", "reference_only")
"""Methods whose map lies on the picture, or whose latents are of its size."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Which sides are joined: `down` top and bottom, `across` left and right."""

    down: bool
    across: bool

    @classmethod
    def of(cls, sides: str) -> Ring:
        """From "both", "across" or "down"."""
        return cls(down=sides != "across", across=sides != "down")

    def turn_at(self, sigma: float, size: tuple[int, int]) -> tuple[int, int]:
        """How far latents of a size (height, width) are turned at a noise level: (down, across).

        Another way at every level, and always the same at one, so that a run can be replayed.
        """
        chance = random.Random(f"{sigma:.6g}")
        down, across = (chance.randrange(min(side, _SWAY)) for side in size)
        return down * self.down, across * self.across

    def widened(self, tensor: Tensor, rim: int) -> Tensor:
        """[..., h, w] with `rim` more on every joined side, taken from the opposite one."""
        for axis, joined in ((-2, self.down), (-1, self.across)):
            if joined:
                length = tensor.shape[axis]
                places = torch.arange(-rim, length + rim, device=tensor.device) % length
                tensor = tensor.index_select(axis, places)
        return tensor

    def trimmed(self, tensor: Tensor, rim: int, axes: tuple[int, int] = (-2, -1)) -> Tensor:
        """The same without that; `axes` are height and width."""
        for axis, joined in zip(axes, (self.down, self.across), strict=True):
            if joined:
                tensor = tensor.narrow(axis, rim, tensor.shape[axis] - 2 * rim)
        return tensor.contiguous()


def tiling(recipe: Generator[Any, Any, Any], ring: Ring) -> Generator[Any, Any, Any]:
    """The same recipe, whose networks see the picture as a ring.

    They are shown a rim of what lies on the opposite side, and the latents are turned a little at
    every step, so that the border is never in one place for long. (Turned all the way round, as in
    the noise rolling of Vecchio et al., "ControlMat", https://arxiv.org/abs/2309.01700, textures
    stay textures, but things blur: networks know where in a picture the sky is.)
    """

    def answer(call: Any) -> Generator[Any, Any, Any]:
        if isinstance(call, Denoise):
            return (yield from _denoised(call, ring))
        if isinstance(call, Decode):
            return (yield from _decoded(call, ring))
        if isinstance(call, EncodeImage):
            return (yield from _encoded(call, ring))
        return (yield call)

    return guide(cast("Any", recipe), answer)


def _denoised(call: Denoise, ring: Ring) -> Generator[Any, Any, Tensor]:
    down, across = ring.turn_at(call.sigma, (call.x.shape[2], call.x.shape[3]))

    def shown(tensor: Tensor, factor: int = 1) -> Tensor:
        turned = torch.roll(tensor, (down * factor, across * factor), (-2, -1))
        return ring.widened(turned, _RIM * factor)

    def steered(control: Control) -> Control:
        hint = control.hint
        if control.method in _AS_DRAWN:
            hint = shown(hint, hint.shape[-1] // call.x.shape[-1])
        mask = None if control.mask is None else shown(control.mask)
        noise = None if control.noise is None else shown(control.noise)
        return replace(control, hint=hint, mask=mask, noise=noise)

    x0: Tensor = yield replace(
        call,
        x=shown(call.x),
        beside=None if call.beside is None else shown(call.beside),
        controls=tuple(map(steered, call.controls)),
    )
    return torch.roll(ring.trimmed(x0, _RIM), (-down, -across), (-2, -1))


def _decoded(call: Decode, ring: Ring) -> Generator[Any, Any, Tensor]:
    wide = ring.widened(call.latents, _VAE_RIM)
    pixels: Tensor = yield replace(call, latents=wide)
    return ring.trimmed(pixels, _VAE_RIM * (pixels.shape[2] // wide.shape[3]), (1, 2))


def _encoded(call: EncodeImage, ring: Ring) -> Generator[Any, Any, Tensor]:
    wide = ring.widened(call.pixels, _PIXELS)
    latents: Tensor = yield replace(call, pixels=wide)
    return ring.trimmed(latents, _PIXELS * latents.shape[3] // wide.shape[3])
