"""The few colours that a picture consists of, and words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import typing as npt
from PIL import Image

_SMALL = 96
"""A picture of this size has the same colours, and is counted at once."""

_LEAST = 0.015
"""Colours of a smaller share are specks."""

_NAMES = {
    "white": (248, 248, 248),
    "light grey": (190, 190, 190),
    "grey": (128, 128, 128),
    "dark grey": (66, 66, 66),
    "black": (14, 14, 14),
    "cream": (246, 236, 205),
    "peach": (255, 184, 125),
    "sand": (214, 186, 140),
    "brown": (125, 80, 45),
    "dark brown": (66, 42, 26),
    "red": (205, 35, 40),
    "dark red": (110, 20, 26),
    "rose": (192, 92, 104),
    "coral": (245, 120, 95),
    "orange": (240, 140, 30),
    "golden": (222, 176, 50),
    "yellow": (248, 226, 70),
    "lime green": (155, 215, 60),
    "green": (50, 150, 65),
    "olive": (120, 120, 45),
    "dark green": (22, 72, 40),
    "mint": (165, 225, 190),
    "teal": (25, 130, 130),
    "turquoise": (65, 205, 205),
    "light blue": (160, 205, 240),
    "sky blue": (90, 165, 230),
    "slate blue": (75, 90, 140),
    "blue": (40, 85, 200),
    "navy blue": (22, 32, 90),
    "lavender": (190, 170, 230),
    "purple": (120, 55, 165),
    "dark purple": (55, 24, 84),
    "pink": (245, 165, 195),
    "magenta": (205, 45, 150),
}


@dataclass(frozen=True, slots=True)
class Colour:
    """`rgb` in 0 to 255, its `share` of the picture, and a `word` that comes near."""

    rgb: tuple[int, int, int]
    share: float
    word: str

    @property
    def hex(self) -> str:
        """As pages write it: "#1a2b3c"."""
        return "#" + bytes(self.rgb).hex()


def palette(picture: Image.Image, most: int = 6) -> list[Colour]:
    """Up to so many colours of a picture, the largest share first."""
    small = picture.convert("RGB")
    # by picking: what lies between two colours at an edge is no colour of the picture
    small.thumbnail((_SMALL, _SMALL), Image.Resampling.NEAREST)
    few = small.quantize(most, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    values = np.frombuffer(few.tobytes(), np.uint8)
    counts = np.bincount(values, minlength=most)
    rgb = np.asarray(small).reshape(-1, 3)
    found = [
        _colour(rgb[values == index], float(count / len(values)))
        for index, count in enumerate(counts.tolist())
        if count / len(values) >= _LEAST
    ]
    return sorted(found, key=lambda colour: -colour.share)


def _colour(pixels: npt.NDArray[np.uint8], share: float) -> Colour:
    red, green, blue = (round(float(value)) for value in pixels.mean(axis=0))
    return Colour((red, green, blue), share, word_for((red, green, blue)))


def word_for(rgb: Sequence[int]) -> str:
    """The word that comes nearest, as eyes see it."""
    names = np.array(list(_NAMES.values()), np.float64)
    apart = ((_seen(names) - _seen(np.array([rgb], np.float64))) ** 2).sum(axis=1)
    return list(_NAMES)[int(apart.argmin())]


def words_for(colours: Sequence[Colour]) -> str:
    """For a prompt: "navy blue, sand, orange"; no word twice."""
    return ", ".join(dict.fromkeys(colour.word for colour in colours))


def _seen(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """[n, 3] in 0 to 255, in Oklab, where equal distances look equal.

    Björn Ottosson, "A perceptual color space for image processing" (2020).
    """
    share = rgb / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    cones = light @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )
