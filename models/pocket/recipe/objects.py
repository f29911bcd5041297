"""What can stand in a scene: one small drawing function per object, in the box -1..1 (y down).

A new object is a function and a line in OBJECTS (and its words in captions.py). The colour asked
for must cover the largest part of the drawing: the tests and the evaluation look there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .brush import Brush
from .palette import GLASS, INK, LAMP, WOOD, Rgb, darker, lighter


@dataclass(frozen=True)
class ObjectKind:
    """How an object is drawn and where it belongs: on the ground, in the air or in the water."""

    draw: Callable[[Brush, Rgb, bool], None]
    stands: Literal["ground", "air", "water"]


def _boat(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.rectangle((-0.06, -0.95), (0.04, 0.4), WOOD)
    brush.polygon([(0.1, -0.95), (0.1, 0.2), (0.8, 0.2)], lighter(colour, 0.55))
    brush.polygon([(-0.12, -0.7), (-0.12, 0.2), (-0.7, 0.2)], lighter(colour, 0.75))
    brush.polygon([(-1.0, 0.32), (1.0, 0.32), (0.66, 0.95), (-0.66, 0.95)], colour)
    brush.rectangle((-0.96, 0.32), (0.96, 0.44), darker(colour, 0.3))
    if night:
        brush.ellipse((0.0, 0.68), 0.09, 0.09, LAMP)


def _house(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.rectangle((0.36, -0.85), (0.6, -0.2), darker(colour, 0.5))
    brush.rectangle((-0.8, -0.1), (0.8, 0.95), colour)
    brush.polygon([(-1.0, -0.08), (0.0, -0.95), (1.0, -0.08)], darker(colour, 0.38))
    brush.rectangle((-0.2, 0.35), (0.2, 0.95), WOOD)
    glow = LAMP if night else GLASS
    brush.rectangle((-0.66, 0.12), (-0.3, 0.5), glow)
    brush.rectangle((0.3, 0.12), (0.66, 0.5), glow)


def _car(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.62, 0.05), (-0.4, -0.5), (0.32, -0.5), (0.62, 0.05)], darker(colour, 0.15))
    brush.polygon([(-0.46, 0.02), (-0.31, -0.38), (-0.05, -0.38), (-0.05, 0.02)], GLASS)
    brush.polygon([(0.06, 0.02), (0.06, -0.38), (0.26, -0.38), (0.46, 0.02)], GLASS)
    brush.rectangle((-1.0, 0.02), (1.0, 0.56), colour)
    brush.ellipse((0.92, 0.2), 0.09, 0.1, LAMP if night else lighter(colour))
    for x in (-0.55, 0.55):
        brush.ellipse((x, 0.58), 0.27, 0.27, INK)
        brush.ellipse((x, 0.58), 0.12, 0.12, (190, 190, 200))


def _tree(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.12, 0.1), (0.12, 0.1), (0.18, 0.95), (-0.18, 0.95)], WOOD)
    for x, y, r in ((-0.4, 0.0, 0.4), (0.4, 0.0, 0.4), (0.0, -0.1, 0.5), (0.0, -0.5, 0.44)):
        brush.ellipse((x, y), r, r, colour)
    brush.ellipse((-0.16, -0.56), 0.2, 0.16, lighter(colour, 0.25))
    brush.ellipse((0.36, 0.04), 0.24, 0.2, darker(colour, 0.15))


def _star(brush: Brush, colour: Rgb, night: bool) -> None:
    points = []
    for i in range(10):
        angle, radius = -math.pi / 2 + i * math.pi / 5, 1.0 if i % 2 == 0 else 0.45
        points.append((radius * math.cos(angle), radius * math.sin(angle) + 0.06))
    brush.polygon(points, colour)
    for x in (-0.16, 0.16):
        brush.ellipse((x, -0.04), 0.07, 0.1, INK)
    brush.line([(-0.14, 0.18), (0.0, 0.25), (0.14, 0.18)], 0.07, INK)


def _balloon(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, 0.45), (0.06, 0.65), (-0.04, 0.82), (0.02, 1.0)], 0.06, INK)
    brush.polygon([(-0.14, 0.56), (0.14, 0.56), (0.0, 0.38)], darker(colour))
    brush.ellipse((0.0, -0.28), 0.64, 0.72, colour)
    brush.ellipse((-0.24, -0.52), 0.15, 0.2, lighter(colour, 0.55))


def _cat(brush: Brush, colour: Rgb, night: bool) -> None:
    for side in (-1, 1):
        brush.polygon([(side * 0.84, -0.85), (side * 0.82, 0.1), (side * 0.2, -0.5)], colour)
        brush.polygon(
            [(side * 0.72, -0.6), (side * 0.7, -0.2), (side * 0.4, -0.45)], darker(colour, 0.3)
        )
    brush.ellipse((0.0, 0.14), 0.9, 0.72, colour)
    for side in (-1, 1):
        brush.ellipse((side * 0.36, 0.06), 0.17, 0.2, LAMP if night else (120, 200, 90))
        brush.ellipse((side * 0.36, 0.06), 0.07, 0.17, INK)
    brush.polygon([(-0.1, 0.36), (0.1, 0.36), (0.0, 0.48)], INK)
    brush.line([(-0.18, 0.58), (0.0, 0.48), (0.18, 0.58)], 0.05, INK)


def _fish(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(0.35, 0.0), (1.0, -0.55), (0.86, 0.0), (1.0, 0.55)], darker(colour, 0.2))
    brush.polygon([(-0.3, -0.4), (0.1, -0.75), (0.35, -0.3)], darker(colour, 0.2))
    brush.ellipse((-0.2, 0.0), 0.78, 0.52, colour)
    brush.ellipse((-0.2, 0.24), 0.5, 0.22, lighter(colour, 0.3))
    brush.ellipse((-0.58, -0.12), 0.16, 0.16, (255, 255, 255))
    brush.ellipse((-0.61, -0.12), 0.09, 0.09, INK)


OBJECTS: dict[str, ObjectKind] = {
    "boat": ObjectKind(_boat, "water"),
    "house": ObjectKind(_house, "ground"),
    "car": ObjectKind(_car, "ground"),
    "tree": ObjectKind(_tree, "ground"),
    "star": ObjectKind(_star, "air"),
    "balloon": ObjectKind(_balloon, "air"),
    "cat": ObjectKind(_cat, "ground"),
    "fish": ObjectKind(_fish, "water"),
}
