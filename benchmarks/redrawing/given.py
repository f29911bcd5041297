"""What is drawn over: scenes, pictures of them, holes in their sky, and what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Protocol, TypeAlias

from PIL import Image, ImageDraw

from models.pocket.recipe.captions import plain_caption
from models.pocket.recipe.painter import Scene, Thing, paint
from models.pocket.recipe.words import PLACE_PHRASES, TIME_PHRASES

Wish: TypeAlias = dict[str, Any]
"""The fields of a request."""

ADD: Wish = {"area": "masked", "padding": 16}
FILL: Wish = {"masked_content": "fill", "strength": 0.4}
REMOVE: Wish = {**FILL, "mask_grow": 6}
REPLACE: Wish = {"mask_invert": True, "strength": 1.0, "mask_blur": 2}
EXTEND: Wish = {"strength": 0.8}
"""What does best for adding and removing a thing, for what is behind it, and for outpainting."""

Box: TypeAlias = tuple[int, int, int, int]
"""left, top, right, bottom"""

SIDE = 128
_PLACES, _TIMES = ("sea", "field", "desert", "snow"), ("day", "sunset", "night")
_POSITIONS = ("left", "centre", "right")
_AFLOAT, _ASHORE = ("boat", "fish"), ("house", "car", "tree", "cat", "mushroom", "cup")
_COLOURS = ("orange", "yellow", "green", "purple", "pink")
"""None is red, as what is drawn into the sky is; none is that of a place."""


class Maker(Protocol):
    """Makes pictures from pictures."""

    def keep(self, picture: Image.Image) -> str:
        """The reference of a picture to begin with."""
        ...

    def make(self, wishes: Sequence[Wish]) -> list[Image.Image]:
        """The first picture of each request."""
        ...


@dataclass(frozen=True)
class Given:
    """A scene, a picture of it that is kept as `reference`, and the mask of its thing, if known."""

    scene: Scene
    picture: Image.Image
    reference: str
    mask: Image.Image | None = None


def scenes(count: int) -> list[Scene]:
    """Scenes with one thing that stands on the ground, so that the sky is empty."""
    rng, found = Random(0), list[Scene]()
    for number in range(count):
        place, time = _PLACES[number % 4], _TIMES[number // 4 % 3]
        kind = rng.choice(_AFLOAT if place == "sea" else _ASHORE)
        position = _POSITIONS[(number + number // 12) % 3]
        thing = Thing(kind, rng.choice(_COLOURS), "medium", position)
        found.append(Scene((thing,), place, time, "flat", seed=1000 + number))
    return found


def drawn(maker: Maker, wanted: Sequence[Scene], steps: int = 20) -> list[Given]:
    """Pictures of the scenes by pocket."""
    wishes = [{"prompt": plain_caption(one), "steps": steps, "seed": one.seed} for one in wanted]
    pictures = maker.make(wishes)
    return [
        Given(one, picture, maker.keep(picture))
        for one, picture in zip(wanted, pictures, strict=True)
    ]


def painted(maker: Maker, wanted: Sequence[Scene]) -> list[Given]:
    """Pictures of the scenes by the painter, who knows exactly where the thing is."""
    paintings = [paint(one) for one in wanted]
    return [
        Given(one.scene, one.image, maker.keep(one.image), one.masks[0].point(_hard).convert("RGB"))
        for one in paintings
    ]


def _hard(level: float) -> int:
    return 255 if level > 20 else 0


def backdrop(scene: Scene) -> str:
    """The prompt of the place and the time of day, without the thing."""
    return f"{PLACE_PHRASES[scene.place][0]} {TIME_PHRASES[scene.time][0]}"


def elsewhere(scene: Scene) -> Scene:
    """The same thing in another place, at another time of day."""
    place = _PLACES[(_PLACES.index(scene.place) + 2) % 4]
    time = _TIMES[(_TIMES.index(scene.time) + 1) % 3]
    return replace(scene, place=place, time=time)


def hole(scene: Scene) -> Box:
    """Empty sky beside the thing, or where it stands in the middle, above it on the right."""
    boxes = {"left": (66, 12, 126, 76), "right": (2, 12, 62, 76), "centre": (80, 4, 126, 50)}
    return boxes[scene.things[0].position]


def mask_of(box: Box) -> Image.Image:
    mask = Image.new("RGB", (SIDE, SIDE))
    left, top, right, bottom = box
    ImageDraw.Draw(mask).rectangle((left, top, right - 1, bottom - 1), fill="white")
    return mask


def over(given: Sequence[Given], prompt: Callable[[Scene], str], **fields: Any) -> list[Wish]:
    """One request for each picture that is drawn over."""
    return [
        {"init": one.reference, "prompt": prompt(one.scene), "seed": one.scene.seed + 50, **fields}
        for one in given
    ]


# --- prompts ---


def star(scene: Scene) -> str:
    """The prompt of what is drawn into the sky."""
    return "a red star"


def star_there(scene: Scene) -> str:
    return f"a red star {backdrop(scene)}"


def star_beside(scene: Scene) -> str:
    """With the side that the thing leaves free; on the right where it leaves both."""
    side = "left" if scene.things[0].position == "right" else "right"
    return f"{star_there(scene)}, on the {side}"


def nothing(scene: Scene) -> str:
    return ""


def moved(scene: Scene) -> str:
    """The thing where it stands in the picture, in another place at another time."""
    return plain_caption(elsewhere(scene))


def moved_backdrop(scene: Scene) -> str:
    return backdrop(elsewhere(scene))
