"""Tiny networks of SD 1.x with random weights: in memory, and as a checkpoint on disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from tests.engine.fakes import FACTS
from webui.calls import Decode, Denoise, EncodeImage, EncodePrompt
from webui.families.sd1.components import Sd1Components
from webui.phrases import Phrase
from webui.settings import Settings

WIDTH = 16
"""Channels of the states of texts."""

COMPUTED = (EncodePrompt, Denoise, EncodeImage, Decode)
"""Calls that a pipeline answers; the engine answers the others."""

BETAS = {
    "beta_start": FACTS.beta_start,
    "beta_end": FACTS.beta_end,
    "beta_schedule": FACTS.beta_schedule,
}


def unet(channels: int = 4) -> UNet2DConditionModel:
    """Looks at so many channels. The same weights each time."""
    with torch.random.fork_rng([]):
        torch.manual_seed(channels)
        return UNet2DConditionModel(
            sample_size=8,
            in_channels=channels,
            block_out_channels=(16, 32),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=WIDTH,
            attention_head_dim=4,
            norm_num_groups=4,
        ).eval()


def vae() -> AutoencoderKL:
    """One latent for 8 by 8 pixels. The same weights each time."""
    with torch.random.fork_rng([]):
        torch.manual_seed(1)
        return AutoencoderKL(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            latent_channels=4,
            norm_num_groups=4,
        ).eval()


def components(channels: int = 4) -> Sd1Components:
    """A UNet and a VAE alone; there is nothing to read texts with."""
    return Sd1Components(FACTS, _no_words(), None, unet(channels), vae())


def encode(*texts: str) -> EncodePrompt:
    """A call that reads plain texts."""
    return EncodePrompt(tuple((Phrase(text),) for text in texts))


def texts(count: int = 2) -> Tensor:
    """Stands for the states of so many texts: [count, tokens, channels]."""
    return torch.randn(count, 77, WIDTH, generator=torch.Generator().manual_seed(5))


def write_checkpoint(folder: Path, channels: int) -> Path:
    """A diffusers folder with the tokenizer of the shipped model and random weights."""
    unet(channels).save_pretrained(folder / "unet")
    vae().save_pretrained(folder / "vae")
    pocket = Settings().models / "pocket"
    shutil.copytree(pocket / "tokenizer", folder / "tokenizer")
    words = json.loads((pocket / "text_encoder" / "config.json").read_text())["vocab_size"]
    _text_encoder(words).save_pretrained(folder / "text_encoder")
    scheduler = {"_class_name": "EulerDiscreteScheduler", **BETAS}
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    (folder / "model_index.json").write_text("{}")
    return folder


def _text_encoder(words: int) -> CLIPTextModel:
    config = CLIPTextConfig(
        vocab_size=words,
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
    )
    with torch.random.fork_rng([]):
        torch.manual_seed(2)
        return CLIPTextModel(config).eval()


def _no_words() -> Any:
    class Tokenizer:
        def get_vocab(self) -> dict[str, int]:
            return {}

    return Tokenizer()
