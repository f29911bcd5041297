"""Things that people make: each in the box -1..1 (y down), lit from within `night`."""

from __future__ import annotations

from .brush import Brush
from .palette import FLAME, GLASS, INK, LAMP, STEAM, WOOD, Rgb, darker, lighter, mix


def boat(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.rectangle((-0.06, -0.95), (0.04, 0.4), WOOD)
    brush.polygon([(0.1, -0.95), (0.1, 0.2), (0.8, 0.2)], lighter(colour, 0.55))
    brush.polygon([(-0.12, -0.7), (-0.12, 0.2), (-0.7, 0.2)], lighter(colour, 0.75))
    brush.polygon([(-1.0, 0.32), (1.0, 0.32), (0.66, 0.95), (-0.66, 0.95)], colour)
    brush.rectangle((-0.96, 0.32), (0.96, 0.44), darker(colour, 0.3))
    if night:
        brush.ellipse((0.0, 0.68), 0.09, 0.09, LAMP)


def house(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.rectangle((0.36, -0.85), (0.6, -0.2), darker(colour, 0.5))
    brush.rectangle((-0.8, -0.1), (0.8, 0.95), colour)
    brush.polygon([(-1.0, -0.08), (0.0, -0.95), (1.0, -0.08)], darker(colour, 0.38))
    brush.rectangle((-0.2, 0.35), (0.2, 0.95), WOOD)
    glow = LAMP if night else GLASS
    brush.rectangle((-0.66, 0.12), (-0.3, 0.5), glow)
    brush.rectangle((0.3, 0.12), (0.66, 0.5), glow)


def car(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.62, 0.05), (-0.4, -0.5), (0.32, -0.5), (0.62, 0.05)], darker(colour, 0.15))
    brush.polygon([(-0.46, 0.02), (-0.31, -0.38), (-0.05, -0.38), (-0.05, 0.02)], GLASS)
    brush.polygon([(0.06, 0.02), (0.06, -0.38), (0.26, -0.38), (0.46, 0.02)], GLASS)
    brush.rectangle((-1.0, 0.02), (1.0, 0.56), colour)
    brush.ellipse((0.92, 0.2), 0.09, 0.1, LAMP if night else lighter(colour))
    for x in (-0.55, 0.55):
        brush.ellipse((x, 0.58), 0.27, 0.27, INK)
        brush.ellipse((x, 0.58), 0.12, 0.12, (190, 190, 200))


def balloon(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, 0.45), (0.06, 0.65), (-0.04, 0.82), (0.02, 1.0)], 0.06, INK)
    brush.polygon([(-0.14, 0.56), (0.14, 0.56), (0.0, 0.38)], darker(colour))
    brush.ellipse((0.0, -0.28), 0.64, 0.72, colour)
    brush.ellipse((-0.24, -0.52), 0.15, 0.2, lighter(colour, 0.55))


def cup(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.ring((0.62, 0.22), 0.34, 0.15, darker(colour, 0.2))
    brush.polygon([(-0.72, -0.35), (0.62, -0.35), (0.5, 0.95), (-0.6, 0.95)], colour)
    brush.ellipse((-0.05, -0.35), 0.67, 0.17, lighter(colour, 0.3))
    brush.ellipse((-0.05, -0.33), 0.56, 0.12, WOOD)
    for x in (-0.3, 0.0, 0.3):
        wave = [(x, -0.6), (x + 0.08, -0.72), (x - 0.04, -0.84), (x + 0.06, -0.96)]
        brush.line(wave, 0.06, STEAM)


def umbrella(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, -0.2), (0.0, 0.78), (0.06, 0.9), (0.18, 0.92), (0.24, 0.78)], 0.08, WOOD)
    brush.arch((0.0, 0.1), 1.0, 0.95, colour)
    brush.arch((0.0, 0.1), 0.36, 0.93, lighter(colour, 0.3))
    for x in (-0.68, 0.0, 0.68):
        brush.arch((x, 0.12), 0.32, 0.12, darker(colour, 0.35))
    brush.ellipse((0.0, -0.88), 0.06, 0.08, WOOD)


def rocket(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.polygon([(-0.22, 0.6), (0.22, 0.6), (0.0, 1.0)], FLAME)
    for side in (-1, 1):
        fin = [(side * 0.25, 0.1), (side * 0.66, 0.72), (side * 0.25, 0.6)]
        brush.polygon(fin, darker(colour, 0.4))
    brush.polygon([(-0.34, -0.2), (0.34, -0.2), (0.28, 0.66), (-0.28, 0.66)], colour)
    brush.polygon([(-0.34, -0.2), (-0.2, -0.66), (0.0, -1.0), (0.2, -0.66), (0.34, -0.2)], colour)
    brush.polygon([(-0.2, -0.66), (0.0, -1.0), (0.2, -0.66)], darker(colour, 0.4))
    brush.ellipse((0.0, -0.14), 0.2, 0.2, darker(colour, 0.4))
    brush.ellipse((0.0, -0.14), 0.14, 0.14, LAMP if night else GLASS)


def tent(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, -0.7), (0.0, -1.0)], 0.05, WOOD)
    brush.polygon([(0.02, -1.0), (0.34, -0.9), (0.02, -0.8)], darker(colour, 0.2))
    brush.polygon([(0.0, -0.72), (1.0, 0.9), (-1.0, 0.9)], colour)
    for side in (-1, 1):
        stripe = [(0.0, -0.72), (side * 0.78, 0.9), (side * 0.5, 0.9)]
        brush.polygon(stripe, lighter(colour, 0.4))
    brush.polygon([(0.0, -0.25), (0.26, 0.9), (-0.26, 0.9)], LAMP if night else INK)


def lighthouse(brush: Brush, colour: Rgb, night: bool) -> None:
    if night:
        brush.polygon([(0.0, -0.72), (1.0, -0.95), (1.0, -0.45)], mix(LAMP, INK, 0.25))
    brush.polygon([(-0.3, -0.5), (0.3, -0.5), (0.48, 0.95), (-0.48, 0.95)], colour)
    for top, low in ((-0.2, 0.1), (0.42, 0.72)):
        wide = [0.3 + 0.18 * (y + 0.5) / 1.45 for y in (top, low)]
        corners = [(-wide[0], top), (wide[0], top), (wide[1], low), (-wide[1], low)]
        brush.polygon(corners, (250, 250, 250))
    brush.rectangle((-0.24, -0.8), (0.24, -0.56), LAMP if night else GLASS)
    brush.rectangle((-0.42, -0.58), (0.42, -0.48), darker(colour, 0.5))
    brush.polygon([(-0.32, -0.78), (0.0, -1.0), (0.32, -0.78)], darker(colour, 0.3))


def robot(brush: Brush, colour: Rgb, night: bool) -> None:
    brush.line([(0.0, -0.7), (0.0, -0.95)], 0.07, INK)
    brush.ellipse((0.0, -0.93), 0.09, 0.09, LAMP)
    brush.rectangle((-0.5, -0.75), (0.5, -0.1), colour)
    for side in (-1, 1):
        brush.rectangle((side * 0.74, 0.0), (side * 0.56, 0.55), darker(colour, 0.35))
        brush.rectangle((side * 0.4, 0.6), (side * 0.12, 0.95), darker(colour, 0.35))
        brush.ellipse((side * 0.22, -0.48), 0.13, 0.13, LAMP if night else GLASS)
        brush.ellipse((side * 0.22, -0.48), 0.06, 0.06, INK)
    brush.rectangle((-0.28, -0.28), (0.28, -0.2), INK)
    brush.rectangle((-0.52, -0.04), (0.52, 0.62), colour)
    brush.rectangle((-0.26, 0.12), (0.26, 0.4), lighter(colour, 0.5))


def crown(brush: Brush, colour: Rgb, night: bool) -> None:
    points = [(-0.9, 0.6), (-1.0, -0.45), (-0.5, 0.05), (0.0, -0.75), (0.5, 0.05), (1.0, -0.45)]
    brush.polygon([*points, (0.9, 0.6)], colour)
    brush.rectangle((-0.9, 0.5), (0.9, 0.75), darker(colour, 0.3))
    for x, y in ((-1.0, -0.5), (0.0, -0.8), (1.0, -0.5)):
        brush.ellipse((x * 0.93, y), 0.1, 0.1, lighter(colour, 0.4))
    for x in (-0.5, 0.0, 0.5):
        brush.ellipse((x, 0.32), 0.1, 0.12, GLASS)
