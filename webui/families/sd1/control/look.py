"""What the UNet is shown in one forward, and which of its rows a unit acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from webui.families.prediction import network_input
from webui.families.protocol import Prediction, Steered


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The inputs of a forward, all in the UNet's dtype.

    `whole` [rows, channels, h, w]: the noisy latents at the network's scale, `channels` of them,
    and what it looks at beside. `t`: [rows]. `context`: [rows, tokens, channels]. `sigma`: [rows,
    1, 1, 1], the noise levels.
    """

    whole: Tensor
    channels: int
    t: Tensor
    context: Tensor
    sigma: Tensor
    prediction: Prediction

    @property
    def shown(self) -> Tensor:
        """The noisy latents alone."""
        return self.whole[:, : self.channels]

    def noised(self, latents: Tensor, noise: Tensor) -> Tensor:
        """Other latents with as much noise on them, at the network's scale."""
        return network_input(self.prediction, latents + noise * self.sigma, self.sigma)


def laid_out(pixels: Tensor) -> Tensor:
    """In the memory format that is fastest where they are."""
    if pixels.device.type == "cpu":
        return pixels.contiguous(memory_format=torch.channels_last)
    return pixels


def rows_of(chosen: Tensor, device: torch.device) -> Tensor:
    """The numbers of the rows that are chosen (bool [rows], on the CPU)."""
    return chosen.nonzero().flatten().to(device)


def spread(part: Tensor, rows: Tensor, count: int) -> Tensor:
    """Those rows of `count`; all others are zero."""
    if len(rows) == count:
        return part
    return torch.zeros_like(part[:1]).repeat(count, 1, 1, 1).index_copy_(0, rows, part)


def scaled(part: Tensor, scales: Tensor, unit: Steered, rows: Tensor) -> Tensor:
    """`part` [n, c, h, w] times `scales` [n] and the unit's mask; `rows` are which it has."""
    scales = scales.to(part.device).view(-1, 1, 1, 1)
    if unit.mask is not None:
        mask = unit.mask.to(part.device, torch.float32)[rows]
        scales = scales * functional.interpolate(mask, size=part.shape[2:], mode="area")
    return (part * scales).to(part.dtype)


def bytes_of(*modules: Any) -> int:
    """What the weights of modules hold."""
    return sum(p.numel() * p.element_size() for m in modules for p in m.parameters())


def laid_out_weights(network: Any, unet: Any) -> Any:
    """A network in the dtype and on the device of the UNet, ready to be asked."""
    memory = torch.channels_last if unet.device.type == "cpu" else torch.preserve_format
    network.eval().requires_grad_(False)
    return network.to(device=unet.device, dtype=unet.dtype, memory_format=memory)
