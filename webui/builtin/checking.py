"""Schedules, preprocessors and upscalers of extensions: what they give is checked before use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import typing as npt

from webui.extension.acting import checked_picture, described
from webui.extension.guarding import Guard

if TYPE_CHECKING:
    from torch import Tensor

    from webui.sampling import TrainedSigmas

Levels = npt.NDArray[np.uint8]


def checked_schedule(
    function: Callable[..., Any], guard: Guard
) -> Callable[[int, TrainedSigmas], Sequence[float]]:
    """A schedule whose levels are numbers that fall, one more than there are steps."""

    def schedule(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
        levels = guard.call(lambda: [float(level) for level in function(steps, trained)])
        if len(levels) != steps + 1:
            guard.wrong(f"gave {len(levels)} levels for {steps} steps; it must give {steps + 1}.")
        if not all(isfinite(level) and level >= 0 for level in levels):
            guard.wrong("gave levels that are below 0, infinite, or not numbers.")
        rise = next((high for high, low in pairwise(levels) if high <= low), None)
        if rise is not None:
            guard.wrong(f"gave levels that do not fall after {rise:g}, in {steps} steps.")
        return tuple(levels)

    return schedule


def checked_preprocessor(
    function: Callable[..., Any], guard: Guard
) -> Callable[[Levels, float, float], Levels]:
    """A preprocessor that is given pictures [h, w, 3], and gives one of the same size."""

    def preprocessor(pixels: Levels, a: float, b: float) -> Levels:
        seen = np.ascontiguousarray(pixels[..., :3])
        made = checked_picture(guard.call(lambda: function(seen.copy(), a, b)), guard)
        if made.shape != seen.shape:
            guard.wrong(f"gave a map of {[*made.shape]} for a picture of {[*seen.shape]}.")
        return made

    return preprocessor


def checked_upscaler(
    function: Callable[..., Any], scale: int, guard: Guard
) -> Callable[[Tensor], Tensor]:
    """An upscaler whose pictures are `scale` times as large, float32 in 0 to 1."""
    import torch

    def upscaler(pixels: Tensor) -> Tensor:
        made = guard.call(lambda: function(pixels.clone()))
        rows, channels, height, width = pixels.shape
        wanted = (rows, channels, height * scale, width * scale)
        if not isinstance(made, torch.Tensor) or tuple(made.shape) != wanted:
            guard.wrong(f"gave {described(made)}; it must be a float32 tensor {[*wanted]}.")
        if made.dtype != torch.float32 or not bool(torch.isfinite(made).all()):
            guard.wrong("gave values that are no float32 numbers, or infinite.")
        return made.detach().to(pixels.device).clamp(0, 1)

    return upscaler
