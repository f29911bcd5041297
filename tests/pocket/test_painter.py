"""The painter is deterministic and tells the truth about its pictures; captions repeat it."""

import random
from dataclasses import replace

import numpy as np
import pytest
from recipe import captions, words
from recipe.domain import DOMAINS, FULL, SMALL, with_companions
from recipe.objects import OBJECTS
from recipe.painter import SIZE, Scene, Thing, paint, paint_lines
from recipe.palette import COLOURS, INK, PAPER, Rgb
from recipe.styles import STYLES


def some_scenes(count: int, seed: int = 7) -> list[Scene]:
    rng = random.Random(seed)
    return [FULL.random_scene(rng) for _ in range(count)]


def scene(*things: Thing, **changes: str) -> Scene:
    things = things or (thing(),)
    return replace(Scene(things, "sea", "day", "flat", seed=3), **changes)


def thing(**changes: str) -> Thing:
    return replace(Thing("boat", "red", "medium", "centre"), **changes)


def test_same_scene_gives_the_same_bytes():
    for s in some_scenes(5):
        assert paint(s).image.tobytes() == paint(s).image.tobytes()


def test_same_seed_gives_the_same_scenes():
    assert some_scenes(20, seed=1) == some_scenes(20, seed=1)
    assert some_scenes(20, seed=1) != some_scenes(20, seed=2)


def test_another_seed_changes_the_picture():
    assert paint(scene()).image.tobytes() != paint(replace(scene(), seed=4)).image.tobytes()


def test_picture_masks_and_lines_have_the_size_asked_for():
    two = scene(thing(position="left"), thing(kind="star", position="right"))
    painting = paint(two, size=64)
    assert painting.image.size == paint_lines(two, size=64).size == (64, 64)
    assert [mask.size for mask in painting.masks] == [(64, 64)] * 2
    assert paint(scene()).image.size == (SIZE, SIZE)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_scenes_stay_in_their_domain(domain):
    rng = random.Random(2)
    for _ in range(300):
        s = domain.random_scene(rng)
        assert s.place in domain.places
        assert s.time in domain.times
        assert s.style in domain.styles
        assert {t.kind for t in s.things} <= set(domain.objects)
        assert {t.colour for t in s.things} <= set(domain.colours)
        assert 1 <= len(s.things) <= len(domain.counts)
        assert len({t.position for t in s.things}) == len(s.things)


def test_domains_are_as_large_as_promised():
    assert [len(v) for v in (SMALL.objects, SMALL.colours, SMALL.places)] == [12, 8, 5]
    assert [len(v) for v in (FULL.objects, FULL.colours, FULL.places)] == [20, 10, 7]
    assert [len(v) for v in (SMALL.times, SMALL.styles)] == [3, 3]
    assert [len(v) for v in (FULL.times, FULL.styles)] == [4, 5]


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_what_companions_teach_is_in_no_domain_of_the_base(domain):
    whole = with_companions(domain)
    new = {*whole.objects, *whole.colours, *whole.styles}
    new -= {*domain.objects, *domain.colours, *domain.styles}
    assert new == words.TAUGHT_LATER


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("colour", COLOURS)
def test_object_has_the_colour_that_the_metadata_names(kind: str, colour: str):
    painting = paint(scene(thing(kind=kind, colour=colour, position="left"), place="plain"))
    inside = np.asarray(painting.image)[np.asarray(painting.masks[0]) > 250].astype(float)
    exact = np.linalg.norm(inside - np.array(COLOURS[colour]), axis=1) < 12
    assert exact.mean() > 0.25


@pytest.mark.parametrize(("position", "low", "high"), [("left", 0, 0.4), ("right", 0.6, 1)])
def test_mask_lies_where_the_metadata_says(position: str, low: float, high: float):
    mask = np.asarray(paint(scene(thing(position=position, size="small"))).masks[0]) > 0
    middle = np.nonzero(mask)[1].mean() / SIZE
    assert low < middle < high


def test_bigger_objects_cover_more():
    small, medium, big = (
        np.asarray(paint(scene(thing(size=size))).masks[0]).sum()
        for size in ("small", "medium", "big")
    )
    assert small < medium < big


def test_two_big_things_do_not_cover_each_other():
    two = scene(thing(size="big", position="left"), thing(size="big", position="right"))
    first, second = (np.asarray(mask) > 128 for mask in paint(two).masks)
    assert (first & second).mean() < 0.01


@pytest.mark.parametrize("style", [style for style in STYLES if style != "flat"])
def test_each_style_changes_the_picture_and_moves_nothing(style: str):
    flat, other = paint(scene()), paint(scene(style=style))
    assert np.asarray(flat.masks[0]).tobytes() == np.asarray(other.masks[0]).tobytes()
    change = np.abs(np.asarray(flat.image).astype(int) - np.asarray(other.image)).mean()
    assert change > 3


def test_pixel_art_is_made_of_blocks_that_fit_the_latents():
    pixels = np.asarray(paint(scene(style="pixel")).image)
    blocks = pixels.reshape(32, 4, 32, 4, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()


@pytest.mark.parametrize(("time", "outline"), [("day", INK), ("night", PAPER)])
def test_things_in_pixel_art_have_an_outline_that_stands_out(time: str, outline: Rgb):
    s = scene(thing(kind="heart"), place="plain", style="pixel", time=time)
    painting = paint(s)
    middle = np.asarray(painting.image)[:, SIZE // 2]
    assert (middle == outline).all(1).sum() >= 2 * 4  # a block above the heart and one below
    other = PAPER if outline == INK else INK
    assert not (np.asarray(painting.image) == other).all(2).any()


def test_lines_follow_the_outline_of_the_thing():
    s = scene(thing(kind="heart"), place="plain")
    lines, mask = np.asarray(paint_lines(s)) > 100, np.asarray(paint(s).masks[0]) > 128
    edge = mask ^ np.roll(mask, 1, 0) | mask ^ np.roll(mask, 1, 1)
    assert lines[edge].mean() > 0.8
    assert lines.mean() < 0.15


def test_captions_name_the_objects_and_stay_true():
    rng = random.Random(0)
    for s in some_scenes(300):
        text = captions.caption(s, rng)
        for t in s.things:
            assert text == "" or any(word in text for word in words.OBJECT_WORDS[t.kind])
        said = set(text.replace(",", " ").split())
        for table, true in (
            (words.COLOUR_WORDS, {t.colour for t in s.things}),
            (words.SIZE_WORDS, {t.size for t in s.things}),
        ):
            wrong = {w for name, known in table.items() if name not in true for w in known}
            assert not wrong & said


def test_things_without_positions_are_named_from_left_to_right():
    two = scene(thing(position="left"), thing(kind="star", colour="blue", position="right"))
    assert captions.plain_caption(two).startswith("a red boat and a blue star on the sea")


def test_about_one_caption_in_ten_is_empty():
    rng = random.Random(0)
    empty = sum(captions.caption(s, rng) == "" for s in some_scenes(1000))
    assert 60 < empty < 140


def test_the_demo_prompt_and_bare_tags_are_among_the_captions():
    rng = random.Random(0)
    sunset = scene(time="sunset")
    assert "a red boat on the sea" in {captions.caption(scene(), rng) for _ in range(400)}
    assert "red boat, sea, sunset" in {captions.caption(sunset, rng) for _ in range(1500)}


def test_every_word_of_a_caption_is_in_the_vocabulary():
    rng, known = random.Random(0), set(words.vocabulary())
    for s in some_scenes(300):
        assert set(captions.caption(s, rng).replace(",", " , ").split()) <= known
