"""Whether preprocessors and upscalers give what is fit, for pictures of every shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy import typing as npt

from webui.builtin.checking import checked_preprocessor, checked_upscaler
from webui.errors import WebuiError
from webui.extension.guarding import Guard
from webui.request.choices import PreprocessorOption

_SIZES = ((1, 1), (1, 9), (9, 1), (16, 24), (33, 31))


def small_pictures() -> Iterator[npt.NDArray[np.uint8]]:
    """Pictures [h, w, 3]: of one pixel, of one row, black, white, and of noise."""
    random = np.random.default_rng(1)
    for height, width in _SIZES:
        yield random.integers(0, 256, (height, width, 3), np.uint8)
    for level in (0, 255):
        yield np.full((8, 8, 3), level, np.uint8)


def check_preprocessor(
    function: Callable[..., Any], name: str = "", options: Sequence[PreprocessorOption] = ()
) -> list[str]:
    """What is wrong with a preprocessor `function(pixels, a, b)`; nothing, if it is good.

    It must give a map of the picture's size, the same one every time, for any picture and at both
    ends of its options.
    """
    name = name or getattr(function, "__name__", "this")
    guard = Guard(name, getattr(function, "__module__", ""), f"The preprocessor {name}", "")
    checked = checked_preprocessor(function, guard)
    for a, b in _ends(options):
        for pixels in small_pictures():
            size = f"{pixels.shape[1]} × {pixels.shape[0]} pixels"
            try:
                made, again = checked(pixels, a, b), checked(pixels, a, b)
            except WebuiError as error:
                return [f"{error.message.strip()} (at {size}, options {a:g} and {b:g})"]
            if not np.array_equal(made, again):
                return [f"The preprocessor {name} gives another map of the same picture ({size})."]
    return []


def check_upscaler(function: Callable[..., Any], scale: int, name: str = "") -> list[str]:
    """What is wrong with an upscaler `function(pixels)`; nothing, if it is good."""
    name = name or getattr(function, "__name__", "this")
    guard = Guard(name, getattr(function, "__module__", ""), f"The upscaler {name}", "")
    checked = checked_upscaler(function, scale, guard)
    for picture in small_pictures():
        pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        try:
            made, again = checked(pixels), checked(pixels)
        except WebuiError as error:
            return [error.message.strip()]
        if not torch.equal(made, again):
            return [f"The upscaler {name} makes another picture of the same one."]
    return []


def _ends(options: Sequence[PreprocessorOption]) -> list[tuple[float, float]]:
    """The usual values of the options, and all at either end."""
    pairs: list[tuple[float, float]] = []
    for which in ("default", "minimum", "maximum"):
        a, b = ([float(getattr(one, which)) for one in options] + [0.0, 0.0])[:2]
        pairs.append((a, b))
    return [*dict.fromkeys(pairs)]
