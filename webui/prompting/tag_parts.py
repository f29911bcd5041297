"""What stands behind the name in the tag of a LoRA."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from webui.prompting.lora_blocks import read_blocks
from webui.prompting.lora_course import Point, read_points
from webui.prompting.numbers import amount, place

_BY_PLACE = ("te", "unet", "dyn")


@dataclass(frozen=True, slots=True)
class Course:
    """A weight: where the way begins, and how it goes on; no points for always the same."""

    first: float = 1.0
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class TagParts:
    """`unet` is None where `te` counts for both."""

    te: Course = Course()
    unet: Course | None = None
    dyn: float | None = None
    blocks: tuple[float, ...] = ()
    during: tuple[float, float] = (0.0, 1.0)


def read_parts(parts: Iterable[str]) -> TagParts | None:
    """`te:unet:dyn` by their place, or each by its name; None if one cannot be read.

    Blocks stand behind `lbw=` or, as in old prompts, anywhere without a name. Names of other
    tools' extensions say nothing to us and are passed over.
    """
    said = TagParts()
    unnamed = 0
    for part in parts:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            value = part
            blocks = read_blocks(part)
            name = "lbw" if blocks else _BY_PLACE[unnamed] if unnamed < len(_BY_PLACE) else ""
            unnamed += not blocks
        taken = _taken(said, name, value) if name or not equals else said
        if taken is None:
            return None
        said = taken
    return said


def _taken(said: TagParts, name: str, value: str) -> TagParts | None:
    """The same with one more part; None if it cannot be read."""
    match name:
        case "":
            return None
        case "te" | "unet":
            course = _course(value)
            if course is None:
                return None
            return replace(said, te=course) if name == "te" else replace(said, unet=course)
        case "dyn":
            ranks = amount(value)
            return None if ranks is None else replace(said, dyn=ranks)
        case "lbw":
            blocks = read_blocks(value)
            return None if blocks is None else replace(said, blocks=blocks)
        case "start" | "stop" | "step":
            during = _during(said.during, name, value)
            return None if during is None else replace(said, during=during)
        case _:
            return said


def _course(value: str) -> Course | None:
    """A plain number or points."""
    weight = amount(value)
    if weight is not None:
        return Course(weight)
    points = read_points(value)
    return None if points is None else Course(points[0][1], points)


def _during(before: tuple[float, float], name: str, value: str) -> tuple[float, float] | None:
    """From where to where it acts. `step=5-10` is both at once."""
    if name == "step":
        first, _, last = value.partition("-")
        start, stop = place(first), place(last)
    else:
        where = place(value)
        start, stop = (where, before[1]) if name == "start" else (before[0], where)
    return None if start is None or stop is None else (start, stop)
