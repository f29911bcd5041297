"""Reading prompts with CLIP: windows of tokens, their states, and what emphasis does to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from webui.errors import RequestRejected
from webui.families.chunks import Window, windows
from webui.phrases import Emphasis, PromptText

_CHUNK = 75
"""Tokens of a prompt that fit between the begin and the end token of one CLIP window."""

_AT_ONCE = 64
"""Windows read in one forward."""


class Texts:
    """A tokenizer and the CLIP text encoder that it belongs to."""

    def __init__(self, tokenizer: Any, encoder: Any) -> None:
        self._tokenizer = tokenizer
        self._encoder = encoder
        self._comma: int | None = tokenizer.get_vocab().get(",</w>")

    def cut(self, text: PromptText) -> list[Window]:
        """The windows that a text fills, at least one."""
        return windows(text, self._token_ids, self._comma, _CHUNK)

    def states(self, cut: list[Window], count: int, emphasis: Emphasis, clip_skip: int) -> Tensor:
        """Of one text, padded with empty windows to `count`: [1, tokens, channels].

        Raises RequestRejected for more `clip_skip` than there are layers.
        """
        padded = cut + [Window()] * (count - len(cut))
        ids = torch.tensor([self._framed(window) for window in padded], device=self._encoder.device)
        hidden = torch.cat([self._read(part, clip_skip) for part in ids.split(_AT_ONCE)])
        if emphasis in ("original", "no_norm"):
            keeps_mean = emphasis == "original"
            rows = [
                emphasise(row, window.weights, keeps_mean=keeps_mean)
                for row, window in zip(hidden, padded, strict=True)
            ]
            hidden = torch.stack(rows)
        return hidden.reshape(1, -1, hidden.shape[-1])

    def _read(self, ids: Tensor, clip_skip: int) -> Tensor:
        """The states of one layer, counted from the last, after the final norm."""
        layers = self._encoder.config.num_hidden_layers
        if clip_skip > layers:
            raise RequestRejected(
                f"clip_skip {clip_skip} is more than the text encoder of this checkpoint has"
                f" layers: it has {layers}. Choose {layers} or less.",
                field="clip_skip",
                value=clip_skip,
            )
        if clip_skip == 1:
            return self._encoder(input_ids=ids)[0]
        layer = self._encoder(input_ids=ids, output_hidden_states=True).hidden_states[-clip_skip]
        return self._encoder.final_layer_norm(layer)

    def _token_ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids

    def _framed(self, window: Window) -> list[int]:
        """Between begin and end, padded."""
        token = self._tokenizer
        padding = [token.pad_token_id] * (_CHUNK - len(window.ids))
        return [token.bos_token_id, *window.ids, token.eos_token_id, *padding]


def emphasise(states: Tensor, weights: Sequence[float], *, keeps_mean: bool = True) -> Tensor:
    """States [tokens, channels] of one window, each token's times its weight.

    Then, with `keeps_mean`, the mean is brought back to what it was, so that the whole does not
    drift (as the field does it, but for each window by itself: pictures made together do not touch
    each other). Where the mean is about nothing, its ratio says nothing, and stays out.
    """
    if all(weight == 1 for weight in weights):
        return states
    factors = torch.ones(len(states), 1, dtype=torch.float32, device=states.device)
    factors[1 : 1 + len(weights), 0] = torch.tensor(weights)
    weighed = states.float() * factors
    ratio = float(states.float().mean() / weighed.mean()) if keeps_mean else 1.0
    if 0.5 <= ratio <= 2:
        weighed = weighed * ratio
    return weighed.to(states.dtype)
