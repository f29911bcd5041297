"""Whether a network that steers was made for a UNet; the words for those that were not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webui.errors import BadFile


def misfit(kind: str, name: str, what: str) -> BadFile:
    """`what` is other, as a sentence without its point."""
    return BadFile(
        f"The {kind} {name!r} was made for another checkpoint: {what}. Choose one that was made for"
        " this checkpoint, or a checkpoint of its kind."
    )


def check_width(kind: str, name: str, width: int, unet: Any) -> None:
    """`width`: channels of the texts that it reads. Raises BadFile."""
    own = unet.config.cross_attention_dim
    if width != own:
        raise misfit(kind, name, f"it reads texts of {width} channels, and here they have {own}")


def check_levels(kind: str, name: str, channels: Sequence[int], unet: Any) -> None:
    """`channels`: of its levels, from the finest on. Raises BadFile."""
    own = list(unet.config.block_out_channels)
    if list(channels) != own:
        raise misfit(kind, name, f"its levels have {_list(channels)} channels, here {_list(own)}")


def check_factor(kind: str, name: str, factor: int, own: int) -> None:
    """`factor`: pixels of its maps for one latent. Raises BadFile."""
    if factor != own:
        raise misfit(kind, name, f"a latent of its maps has {factor} pixels, and here {own}")


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers[:8])
