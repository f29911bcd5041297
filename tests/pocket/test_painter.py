"""The painter is deterministic and tells the truth about its pictures; captions repeat it."""

import random

import numpy as np
import pytest
from recipe import captions, measure
from recipe.objects import OBJECTS
from recipe.painter import SIZE, Scene, paint, random_scene
from recipe.palette import COLOURS
from recipe.places import PLACES, TIMES


def some_scenes(count: int, seed: int = 7) -> list[Scene]:
    rng = random.Random(seed)
    return [random_scene(rng) for _ in range(count)]


def scene(**changes: str) -> Scene:
    usual = {
        "object": "boat",
        "colour": "red",
        "place": "sea",
        "time": "day",
        "size": "medium",
        "position": "centre",
    }
    return Scene(**{**usual, **changes}, seed=3)


def test_same_scene_gives_the_same_bytes():
    for s in some_scenes(5):
        assert paint(s).image.tobytes() == paint(s).image.tobytes()


def test_same_seed_gives_the_same_scenes():
    assert some_scenes(20, seed=1) == some_scenes(20, seed=1)
    assert some_scenes(20, seed=1) != some_scenes(20, seed=2)


def test_another_seed_changes_the_picture_but_not_its_metadata():
    first, second = scene(), Scene(**{**vars(scene()), "seed": 4})
    assert paint(first).image.tobytes() != paint(second).image.tobytes()
    assert measure.place_and_time(paint(second).image) == ("sea", "day")


def test_picture_and_mask_have_the_size_asked_for():
    painting = paint(scene(), size=64)
    assert painting.image.size == painting.mask.size == (64, 64)
    assert paint(scene()).image.size == (SIZE, SIZE)


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("colour", COLOURS)
def test_object_has_the_colour_that_the_metadata_names(kind: str, colour: str):
    painting = paint(scene(object=kind, colour=colour, place="plain", position="left"))
    inside = np.asarray(painting.image)[np.asarray(painting.mask) > 250].astype(float)
    exact = np.linalg.norm(inside - np.array(COLOURS[colour]), axis=1) < 12
    assert exact.mean() > 0.25


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("time", TIMES)
def test_background_shows_place_and_time(place: str, time: str):
    assert measure.place_and_time(paint(scene(place=place, time=time)).image) == (place, time)


@pytest.mark.parametrize(("position", "low", "high"), [("left", 0, 0.4), ("right", 0.6, 1)])
def test_mask_lies_where_the_metadata_says(position: str, low: float, high: float):
    mask = np.asarray(paint(scene(position=position, size="small")).mask) > 0
    middle = np.nonzero(mask)[1].mean() / SIZE
    assert low < middle < high


def test_bigger_objects_cover_more():
    small, medium, big = (
        np.asarray(paint(scene(size=size)).mask).sum() for size in ("small", "medium", "big")
    )
    assert small < medium < big


def test_captions_name_the_object_and_stay_true():
    rng = random.Random(0)
    for s in some_scenes(300):
        text = captions.caption(s, rng)
        assert text == "" or any(word in text for word in captions.OBJECT_WORDS[s.object])
        for table, value in ((captions.COLOUR_WORDS, s.colour), (captions.SIZE_WORDS, s.size)):
            wrong = {w for name, words in table.items() if name != value for w in words}
            assert not wrong & set(text.replace(",", " ").split())


def test_about_one_caption_in_ten_is_empty():
    rng = random.Random(0)
    empty = sum(captions.caption(s, rng) == "" for s in some_scenes(1000))
    assert 60 < empty < 140


def test_the_demo_prompt_and_bare_tags_are_among_the_captions():
    rng = random.Random(0)
    sunset = scene(time="sunset")
    assert "a red boat on the sea" in {captions.caption(scene(), rng) for _ in range(300)}
    assert "red boat, sea, sunset" in {captions.caption(sunset, rng) for _ in range(1500)}


def test_every_word_of_a_caption_is_in_the_vocabulary():
    rng, known = random.Random(0), set(captions.vocabulary())
    for s in some_scenes(300):
        assert set(captions.caption(s, rng).replace(",", " , ").split()) <= known
