"""Between pictures and single channels."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy import typing as npt

Levels: TypeAlias = npt.NDArray[np.uint8]
"""A picture [h, w, 3], or 4 with alpha; or one channel [h, w]."""


def colours(pixels: Levels) -> Levels:
    """A copy of the picture without its alpha, [h, w, 3]."""
    return np.array(pixels[..., :3], order="C")


def as_map(channel: Levels | npt.NDArray[np.bool_]) -> Levels:
    """One channel [h, w] as a grey picture [h, w, 3]; what is true is white."""
    levels = channel.astype(np.uint8) * np.uint8(255) if channel.dtype == np.bool_ else channel
    return np.repeat(np.asarray(levels, np.uint8)[..., None], 3, axis=2)


def as_levels(values: Any) -> Levels:
    """Numbers of any kind, rounded and cut to 0..255."""
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
