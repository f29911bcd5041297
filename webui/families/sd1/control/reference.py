"""Reference only: the picture's self-attention also attends to that of another picture.

By Lvmin Zhang, https://github.com/Mikubill/sd-webui-controlnet/discussions/1236: in every step the
other picture, with as much noise on it, goes through the same UNet, and what its self-attentions
attend to is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from webui.errors import RequestRejected
from webui.families.protocol import Steered
from webui.families.sd1.control.attention import Processor, self_attentions, wearing
from webui.families.sd1.control.ip_adapter import sides_of
from webui.families.sd1.control.look import Look, laid_out, rows_of

REFERENCE_ONLY = "reference_only"

_FIDELITY = 0.5
"""How much of what reads the negative prompt stays as it is, where neither side counts more."""


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """What a unit's picture left in one attention; the rest as in `Steered`.

    `kept`: [n, places, channels] of the rows with a weight; `index` [rows] says where each is.
    `chosen`: bool [rows], which rows the unit acts on in this attention.
    """

    kept: Tensor
    index: Tensor
    chosen: Tensor
    share: Tensor
    mask: Tensor | None


class _Writing:
    """Attends as ever, and keeps what it attended to."""

    def __init__(self, own: Processor, keep: Callable[[Tensor], None]) -> None:
        self._own = own
        self._keep = keep

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        self._keep(hidden_states)
        return self._own(attn, hidden_states, encoder_hidden_states, attention_mask, temb)


class _Reading:
    """Attends to itself and to what is remembered."""

    def __init__(self, own: Processor, memories: Sequence[_Memory]) -> None:
        self._own = own
        self._memories = memories

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        plain = self._own(attn, hidden_states, encoder_hidden_states, attention_mask, temb)
        chosen = torch.stack([memory.chosen for memory in self._memories])
        rows = rows_of(chosen.any(0), plain.device)
        own = hidden_states[rows]
        keys = [own, *(memory.kept[memory.index[rows]] for memory in self._memories)]
        bias = _bias(chosen[:, chosen.any(0)], keys)
        said = self._own(attn, own, torch.cat(keys, dim=1), bias)
        share = _share(self._memories, chosen, rows, own.shape[1])
        mixed = said * share + plain[rows] * (1 - share)
        return plain.index_copy(0, rows, mixed.to(plain.dtype))


def referring(
    unet: Any, look: Look, units: Sequence[Steered]
) -> dict[str, Callable[[Any], Processor]]:
    """Processors for the self-attentions, by their names; none where there are no references.

    As in A1111's extension, the weight says in how many attentions, the widest first, a unit acts:
    1 is in all. Raises RequestRejected for a UNet that has none.
    """
    acting = [unit for unit in units if unit.method == REFERENCE_ONLY]
    if not acting:
        return {}
    names = self_attentions(unet)
    if not names:
        raise RequestRejected(
            "Reference only cannot act with this checkpoint: its network has no self-attention."
            " Choose another checkpoint, or another way to steer.",
            field="controls",
            value=REFERENCE_ONLY,
        )
    memories: dict[str, list[_Memory]] = {}
    for unit in acting:
        kept = _remembered(unet, look, unit, names)
        for number, name in enumerate(names):
            chosen = unit.weights > number / len(names)
            if bool(chosen.any()):
                memory = _memory(kept[name], chosen, unit)
                memories.setdefault(name, []).append(memory)
    return {name: lambda own, some=some: _Reading(own, some) for name, some in memories.items()}


def _memory(kept: Tensor, chosen: Tensor, unit: Steered) -> _Memory:
    index = ((unit.weights > 0).cumsum(0) - 1).clamp(min=0).to(kept.device)
    share = torch.where(unit.prompted | unit.soft, 1.0, 1 - _FIDELITY)
    mask = None if unit.mask is None else unit.mask.to(kept.device, torch.float32)
    return _Memory(kept, index, chosen, share, mask)


def _remembered(unet: Any, look: Look, unit: Steered, names: Sequence[str]) -> dict[str, Tensor]:
    """What the self-attentions attend to while the UNet looks at the references."""
    assert unit.noise is not None
    rows = rows_of(unit.weights > 0, look.whole.device)
    latents = unit.seen[0].to(look.sigma)
    shown = look.noised(latents, unit.noise.to(look.sigma))
    beside = look.whole.shape[1] - look.channels
    if beside:
        # Networks for inpainting are told that nothing is masked.
        nothing = latents.new_zeros(len(latents), beside - look.channels, *latents.shape[2:])
        shown = torch.cat([shown, nothing, latents], dim=1)
    kept: dict[str, Tensor] = {}

    def writing(name: str) -> Callable[[Any], Processor]:
        return lambda own: _Writing(own, lambda hidden: kept.update({name: hidden}))

    with wearing(unet, {name: writing(name) for name in names}):
        unet(
            laid_out(shown[rows].to(look.whole.dtype)),
            look.t[rows],
            encoder_hidden_states=look.context[rows],
        )
    return kept


def _bias(chosen: Tensor, keys: Sequence[Tensor]) -> Tensor | None:
    """[rows, 1, keys]: no row attends to a reference that does not act on it. None if all act."""
    if bool(chosen.all()):
        return None
    own, *kept = keys
    parts = [own.new_zeros(own.shape[0], own.shape[1])]
    for acts, one in zip(chosen, kept, strict=True):
        off = torch.where(acts, 0.0, float("-inf")).to(one)
        parts.append(off[:, None].expand(-1, one.shape[1]))
    return torch.cat(parts, dim=1)[:, None]


def _share(memories: Sequence[_Memory], chosen: Tensor, rows: Tensor, places: int) -> Tensor:
    """[rows, places or 1, 1]: how much of what attends to references counts; their mean."""
    device, total = rows.device, torch.zeros((), device=rows.device)
    acts = chosen.to(device)[:, rows].float()
    for memory, row_acts in zip(memories, acts, strict=True):
        share = memory.share.to(device)[rows].view(-1, 1, 1)
        if memory.mask is not None:
            sides = sides_of(places, memory.mask.shape[2], memory.mask.shape[3])
            small = functional.interpolate(memory.mask[rows], size=sides, mode="area")
            share = share * small.flatten(2).transpose(1, 2)
        total = total + share * row_acts.view(-1, 1, 1)
    return total / acts.sum(0).view(-1, 1, 1)
