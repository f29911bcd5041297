"""Depth as pictures: how near everything is, and which way surfaces face."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy import typing as npt

from webui.images.preprocessors.channels import Levels, as_levels, as_map

_SPAN = 25.0
"""From the farthest to the nearest, in the measure of MiDaS, with whose depths networks that read
surfaces were trained first."""

_USUAL_SIDE = 512
"""Pixels of the shorter side where slopes are as they were there."""

_FLAT = 2 * np.pi
"""How far surfaces that face us are drawn out towards us, in the measure of slopes."""


def depth_map(nearness: npt.NDArray[np.floating[Any]]) -> Levels:
    """Nearness [h, w] in any measure as grey [h, w, 3]: the nearest white, the farthest black."""
    return as_map(as_levels(_spread(nearness) * 255))


def normal_map(nearness: npt.NDArray[np.floating[Any]], background: float) -> Levels:
    """Which way surfaces face, [h, w, 3], from nearness [h, w] in any measure.

    Red is more where they face left, green where they face up, blue where they face us; as the maps
    of normals that ControlNets read. What is less near than `background`, 0 to 1, faces us.
    """
    near = _spread(nearness)
    scale = _SPAN * min(near.shape) / _USUAL_SIDE
    left, up = (np.asarray(cv2.Sobel(near, cv2.CV_32F, *way)) for way in ((1, 0), (0, 1)))
    slopes = np.stack([left, up], axis=-1) * scale * (near >= background)[..., None]
    towards = np.full((*near.shape, 1), _FLAT, np.float32)
    normals = np.concatenate([slopes, towards], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return as_levels(normals * 127.5 + 127.5)


def _spread(nearness: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """From 0 to 1, both reached; all 0 where everything is equally near."""
    low, high = float(nearness.min()), float(nearness.max())
    return np.asarray((nearness - low) / max(high - low, 1e-12), np.float32)
