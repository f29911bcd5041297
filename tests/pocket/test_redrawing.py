"""Drawing over pictures with the shipped model, judged: what comes, what goes and what stays.

`python -m benchmarks.redrawing` measures the same over more pictures and more ways of asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import pytest
from PIL import Image

from benchmarks.redrawing import given, seen
from benchmarks.redrawing.desk import Desk
from benchmarks.redrawing.given import Given, Wish
from models.pocket.recipe.captions import plain_caption
from webui.evaluating.judge import Judge
from webui.inline_studio import inline_studio
from webui.service import DatedFiles
from webui.settings import Settings

COUNT = 16
RED_HOUSE = "a red house in a field by day"
FEW_STEPS: Wish = {"steps": 12}


@dataclass(frozen=True)
class Atelier:
    """Makes pictures many at a time, and looks at them."""

    desk: Desk
    judge: Judge

    def keep(self, picture: Image.Image) -> str:
        return self.desk.keep(picture)

    def make(self, wishes: Sequence[Wish]) -> list[Image.Image]:
        return self.desk.make([{**FEW_STEPS, **wish} for wish in wishes])

    def look(self, pictures):
        return self.judge.look(list(pictures))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    settings = Settings(outputs=tmp_path_factory.mktemp("outputs"))
    with inline_studio(settings, DatedFiles(settings.outputs)) as studio:
        yield Atelier(Desk(studio), Judge.load(settings.models / "pocket" / "judge"))


@pytest.fixture(scope="module")
def drawn(desk) -> list[Given]:
    return given.drawn(desk, given.scenes(COUNT))


@pytest.fixture(scope="module")
def painted(desk) -> list[Given]:
    return given.painted(desk, given.scenes(COUNT))


def of_scenes(judged, pictures: Sequence[Given], is_so) -> float:
    """In which part of the pictures something is so."""
    return fmean(is_so(one, of.scene) for one, of in zip(judged, pictures, strict=True))


def shows_its_thing(judged, scene) -> bool:
    thing = scene.things[0]
    return seen.sees(judged, thing.kind, thing.colour)


def star_in_holes(desk, pictures: Sequence[Given], prompt, **fields) -> list[Image.Image]:
    wishes = given.over(pictures, prompt, kind="inpaint", **fields)
    masks = [desk.keep(given.mask_of(given.hole(one.scene))) for one in pictures]
    return desk.make([{**wish, "mask": mask} for wish, mask in zip(wishes, masks, strict=True)])


def over_masks(desk, pictures: Sequence[Given], prompt, **fields) -> list[Image.Image]:
    wishes = given.over(pictures, prompt, kind="inpaint", **fields)
    return desk.make(
        [{**w, "mask": desk.keep(one.mask)} for w, one in zip(wishes, pictures, strict=True)]
    )


def holds_star(judged) -> bool:
    return seen.sees(judged, "star", "red")


def test_a_red_star_comes_into_an_empty_sky_and_nothing_else_changes(desk, drawn):
    made = star_in_holes(desk, drawn, given.star, **given.ADD)
    holes = [given.hole(one.scene) for one in drawn]
    before = desk.look(seen.around(one.picture, box) for one, box in zip(drawn, holes, strict=True))
    after = desk.look(seen.around(one, box) for one, box in zip(made, holes, strict=True))
    assert not any(map(holds_star, before))
    assert fmean(map(holds_star, after)) >= 0.8
    for one, new, box in zip(drawn, made, holes, strict=True):
        assert seen.is_equal_outside(one.picture, new, box, reach=12)  # three times the mask's blur
    assert of_scenes(desk.look(made), drawn, shows_its_thing) == 1


def test_in_the_whole_picture_the_star_stands_beside_the_thing(desk, drawn):
    free = [one for one in drawn if one.scene.things[0].position != "centre"]
    judged = desk.look(star_in_holes(desk, free, given.star_beside))
    assert fmean(map(holds_star, judged)) >= 0.8
    assert of_scenes(judged, free, shows_its_thing) >= 0.9


def test_what_stays_is_seen_from_the_first_level_on(desk, drawn):
    """At strength 1 no trace of the sky is left in the hole, and the prompt does not name it."""
    made = star_in_holes(desk, drawn, given.star, strength=1.0)
    rims = [
        seen.rim_change(one.picture, new, given.hole(one.scene))
        for one, new in zip(drawn, made, strict=True)
    ]
    assert fmean(rims) < 40  # 27 here; 59 where the network sees but noise at its first level


def test_a_thing_vanishes_and_place_and_time_stay(desk, painted):
    judged = desk.look(over_masks(desk, painted, given.nothing, **given.REMOVE))
    assert fmean(not one.things for one in judged) >= 0.8
    assert of_scenes(judged, painted, seen.is_there) >= 0.9


def test_a_thing_stays_and_everything_around_it_changes(desk, painted):
    judged = desk.look(over_masks(desk, painted, given.moved, **given.REPLACE))
    assert of_scenes(judged, painted, shows_its_thing) >= 0.9
    assert (
        of_scenes(judged, painted, lambda one, scene: seen.is_there(one, given.elsewhere(scene)))
        >= 0.8
    )


@pytest.mark.parametrize(
    ("side", "filling", "prompt"),
    [
        ("left", "noise", given.backdrop),
        ("left", "edge", given.backdrop),
        ("left", "noise", given.nothing),
        ("right", "edge", given.backdrop),
    ],
)
def test_outpainting_goes_on_with_place_and_time_without_a_seam(desk, drawn, side, filling, prompt):
    fields: Wish = {side: 64, "filling": filling, **given.EXTEND}
    made = desk.make(given.over(drawn, prompt, kind="outpaint", **fields))
    judged = desk.look(seen.grown_part(one, side) for one in made)
    assert of_scenes(judged, drawn, seen.is_there) >= 0.8
    assert fmean(seams_of(drawn, made, side)) <= 1.5


def test_outpainting_upwards_goes_on_with_the_sky_without_a_seam(desk, drawn):
    """By a lower strength: pocket knows nothing above a sky, and would begin another one."""
    fields: Wish = {"top": 64, "filling": "edge", "strength": 0.5}
    made = desk.make(given.over(drawn, given.backdrop, kind="outpaint", **fields))
    judged = desk.look(seen.grown_part(one, "top") for one in made)
    assert of_scenes(judged, drawn, lambda one, scene: one.time == scene.time) >= 0.8
    assert fmean(seams_of(drawn, made, "top")) <= 1.5


def seams_of(before: Sequence[Given], after: Sequence[Image.Image], side: str) -> list[float]:
    return [seen.seam(one.picture, new, side) for one, new in zip(before, after, strict=True)]


@pytest.fixture(scope="module")
def blue_houses(desk):
    wishes = [{"prompt": "a blue house in a field by day", "seed": n} for n in range(8)]
    return desk.make(wishes)


def repainted(desk, pictures, strength, *, exact=False) -> list[Image.Image]:
    fields = {
        "kind": "image_to_image",
        "prompt": RED_HOUSE,
        "strength": strength,
        "exact": exact,
    }
    return desk.make(
        [{**fields, "init": desk.keep(one), "seed": 50 + n} for n, one in enumerate(pictures)]
    )


def test_a_strong_redrawing_changes_the_colour_and_a_weak_one_keeps_the_composition(
    desk, blue_houses
):
    weak, strong = (repainted(desk, blue_houses, strength) for strength in (0.3, 0.75))
    assert fmean(seen.sees(one, "house", "red") for one in desk.look(strong)) >= 0.8
    stays = fmean(map(seen.edge_overlap, blue_houses, weak))
    assert stays >= 0.55
    assert stays > fmean(map(seen.edge_overlap, blue_houses, strong)) + 0.1


def test_at_full_strength_nothing_of_the_picture_is_left(desk, blue_houses):
    # Exact, or it would be drawn in company that the clock chooses, or from a kept first pass.
    made = repainted(desk, blue_houses[:3], 1.0, exact=True)
    text = [{"prompt": RED_HOUSE, "seed": 50 + n, "exact": True} for n in range(3)]
    assert [one.tobytes() for one in made] == [one.tobytes() for one in desk.make(text)]


@pytest.mark.parametrize("way", ["latent", "lanczos"])
def test_a_second_pass_at_a_low_strength_keeps_what_was_drawn(desk, drawn, way):
    some = drawn[:6]
    second = {"hires_scale": 2, "hires_upscaler": way, "hires_strength": 0.3}
    made = desk.make(
        [{"prompt": plain_caption(one.scene), "seed": one.scene.seed, **second} for one in some]
    )
    assert {one.size for one in made} == {(256, 256)}
    judged = desk.look(made)  # which looks at 128 pixels a side
    assert of_scenes(judged, some, shows_its_thing) >= 0.7
    assert of_scenes(judged, some, seen.is_there) >= 0.8


def test_upscaling_by_diffusion_keeps_what_was_drawn(desk, drawn):
    some = drawn[:6]
    made = desk.make(
        given.over(some, plain_caption, kind="upscale", upscaler="lanczos", strength=0.25)
    )
    judged = desk.look(made)
    assert of_scenes(judged, some, shows_its_thing) >= 0.8
    assert of_scenes(judged, some, seen.is_there) >= 0.8
    small = [one.resize((128, 128), Image.Resampling.BOX) for one in made]
    apart = fmean(seen.change(one.picture, new) for one, new in zip(some, small, strict=True))
    assert 1 < apart < 20


def grey(level: int) -> Image.Image:
    return Image.new("RGB", (128, 128), (level,) * 3)


def soft(desk, pictures: Sequence[Image.Image], mask: Image.Image) -> list[Image.Image]:
    fields = {
        "kind": "inpaint",
        "soft": True,
        "mask_blur": 0,
        "strength": 1.0,
        "mask": desk.keep(mask),
    }
    prompt = {"prompt": "a red car in the desert at sunset", "steps": 16}
    return desk.make(
        [
            {**fields, **prompt, "init": desk.keep(one), "seed": 90 + n}
            for n, one in enumerate(pictures)
        ]
    )


def test_soft_inpainting_changes_the_more_the_more_is_masked(desk, blue_houses):
    changes = [
        fmean(map(seen.change, blue_houses[:4], soft(desk, blue_houses[:4], grey(level))))
        for level in (32, 96, 160, 255)
    ]
    assert changes == sorted(changes)
    assert changes[-1] > 3 * changes[0]


def test_along_a_ramp_soft_inpainting_changes_ever_more(desk, blue_houses):
    """Ramps to either side, as one side may have more to change. From half on all is redrawn."""
    ramp = np.tile(np.linspace(0, 255, 128).astype(np.uint8)[None, :, None], (128, 1, 3))
    columns = np.zeros(4)
    for turned in (False, True):
        mask = np.ascontiguousarray(ramp[:, ::-1]) if turned else ramp
        for one, new in zip(
            blue_houses, soft(desk, blue_houses, Image.fromarray(mask)), strict=True
        ):
            apart = np.abs(np.asarray(new, np.float32) - np.asarray(one, np.float32))
            along = apart[:, ::-1] if turned else apart
            columns += along.mean(axis=(0, 2)).reshape(4, 32).mean(axis=1)
    assert 3 * columns[0] < columns[1] < columns[2:].mean()


def test_half_masked_everywhere_is_image_to_image_at_half_the_strength(desk, blue_houses):
    """Nothing of the input is mixed in afterwards, or two pictures would be seen at once."""
    some = list(enumerate(blue_houses[:3]))
    fields = {"prompt": RED_HOUSE, "sampler": "euler", "steps": 10}
    over = [{**fields, "init": desk.keep(one), "seed": 70 + n} for n, one in some]
    mask = {"kind": "inpaint", "mask": desk.keep(grey(140)), "mask_blur": 0, "soft": True}
    softly = desk.make([{**one, **mask, "strength": 1.0} for one in over])
    plainly = desk.make([{**one, "kind": "image_to_image", "strength": 0.6} for one in over])
    assert max(map(seen.change, softly, plainly)) < 0.5
    assert min(map(seen.change, plainly, blue_houses)) > 5
