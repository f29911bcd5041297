"""ControlNets: a copy of the UNet's first half that looks at a map too.

Zhang et al., "Adding Conditional Control to Text-to-Image Diffusion Models",
https://arxiv.org/abs/2302.05543.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from webui.families.protocol import Steered
from webui.families.sd1.control.look import Look, bytes_of, laid_out, rows_of, scaled, spread

_LESS = 0.825
_LEVELS = 12
"""The finest of 13 residuals counts 0.825 ** 12 where a unit is to act softly, the last one 1."""


class ControlNet:
    """A diffusers ControlNetModel whose embedding of the map is kept apart, to be computed once."""

    method = "controlnet"

    def __init__(self, network: Any, *, pooled: bool, swapped: bool) -> None:
        """`pooled`: it says the same everywhere (shuffle). `swapped`: it reads blue first."""
        self._embedding = network.controlnet_cond_embedding
        network.controlnet_cond_embedding = nn.Identity()
        self._network = network
        self._pooled = pooled
        self._swapped = swapped

    @property
    def prompted_only(self) -> bool:
        return self._pooled

    @torch.inference_mode()
    def see(self, hint: Tensor) -> tuple[Tensor, ...]:
        shown = hint.to(self._network.device, self._network.dtype)
        return (self._embedding(laid_out(shown.flip(1) if self._swapped else shown)),)

    def nbytes(self) -> int:
        return bytes_of(self._network, self._embedding)

    def residuals(self, look: Look, unit: Steered) -> list[Tensor]:
        """What is added to the UNet, from the finest level to the middle; zero rows for none."""
        rows = rows_of(unit.weights > 0, look.whole.device)
        down, middle = self._network(
            laid_out(look.shown[rows]),
            look.t[rows],
            encoder_hidden_states=look.context[rows],
            controlnet_cond=unit.seen[0][rows],
            return_dict=False,
        )
        said = [*down, middle]
        scales = _scales(unit, len(said))
        return [
            spread(
                scaled(self._level(one), column[unit.weights > 0], unit, rows), rows, len(look.t)
            )
            for one, column in zip(said, scales, strict=True)
        ]

    def _level(self, said: Tensor) -> Tensor:
        return said.mean((2, 3), keepdim=True).expand_as(said) if self._pooled else said


def residuals(look: Look, units: Sequence[Steered]) -> list[Tensor]:
    """Of all ControlNets together; empty where there are none."""
    total: list[Tensor] = []
    for unit in units:
        if isinstance(unit.network, ControlNet):
            said = unit.network.residuals(look, unit)
            total = [a + b for a, b in zip(total, said, strict=True)] if total else said
    return total


def _scales(unit: Steered, count: int) -> Tensor:
    """[count, rows]. With fewer levels than 13 they are spread over the same range."""
    levels = torch.linspace(_LEVELS, 0, count)[:, None]
    return unit.weights * torch.where(unit.soft, _LESS**levels, 1.0)
