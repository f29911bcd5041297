"""Recognising, describing and loading SD 1.x checkpoints in the diffusers folder layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from webui.families.config import read_config
from webui.families.protocol import Components, Facts, Prediction
from webui.request import Defaults

if TYPE_CHECKING:
    import torch


_INPUTS = (4, 9)
"""Channels that a UNet looks at: the latents, and for inpainting a mask and masked latents too."""


class _Unet(BaseModel):
    sample_size: Annotated[int, Field(ge=2, le=512)] = 64
    in_channels: Annotated[int, Field(ge=1, le=64)] = 4


class _Vae(BaseModel):
    latent_channels: Annotated[int, Field(ge=1, le=64)] = 4
    block_out_channels: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=8)] = (
        128,
        256,
        512,
        512,
    )


class _Noise(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)

    class_name: Annotated[str, Field(alias="_class_name")] = ""
    prediction_type: Literal["epsilon", "v_prediction", "sample", "flow_prediction"] = "epsilon"
    beta_schedule: Literal["scaled_linear", "linear"] = "scaled_linear"
    beta_start: Annotated[float, Field(gt=0, lt=1)] = 0.00085
    beta_end: Annotated[float, Field(gt=0, lt=1)] = 0.012
    num_train_timesteps: Annotated[int, Field(ge=2, le=100_000)] = 1000
    rescale_betas_zero_snr: bool = False

    @property
    def prediction(self) -> Prediction:
        """In our words. The schedulers of flow matching say it by their name."""
        if self.class_name.startswith("FlowMatch") or self.prediction_type == "flow_prediction":
            return "flow"
        return self.prediction_type


class Sd1:
    """The family `sd1`: CLIP text encoder, UNet with cross-attention, AutoencoderKL."""

    id = "sd1"

    def recognises(self, tensors: Mapping[str, Sequence[int]]) -> bool:
        is_unet = "conv_in.weight" in tensors and "time_embedding.linear_1.weight" in tensors
        attends = any(name.endswith("attn2.to_k.weight") for name in tensors)
        is_sdxl = "add_embedding.linear_1.weight" in tensors
        return is_unet and attends and not is_sdxl and tensors["conv_in.weight"][1] in _INPUTS

    def defaults(self, folder: Path) -> Defaults:
        size = read_config(folder / "unet" / "config.json", _Unet).sample_size
        pixels = size * self.facts(folder).factor
        return Defaults(width=pixels, height=pixels)

    def facts(self, folder: Path) -> Facts:
        vae = read_config(folder / "vae" / "config.json", _Vae)
        noise = read_config(folder / "scheduler" / "scheduler_config.json", _Noise)
        unet = read_config(folder / "unet" / "config.json", _Unet)
        return Facts(
            beside=max(0, unet.in_channels - vae.latent_channels),
            latent_channels=vae.latent_channels,
            factor=2 ** (len(vae.block_out_channels) - 1),
            prediction=noise.prediction,
            beta_start=noise.beta_start,
            beta_end=noise.beta_end,
            beta_schedule=noise.beta_schedule,
            train_steps=noise.num_train_timesteps,
            zero_terminal_snr=noise.rescale_betas_zero_snr,
        )

    def load(self, folder: Path, dtype: torch.dtype, device: torch.device) -> Components:
        from webui.families.sd1.components import load_components

        return load_components(folder, self.facts(folder), dtype, device)
