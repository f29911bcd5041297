"""What networks for inpainting are shown beside the noise: the mask, and what is not masked."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate

from webui.calls import Call, EncodeImage
from webui.families import Facts
from webui.recipes.developing import NOTHING, Look
from webui.recipes.pixels import Levels, as_floats

_HALF = 127


def shown_beside(
    facts: Facts,
    size: tuple[int, int],
    pixels: Levels | None = None,
    mask: Levels | None = None,
    *,
    tiled: bool = False,
) -> Generator[Call, Any, Look]:
    """The channels for a picture of `size`; nothing for networks that look at latents alone.

    Without pixels and mask all of it is to be drawn. As diffusers prepares them: the mask is hard,
    and what is masked is mid grey.
    """
    if not facts.beside:
        return NOTHING
    width, height = size
    hole = np.ones((height, width), np.bool_) if mask is None else mask > _HALF
    shown = torch.full((1, 3, height, width), 0.5) if pixels is None else as_floats(pixels)
    drawn = torch.from_numpy(hole)[None, None]
    known = yield EncodeImage(torch.where(drawn, 0.5, shown), tiled)
    small = interpolate(drawn.float(), size=tuple(known.shape[2:]))
    return Look(beside=torch.cat([small, known.to(small)], dim=1))
