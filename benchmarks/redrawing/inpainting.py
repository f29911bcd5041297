"""Drawing into pictures: a thing more, a thing less, another background."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from benchmarks.redrawing import given, seen
from benchmarks.redrawing.desk import Bench, Prompt, Row
from benchmarks.redrawing.given import Wish


def adding(bench: Bench) -> Iterator[Row]:
    """A red star in an empty sky. The judge knows no things above others, so those in the middle
    are left out where it looks at whole pictures."""
    boxes = [given.hole(one.scene) for one in bench.drawn]
    masks = [bench.desk.keep(given.mask_of(box)) for box in boxes]
    beside = [one.scene.things[0].position != "centre" for one in bench.drawn]
    for name, prompt, fields in _ADDING:
        wishes = given.over(bench.drawn, prompt, kind="inpaint", **fields)
        wishes = [{**wish, "mask": mask} for wish, mask in zip(wishes, masks, strict=True)]
        made = bench.make(name, wishes)
        near = bench.judge.look([seen.around(*pair) for pair in zip(made, boxes, strict=True)])
        whole = bench.judge.look([new for new, yes in zip(made, beside, strict=True) if yes])
        each = list(zip((one.picture for one in bench.drawn), made, boxes, strict=True))
        yield (
            name,
            {
                "star there": fmean(seen.sees(one, "star", "red") for one in near),
                "seen in the whole": fmean(seen.sees(one, "star", "red") for one in whole),
                "equal elsewhere": fmean(seen.is_equal_outside(*one, reach=12) for one in each),
                "change at the rim, levels": fmean(seen.rim_change(*one) for one in each),
            },
        )


_ADDING = (
    ("add: only masked", given.star, given.ADD),
    ("add: only masked, place named", given.star_there, given.ADD),
    ("add: only masked, strength 1", given.star, {**given.ADD, "strength": 1.0}),
    ("add: only masked, padding 32", given.star, {**given.ADD, "padding": 32}),
    ("add: whole, place named", given.star_there, {}),
    ("add: whole, place and side named", given.star_beside, {}),
    ("add: whole, strength 1", given.star, {"strength": 1.0}),
)


def removing(bench: Bench) -> Iterator[Row]:
    """A thing that vanishes, seen by nothing being left in its place."""
    for name, prompt, fields in _REMOVING:
        made = bench.make(name, _masked(bench, prompt, fields))
        pairs = [
            (one.scene, new) for one, new in zip(bench.painted, bench.judge.look(made), strict=True)
        ]
        yield (
            name,
            {
                "gone": fmean(
                    all(thing.kind != scene.things[0].kind for thing in new.things)
                    for scene, new in pairs
                ),
                "nothing there": fmean(not new.things for _, new in pairs),
                "same place and time": fmean(seen.is_there(new, scene) for scene, new in pairs),
            },
        )


_REMOVING = (
    ("remove: place named", given.backdrop, given.REMOVE),
    ("remove: no prompt", given.nothing, given.REMOVE),
    ("remove: strength 0.5, place named", given.backdrop, {**given.REMOVE, "strength": 0.5}),
    ("remove: strength 0.5, no prompt", given.nothing, {**given.REMOVE, "strength": 0.5}),
    ("remove: strength 0.9, place named", given.backdrop, {**given.REMOVE, "strength": 0.9}),
)


def replacing(bench: Bench) -> Iterator[Row]:
    """A thing that stays, and everything around it elsewhere."""
    for name, prompt, fields in _REPLACING:
        made = bench.make(name, _masked(bench, prompt, fields))
        pairs = [
            (one.scene, new) for one, new in zip(bench.painted, bench.judge.look(made), strict=True)
        ]
        yield (
            name,
            {
                "thing kept": fmean(
                    seen.sees(new, scene.things[0].kind, scene.things[0].colour)
                    for scene, new in pairs
                ),
                "alone": fmean(len(new.things) == 1 for _, new in pairs),
                "new place and time": fmean(
                    seen.is_there(new, given.elsewhere(scene)) for scene, new in pairs
                ),
            },
        )


_REPLACING = (
    ("background: all named", given.moved, given.REPLACE),
    ("background: place named", given.moved_backdrop, given.REPLACE),
    ("background: strength 0.9, all named", given.moved, {**given.REPLACE, "strength": 0.9}),
)


def _masked(bench: Bench, prompt: Prompt, fields: Wish) -> list[Wish]:
    wishes = given.over(bench.painted, prompt, kind="inpaint", **fields)
    return [
        {**wish, "mask": bench.desk.keep(one.mask)}
        for wish, one in zip(wishes, bench.painted, strict=True)
        if one.mask
    ]
