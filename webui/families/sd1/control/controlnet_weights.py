"""Building a ControlNet from its tensors, in diffusers' layout or the original one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from diffusers.models.controlnets.controlnet import ControlNetModel
from pydantic import BaseModel
from torch import Tensor

from webui.families.config import read_config
from webui.families.control_layout import CONFIG, name_of
from webui.families.sd1.control.fit import check_factor, check_levels, check_width, misfit

_KIND = "ControlNet"
_HINT = "controlnet_cond_embedding"
_AS_THE_UNET = (
    "flip_sin_to_cos",
    "freq_shift",
    "downsample_padding",
    "mid_block_scale_factor",
    "act_fn",
    "norm_num_groups",
    "norm_eps",
    "attention_head_dim",
    "num_attention_heads",
    "upcast_attention",
    "resnet_time_scale_shift",
)
"""What tensors do not tell. A ControlNet is a copy of its UNet's first half."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What the tensors do not tell and the UNet neither; see `ControlNet`."""

    pooled: bool
    swapped: bool


class _Config(BaseModel):
    global_pool_conditions: bool = False
    controlnet_conditioning_channel_order: Literal["rgb", "bgr"] = "rgb"


def read_manner(path: Path) -> Manner:
    """From the configuration; without one the name tells, as in A1111's extension."""
    config = path / CONFIG
    if path.is_dir() and config.exists():
        read = read_config(config, _Config)
        is_swapped = read.controlnet_conditioning_channel_order == "bgr"
        return Manner(read.global_pool_conditions, is_swapped)
    return Manner("shuffle" in name_of(path).lower(), swapped=False)


def build_controlnet(
    name: str, tensors: Mapping[str, Tensor], manner: Manner, unet: Any, factor: int
) -> Any:
    """A ControlNetModel with these weights, on the CPU. Raises BadFile, and what diffusers does.

    All sizes are read from the tensors, so that a wrong configuration can do no harm.
    """
    known = _in_diffusers_layout(tensors, unet.config.layers_per_block)
    options = _options(known, unet)
    _check(name, known, options, unet, factor)
    shared = {option: unet.config[option] for option in _AS_THE_UNET}
    with torch.device("meta"):
        network = ControlNetModel(**shared, **options)
    network.load_state_dict(known, assign=True)
    return network


def _in_diffusers_layout(tensors: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    if f"{_HINT}.conv_in.weight" in tensors:
        return dict(tensors)
    bare = {name.removeprefix("control_model."): value for name, value in tensors.items()}
    return convert_controlnet_checkpoint(bare, {"layers_per_block": layers})


def _options(tensors: Mapping[str, Tensor], unet: Any) -> dict[str, Any]:
    """Arguments of ControlNetModel."""
    blocks = _count(tensors, "down_blocks.")
    attends = [f"down_blocks.{n}.attentions.0.norm.weight" in tensors for n in range(blocks)]
    projections = [one for name, one in tensors.items() if name.endswith("proj_in.weight")]
    depths = [
        _count(tensors, f"down_blocks.{n}.attentions.0.transformer_blocks.") if has else 1
        for n, has in enumerate(attends)
    ]
    middle = "mid_block.attentions.0.norm.weight" in tensors
    reads = [one.shape[1] for name, one in tensors.items() if name.endswith("attn2.to_k.weight")]
    return {
        "in_channels": tensors["conv_in.weight"].shape[1],
        "conditioning_channels": tensors[f"{_HINT}.conv_in.weight"].shape[1],
        "block_out_channels": tuple(
            tensors[f"down_blocks.{n}.resnets.0.conv1.weight"].shape[0] for n in range(blocks)
        ),
        "down_block_types": tuple(
            "CrossAttnDownBlock2D" if has else "DownBlock2D" for has in attends
        ),
        "mid_block_type": "UNetMidBlock2DCrossAttn" if middle else "UNetMidBlock2D",
        "layers_per_block": _count(tensors, "down_blocks.0.resnets."),
        "cross_attention_dim": reads[0] if reads else unet.config.cross_attention_dim,
        "transformer_layers_per_block": tuple(depths),
        "use_linear_projection": any(one.ndim == 2 for one in projections),
        "conditioning_embedding_out_channels": _hint_channels(tensors),
    }


def _hint_channels(tensors: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Of the embedding of the map: a convolution, and two for each time it is halved."""
    blocks = _count(tensors, f"{_HINT}.blocks.")
    wider = [tensors[f"{_HINT}.blocks.{n}.weight"].shape[0] for n in range(1, blocks, 2)]
    return (tensors[f"{_HINT}.conv_in.weight"].shape[0], *wider)


def _check(
    name: str, tensors: Mapping[str, Tensor], options: Mapping[str, Any], unet: Any, factor: int
) -> None:
    """Raises BadFile where it does not fit: diffusers would leave levels out, or say it badly."""
    check_width(_KIND, name, options["cross_attention_dim"], unet)
    check_levels(_KIND, name, options["block_out_channels"], unet)
    if options["layers_per_block"] != unet.config.layers_per_block:
        raise misfit(_KIND, name, "it has another number of layers")
    if options["in_channels"] != unet.config.out_channels:
        raise misfit(_KIND, name, "its latents have another number of channels")
    check_factor(
        _KIND, name, 2 ** (len(options["conditioning_embedding_out_channels"]) - 1), factor
    )


def _count(tensors: Mapping[str, Tensor], prefix: str) -> int:
    """How many numbers come behind a prefix in the names of tensors."""
    rest = (name[len(prefix) :] for name in tensors if name.startswith(prefix))
    return len({one.partition(".")[0] for one in rest})
