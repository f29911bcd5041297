"""Paints a scene: the same scene gives the same picture, byte for byte."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image

from .brush import SUPERSAMPLING, Brush, Canvas
from .objects import OBJECTS
from .palette import COLOURS, Rgb, mix
from .places import PLACES, TIMES, draw_background, lit_ground
from .styles import STYLES, Drawing, ink_lines

SIZE = 128

# Half the object's width, and the x of its middle, both as shares of the picture's width.
SIZES: dict[str, float] = {"small": 0.16, "medium": 0.23, "big": 0.31}
POSITIONS: dict[str, float] = {"left": 0.26, "centre": 0.5, "right": 0.74}
CROWDED = {1: 1.0, 2: 0.92, 3: 0.68}  # how large things are beside others
WIDEST = {1: 0.5, 2: 0.235, 3: 0.158}  # half of what each of them may take


@dataclass(frozen=True)
class Thing:
    """One object of a scene."""

    kind: str
    colour: str
    size: str
    position: str


@dataclass(frozen=True)
class Scene:
    """Exact metadata of a picture; everything not named here follows from `seed`.

    The things stand from left to right, each at another position.
    """

    things: tuple[Thing, ...]
    place: str
    time: str
    style: str
    seed: int


@dataclass(frozen=True)
class Painting:
    """A picture, the mask of each thing (0..255) and its metadata."""

    image: Image.Image
    masks: tuple[Image.Image, ...]
    scene: Scene


def paint(scene: Scene, size: int = SIZE) -> Painting:
    """Paints the scene at `size` x `size` pixels."""
    rng = random.Random(scene.seed)
    canvas, masks = _draw(scene, size, rng)
    drawing = Drawing(canvas.finished_image(), masks, lambda: _lines(canvas))
    return Painting(STYLES[scene.style](drawing, rng), masks, scene)


def paint_lines(scene: Scene, size: int = SIZE) -> Image.Image:
    """The scene's exact outlines (L, 255 on a line), whatever its style."""
    return _lines(_draw(scene, size, random.Random(scene.seed))[0])


def _draw(scene: Scene, size: int, rng: random.Random) -> tuple[Canvas, tuple[Image.Image, ...]]:
    canvas = Canvas(size)
    horizon = rng.uniform(0.55, 0.63)
    draw_background(Brush(canvas), scene.place, scene.time, horizon, rng)
    masks = []
    for thing in scene.things:
        canvas.start_mask()
        _draw_thing(canvas, thing, scene, horizon, rng)
        masks.append(canvas.finished_mask())
    return canvas, tuple(masks)


def _lines(canvas: Canvas) -> Image.Image:
    lines = ink_lines(canvas.image, SUPERSAMPLING * canvas.size // SIZE)
    return lines.resize((canvas.size, canvas.size), Image.Resampling.BOX)


def lit_colour(colour: str, time: str) -> Rgb:
    """A palette colour as an object of that colour looks at a time of day."""
    light = TIMES[time]
    return mix(COLOURS[colour], light.tint, light.on_object)


def _draw_thing(
    canvas: Canvas, thing: Thing, scene: Scene, horizon: float, rng: random.Random
) -> None:
    count = len(scene.things)
    half = SIZES[thing.size] * CROWDED[count] * rng.uniform(0.94, 1.06)
    half = min(half, WIDEST[count])
    x = POSITIONS[thing.position] + rng.uniform(-0.03, 0.03)
    if count > 1:  # further apart, so that two big things do not touch
        x += 0.05 * (x > 0.6) - 0.05 * (x < 0.4)
    y = _height(thing, scene, half, horizon, rng)
    brush = Brush(canvas, (min(max(x, half), 1 - half), y), half, track_mask=True)
    kind = OBJECTS[thing.kind]
    kind.draw(brush, lit_colour(thing.colour, scene.time), scene.time == "night")
    if scene.place == "sea" and kind.stands == "water":
        _draw_waterline(canvas, brush, lit_ground("sea", scene.time))


def _height(thing: Thing, scene: Scene, half: float, horizon: float, rng: random.Random) -> float:
    """The y of the object's middle: hanging in the air, or standing on a line below the horizon."""
    jitter = rng.uniform(-0.02, 0.02)
    if PLACES[scene.place].ground is None:
        return 0.5 + jitter
    if OBJECTS[thing.kind].stands == "air":
        return 0.36 + jitter
    return max(horizon + 0.24 + jitter - 0.9 * half, half + 0.02)


def _draw_waterline(canvas: Canvas, brush: Brush, water: Rgb) -> None:
    """Hides the lowest part of what swims; the hidden part leaves the mask too."""
    x, y = brush.centre
    plain = Brush(canvas)
    top = y + 0.78 * brush.half
    plain.rectangle((x - brush.half, top), (x + brush.half, y + brush.half), water)
    canvas.clear_mask_below(top)
