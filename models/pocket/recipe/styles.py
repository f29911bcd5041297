"""How a finished flat picture is turned into another style: each works on the pixels alone.

Every style keeps where things are, what they are and which colour they have, so the metadata of a
scene holds in all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageStat

from .palette import BLUEPRINT, INK, PAPER


@dataclass(frozen=True)
class Drawing:
    """A finished flat picture with each thing's mask (L, 255 on the thing) and its ink lines.

    The lines (L, 255 on a line) are made when asked for: they take time.
    """

    image: Image.Image
    masks: tuple[Image.Image, ...]
    lines: Callable[[], Image.Image]


Style: TypeAlias = Callable[[Drawing, random.Random], Image.Image]
"""From the drawing and a source of chance to the picture in the style."""

INK_STEP = 60  # a jump of brightness this large is an edge; the steps of a sky are smaller
BLOCKS = 32  # along each side of a pixel picture
COVERED = 100  # of 255: from here on a block belongs to a thing
DUSK = 90  # of 255: a surrounding darker than this takes a pale outline
MOTTLE = 10  # grains of a wash along one side


def ink_lines(image: Image.Image, width: int) -> Image.Image:
    """The edges of a drawing as lines about `width` pixels wide, white on black."""
    pixels = np.asarray(image).astype(np.int16)
    edges = np.zeros(pixels.shape[:2], bool)
    down = np.abs(np.diff(pixels, axis=0)).sum(2) > INK_STEP
    across = np.abs(np.diff(pixels, axis=1)).sum(2) > INK_STEP
    edges[1:] |= down
    edges[:, 1:] |= across
    lines = Image.fromarray(edges.astype(np.uint8) * 255)
    return lines.filter(ImageFilter.MaxFilter(width | 1))


def _flat(drawing: Drawing, rng: random.Random) -> Image.Image:
    return drawing.image


def _watercolor(drawing: Drawing, rng: random.Random) -> Image.Image:
    """Wobbling outlines, washes of uneven strength, paper shining through."""
    image, side = drawing.image, drawing.image.width
    noise = np.random.default_rng(rng.getrandbits(32))
    shift_x, shift_y, wash = (_smooth_noise(noise, side) for _ in range(3))
    rows, columns = np.mgrid[:side, :side]
    y = np.clip(rows + np.rint(shift_y * side * 0.014), 0, side - 1).astype(int)
    x = np.clip(columns + np.rint(shift_x * side * 0.014), 0, side - 1).astype(int)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(side / 180))).astype(float)[y, x]
    bright = pixels.mean(2) / 255  # dark washes hold: paper in a night sky looks like dirt
    strength = np.clip(0.84 + 0.10 * (wash - 0.4) * bright, 0.6, 0.95)[..., None]
    mixed = pixels * strength + np.array(PAPER) * (1 - strength)
    return Image.fromarray(mixed.astype(np.uint8))


def _pixel(drawing: Drawing, rng: random.Random) -> Image.Image:
    """Coarse square blocks; things are sprites with an outline of one block."""
    small = drawing.image.resize((BLOCKS, BLOCKS), Image.Resampling.BOX)
    outline = _outline(drawing.masks, BLOCKS)
    surrounding = ImageStat.Stat(small.convert("L"), outline).mean[0]
    small.paste(PAPER if surrounding < DUSK else INK, mask=outline)
    return small.resize(drawing.image.size, Image.Resampling.NEAREST)


def _sketch(drawing: Drawing, rng: random.Random) -> Image.Image:
    """Pale fills and dark outlines."""
    paper = Image.new("RGB", drawing.image.size, PAPER)
    pale = Image.blend(drawing.image, paper, 0.42)
    pale.paste(INK, mask=drawing.lines())
    return pale


def _neon(drawing: Drawing, rng: random.Random) -> Image.Image:
    """Dim fills, outlines that glow in the colour beside them."""
    image = drawing.image
    dark = image.point(lambda value: value * 0.30)
    bright = image.filter(ImageFilter.MaxFilter(3)).point(lambda value: min(255, value * 1.15))
    tubes = Image.composite(bright, Image.new("RGB", image.size), drawing.lines())
    glow = tubes.filter(ImageFilter.GaussianBlur(image.width / 50))
    return ImageChops.screen(ImageChops.screen(dark, glow), tubes)


def _blueprint(drawing: Drawing, rng: random.Random) -> Image.Image:
    """Blue paper, on which colours are faint; things have broad pale outlines."""
    blue = Image.new("RGB", drawing.image.size, BLUEPRINT)
    paper = Image.blend(drawing.image, blue, 0.72)
    outline = _outline(drawing.masks, drawing.image.width // 2)
    paper.paste(PAPER, mask=outline.resize(paper.size, Image.Resampling.BILINEAR))
    return paper


def _outline(masks: Sequence[Image.Image], side: int) -> Image.Image:
    """A line of one cell around each thing (L, side x side)."""
    whole = Image.new("L", (side, side))
    for mask in masks:
        small = mask.resize((side, side), Image.Resampling.BOX)
        body = small.point(lambda share: 255 * (share > COVERED))
        around = ImageChops.subtract(body.filter(ImageFilter.MaxFilter(3)), body)
        whole = ImageChops.lighter(whole, around)
    return whole


STYLES: dict[str, Style] = {
    "flat": _flat,
    "watercolor": _watercolor,
    "pixel": _pixel,
    "sketch": _sketch,
    "neon": _neon,
    "blueprint": _blueprint,
}


def _smooth_noise(noise: np.random.Generator, side: int) -> np.ndarray:
    """Soft noise of about unit spread, (side, side)."""
    grains = noise.standard_normal((MOTTLE, MOTTLE)).astype(np.float32)
    soft = Image.fromarray(grains).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(soft)
