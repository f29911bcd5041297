"""Reads off a picture by its pixels what the prompt asked for: place, time, colour.

The rules know the painter's colours, not the network. On the painter's own pictures they find place
and time always and the rest nearly always; `evaluate` prints that ceiling beside the model's score.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image

from .painter import Scene, lit_colour
from .palette import COLOURS, GLASS, INK, LAMP, WOOD, Rgb, mix
from .places import PLACES, TIMES, lit_ground

DIFFERENT = 70.0  # RGB distance from which a pixel no longer counts as its row's background
SMALLEST = 40  # pixels; less is no object
LEFT_END = 0.405  # between the middle of a big object on the left and one in the centre
WHITE_SHARE = 0.45  # windows, sails and eyes are pale too: white must cover this much to win


def place_and_time(image: Image.Image) -> tuple[str, str]:
    """The place and time whose sky and ground are nearest to the picture's top and bottom rows."""
    pixels = _floats(image)
    side = len(pixels)
    top = np.median(pixels[: side // 16].reshape(-1, 3), axis=0)
    bottom = np.median(pixels[-side // 8 :].reshape(-1, 3), axis=0)

    def distance(pair: tuple[str, str]) -> float:
        place, time = pair
        ground = np.array(lit_ground(place, time))
        sky = ground if PLACES[place].ground is None else np.array(TIMES[time].sky[0])
        return float(np.abs(top - sky).sum() + np.abs(bottom - ground).sum())

    return min(((p, t) for p in PLACES for t in TIMES), key=distance)


def object_region(image: Image.Image, scene: Scene) -> np.ndarray:
    """The pixels that differ from their row's background, wherever they are.

    Each row has two ends; the one nearer to a colour of the asked-for background counts as it.
    The corners where sun, moon and cloud hang are left out.
    """
    pixels = _floats(image)
    side = len(pixels)
    width = side // 8
    ends = np.stack([np.median(pixels[:, :width], 1), np.median(pixels[:, -width:], 1)])
    known = np.array(_background_colours(scene), float)
    strange = np.linalg.norm(ends[:, :, None] - known, axis=3).min(axis=2)
    background = np.where((strange[0] <= strange[1])[:, None], ends[0], ends[1])
    region = np.linalg.norm(pixels - background[:, None], axis=2) > DIFFERENT
    if PLACES[scene.place].ground is not None:
        top = round(0.22 * side)
        region[:top, : round(0.32 * side)] = False
        region[:top, round(0.57 * side) :] = False
    return region


def _background_colours(scene: Scene) -> list[Rgb]:
    ground = lit_ground(scene.place, scene.time)
    if PLACES[scene.place].ground is None:
        return [ground]
    sky = TIMES[scene.time].sky
    between = [mix(a, b, share) for a, b in pairwise(sky) for share in (0, 0.25, 0.5, 0.75, 1)]
    return [ground, *between]


def position(image: Image.Image, scene: Scene) -> str | None:
    """Where the middle of the object's pixels lies; None without an object."""
    columns = np.nonzero(object_region(image, scene))[1]
    if len(columns) < SMALLEST:
        return None
    middle = np.median(columns) / image.width
    return "left" if middle < LEFT_END else "right" if middle > 1 - LEFT_END else "centre"


def colour(image: Image.Image, scene: Scene) -> str | None:
    """The palette colour nearest to most of the object's pixels; None without an object."""
    found = _floats(image)[object_region(image, scene)]
    if len(found) < SMALLEST:
        return None
    names = list(COLOURS)
    known = np.array([*(lit_colour(n, scene.time) for n in names), INK, WOOD, GLASS, LAMP], float)
    nearest = np.linalg.norm(found[:, None] - known[None], axis=2).argmin(axis=1)
    votes = np.bincount(nearest, minlength=len(known))[: len(names)].astype(float)
    white = names.index("white")
    if votes[white] < WHITE_SHARE * len(found):
        votes[white] = 0
    return names[int(votes.argmax())]


def _floats(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(float)
