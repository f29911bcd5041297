"""Edges of pictures, as thin hard lines, white on black."""

from __future__ import annotations

import cv2
import numpy as np
from numpy import typing as npt
from PIL import Image

from webui.images.preprocessors.channels import Levels, as_map, colours

_FINER = 3
"""Lines are found and drawn at this many times the size, and so fall on the right pixels."""

_STRIP = 256
"""Rows that are looked at together: three times finer, whole pictures would take gigabytes."""

_REACH = 8
"""Rows beside a strip that are looked at with it; more than half a line and its search take."""

_STEEPEST = 2 / 3
"""How much of a jump between two colours is seen between two pixels of the finer picture that are
two apart: the averaged pixel on the border spreads it over three."""

_COVERED = 110
"""Of 255: the share of a pixel that a line must cover. With it straight lines keep their width."""


def canny(pixels: Levels, a: float, b: float) -> Levels:
    """Canny's edges: steeper than `b`, or steeper than `a` and joined to such a one.

    J. Canny, "A Computational Approach to Edge Detection", 1986; on the channel that is steepest.
    """
    return as_map(np.asarray(cv2.Canny(colours(pixels), a, b), np.uint8))


def outlines(pixels: Levels, a: float, b: float) -> Levels:
    """Lines between regions of different colours: `a` pixels wide where colours jump by `b`.

    The jump is that of red, green and blue together, 0 to 765.
    """
    width, contrast = max(1, round(a)), max(0.0, b) * _STEEPEST
    around = np.pad(colours(pixels), ((_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="edge")
    height = pixels.shape[0]
    strips = [
        _outlined(around[top : min(top + _STRIP, height) + 2 * _REACH], width, contrast)
        for top in range(0, height, _STRIP)
    ]
    return as_map(np.concatenate(strips))


def _outlined(strip: Levels, width: int, contrast: float) -> npt.NDArray[np.bool_]:
    """The lines of a strip, without the rows and columns that only surround it."""
    high, wide = strip.shape[:2]
    finer = (wide * _FINER, high * _FINER)
    # OpenCV's cubic filter overshoots more, and lines fall on the wrong pixels more often
    enlarged = Image.fromarray(strip).resize(finer, Image.Resampling.BICUBIC)
    lines = _ridges(np.asarray(enlarged), contrast)
    side = width * _FINER
    broad = cv2.dilate(lines, np.ones((side, side), np.uint8))
    covered = cv2.resize(broad, (wide, high), interpolation=cv2.INTER_AREA)
    return np.asarray(covered)[_REACH:-_REACH, _REACH:-_REACH] > _COVERED


def _ridges(pixels: Levels, contrast: float) -> Levels:
    """255 where the change from left to right, or from top to bottom, is largest, [h, w]."""
    around = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = _change(around[1:-1, :-2], around[1:-1, 2:])
    down = _change(around[:-2, 1:-1], around[2:, 1:-1])
    is_line = _peaks(across, contrast) & (across >= down)
    is_line |= (_peaks(down.T, contrast) & (down >= across).T).T
    return is_line.astype(np.uint8) * np.uint8(255)


def _change(first: Levels, second: Levels) -> npt.NDArray[np.uint16]:
    """By how much the channels of two pictures differ, all together, [h, w]."""
    apart = np.asarray(cv2.absdiff(first, second), np.uint8)
    return apart[..., 0].astype(np.uint16) + apart[..., 1] + apart[..., 2]


def _peaks(change: npt.NDArray[np.uint16], contrast: float) -> npt.NDArray[np.bool_]:
    """Where a row is above the contrast and no lower than beside it; of equals the last."""
    around = np.pad(change, ((0, 0), (1, 1)))
    before, after = around[:, :-2], around[:, 2:]
    return (change > contrast) & (change >= before) & (change > after)
