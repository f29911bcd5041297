"""Skies by time of day and grounds by place; each a line in a table (and words in captions.py)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from .brush import Brush
from .palette import CREAM, GLASS, LAMP, Rgb, darker, lighter, mix


@dataclass(frozen=True)
class Light:
    """A time of day: the sky from top to horizon, and what its light does to all below."""

    sky: tuple[Rgb, ...]
    tint: Rgb
    on_ground: float
    on_object: float
    backdrop: Rgb


@dataclass(frozen=True)
class Place:
    """A ground with its colour by full daylight and its details; None: no ground, a studio."""

    ground: Rgb | None
    details: Callable[[Brush, random.Random, Rgb, float], None] | None = None


TIMES: dict[str, Light] = {
    "day": Light(((92, 176, 242), (206, 234, 252)), (255, 255, 255), 0.0, 0.0, CREAM),
    "dawn": Light(
        ((128, 160, 214), (250, 206, 214), (255, 232, 214)),
        (214, 180, 214),
        0.24,
        0.06,
        (238, 220, 230),
    ),
    "sunset": Light(
        ((110, 70, 150), (238, 120, 86), (254, 190, 100)),
        (200, 80, 70),
        0.30,
        0.08,
        (250, 190, 150),
    ),
    "night": Light(((12, 14, 46), (40, 50, 104)), (14, 18, 54), 0.60, 0.18, (28, 30, 66)),
}


def _sea(brush: Brush, rng: random.Random, ground: Rgb, horizon: float) -> None:
    for _ in range(9):
        x, y = rng.uniform(0, 0.95), rng.uniform(horizon + 0.05, 0.97)
        length = rng.uniform(0.06, 0.13)
        brush.line([(x, y), (x + length, y)], 0.012, lighter(ground, 0.3))


def _field(brush: Brush, rng: random.Random, ground: Rgb, horizon: float) -> None:
    brush.ellipse((rng.uniform(0.2, 0.8), horizon + 0.02), 0.5, 0.06, ground)
    for _ in range(10):
        x, y = rng.uniform(0, 1), rng.uniform(horizon + 0.08, 0.97)
        brush.line([(x - 0.02, y - 0.03), (x, y), (x + 0.02, y - 0.03)], 0.012, darker(ground, 0.3))


def _desert(brush: Brush, rng: random.Random, ground: Rgb, horizon: float) -> None:
    brush.ellipse((rng.uniform(0.1, 0.9), horizon + 0.03), 0.4, 0.07, ground)
    for _ in range(2):
        x, y = rng.uniform(0, 1), rng.uniform(horizon + 0.12, 0.95)
        brush.ellipse((x, y), rng.uniform(0.2, 0.35), 0.03, darker(ground, 0.12))


def _snow(brush: Brush, rng: random.Random, ground: Rgb, horizon: float) -> None:
    brush.ellipse((rng.uniform(0.1, 0.9), horizon + 0.03), 0.45, 0.06, ground)
    for _ in range(16):
        x, y = rng.uniform(0, 1), rng.uniform(0.02, 0.98)
        brush.ellipse((x, y), 0.012, 0.012, (255, 255, 255))


def _mountains(brush: Brush, rng: random.Random, ground: Rgb, horizon: float) -> None:
    stone = mix(ground, (120, 124, 150), 0.75)
    for x in (0.1, 0.42, 0.78):
        peak, wide = horizon - rng.uniform(0.2, 0.3), rng.uniform(0.22, 0.28)
        middle = x + rng.uniform(-0.06, 0.06)
        base = horizon + 0.01
        brush.polygon([(middle - wide, base), (middle, peak), (middle + wide, base)], stone)
        snow = [(middle - wide / 4, peak + (base - peak) / 4), (middle, peak)]
        snow.append((middle + wide / 4, peak + (base - peak) / 4))
        brush.polygon(snow, lighter(stone, 0.75))
    for _ in range(6):
        x, y = rng.uniform(0, 1), rng.uniform(horizon + 0.1, 0.97)
        brush.ellipse((x, y), 0.03, 0.014, darker(ground, 0.25))


def _city(brush: Brush, rng: random.Random, ground: Rgb, horizon: float) -> None:
    wall, x = mix(ground, (110, 110, 140), 0.5), -0.02
    dark = sum(ground) < DARK_GROUND
    while x < 1:
        wide, top = rng.uniform(0.09, 0.15), horizon - rng.uniform(0.12, 0.34)
        brush.rectangle((x, top), (x + wide, horizon + 0.01), darker(wall, rng.uniform(0, 0.2)))
        for column in (0.3, 0.7):
            for y in (top + 0.04, top + 0.1):
                at = (x + wide * column - 0.012, y)
                pane = LAMP if dark else GLASS
                brush.rectangle(at, (at[0] + 0.024, at[1] + 0.03), pane)
        x += wide + 0.015
    for i in range(5):
        brush.rectangle((0.2 * i + 0.04, 0.9), (0.2 * i + 0.14, 0.915), lighter(ground, 0.6))


DARK_GROUND = 200  # sum of the channels: below it the windows are lit
PLACES: dict[str, Place] = {
    "sea": Place((36, 104, 172), _sea),
    "field": Place((104, 184, 78), _field),
    "desert": Place((236, 200, 128), _desert),
    "snow": Place((240, 246, 252), _snow),
    "plain": Place(None),
    "mountains": Place((120, 158, 96), _mountains),
    "city": Place((150, 150, 160), _city),
}


def lit_ground(place: str, time: str) -> Rgb:
    """The colour below the horizon (or of the studio's backdrop) at a time of day."""
    ground, light = PLACES[place].ground, TIMES[time]
    return light.backdrop if ground is None else mix(ground, light.tint, light.on_ground)


def draw_background(
    brush: Brush, place: str, time: str, horizon: float, rng: random.Random
) -> None:
    """Sky, sun or moon, and ground; for the studio only the backdrop."""
    ground = lit_ground(place, time)
    details = PLACES[place].details
    if PLACES[place].ground is None or details is None:
        brush.rectangle((0, 0), (1, 1), ground)
        return
    brush.gradient(0, horizon + 0.02, TIMES[time].sky)
    _draw_sky(brush, time, horizon, rng)
    brush.rectangle((0, horizon), (1, 1), ground)
    details(brush, rng, ground, horizon)


def _draw_sky(brush: Brush, time: str, horizon: float, rng: random.Random) -> None:
    x = rng.choice((rng.uniform(0.1, 0.2), rng.uniform(0.8, 0.9)))
    if time == "night":
        for _ in range(14):
            at = (rng.uniform(0, 1), rng.uniform(0.02, horizon - 0.05))
            brush.ellipse(at, 0.008, 0.008, (236, 236, 220))
        brush.ellipse((x, 0.13), 0.075, 0.075, (250, 244, 214))
    elif time == "dawn":
        brush.ellipse((x, horizon - 0.03), 0.07, 0.07, (255, 246, 226))
    elif time == "sunset":
        brush.ellipse((x, horizon - 0.01), 0.12, 0.12, (255, 226, 120))
    else:
        brush.ellipse((x, 0.13), 0.075, 0.075, (255, 220, 90))
        for shift, y, rx in ((0.0, 0.0, 0.09), (0.08, -0.03, 0.06), (0.14, 0.01, 0.06)):
            brush.ellipse((0.86 - x + shift, 0.16 + y), rx, 0.04, (255, 255, 255))
