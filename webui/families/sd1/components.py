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

from webui.errors import BadFile
from webui.families.protocol import Facts

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

    @property
    def dtype(self) -> torch.dtype:
        return self._unet.dtype

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Tensor:
        chunked = [self._chunks(text) for text in texts]
        longest = max(len(chunks) for chunks in chunked)
        empty = self._window([])
        windows = [chunks + [empty] * (longest - len(chunks)) for chunks in chunked]
        ids = torch.tensor(windows, device=self._unet.device).flatten(0, 1)
        hidden = self._text_encoder(input_ids=ids)[0]
        return hidden.reshape(len(texts), -1, hidden.shape[-1])

    def _chunks(self, text: str) -> list[list[int]]:
        """Token windows of a text of any length: 75 tokens each, between begin and end."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids
        starts = range(0, max(len(ids), 1), _CHUNK)
        return [self._window(ids[start : start + _CHUNK]) for start in starts]

    def _window(self, ids: list[int]) -> list[int]:
        token = self._tokenizer
        padding = [token.pad_token_id] * (_CHUNK - len(ids))
        return [token.bos_token_id, *ids, token.eos_token_id, *padding]

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
