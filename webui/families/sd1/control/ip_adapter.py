"""IP-Adapters: pictures as prompts, by attention to them beside that to the text.

Ye et al., "IP-Adapter", https://arxiv.org/abs/2308.06721.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from webui.families.protocol import Steered
from webui.families.sd1.control.attention import Processor
from webui.families.sd1.control.image_encoder import looked_at
from webui.families.sd1.control.look import Look, bytes_of, rows_of


class IpAdapter:
    """An image encoder, a projection to tokens, and keys and values for each cross-attention."""

    method = "ip_adapter"
    prompted_only = False

    def __init__(
        self, encoder: Any, projection: Any, layers: Mapping[str, tuple[Tensor, Tensor]]
    ) -> None:
        """`layers`: by the names of attentions, the weights that make keys and values of tokens."""
        self._encoder = encoder
        self._projection = projection
        self.layers = layers

    @torch.inference_mode()
    def see(self, hint: Tensor) -> tuple[Tensor, ...]:
        """Tokens of the picture, and of none, which go with the negative prompt."""
        pixels = looked_at(hint, self._encoder)
        if hasattr(self._projection, "image_embeds"):
            picture = self._encoder(pixel_values=pixels).image_embeds
            nothing = torch.zeros_like(picture)
        else:
            picture = self._last_but_one(pixels)
            nothing = self._last_but_one(torch.zeros_like(pixels))
        return self._projection(picture), self._projection(nothing)

    def nbytes(self) -> int:
        weights = (weight for pair in self.layers.values() for weight in pair)
        held = sum(weight.numel() * weight.element_size() for weight in weights)
        return held + bytes_of(self._encoder, self._projection)

    def _last_but_one(self, pixels: Tensor) -> Tensor:
        said = self._encoder(pixel_values=pixels, output_hidden_states=True)
        return said.hidden_states[-2]


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """What a unit adds to one attention: `tokens` [n, tokens, channels] for the rows it acts on."""

    rows: Tensor
    tokens: Tensor
    weights: Tensor
    mask: Tensor | None
    key: Tensor
    value: Tensor

    def added(self, attn: Any, hidden: Tensor) -> Tensor:
        """[n, places, channels]."""
        query = attn.to_q(hidden[self.rows])
        key = functional.linear(self.tokens, self.key)
        value = functional.linear(self.tokens, self.value)
        q, k, v = (
            one.unflatten(2, (attn.heads, -1)).transpose(1, 2) for one in (query, key, value)
        )
        seen = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        seen = (seen * self._scales(seen.shape[1])).to(hidden.dtype)
        return functional.linear(seen, attn.to_out[0].weight) / attn.rescale_output_factor

    def _scales(self, places: int) -> Tensor:
        scales = self.weights.view(-1, 1, 1)
        if self.mask is None:
            return scales
        height, width = sides_of(places, self.mask.shape[2], self.mask.shape[3])
        small = functional.interpolate(self.mask, size=(height, width), mode="area")
        return scales * small.flatten(2).transpose(1, 2)


class _BesideText:
    """Attends to the text as ever, and adds what units see in their pictures."""

    def __init__(self, own: Processor, pictures: Sequence[_Picture]) -> None:
        self._own = own
        self._pictures = pictures

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        said = self._own(attn, hidden_states, encoder_hidden_states, attention_mask, temb)
        for picture in self._pictures:
            said = said.index_add(0, picture.rows, picture.added(attn, hidden_states))
        return said


def beside_text(look: Look, units: Sequence[Steered]) -> dict[str, Callable[[Any], Processor]]:
    """Processors for the cross-attentions, by their names; none where there are no IP-Adapters."""
    pictures: dict[str, list[_Picture]] = {}
    for unit in units:
        if isinstance(unit.network, IpAdapter):
            rows, tokens, weights, mask = _acting(look, unit)
            for name, (key, value) in unit.network.layers.items():
                here = _Picture(rows, tokens, weights, mask, key, value)
                pictures.setdefault(name, []).append(here)
    return {name: lambda own, some=some: _BesideText(own, some) for name, some in pictures.items()}


def _acting(look: Look, unit: Steered) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Which rows it acts on, and their tokens, weights and masks."""
    device, chosen = look.whole.device, unit.weights > 0
    rows = rows_of(chosen, device)
    picture, nothing = unit.seen
    prompted = unit.prompted.to(device).view(-1, 1, 1)
    tokens = torch.where(prompted, picture, nothing)[rows]
    mask = None if unit.mask is None else unit.mask.to(device, torch.float32)[rows]
    return rows, tokens, unit.weights[chosen].to(device), mask


def sides_of(places: int, height: int, width: int) -> tuple[int, int]:
    """Height and width of a level of the UNet with so many places; each halves the one before."""
    while height * width > places and height * width > 1:
        height, width = ceil(height / 2), ceil(width / 2)
    return height, width
