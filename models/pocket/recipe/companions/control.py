"""ControlNets on exact labels: outlines of everything, and scribbles of the things alone.

Zhang et al. 2023, arXiv:2302.05543. Both are convolutions only (a hint is a matter of places, not
of words), begin as a copy of the UNet's own layers, and speak through convolutions that begin at
zero.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from diffusers import ControlNetModel
from PIL import Image, ImageChops, ImageFilter

from ..painter import Scene, paint, paint_lines
from .lesson import Base, Batch, Lesson, teach

Hint: TypeAlias = Callable[[Scene], Image.Image]
"""From a scene to its hint (L, white on black)."""

THRESHOLD = 110  # of the soft outline: what is brighter is a line


def edges(scene: Scene) -> Image.Image:
    """Thin outlines of all there is, as an edge detector finds them."""
    return paint_lines(scene).point(lambda value: 255 * (value > THRESHOLD))


def scribble(scene: Scene) -> Image.Image:
    """Thick, slightly shifted outlines of the things, as a hand draws them."""
    rng = random.Random(scene.seed)
    whole = Image.new("L", paint_lines(scene).size)
    for mask in paint(scene).masks:
        solid = mask.point(lambda value: 255 * (value > 127))
        inner = solid.filter(ImageFilter.MinFilter(3))
        outline = ImageChops.subtract(solid.filter(ImageFilter.MaxFilter(3)), inner)
        shift = (rng.randint(-1, 1), rng.randint(-1, 1))
        whole = ImageChops.lighter(whole, ImageChops.offset(outline, *shift))
    return whole


HINTS: dict[str, Hint] = {"edges": edges, "scribble": scribble}


def new_control(base: Base) -> ControlNetModel:
    """Convolutions only, with the UNet's own weights where it has the same layers."""
    shape = base.unet.config
    control = ControlNetModel(
        block_out_channels=shape.block_out_channels,
        down_block_types=("DownBlock2D",) * len(shape.block_out_channels),
        mid_block_type="UNetMidBlock2D",
        layers_per_block=shape.layers_per_block,
        norm_num_groups=shape.norm_num_groups,
        cross_attention_dim=shape.cross_attention_dim,
        attention_head_dim=shape.attention_head_dim,
        conditioning_embedding_out_channels=(8, 16, 24, 32),
    )
    own, theirs = control.state_dict(), base.unet.state_dict()
    same = {n: v for n, v in theirs.items() if n in own and own[n].shape == v.shape}
    control.load_state_dict(same, strict=False)
    return control.to(base.unet.device)


def hints_of(kind: str, scenes: list[Scene]) -> torch.Tensor:
    """Hints (n, 3, 128, 128) in 0..1."""
    arrays = np.stack([np.asarray(HINTS[kind](scene)) for scene in scenes])
    return torch.from_numpy(arrays).float().div(255)[:, None].expand(-1, 3, -1, -1)


def train_control(
    base: Base, lesson: Lesson, kind: str, control: ControlNetModel, minutes: float, seed: int
) -> int:
    """Teaches the hint; the number of steps."""
    hints = hints_of(kind, lesson.scenes).to(base.unet.device)

    def loss_of(batch: Batch) -> torch.Tensor:
        down, middle = control(
            batch.noisy,
            batch.times,
            encoder_hidden_states=batch.context,
            controlnet_cond=hints[batch.chosen],
            return_dict=False,
        )
        predicted = base.unet(
            batch.noisy,
            batch.times,
            batch.context,
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
        )
        return batch.loss(predicted.sample)

    return teach(base, lesson, control.parameters(), loss_of, minutes=minutes, rate=1e-3, seed=seed)


def save_control(control: ControlNetModel, folder: Path) -> None:
    """A diffusers folder in fp16."""
    control.half().to("cpu").save_pretrained(folder)
