"""Reading prompts with CLIP: windows of tokens, their states, and what emphasis does to them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from webui.errors import RequestRejected
from webui.families.chunks import NO_WORDS, Window, vector_ids, windows, with_names
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

    def cut(self, text: PromptText, words: Mapping[str, Tensor] = NO_WORDS) -> list[Window]:
        """The windows that a text fills, at least one. `words`: vectors [n, channels] by name."""
        tokenize = with_names(self._token_ids, _ids_of(words))
        return windows(text, tokenize, self._comma, _CHUNK)

    def states(
        self,
        cut: list[Window],
        count: int,
        emphasis: Emphasis,
        clip_skip: int,
        words: Mapping[str, Tensor] = NO_WORDS,
    ) -> Tensor:
        """Of one text, padded with empty windows to `count`: [1, tokens, channels].

        `words` are those that the text was cut with. Raises RequestRejected for more `clip_skip`
        than there are layers, and for a name whose vectors are not of this text encoder.
        """
        vectors = self._vectors(cut, words)
        padded = cut + [Window()] * (count - len(cut))
        ids = torch.tensor([self._framed(window) for window in padded], device=self._encoder.device)
        hidden = torch.cat([self._read(part, clip_skip, vectors) for part in ids.split(_AT_ONCE)])
        if emphasis in ("original", "no_norm"):
            keeps_mean = emphasis == "original"
            rows = [
                emphasise(row, window.weights, keeps_mean=keeps_mean)
                for row, window in zip(hidden, padded, strict=True)
            ]
            hidden = torch.stack(rows)
        return hidden.reshape(1, -1, hidden.shape[-1])

    def _read(self, ids: Tensor, clip_skip: int, vectors: Mapping[int, Tensor]) -> Tensor:
        """The states of one layer, counted from the last, after the final norm."""
        layers = self._encoder.config.num_hidden_layers
        if clip_skip > layers:
            raise RequestRejected(
                f"clip_skip {clip_skip} is more than the text encoder of this checkpoint has"
                f" layers: it has {layers}. Choose {layers} or less.",
                field="clip_skip",
                value=clip_skip,
            )
        with self._embedding(ids, vectors) as known:
            if clip_skip == 1:
                return self._encoder(input_ids=known)[0]
            said = self._encoder(input_ids=known, output_hidden_states=True)
        return self._encoder.final_layer_norm(said.hidden_states[-clip_skip])

    @contextmanager
    def _embedding(self, ids: Tensor, vectors: Mapping[int, Tensor]) -> Generator[Tensor]:
        """Ids of the vocabulary; while they are read, `vectors` are put where others stood.

        They enter before the positions are added. The network's own table stays as it is.
        """
        own = ids < 0
        if not vectors or not bool(own.any()):
            yield ids
            return
        wanted = torch.stack([vectors[number] for number in ids[own].tolist()])

        def put(_table: Any, _args: Any, embedded: Tensor) -> Tensor:
            embedded[own] = wanted.to(embedded)
            return embedded

        hook = self._encoder.get_input_embeddings().register_forward_hook(put)
        try:
            yield ids.clamp(min=0)
        finally:
            hook.remove()

    def _vectors(self, cut: list[Window], words: Mapping[str, Tensor]) -> dict[int, Tensor]:
        """Of the names that stand in the windows, each [channels] by its id."""
        if not words:
            return {}
        used = {number for window in cut for number in window.ids}
        found = dict[int, Tensor]()
        for name, ids in _ids_of(words).items():
            if ids and ids[0] in used:
                self._check(name, words[name])
                found.update(zip(ids, words[name], strict=True))
        return found

    def _check(self, name: str, vectors: Tensor) -> None:
        """Raises RequestRejected."""
        channels = self._encoder.config.hidden_size
        if vectors.shape[1:] != (channels,):
            raise RequestRejected(
                f"The embedding {name!r} was made for another family: its vectors have"
                f" {vectors.shape[-1]} values, and the text encoder of this checkpoint reads"
                f" {channels}. Take it out of the prompt, or choose a checkpoint of its family.",
                field="prompt",
                value=name,
            )

    def _token_ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids

    def _framed(self, window: Window) -> list[int]:
        """Between begin and end, padded."""
        token = self._tokenizer
        padding = [token.pad_token_id] * (_CHUNK - len(window.ids))
        return [token.bos_token_id, *window.ids, token.eos_token_id, *padding]


def _ids_of(words: Mapping[str, Tensor]) -> dict[str, range]:
    return vector_ids({name: len(vectors) for name, vectors in words.items()})


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
