"""T2I-Adapters: small networks that look at a map once and add to the UNet's first half.

Mou et al., "T2I-Adapter", https://arxiv.org/abs/2302.08453.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from webui.families.protocol import Steered
from webui.families.sd1.control.look import Look, bytes_of, laid_out, rows_of, scaled, spread

_SOFT = (0.25, 0.62, 0.825, 1.0)
"""How much the four levels count where a unit is to act softly, as in A1111's extension."""


class T2IAdapter:
    """A diffusers T2IAdapter. What it says depends on the map alone."""

    method = "t2i_adapter"
    prompted_only = False

    def __init__(self, network: Any) -> None:
        self._network = network

    @torch.inference_mode()
    def see(self, hint: Tensor) -> tuple[Tensor, ...]:
        shown = hint.to(self._network.device, self._network.dtype)
        if self._network.config.in_channels == 1:
            shown = shown[:, :1]  # its maps are grey
        return tuple(self._network(laid_out(shown)))

    def nbytes(self) -> int:
        return bytes_of(self._network)


def features(look: Look, units: Sequence[Steered]) -> list[Tensor]:
    """Of all T2I-Adapters together, from the finest level on; empty where there are none."""
    total: list[Tensor] = []
    for unit in units:
        if isinstance(unit.network, T2IAdapter):
            said = _said(look, unit)
            total = [a + b for a, b in zip(total, said, strict=True)] if total else said
    return total


def _said(look: Look, unit: Steered) -> list[Tensor]:
    chosen = unit.weights > 0
    rows = rows_of(chosen, look.whole.device)
    found: list[Tensor] = []
    for level, seen in enumerate(unit.seen):
        soft = _SOFT[min(level, len(_SOFT) - 1)]
        scales = (unit.weights * torch.where(unit.soft, soft, 1.0))[chosen]
        found.append(spread(scaled(seen[rows], scales, unit, rows), rows, len(look.t)))
    return found
