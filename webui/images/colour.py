"""Colours of one picture given to another.

Mean and spread of each channel are carried over, as in Reinhard et al., "Color Transfer between
Images" (2001), in Ottosson's Oklab (2020, https://bottosson.github.io/posts/oklab/), where equal
steps look equally large.
"""

from __future__ import annotations

import numpy as np
from numpy import typing as npt

from webui.images.compositing import composite
from webui.images.masks import check_mask

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float64,
)
"""From linear sRGB to the answers of three kinds of cones."""

_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float64,
)
"""From the cube roots of those to lightness and the two axes of colour."""

_FLAT = 0.004
"""A spread in Oklab that is about that of rounding to 8 bits; below it, nothing is measured."""

_LEAST, _MOST = 0.5, 2.0
"""By what a spread may change. A flat reference must not wash a picture out, nor noise explode."""


def oklab(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """sRGB [..., 3] as lightness 0..1 and two axes of colour, about -0.4..0.4."""
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    cones = linear.astype(np.float32)[pixels] @ _TO_CONES.T.astype(np.float32)
    return np.cbrt(cones) @ _TO_LAB.T.astype(np.float32)


def srgb(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Oklab [..., 3] as sRGB; colours that a screen cannot show are cut to what it can."""
    roots = lab @ np.linalg.inv(_TO_LAB).T.astype(np.float32)
    linear = roots**3 @ np.linalg.inv(_TO_CONES).T.astype(np.float32)
    linear = np.clip(linear, 0, 1)
    levels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(levels * 255).astype(np.uint8)


def colours_matched(
    drawn: npt.NDArray[np.uint8],
    reference: npt.NDArray[np.uint8],
    where: npt.NDArray[np.uint8] | None = None,
) -> npt.NDArray[np.uint8]:
    """`drawn` with the mean and spread of the colours of `reference`, both [h, w, 3].

    With a mask, both are measured where it is above 0, by its weight, and `drawn` changes only
    there; without, the reference may be of any size. A spread is at most halved or doubled.
    Raises ValueError for a mask of another size than the pictures.
    """
    if where is not None:
        check_mask(drawn, where)
        check_mask(reference, where)
        if not where.any():
            return drawn.copy()
    lab = oklab(drawn)
    middle, spread = _statistics(lab, where)
    wanted_middle, wanted_spread = _statistics(oklab(reference), where)
    gain = np.clip((wanted_spread + _FLAT) / (spread + _FLAT), _LEAST, _MOST)
    matched = srgb(np.asarray((lab - middle) * gain + wanted_middle, np.float32))
    return matched if where is None else composite(drawn, matched, where)


def _statistics(
    lab: npt.NDArray[np.float32], where: npt.NDArray[np.uint8] | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean and standard deviation of each channel, [3] each."""
    rows = lab.reshape(-1, 3)
    weights = np.ones(len(rows)) if where is None else where.reshape(-1) / 255
    middle = weights @ rows / weights.sum()
    spread = np.sqrt(weights @ (rows - middle) ** 2 / weights.sum())
    return middle.astype(np.float32), spread.astype(np.float32)
