"""What can stand in a scene: one small drawing function per object, in the box -1..1 (y down).

A new object is a function and a line in OBJECTS (and its words in words.py). The colour asked for
must cover the largest part of the drawing: the judge and the tests look there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from . import made_things as made
from . import natural_things as natural
from .brush import Brush
from .palette import Rgb


@dataclass(frozen=True)
class ObjectKind:
    """How an object is drawn and where it belongs: on the ground, in the air or in the water."""

    draw: Callable[[Brush, Rgb, bool], None]
    stands: Literal["ground", "air", "water"]


OBJECTS: dict[str, ObjectKind] = {
    "boat": ObjectKind(made.boat, "water"),
    "house": ObjectKind(made.house, "ground"),
    "car": ObjectKind(made.car, "ground"),
    "tree": ObjectKind(natural.tree, "ground"),
    "star": ObjectKind(natural.star, "air"),
    "balloon": ObjectKind(made.balloon, "air"),
    "cat": ObjectKind(natural.cat, "ground"),
    "fish": ObjectKind(natural.fish, "water"),
    "heart": ObjectKind(natural.heart, "air"),
    "mushroom": ObjectKind(natural.mushroom, "ground"),
    "cup": ObjectKind(made.cup, "ground"),
    "umbrella": ObjectKind(made.umbrella, "ground"),
    "rocket": ObjectKind(made.rocket, "air"),
    "flower": ObjectKind(natural.flower, "ground"),
    "bird": ObjectKind(natural.bird, "ground"),
    "cactus": ObjectKind(natural.cactus, "ground"),
    "tent": ObjectKind(made.tent, "ground"),
    "lighthouse": ObjectKind(made.lighthouse, "ground"),
    "apple": ObjectKind(natural.apple, "ground"),
    "butterfly": ObjectKind(natural.butterfly, "air"),
    "robot": ObjectKind(made.robot, "ground"),
    "crown": ObjectKind(made.crown, "air"),
}
