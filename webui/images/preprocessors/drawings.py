"""Drawings, and what pictures would look like as drawings: white lines on black."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from webui.images.preprocessors.channels import Levels, as_levels, as_map, colours

_SURROUNDINGS = 6.0
"""Pixels over which a drawn line is compared with the paper."""

_FAINTEST = 8.0
"""Levels of darkness from where something counts as drawn, when strokes are made equally strong."""

_WEAKEST = 16.0
"""Levels: fainter drawings than this are not strengthened any further, or paper would be seen."""

_FINE, _COARSE = 0.5, 5.0
"""The two blurs whose difference shows strokes: of their edges, and of their surroundings."""

_CONTRAST = 24.0
"""Levels between strokes and paper, at least; else there is no drawing."""


def lineart_standard(pixels: Levels, a: float, b: float) -> Levels:
    """Soft lines where a picture is darker than around, in all channels; dark strokes on paper."""
    picture = colours(pixels).astype(np.float32)
    darker = (_blurred(picture, _SURROUNDINGS) - picture).min(axis=2).clip(0, 255)
    drawn = darker[darker > _FAINTEST]
    usual = float(np.median(drawn)) if drawn.size else 0.0
    return as_map(as_levels(darker * (127 / max(_WEAKEST, usual))))


def scribble_xdog(pixels: Levels, a: float, b: float) -> Levels:
    """Hard strokes where a picture is darker than around by half of `a`; 1 shows most.

    After Winnemöller et al., "XDoG: An eXtended Difference-of-Gaussians", 2012.
    """
    picture = colours(pixels).astype(np.float32)
    darker = (_blurred(picture, _COARSE) - _blurred(picture, _FINE)).min(axis=2)
    return as_map(2 * darker > a)


def scribble(pixels: Levels, a: float, b: float) -> Levels:
    """A drawing as white strokes on black, whether it is dark on light or light on dark.

    What there is less of is taken for the strokes. Without strokes it is black.
    """
    picture = colours(pixels)
    # coloured strokes are far from light paper in their weakest channel, from dark in the strongest
    is_light = float(np.median(picture)) > 127
    levels = picture.min(axis=2) if is_light else 255 - picture.max(axis=2)
    _, paper = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    is_paper = np.asarray(paper) > 0
    if is_paper.all() or not is_paper.any():
        return np.zeros_like(picture)
    if float(levels[is_paper].mean()) - float(levels[~is_paper].mean()) < _CONTRAST:
        return np.zeros_like(picture)
    return as_map(~is_paper)


def _blurred(picture: Any, sigma: float) -> Any:
    """Gaussian blur of float32 [h, w, 3]."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma))
