"""The loaded networks of an SD 1.x checkpoint: diffusers' and transformers' classes, our maths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from webui.errors import BadFile
from webui.families.chunks import NO_WORDS
from webui.families.prediction import clean, network_input
from webui.families.protocol import ControlNetwork, Facts, Steered
from webui.families.sd1.control.image_encoder import ImageEncoders
from webui.families.sd1.control.loading import load_control
from webui.families.sd1.control.look import Look
from webui.families.sd1.control.steering import steer
from webui.families.sd1.texts import Texts
from webui.families.tiling import in_tiles
from webui.phrases import Emphasis, PromptText

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


_TILE = 48
_OVERLAP = 16
"""Latents of a tile of the VAE, and of what neighbours share."""


class Sd1Components:
    """CLIP, UNet and VAE of one checkpoint on one device, in one dtype."""

    def __init__(
        self, facts: Facts, tokenizer: Any, text_encoder: Any, unet: Any, vae: Any
    ) -> None:
        self._facts = facts
        self._texts = Texts(tokenizer, text_encoder)
        self._text_encoder = text_encoder
        self._unet = unet
        self._vae = vae
        self._image_encoders = ImageEncoders()

    @property
    def dtype(self) -> torch.dtype:
        return self._unet.dtype

    @property
    def modules(self) -> Mapping[Literal["unet", "text_encoder", "text_encoder_2"], nn.Module]:
        return {"unet": self._unet, "text_encoder": self._text_encoder}

    def windows(self, text: PromptText, words: Mapping[str, Tensor] = NO_WORDS) -> int:
        return len(self._texts.cut(text, words))

    @torch.inference_mode()
    def encode(
        self,
        texts: Sequence[PromptText],
        *,
        windows: int = 1,
        emphasis: Emphasis = "original",
        clip_skip: int = 1,
        words: Mapping[str, Tensor] = NO_WORDS,
    ) -> Tensor:
        read = self._texts
        cut = [read.cut(text, words) for text in texts]
        count = max(windows, *(len(one) for one in cut))
        return torch.cat([read.states(one, count, emphasis, clip_skip, words) for one in cut])

    @torch.inference_mode()
    def denoise(
        self,
        x: Tensor,
        sigma: Tensor,
        t: Tensor,
        context: Tensor,
        beside: Tensor | None = None,
        steered: Sequence[Steered] = (),
    ) -> Tensor:
        s, prediction = sigma.view(-1, 1, 1, 1), self._facts.prediction
        shown = network_input(prediction, x, s).to(self.dtype)
        if beside is not None:
            shown = torch.cat([shown, beside.to(self.dtype)], dim=1)
        if shown.device.type == "cpu":
            shown = shown.contiguous(memory_format=torch.channels_last)
        context = context.to(self.dtype)
        if steered:
            look = Look(shown, x.shape[1], t, context, s, prediction)
            said = steer(self._unet, look, steered).float()
        else:
            said = self._unet(shown, t, encoder_hidden_states=context).sample.float()
        return clean(prediction, said, x, s)

    def control(self, path: Path, method: str) -> ControlNetwork:
        return load_control(path, method, self._unet, self._facts.factor, self._image_encoders)

    @torch.inference_mode()
    def decode(self, latents: Tensor, *, tiled: bool = False) -> Tensor:
        scaled = (latents / self._vae.config.scaling_factor).to(self._vae.dtype)
        if tiled:
            pictures = in_tiles(self._decoded, scaled, _TILE, _OVERLAP)
        else:
            pictures = self._decoded(scaled).float()
        levels = (pictures / 2 + 0.5).clamp(0, 1) * 255
        return levels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    @torch.inference_mode()
    def read(self, pixels: Tensor, *, tiled: bool = False) -> Tensor:
        shown = (pixels * 2 - 1).to(self._vae.dtype)
        if tiled:
            factor = self._facts.factor
            means = in_tiles(self._means, shown, _TILE * factor, _OVERLAP * factor)
        else:
            means = self._means(shown).float()
        return means * self._vae.config.scaling_factor

    def _decoded(self, scaled: Tensor) -> Tensor:
        return self._vae.decode(scaled).sample

    def _means(self, shown: Tensor) -> Tensor:
        return self._vae.encode(shown).latent_dist.mode()

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
