"""Drawing beyond the edge of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from benchmarks.redrawing import given, seen
from benchmarks.redrawing.desk import Bench, Row
from benchmarks.redrawing.given import Wish


def outpainting(bench: Bench) -> Iterator[Row]:
    """The canvas grown by half. What stands at the seam already counts there as if it were one;
    so the last figure is of those pictures where nothing does."""
    before = zip(bench.judge.look([one.picture for one in bench.drawn]), bench.drawn, strict=True)
    yield "before", {"both": fmean(seen.is_there(look, one.scene) for look, one in before)}
    for name, prompt, fields in _OUTPAINTING:
        side = next(side for side in ("left", "top", "right") if side in name)
        wishes = given.over(bench.drawn, prompt, kind="outpaint", **{side: 64}, **fields)
        made = bench.make(name, wishes)
        looks = bench.judge.look([seen.grown_part(one, side) for one in made])
        seams = [
            seen.seam(one.picture, new, side) for one, new in zip(bench.drawn, made, strict=True)
        ]
        pairs = list(zip(looks, (one.scene for one in bench.drawn), strict=True))
        yield (
            name,
            {
                "same place": fmean(new.place == scene.place for new, scene in pairs),
                "same time": fmean(new.time == scene.time for new, scene in pairs),
                "both": fmean(seen.is_there(*pair) for pair in pairs),
                "gradient across the seam": fmean(seams),
                "at most 1.5": fmean(one <= 1.5 for one in seams),
                "at an empty edge": fmean(
                    across <= 1.5
                    for across, one in zip(seams, bench.drawn, strict=True)
                    if one.scene.things[0].position != side
                ),
            },
        )


_EDGE: Wish = {**given.EXTEND, "filling": "edge"}
_OUTPAINTING = (
    ("left, noise, place named", given.backdrop, given.EXTEND),
    ("left, edge, place named", given.backdrop, _EDGE),
    ("left, edge, strength 0.65", given.backdrop, {**_EDGE, "strength": 0.65}),
    ("left, noise, strength 0.65", given.backdrop, {**given.EXTEND, "strength": 0.65}),
    ("left, strength 1, place named", given.backdrop, {"strength": 1.0}),
    ("left, noise, no prompt", given.nothing, given.EXTEND),
    ("left, edge, no prompt", given.nothing, _EDGE),
    ("right, noise, place named", given.backdrop, given.EXTEND),
    ("right, edge, place named", given.backdrop, _EDGE),
    ("top, noise, place named", given.backdrop, given.EXTEND),
    ("top, edge, place named", given.backdrop, _EDGE),
    ("top, edge, strength 0.5", given.backdrop, {**_EDGE, "strength": 0.5}),
)
