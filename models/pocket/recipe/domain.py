"""Which part of the painter's world a model learns, and how scenes of it are drawn by lot."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from .objects import OBJECTS
from .painter import POSITIONS, SIZES, Scene, Thing
from .palette import COLOURS
from .places import PLACES, TIMES
from .styles import STYLES

USUAL_TIME, USUAL_STYLE, USUAL_SIZE = "day", "flat", "medium"
PLAIN_STYLES = 2  # the usual style comes up this many times as often as another


@dataclass(frozen=True)
class Domain:
    """The objects, colours, places, times and styles, and the weights of one, two, three things."""

    objects: tuple[str, ...]
    colours: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]
    styles: tuple[str, ...]
    counts: tuple[float, ...]

    def random_scene(self, rng: random.Random, count: int | None = None) -> Scene:
        """A scene of `count` things (by lot if None); things of the water are mostly at sea."""
        numbers = range(1, len(self.counts) + 1)
        count = count or rng.choices(numbers, weights=self.counts)[0]
        kinds = rng.sample(self.objects, count)
        at_sea = any(OBJECTS[kind].stands == "water" for kind in kinds) and rng.random() < 0.4
        return Scene(
            things=self._things(kinds, rng),
            place="sea" if at_sea else rng.choice(self.places),
            time=rng.choice(self.times),
            style=rng.choice((USUAL_STYLE,) * (PLAIN_STYLES - 1) + self.styles),
            seed=rng.getrandbits(32),
        )

    def _things(self, kinds: list[str], rng: random.Random) -> tuple[Thing, ...]:
        colours = rng.sample(self.colours, len(kinds))
        places = {
            1: rng.choices([("left",), ("centre",), ("right",)], weights=(3, 5, 3))[0],
            2: ("left", "right"),
            3: tuple(POSITIONS),
        }[len(kinds)]
        sizes = rng.choices(list(SIZES), weights=(2, 4, 3), k=len(kinds))
        return tuple(map(Thing, kinds, colours, sizes, places))


def _first(table: dict[str, object], count: int) -> tuple[str, ...]:
    return tuple(table)[:count]


FULL = Domain(
    objects=_first(OBJECTS, 20),
    colours=_first(COLOURS, 10),
    places=tuple(PLACES),
    times=tuple(TIMES),
    styles=_first(STYLES, 5),
    counts=(5, 4, 1),
)
"""Everything but what the companions teach: for a run on a GPU."""

SMALL = Domain(
    objects=_first(OBJECTS, 12),
    colours=_first(COLOURS, 8),
    places=_first(PLACES, 5),
    times=("day", "sunset", "night"),
    styles=("flat", "watercolor", "pixel"),
    counts=(3, 2),
)
"""What some hours on two CPU cores can learn faithfully."""

DOMAINS = {"small": SMALL, "full": FULL}


NEW_KINDS, NEW_COLOURS, NEW_STYLES = ("robot", "crown"), ("teal",), ("blueprint",)
"""What the base never sees and its companions teach."""


def with_companions(domain: Domain) -> Domain:
    """The domain and all that companions add to it: what the judge has to know."""
    return replace(
        domain,
        objects=domain.objects + NEW_KINDS,
        colours=domain.colours + NEW_COLOURS,
        styles=domain.styles + NEW_STYLES,
    )
