"""Maps that are a picture's own tones: as it is, inverted, in grey, or with a hole to fill."""

from __future__ import annotations

import numpy as np
from numpy import typing as npt

from webui.images.preprocessors.channels import Levels, as_levels, as_map, colours

_OPAQUE = 255


def none(pixels: Levels, a: float, b: float) -> Levels:
    """The picture itself: it is a map already."""
    return colours(pixels)


def invert(pixels: Levels, a: float, b: float) -> Levels:
    """The negative: black lines on white become white ones on black."""
    return 255 - colours(pixels)


def threshold(pixels: Levels, a: float, b: float) -> Levels:
    """White where all channels are above `a`, black elsewhere."""
    return as_map(colours(pixels).min(axis=2) > a)


def recolor_luminance(pixels: Levels, a: float, b: float) -> Levels:
    """How light it looks (L of CIELAB), raised to the power `a`: above 1 darker."""
    from cv2 import COLOR_RGB2LAB, cvtColor

    return _powered(np.asarray(cvtColor(colours(pixels), COLOR_RGB2LAB))[..., 0], a)


def recolor_intensity(pixels: Levels, a: float, b: float) -> Levels:
    """Its strongest channel (V of HSV), raised to the power `a`: above 1 darker."""
    return _powered(colours(pixels).max(axis=2), a)


def inpaint(pixels: Levels, a: float, b: float) -> Levels:
    """The picture with what is to be filled: [h, w, 4], alpha 0 there and 255 elsewhere.

    `pixels` brings it as alpha below the half; a picture without alpha has nothing to fill.
    """
    if pixels.shape[2] == 3:
        alpha = np.full(pixels.shape[:2], _OPAQUE, np.uint8)
    else:
        alpha = np.where(pixels[..., 3] < 128, 0, _OPAQUE).astype(np.uint8)
    return np.dstack([pixels[..., :3], alpha])


def _powered(levels: npt.NDArray[np.generic], gamma: float) -> Levels:
    shares = np.linspace(0, 1, 256) ** max(gamma, 0.01)
    return as_map(as_levels(255 * shares)[levels.astype(np.uint8)])
