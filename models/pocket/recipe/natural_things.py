"""Things that grow, swim or shine: each in the box -1..1 (y down)."""

from __future__ import annotations

import math

from .brush import Brush
from .palette import BEAK, BLOSSOM, CREAM, INK, LAMP, LEAF, WOOD, Rgb, darker, lighter, mix


def tree(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.12, 0.1), (0.12, 0.1), (0.18, 0.95), (-0.18, 0.95)], WOOD)
    for x, y, r in ((-0.4, 0.0, 0.4), (0.4, 0.0, 0.4), (0.0, -0.1, 0.5), (0.0, -0.5, 0.44)):
        brush.ellipse((x, y), r, r, colour)
    brush.ellipse((-0.16, -0.56), 0.2, 0.16, lighter(colour, 0.25))
    brush.ellipse((0.36, 0.04), 0.24, 0.2, darker(colour, 0.15))


def star(brush: Brush, colour: Rgb, night: bool) -> None:
    points = []
    for i in range(10):
        angle, radius = -math.pi / 2 + i * math.pi / 5, 1.0 if i % 2 == 0 else 0.45
        points.append((radius * math.cos(angle), radius * math.sin(angle) + 0.06))
    brush.polygon(points, colour)
    for x in (-0.16, 0.16):
        brush.ellipse((x, -0.04), 0.07, 0.1, INK)
    brush.line([(-0.14, 0.18), (0.0, 0.25), (0.14, 0.18)], 0.07, INK)


def cat(brush: Brush, colour: Rgb, night: bool) -> None:
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


def fish(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(0.35, 0.0), (1.0, -0.55), (0.86, 0.0), (1.0, 0.55)], darker(colour, 0.2))
    brush.polygon([(-0.3, -0.4), (0.1, -0.75), (0.35, -0.3)], darker(colour, 0.2))
    brush.ellipse((-0.2, 0.0), 0.78, 0.52, colour)
    brush.ellipse((-0.2, 0.24), 0.5, 0.22, lighter(colour, 0.3))
    brush.ellipse((-0.58, -0.12), 0.16, 0.16, (255, 255, 255))
    brush.ellipse((-0.61, -0.12), 0.09, 0.09, INK)


def heart(brush: Brush, colour: Rgb, night: bool) -> None:
    points = []
    for i in range(40):
        t = i * math.pi / 20
        x = math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((x, -y / 15 - 0.1))
    brush.polygon(points, colour)
    brush.ellipse((-0.45, -0.45), 0.2, 0.16, lighter(colour, 0.5))


def mushroom(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.26, 0.0), (0.26, 0.0), (0.36, 0.95), (-0.36, 0.95)], CREAM)
    brush.ellipse((0.0, 0.92), 0.36, 0.08, CREAM)
    brush.ellipse((0.0, 0.1), 0.5, 0.1, mix(CREAM, WOOD, 0.4))
    brush.arch((0.0, 0.16), 1.0, 1.05, colour)
    for x, y, r in ((-0.5, -0.2, 0.15), (0.05, -0.52, 0.18), (0.55, -0.15, 0.14)):
        brush.ellipse((x, y), r, r * 0.85, CREAM)


def flower(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, 0.0), (0.03, 0.5), (0.0, 1.0)], 0.1, LEAF)
    for side in (-1, 1):
        leaf = [(0.02, 0.78), (side * 0.3, 0.5), (side * 0.52, 0.56), (side * 0.3, 0.76)]
        brush.polygon(leaf, LEAF)
    for i in range(6):
        angle = i * math.pi / 3
        at = (0.46 * math.cos(angle), 0.46 * math.sin(angle) - 0.35)
        brush.ellipse(at, 0.28, 0.28, colour)
    brush.ellipse((0.0, -0.35), 0.24, 0.24, darker(LAMP, 0.15))


def bird(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.4, 0.2), (-1.0, 0.0), (-0.95, 0.45)], darker(colour, 0.25))
    brush.ellipse((-0.05, 0.25), 0.62, 0.42, colour)
    brush.ellipse((0.5, -0.15), 0.34, 0.34, colour)
    brush.polygon([(0.78, -0.25), (1.0, -0.08), (0.76, 0.02)], BEAK)
    brush.polygon([(-0.4, 0.05), (-0.3, -0.75), (0.3, 0.1)], darker(colour, 0.25))
    brush.ellipse((0.56, -0.22), 0.1, 0.1, (255, 255, 255))
    brush.ellipse((0.58, -0.22), 0.06, 0.06, INK)
    for x in (-0.15, 0.1):
        brush.line([(x, 0.62), (x, 0.95)], 0.07, BEAK)


def cactus(brush: Brush, colour: Rgb, night: bool) -> None:
    for side, low, high in ((-1, 0.35, -0.3), (1, 0.15, -0.5)):
        brush.line([(0.0, low), (side * 0.62, low), (side * 0.62, high)], 0.3, colour)
        brush.ellipse((side * 0.62, high), 0.15, 0.15, colour)
        brush.ellipse((side * 0.62, low), 0.15, 0.15, colour)
    brush.rectangle((-0.26, -0.7), (0.26, 0.95), colour)
    brush.ellipse((0.0, -0.7), 0.26, 0.2, colour)
    for x in (-0.1, 0.1):
        brush.line([(x, -0.6), (x, 0.9)], 0.05, darker(colour, 0.3))
    brush.ellipse((0.0, -0.9), 0.14, 0.1, BLOSSOM)


def apple(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, -0.4), (0.03, -0.65), (0.12, -0.9)], 0.1, WOOD)
    brush.polygon([(0.08, -0.6), (0.3, -0.88), (0.62, -0.84), (0.42, -0.6)], LEAF)
    for side in (-1, 1):
        brush.ellipse((side * 0.36, 0.05), 0.52, 0.56, colour)
        brush.ellipse((side * 0.24, 0.4), 0.44, 0.52, colour)
    brush.ellipse((-0.42, -0.15), 0.14, 0.2, lighter(colour, 0.55))


def butterfly(brush: Brush, colour: Rgb, night: bool) -> None:
    for side in (-1, 1):
        brush.line([(0.0, -0.4), (side * 0.2, -0.82)], 0.05, INK)
        brush.ellipse((side * 0.52, -0.3), 0.46, 0.46, colour)
        brush.ellipse((side * 0.42, 0.42), 0.36, 0.38, colour)
        brush.ellipse((side * 0.58, -0.32), 0.2, 0.2, lighter(colour, 0.55))
        brush.ellipse((side * 0.46, 0.46), 0.14, 0.14, darker(colour, 0.35))
    brush.ellipse((0.0, 0.05), 0.1, 0.62, INK)
