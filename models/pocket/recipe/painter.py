"""Paints a scene: the same scene and seed give the same picture, byte for byte."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image

from .brush import Brush, Canvas
from .objects import OBJECTS
from .palette import COLOURS, Rgb, mix
from .places import PLACES, TIMES, draw_background, lit_ground

SIZE = 128

# Half the object's width, and the x of its middle, both as shares of the picture's width.
SIZES: dict[str, float] = {"small": 0.16, "medium": 0.23, "big": 0.31}
POSITIONS: dict[str, float] = {"left": 0.26, "centre": 0.5, "right": 0.74}


@dataclass(frozen=True)
class Scene:
    """Exact metadata of a picture; everything not named here follows from `seed`."""

    object: str
    colour: str
    place: str
    time: str
    size: str
    position: str
    seed: int


@dataclass(frozen=True)
class Painting:
    """A picture, the mask of its object (0..255) and its metadata."""

    image: Image.Image
    mask: Image.Image
    scene: Scene


def random_scene(rng: random.Random) -> Scene:
    """Draws a scene; every object is met in every place, boats and fish mostly at sea."""
    kind = rng.choice(list(OBJECTS))
    at_sea = OBJECTS[kind].stands == "water" and rng.random() < 0.4
    return Scene(
        object=kind,
        colour=rng.choice(list(COLOURS)),
        place="sea" if at_sea else rng.choice(list(PLACES)),
        time=rng.choices(list(TIMES), weights=(4, 3, 3))[0],
        size=rng.choices(list(SIZES), weights=(2, 4, 3))[0],
        position=rng.choices(list(POSITIONS), weights=(2, 4, 2))[0],
        seed=rng.getrandbits(32),
    )


def paint(scene: Scene, size: int = SIZE) -> Painting:
    """Paints the scene at `size` x `size` pixels."""
    rng = random.Random(scene.seed)
    canvas = Canvas(size)
    horizon = rng.uniform(0.55, 0.63)
    draw_background(Brush(canvas), scene.place, scene.time, horizon, rng)
    half = SIZES[scene.size] * rng.uniform(0.94, 1.06)
    x = POSITIONS[scene.position] + rng.uniform(-0.03, 0.03)
    y = _height(scene, half, horizon, rng)
    night = scene.time == "night"
    brush = Brush(canvas, (min(max(x, half), 1 - half), y), half, track_mask=True)
    OBJECTS[scene.object].draw(brush, lit_colour(scene.colour, scene.time), night)
    if scene.place == "sea" and OBJECTS[scene.object].stands == "water":
        _draw_waterline(canvas, brush, lit_ground("sea", scene.time))
    return Painting(*canvas.finish(), scene)


def lit_colour(colour: str, time: str) -> Rgb:
    """A palette colour as an object of that colour looks at a time of day."""
    light = TIMES[time]
    return mix(COLOURS[colour], light.tint, light.on_object)


def _height(scene: Scene, half: float, horizon: float, rng: random.Random) -> float:
    """The y of the object's middle: hanging in the air, or standing on a line below the horizon."""
    jitter = rng.uniform(-0.02, 0.02)
    if scene.place == "plain":
        return 0.5 + jitter
    if OBJECTS[scene.object].stands == "air":
        return 0.36 + jitter
    return max(horizon + 0.24 + jitter - 0.9 * half, half + 0.02)


def _draw_waterline(canvas: Canvas, brush: Brush, water: Rgb) -> None:
    """Hides the lowest part of what swims; the hidden part leaves the mask too."""
    x, y = brush.centre
    plain = Brush(canvas)
    top = y + 0.78 * brush.half
    plain.rectangle((x - brush.half, top), (x + brush.half, y + brush.half), water)
    mask_only = Image.new("L", canvas.mask.size)
    box = tuple(round(v * canvas.pixels) for v in (0.0, top, 1.0, 1.0))
    canvas.mask.paste(mask_only.crop(box), box[:2])
