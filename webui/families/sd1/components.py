"""The loaded networks of an SD 1.x checkpoint: diffusers' and transformers' classes, our maths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from webui.errors import BadFile, WebuiError
from webui.families.chunks import Window, windows
from webui.families.protocol import Facts
from webui.phrases import PromptText

_UNLOADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    SafetensorError,
)
"""What diffusers and transformers raise for files that do not fit their classes."""

_CHUNK = 75
"""Tokens of a prompt that fit between the begin and the end token of one CLIP window."""


_AT_ONCE = 64
"""Windows read in one forward."""

_MOST_WINDOWS = 2048
"""Of one picture: about half a gigabyte of states in SD 1.5."""


class Sd1Components:
    """CLIP, UNet and VAE of one checkpoint on one device, in one dtype."""

    def __init__(
        self, facts: Facts, tokenizer: Any, text_encoder: Any, unet: Any, vae: Any
    ) -> None:
        self._facts = facts
        self._tokenizer = tokenizer
        self._text_encoder = text_encoder
        self._unet = unet
        self._vae = vae
        self._comma: int | None = tokenizer.get_vocab().get(",</w>")

    @property
    def dtype(self) -> torch.dtype:
        return self._unet.dtype

    @torch.inference_mode()
    def encode(self, texts: Sequence[PromptText]) -> Tensor:
        cut = [windows(text, self._token_ids, self._comma, _CHUNK) for text in texts]
        longest = max(len(of_text) for of_text in cut)
        even = [window for one in cut for window in one + [Window()] * (longest - len(one))]
        if len(even) > _MOST_WINDOWS:
            raise WebuiError(
                f"The prompt changes so often and is so long that {len(even):,} windows of text"
                f" would have to be read; {_MOST_WINDOWS:,} are possible. Shorten it."
            )
        ids = torch.tensor([self._framed(window) for window in even], device=self._unet.device)
        parts = [self._text_encoder(input_ids=part)[0] for part in ids.split(_AT_ONCE)]
        hidden = torch.cat(parts)
        weighed = [emphasise(row, window.weights) for row, window in zip(hidden, even, strict=True)]
        return torch.stack(weighed).reshape(len(texts), -1, hidden.shape[-1])

    def _token_ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids

    def _framed(self, window: Window) -> list[int]:
        """Between begin and end, padded."""
        token = self._tokenizer
        padding = [token.pad_token_id] * (_CHUNK - len(window.ids))
        return [token.bos_token_id, *window.ids, token.eos_token_id, *padding]

    @torch.inference_mode()
    def denoise(self, x: Tensor, sigma: Tensor, t: Tensor, context: Tensor) -> Tensor:
        s = sigma.view(-1, 1, 1, 1)
        scale = (s**2 + 1).rsqrt()
        scaled = (x * scale).to(self.dtype)
        if scaled.device.type == "cpu":
            scaled = scaled.contiguous(memory_format=torch.channels_last)
        out = self._unet(scaled, t, encoder_hidden_states=context.to(self.dtype)).sample.float()
        if self._facts.prediction == "epsilon":
            return x - s * out
        # v = alpha * noise - sigma_vp * x0 (Salimans & Ho 2022), in variance exploding form.
        return x * scale**2 - out * s * scale

    @torch.inference_mode()
    def decode(self, latents: Tensor, *, tiled: bool = False) -> Tensor:
        scaled = (latents / self._vae.config.scaling_factor).to(self._vae.dtype)
        self._vae.use_tiling = tiled
        pictures = self._vae.decode(scaled).sample.float()
        levels = (pictures / 2 + 0.5).clamp(0, 1) * 255
        return levels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def nbytes(self) -> int:
        modules = (self._text_encoder, self._unet, self._vae)
        return sum(p.numel() * p.element_size() for m in modules for p in m.parameters())


def emphasise(states: Tensor, weights: Sequence[float]) -> Tensor:
    """States [tokens, channels] of one window, each token's times its weight.

    Then the mean is brought back to what it was, so that the whole does not drift (as the field
    does it, but for each window by itself: pictures made together do not touch each other). Where
    the mean is about nothing, its ratio says nothing, and stays out.
    """
    if all(weight == 1 for weight in weights):
        return states
    factors = torch.ones(len(states), 1, dtype=torch.float32, device=states.device)
    factors[1 : 1 + len(weights), 0] = torch.tensor(weights)
    weighed = states.float() * factors
    ratio = float(states.float().mean() / weighed.mean())
    if 0.5 <= ratio <= 2:
        weighed = weighed * ratio
    return weighed.to(states.dtype)


def load_components(
    folder: Path, facts: Facts, dtype: torch.dtype, device: torch.device
) -> Sd1Components:
    """Load from a diffusers folder, safetensors only, no network. Raises BadFile."""
    _hush()
    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        text_encoder = _load(CLIPTextModel, folder, "text_encoder", dtype)
        unet = _load(UNet2DConditionModel, folder, "unet", dtype)
        vae = _load(AutoencoderKL, folder, "vae", dtype)
    except torch.OutOfMemoryError:
        raise  # the device is too small; nothing is wrong with the file
    except _UNLOADABLE as error:
        raise BadFile(f"The checkpoint {folder.name} cannot be loaded: {error}") from error
    memory = torch.channels_last if device.type == "cpu" else torch.preserve_format
    unet = unet.to(device=device, memory_format=memory)
    vae = vae.to(device=device, memory_format=memory)
    return Sd1Components(facts, tokenizer, text_encoder.to(device), unet, vae)


def _hush() -> None:
    """What the libraries say about loading is not for the people who read the terminal."""
    diffusers_logging.set_verbosity_error()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()


def _load(kind: Any, folder: Path, part: str, dtype: torch.dtype) -> Any:
    # diffusers warns about `accelerate` unless told that it is not wanted.
    options = {} if part == "text_encoder" else {"low_cpu_mem_usage": False}
    model = kind.from_pretrained(
        folder / part, dtype=dtype, local_files_only=True, use_safetensors=True, **options
    )
    return model.eval().requires_grad_(False)
