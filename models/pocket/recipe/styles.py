"""How a finished flat picture is turned into another style: each works on the pixels alone.

Every style keeps where things are, what they are and which colour they have, so the metadata of a
scene holds in all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from .palette import BLUEPRINT, INK, PAPER

Lines: TypeAlias = Callable[[], Image.Image]
Style: TypeAlias = Callable[[Image.Image, Lines, random.Random], Image.Image]
"""From the picture, its ink lines (L, 255 on a line; made when asked for, they take time) and a
source of chance to the new picture."""

INK_STEP = 60  # a jump of brightness this large is an edge; the steps of a sky are smaller
BLOCK = 32  # a pixel picture is 1/32 of the width coarse
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


def _flat(image: Image.Image, lines: Lines, rng: random.Random) -> Image.Image:
    return image


def _watercolor(image: Image.Image, lines: Lines, rng: random.Random) -> Image.Image:
    """Wobbling outlines, washes of uneven strength, paper shining through."""
    side = image.width
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


def _pixel(image: Image.Image, lines: Lines, rng: random.Random) -> Image.Image:
    """Coarse square blocks."""
    small = image.resize((BLOCK, BLOCK), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def _sketch(image: Image.Image, lines: Lines, rng: random.Random) -> Image.Image:
    """Pale fills and dark outlines."""
    paper = Image.new("RGB", image.size, PAPER)
    pale = Image.blend(image, paper, 0.42)
    pale.paste(Image.new("RGB", image.size, INK), mask=lines())
    return pale


def _neon(image: Image.Image, lines: Lines, rng: random.Random) -> Image.Image:
    """Dim fills, outlines that glow in the colour beside them."""
    dark = image.point(lambda value: value * 0.30)
    bright = image.filter(ImageFilter.MaxFilter(3)).point(lambda value: min(255, value * 1.15))
    tubes = Image.composite(bright, Image.new("RGB", image.size), lines())
    glow = tubes.filter(ImageFilter.GaussianBlur(image.width / 50))
    return ImageChops.screen(ImageChops.screen(dark, glow), tubes)


def _blueprint(image: Image.Image, lines: Lines, rng: random.Random) -> Image.Image:
    """Pale outlines on blue paper; fills keep a little of their colour."""
    paper = Image.blend(image, Image.new("RGB", image.size, BLUEPRINT), 0.82)
    paper.paste(Image.new("RGB", image.size, PAPER), mask=lines())
    return paper


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
