"""Drawing over whole pictures: in other colours, and larger."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from PIL import Image

from benchmarks.redrawing import given, seen
from benchmarks.redrawing.desk import Bench, Row
from benchmarks.redrawing.given import Wish
from models.pocket.recipe.captions import plain_caption


def recolouring(bench: Bench) -> Iterator[Row]:
    """Image to image: a blue house becomes a red one."""
    wishes = [
        {"prompt": "a blue house in a field by day", "seed": n} for n in range(len(bench.drawn))
    ]
    before = bench.make("blue houses", wishes)
    for strength in (0.3, 0.5, 0.6, 0.75, 0.9):
        name = f"red house over a blue one, strength {strength}"
        wishes = [
            {
                "kind": "image_to_image",
                "init": bench.desk.keep(one),
                "prompt": "a red house in a field by day",
                "strength": strength,
                "seed": 500 + number,
            }
            for number, one in enumerate(before)
        ]
        made = bench.make(name, wishes)
        yield (
            name,
            {
                "red": fmean(seen.sees(one, "house", "red") for one in bench.judge.look(made)),
                "edges that stay": fmean(map(seen.edge_overlap, before, made)),
            },
        )


def enlarging(bench: Bench) -> Iterator[Row]:
    """Pictures twice as large, judged at the size that pocket was trained at."""
    for name, fields in _ENLARGING:
        if "hires" in name:
            own = [
                {"prompt": plain_caption(one.scene), "seed": one.scene.seed} for one in bench.drawn
            ]
            wishes = [{**wish, "hires_scale": 2, **fields} for wish in own]
        else:
            wishes = given.over(bench.drawn, plain_caption, kind="upscale", **fields)
        made = bench.make(name, wishes)
        small = [one.resize((given.SIDE, given.SIDE), Image.Resampling.BOX) for one in made]
        looks = bench.judge.look(small)
        pairs = list(zip(looks, (one.scene for one in bench.drawn), strict=True))
        yield (
            name,
            {
                "thing": fmean(
                    seen.sees(new, scene.things[0].kind, scene.things[0].colour)
                    for new, scene in pairs
                ),
                "alone": fmean(len(new.things) == 1 for new in looks),
                "place and time": fmean(seen.is_there(*pair) for pair in pairs),
                "change in levels": fmean(
                    seen.change(one.picture, new)
                    for one, new in zip(bench.drawn, small, strict=True)
                ),
            },
        )


_MODEL = "pocket-x2"
_ENLARGING: tuple[tuple[str, Wish], ...] = (
    *(
        (f"hires: {way}, strength {strength}", {"hires_upscaler": way, "hires_strength": strength})
        for way in ("latent", "lanczos", _MODEL)
        for strength in (0.3, 0.45, 0.6)
    ),
    (
        f"hires: {_MODEL}, strength 0.3, window",
        {"hires_upscaler": _MODEL, "hires_strength": 0.3, "window": 128},
    ),
    ("upscale: strength 0", {"upscaler": _MODEL}),
    ("upscale: strength 0.2", {"upscaler": _MODEL, "strength": 0.2}),
    ("upscale: strength 0.35", {"upscaler": _MODEL, "strength": 0.35}),
    ("upscale: strength 0.35, whole", {"upscaler": _MODEL, "strength": 0.35, "window": 256}),
)
