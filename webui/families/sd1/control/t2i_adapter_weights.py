"""Building a T2I-Adapter from its tensors, in diffusers' layout or the one of TencentARC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.models.adapter import T2IAdapter
from torch import Tensor

from webui.families.sd1.control.fit import check_factor, check_levels, misfit

_KIND = "T2I-Adapter"
_FACTOR = 8
"""Pixels of a latent that every T2I-Adapter for SD 1.x begins with."""


def build_adapter(name: str, tensors: Mapping[str, Tensor], unet: Any, factor: int) -> Any:
    """A T2IAdapter with these weights, on the CPU. Raises BadFile, and what diffusers does."""
    bare = {key.removeprefix("adapter."): value for key, value in tensors.items()}
    is_light = "body.0.out_conv.weight" in bare
    known = _light(bare) if is_light else _full(bare)
    blocks = len({key.split(".")[1] for key in known if key.startswith("body.")})
    last = "out_conv.weight" if is_light else "resnets.0.block1.weight"
    levels = [known[f"body.{n}.{last}"].shape[0] for n in range(blocks)]
    _check(name, levels, unet, factor)
    first = known["body.0.in_conv.weight" if is_light else "conv_in.weight"]
    with torch.device("meta"):
        network = T2IAdapter(
            in_channels=first.shape[1] // _FACTOR**2,
            channels=levels[:-1] if is_light else levels,
            num_res_blocks=len({k.split(".")[3] for k in known if k.startswith("body.0.resnets.")}),
            downscale_factor=_FACTOR,
            adapter_type="light_adapter" if is_light else "full_adapter",
        )
    network.load_state_dict({f"adapter.{key}": value for key, value in known.items()}, assign=True)
    return network


def _full(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """TencentARC's body is one list: each level's blocks in turn, the first one may widen."""
    if "body.0.block1.weight" not in tensors:
        return dict(tensors)
    parts = {key: key.split(".") for key in tensors if key.startswith("body.")}
    widening = {int(part[1]) for part in parts.values() if part[2] == "in_conv"}
    per_level = min(widening, default=len({part[1] for part in parts.values()}))
    known = {key: value for key, value in tensors.items() if key not in parts}
    for key, (_, number, *rest) in parts.items():
        level, block = divmod(int(number), per_level)
        inner = "" if rest[0] == "in_conv" else f"resnets.{block}."
        known[f"body.{level}.{inner}{'.'.join(rest)}"] = tensors[key]
    return known


def _light(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """TencentARC calls the blocks of a level its body."""
    known: dict[str, Tensor] = {}
    for key, value in tensors.items():
        parts = key.split(".")
        if len(parts) > 3 and parts[2] == "body":
            parts[2] = "resnets"
        known[".".join(parts)] = value
    return known


def _check(name: str, levels: list[int], unet: Any, factor: int) -> None:
    """Raises BadFile."""
    check_levels(_KIND, name, levels, unet)
    check_factor(_KIND, name, _FACTOR, factor)
    for block in unet.down_blocks:
        # diffusers adds to levels without attention only after they were made smaller.
        if not getattr(block, "has_cross_attention", False) and block.downsamplers is not None:
            raise misfit(_KIND, name, "here the finest levels have no attention")
