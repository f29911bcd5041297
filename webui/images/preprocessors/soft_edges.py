"""What is made of soft edges, which a network has found: [h, w] from 0 to 1, both about reached."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy import typing as npt

from webui.images.preprocessors.channels import Levels, as_levels, as_map

_Edges: TypeAlias = npt.NDArray[np.floating[Any]]

_TONES = 2
"""Steps above black, in maps of few tones."""

_STROKE = 3.0
"""Pixels over which edges are joined to strokes, and strokes are broadened."""

_CLEAR = 127.0
"""Levels from where an edge is drawn as a stroke."""

_INKED = 4.0
"""Levels from where a blurred stroke is drawn."""


def softedge_map(edges: _Edges) -> Levels:
    """As they are, [h, w, 3]."""
    return as_map(as_levels(edges * 255))


def few_tones_map(edges: _Edges) -> Levels:
    """In black, grey and white only: faint traces of texture are gone, [h, w, 3]."""
    steps = np.floor(np.clip(edges, 0, 1) * (_TONES + 1))
    return as_map(as_levels(np.minimum(steps, _TONES) * (255 / _TONES)))


def scribble_map(edges: _Edges) -> Levels:
    """The clear ones as broad strokes, as if drawn by hand, white on black, [h, w, 3]."""
    soft = _blurred(np.clip(edges, 0, 1).astype(np.float32) * 255)
    lines = _ridges(soft) & (soft > _CLEAR)
    return as_map(_blurred(lines.astype(np.float32) * 255) > _INKED)


def _ridges(levels: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Where no neighbour on either side is higher, in any of the four directions, [h, w]."""
    around = np.pad(levels, 1, mode="edge")
    high, wide = levels.shape
    found = np.zeros(levels.shape, np.bool_)
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        ahead = around[1 + down : 1 + down + high, 1 + across : 1 + across + wide]
        behind = around[1 - down : 1 - down + high, 1 - across : 1 - across + wide]
        found |= (levels >= ahead) & (levels >= behind)
    return found


def _blurred(levels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), _STROKE), np.float32)
