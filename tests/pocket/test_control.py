"""Control units on the shipped model: pictures keep to their maps, judged by overlap and by eye."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import pytest
from PIL import Image, ImageChops

from benchmarks.redrawing.desk import Desk
from models.pocket.recipe.companions.control import HINTS
from models.pocket.recipe.companions.control_proofs import layouts, overlap
from models.pocket.recipe.painter import Scene, paint
from models.pocket.recipe.words import PLACE_PHRASES, TIME_PHRASES
from webui.evaluating.judge import Judge
from webui.inline_studio import inline_studio
from webui.service import DatedFiles
from webui.settings import Settings

COUNT = 12
STEPS = 12


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    settings = Settings(outputs=tmp_path_factory.mktemp("outputs"))
    with inline_studio(settings, DatedFiles(settings.outputs)) as studio:
        yield Desk(studio)


@dataclass(frozen=True)
class Asked:
    """Scenes, prompts that leave the layout open, and a hint of each scene by kind."""

    scenes: list[Scene]
    prompts: list[str]
    hints: dict[str, list[Image.Image]]


@pytest.fixture(scope="module")
def asked() -> Asked:
    scenes = layouts(COUNT)
    hints = {kind: [hint(one) for one in scenes] for kind, hint in HINTS.items()}
    return Asked(scenes, [without_layout(one) for one in scenes], hints)


def without_layout(scene: Scene) -> str:
    place, time = PLACE_PHRASES[scene.place][0], TIME_PHRASES[scene.time][0]
    return f"a {scene.things[0].colour} {scene.things[0].kind} {place} {time}"


def unit(desk, picture: Image.Image, kind: str = "edges", **fields):
    own = {"image": desk.keep(picture.convert("RGB")), "model": f"pocket-{kind}"}
    return {**own, "preprocessor": "none", **fields}


def drawn(desk, prompts, units, **fields) -> list[Image.Image]:
    """A picture for each prompt and its units."""
    return desk.make(
        [
            {"prompt": prompt, "seed": n, "steps": STEPS, "controls": own, **fields}
            for n, (prompt, own) in enumerate(zip(prompts, units, strict=True))
        ]
    )


def kept_to(pictures, hints) -> float:
    return fmean(overlap(one, hint) for one, hint in zip(pictures, hints, strict=True))


@pytest.fixture(scope="module")
def plain(desk, asked) -> list[Image.Image]:
    return drawn(desk, asked.prompts, [[] for _ in asked.prompts])


@pytest.mark.parametrize("kind", ["edges", "scribble"])
def test_pictures_keep_to_the_lines_of_their_hints(desk, asked, plain, kind):
    hints = asked.hints[kind]
    guided = drawn(desk, asked.prompts, [[unit(desk, one, kind)] for one in hints])
    assert kept_to(guided, hints) > 2 * kept_to(plain, hints)


def test_the_things_of_the_prompt_are_still_drawn(desk, asked):
    guided = drawn(desk, asked.prompts, [[unit(desk, one)] for one in asked.hints["edges"]])
    seen = Judge.load(Settings().models / "pocket" / "judge").look(guided)
    right = [
        any(thing.kind == scene.things[0].kind for thing in one.things)
        for one, scene in zip(seen, asked.scenes, strict=True)
    ]
    assert fmean(right) >= 0.75


def test_a_map_made_of_a_picture_steers_as_its_hint_does(desk, asked, plain):
    hints = asked.hints["edges"]
    painted = [paint(one).image for one in asked.scenes]
    units = [[unit(desk, one, preprocessor="outlines")] for one in painted]
    assert kept_to(drawn(desk, asked.prompts, units), hints) > 2 * kept_to(plain, hints)


def test_two_units_are_both_followed(desk, asked, plain):
    edges, scribble = asked.hints["edges"], asked.hints["scribble"]
    alone = drawn(desk, asked.prompts, [[unit(desk, one, "scribble")] for one in scribble])
    pairs = zip(edges, scribble, strict=True)
    both = drawn(
        desk,
        asked.prompts,
        [[unit(desk, one), unit(desk, other, "scribble", weight=0.7)] for one, other in pairs],
    )
    assert kept_to(both, edges) > 1.2 * kept_to(alone, edges)
    assert kept_to(both, scribble) > 2 * kept_to(plain, scribble)


def test_weight_0_and_off_are_as_if_it_were_not_there(desk, asked):
    prompts, hint = asked.prompts[:1], asked.hints["edges"][0]
    ways = [[], [unit(desk, hint, weight=0.0)], [unit(desk, hint, enabled=False)]]
    made = [drawn(desk, prompts, [way], exact=True)[0].tobytes() for way in ways]
    assert made[0] == made[1] == made[2]


def test_it_acts_from_its_start_to_its_end(desk, asked, plain):
    hints = asked.hints["edges"]
    early, late = (
        drawn(desk, asked.prompts, [[unit(desk, one, **when)] for one in hints])
        for when in ({"end": 0.5}, {"start": 0.5})
    )
    assert kept_to(early, hints) > 1.5 * kept_to(plain, hints)
    assert kept_to(late, hints) < kept_to(early, hints)


def test_a_mask_says_where_it_steers(desk, asked, plain):
    hints = asked.hints["edges"]
    left = Image.new("L", hints[0].size)
    left.paste(255, (0, 0, left.width // 2, left.height))
    mask = desk.keep(left.convert("RGB"))
    whole, half = (
        drawn(desk, asked.prompts, [[unit(desk, one, **fields)] for one in hints])
        for fields in ({}, {"mask": mask})
    )

    def change(pictures: list[Image.Image], side: int) -> float:
        """The mean difference to the pictures without units, on one side."""
        box = (side * left.width // 2, 0, (side + 1) * left.width // 2, left.height)
        gaps = (ImageChops.difference(a, b).crop(box) for a, b in zip(pictures, plain, strict=True))
        return fmean(float(np.asarray(gap).mean()) for gap in gaps)

    assert change(half, 0) > 1.3 * change(half, 1)
    assert change(half, 1) < 0.8 * change(whole, 1)


@pytest.mark.parametrize("mode", ["prompt", "control"])
def test_modes_weigh_prompt_and_map_otherwise(desk, asked, mode):
    prompt, hint = asked.prompts[:1], asked.hints["edges"][0]
    balanced, other = (
        drawn(desk, prompt, [[unit(desk, hint, mode=way)]], exact=True)[0].tobytes()
        for way in ("balanced", mode)
    )
    assert balanced != other


def test_image_to_image_and_inpaint_take_the_picture_itself_where_a_unit_has_none(desk, asked):
    picture = paint(replace(asked.scenes[0], seed=1)).image
    sent = desk.keep(picture.convert("RGB"))
    own = {"model": "pocket-edges", "preprocessor": "outlines"}
    base = {"prompt": asked.prompts[0], "init": sent, "seed": 3, "steps": STEPS, "exact": True}
    for fields in (
        {"kind": "image_to_image", "strength": 0.9},
        {"kind": "inpaint", "mask": desk.keep(Image.new("RGB", picture.size, "white"))},
    ):
        with_unit, by_name, without = desk.make(
            [
                {**base, **fields, "controls": [own]},
                {**base, **fields, "controls": [{**own, "image": sent}]},
                {**base, **fields},
            ]
        )
        assert with_unit.tobytes() == by_name.tobytes()
        assert with_unit.tobytes() != without.tobytes()
