"""Comparing what the judge saw with what a prompt asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from webui.evaluating.judge import Seen, SeenThing
from webui.evaluating.prompts import Wanted


@dataclass(frozen=True)
class Score:
    """How many of the pictures asked have a property."""

    right: int
    asked: int

    @property
    def share(self) -> float:
        """0..1; 0 when nothing was asked."""
        return self.right / self.asked if self.asked else 0.0


def scores(pairs: Iterable[tuple[Wanted, Seen]]) -> dict[str, Score]:
    """Score by property, those of prompts with one thing and with several apart."""
    found: dict[str, list[bool]] = {}
    for wanted, seen in pairs:
        several = len(wanted.things) > 1
        marks = _several(wanted, seen) if several else _one(wanted.things[0], seen)
        for name in ("place", "time", "style"):
            marks[f"{name}, several things" if several else name] = getattr(
                wanted, name
            ) == getattr(seen, name)
        for name, mark in marks.items():
            found.setdefault(name, []).append(mark)
    return {name: Score(sum(marks), len(marks)) for name, marks in found.items()}


def _one(wanted: SeenThing, seen: Seen) -> dict[str, bool]:
    """A single thing is looked for anywhere; without it its colour is asked of what is there."""
    thing = _find(wanted.kind, seen.things) or (seen.things[0] if seen.things else None)
    return {
        "object": thing is not None and thing.kind == wanted.kind,
        "colour": thing is not None and thing.colour == wanted.colour,
        "size": thing is not None and thing.size == wanted.size,
        "position": thing is not None and thing.position == wanted.position,
        "nothing else": len(seen.things) == 1,
    }


def _several(wanted: Wanted, seen: Seen) -> dict[str, bool]:
    found = [_find(thing.kind, seen.things) for thing in wanted.things]
    pairs = list(zip(wanted.things, found, strict=True))
    return {
        "all objects": all(found),
        "all colours bound": all(got and got.colour == want.colour for want, got in pairs),
        "order": all(got and got.position == want.position for want, got in pairs),
    }


def _find(kind: str, things: Sequence[SeenThing]) -> SeenThing | None:
    return next((thing for thing in things if thing.kind == kind), None)


def table(found: Mapping[str, Score]) -> list[tuple[str, str, str]]:
    """Rows for people: property, percent, count."""
    return [(name, f"{s.share:.1%}", f"{s.right} of {s.asked}") for name, s in found.items()]
