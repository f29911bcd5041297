"""The blocks of a UNet by which weights of LoRAs are written: IN00 … IN11, M00, OUT00 … OUT11.

The names are those of the first Stable Diffusion's files, which users of LoRA Block Weight write.
There a level has three blocks on the way in (two of layers, one that makes smaller) and three on
the way out (what makes larger belongs to the last). Networks with fewer blocks in a level keep
those numbers, so that a number always means the same depth. Importing needs no torch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from webui.adapters.lora_names import Place

BLOCKS = (
    "BASE",
    *(f"IN{number:02}" for number in range(12)),
    "M00",
    *(f"OUT{number:02}" for number in range(12)),
)
_IN, _MIDDLE, _OUT = 1, 13, 14
_MOST = 11

_LEVEL = re.compile(
    r"(down|up)_blocks_(\d{1,2})_(resnets|attentions|downsamplers|upsamplers)_(\d{1,2})(?![^_])"
)


def block_of(place: Place) -> int | None:
    """The index into BLOCKS; None for layers outside all blocks, such as those of the time.

    Text encoders are BASE.
    """
    part, layer = place
    if part != "unet":
        return 0
    if layer.startswith("conv_in"):
        return _IN
    if layer.startswith("mid_block_"):
        return _MIDDLE
    found = _LEVEL.match(layer)
    if found is None:
        return None
    level, number = int(found[2]), int(found[4])
    if found[1] == "down":
        first, at = _IN, level * 3 + (3 if found[3] == "downsamplers" else 1 + min(number, 1))
    else:
        first, at = _OUT, level * 3 + (2 if found[3] == "upsamplers" else min(number, 2))
    return first + at if at <= _MOST else None


def factor(blocks: Sequence[float], place: Place) -> float:
    """How much of a layer is worn, given one weight for each of BLOCKS; without any, 1."""
    block = block_of(place) if blocks else None
    return 1.0 if block is None else blocks[block]
