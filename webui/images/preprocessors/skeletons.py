"""People as skeletons of coloured bones, as OpenPose draws them.

Z. Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields",
2019. Bodies have the 18 joints of its model for COCO.
"""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy import typing as npt

from webui.images.preprocessors.channels import Levels

Joints: TypeAlias = npt.NDArray[np.floating[Any]]
"""The 17 of COCO, [17, 3]: x and y in pixels, and how sure they are."""

JOINTS = 17

_LEFT_SHOULDER, _RIGHT_SHOULDER = 5, 6
_NECK = 17
"""COCO has none; it is put between the shoulders, behind the others."""

_ORDER = (0, _NECK, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""OpenPose's joints as COCO counts them: nose, neck, right arm, left arm, right leg, left leg, then
eyes and ears, the right ones first."""

_BONES = (
    *((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7)),
    *((1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13)),
    *((1, 0), (0, 14), (14, 16), (0, 15), (15, 17)),
)
"""Between OpenPose's joints. Each has the colour of the joint with its number."""

_SURE = 0.3
"""From where a joint is drawn."""

_THICKNESS = 1 / 128
"""Half of a bone's width, and a joint's radius, for each pixel of the shorter side: 4 at 512."""

_DIMMED = 0.6
"""Bones are darker than joints."""


def skeletons(size: tuple[int, int], people: Sequence[Joints]) -> Levels:
    """People on black, [height, width, 3]. `size`: width and height.

    What is not sure, or far outside, is left out.
    """
    width, height = size
    canvas = np.zeros((height, width, 3), np.uint8)
    thick = max(1, round(min(size) * _THICKNESS))
    bodies = [_body(joints, max(size)) for joints in people]
    for body in bodies:
        for number, (first, second) in enumerate(_BONES):
            _draw_bone(canvas, body[first], body[second], thick, _colour(number, _DIMMED))
    for body in bodies:
        for number, (x, y, is_there) in enumerate(body):
            if is_there:
                cv2.circle(canvas, (round(x), round(y)), thick, _colour(number, 1), cv2.FILLED)
    return canvas


def _body(joints: Joints, reach: int) -> list[tuple[float, float, bool]]:
    """OpenPose's 18 joints: x, y, and whether it is drawn."""
    places = np.asarray(joints, np.float64)
    neck = places[[_LEFT_SHOULDER, _RIGHT_SHOULDER]]
    # as sure as the less sure of the two shoulders
    places = np.vstack([places, [*neck[:, :2].mean(axis=0), neck[:, 2].min()]])
    is_near = np.isfinite(places).all(axis=1) & (np.abs(places[:, :2]) <= 2 * reach).all(axis=1)
    is_drawn = is_near & (places[:, 2] >= _SURE)
    return [
        (float(places[place, 0]), float(places[place, 1]), bool(is_drawn[place]))
        for place in _ORDER
    ]


def _draw_bone(
    canvas: Levels,
    first: tuple[float, float, bool],
    second: tuple[float, float, bool],
    thick: int,
    colour: tuple[int, int, int],
) -> None:
    """A long ellipse from joint to joint."""
    if not (first[2] and second[2]):
        return
    across, down = second[0] - first[0], second[1] - first[1]
    middle = round((first[0] + second[0]) / 2), round((first[1] + second[1]) / 2)
    axes = max(1, round(float(np.hypot(across, down)) / 2)), thick
    angle = round(float(np.degrees(np.arctan2(down, across))))
    ellipse = np.array(cv2.ellipse2Poly(middle, axes, angle, 0, 360, 1), np.int32)
    cv2.fillConvexPoly(canvas, ellipse, colour)


def _colour(number: int, strength: float) -> tuple[int, int, int]:
    """The hues of the rainbow, one for each of the joints."""
    red, green, blue = (round(255 * part * strength) for part in hsv_to_rgb(number / 18, 1, 1))
    return red, green, blue
