"""What a resolved request asks when it is asked again, where units steer it."""

from dataclasses import replace

import pytest

from tests.request.pictures import CLEAR, HERE, ODD, SQUARE, settle
from webui.builtin.preprocessors import PREPROCESSORS
from webui.errors import RequestRejected
from webui.request import Choices, FileUsed, parse, resolve
from webui.request.choices import ControlInfo
from webui.request.make_map import MakeMap, resolve_map

EDGES = FileUsed(role="control", name="edges", sha256="77" * 32)
HERE = replace(HERE, control=lambda name, field: EDGES)


@pytest.fixture
def steered(choices: Choices) -> Choices:
    return replace(
        choices,
        preprocessors=PREPROCESSORS,
        controls=(ControlInfo("edges", "Edges", "controlnet"),),
    )


def a_unit(**fields):
    return {"model": "edges", "preprocessor": "canny", **fields}


def images(request):
    return [[unit.image for unit in request.alone(n).controls] for n in range(request.pictures)]


def test_units_without_a_picture_follow_each_input_when_asked_again(steered):
    inputs, units = [ODD, SQUARE], [a_unit(), a_unit(image=CLEAR)]
    made = settle(steered, "image_to_image", HERE, init=inputs, batch_size=2, controls=units)
    again = made.asked()
    assert [unit.image for unit in again.controls] == ["", CLEAR]
    assert images(resolve(again, steered, HERE)) == images(made)
    assert images(made) == [[ODD, CLEAR]] * 2 + [[SQUARE, CLEAR]] * 2


def test_a_unit_that_always_looks_at_the_first_input_does_so_when_asked_again(steered):
    made = settle(steered, "image_to_image", HERE, init=[ODD, SQUARE], controls=[a_unit(image=ODD)])
    assert [unit.image for unit in made.asked().controls] == [ODD]
    assert images(resolve(made.asked(), steered, HERE)) == [[ODD], [ODD]]


def test_a_picture_from_words_keeps_the_pictures_of_its_units(steered):
    made = resolve(parse({"prompt": "x", "controls": [a_unit(image=ODD)]}), steered, HERE)
    assert [unit.image for unit in made.asked().controls] == [ODD]
    assert resolve(made.asked(), steered, HERE) == made


@pytest.mark.parametrize("damaged", [5, None, [], [5], [{}], "no", {"0": 1}])
def test_damaged_units_of_single_pictures_are_no_reason_to_fail(steered, damaged):
    made = settle(
        steered, "image_to_image", HERE, init=[ODD, SQUARE], controls=[a_unit(image=CLEAR)]
    )
    worse = made.model_copy(update={"each": ({}, {"controls": damaged})})
    assert [unit.image for unit in worse.asked().controls] == [CLEAR]


def test_a_map_is_nothing_to_draw_and_says_so(steered):
    made = resolve_map(MakeMap(image=ODD, preprocessor="canny"), steered, HERE)
    with pytest.raises(RequestRejected, match="not drawn"):
        made.asked()
