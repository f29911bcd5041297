"""The form against the request type: limits, defaults, and reading values."""

import json
from dataclasses import replace

import pytest

from tests.conftest import TINY
from tests.ui.conftest import BIG
from webui.errors import RequestRejected
from webui.request import MAX_SEED, Choices, TextToImage
from webui.request.choices import Style
from webui.request.from_picture import KINDS
from webui.ui.form import (
    FIELDS,
    FOLDS,
    KIND_FIELDS,
    STRENGTHS,
    chosen,
    filled,
    fitting,
    limits,
    to_request,
)


def test_form_has_every_field_of_every_request_but_what_the_scripts_bring():
    brought = {"kind", "init", "mask", "origin", "controls", "extensions"}
    for kind, model in KINDS.items():
        own = {"resize_mode"} if kind == "inpaint" else set()
        assert set(KIND_FIELDS[kind].values()) == set(model.model_fields) - brought - own
    assert set(FIELDS) == {name for names in KIND_FIELDS.values() for name in names}


def test_every_kind_has_a_strength_of_its_own():
    values = {name: limits(name).default for name in STRENGTHS.values()}
    assert values == {
        "strength": 0.6,
        "inpaint_strength": 0.9,
        "outpaint_strength": 0.8,
        "upscale_strength": 0.0,
    }


SHA = "ab" * 32


@pytest.mark.parametrize("kind", ["image_to_image", "inpaint", "outpaint", "upscale"])
def test_form_and_canvas_make_a_request_of_the_open_kind(kind, choices):
    values = {**fitting(None), STRENGTHS[kind]: 0.25, "prompt": "a boat"}
    request = to_request(values, {"kind": kind, "init": [SHA]})
    assert isinstance(request, KINDS[kind])
    assert (request.init, request.strength, request.prompt) == ((SHA,), 0.25, "a boat")


def test_sides_of_the_form_have_no_say_where_the_input_has_its_own_size():
    values = {**fitting(None), "width": 256, "height": 128}
    kept = to_request(values, {"kind": "image_to_image", "init": [SHA]})
    assert (kept.width, kept.height) == (None, None)
    crop = {**values, "resize_mode": "crop"}
    cropped = to_request(crop, {"kind": "image_to_image", "init": [SHA]})
    assert (cropped.width, cropped.height) == (256, 128)
    inpainted = to_request(crop, {"kind": "inpaint", "init": [SHA]})
    assert (inpainted.resize_mode, inpainted.width) == ("keep", None)
    around = to_request({**values, "area": "masked"}, {"kind": "inpaint", "init": [SHA]})
    assert (around.width, around.height) == (256, 128)
    grown = to_request({**values, "left": 64}, {"kind": "outpaint", "init": [SHA]})
    assert (grown.width, grown.left) == (None, 64)


@pytest.mark.parametrize("source", [{"kind": "nonsense"}, {"kind": 5, "init": [SHA]}])
def test_a_kind_that_the_page_does_not_have_is_refused_in_words(source):
    with pytest.raises(RequestRejected, match="kind"):
        to_request(fitting(None), source)


def test_every_folded_field_is_a_field():
    assert {name for names in FOLDS.values() for name in names} <= set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_a_label_and_help(name):
    assert limits(name).title
    assert limits(name).help.endswith(".")


@pytest.mark.parametrize(
    ("name", "minimum", "maximum", "step"),
    [
        ("steps", 1, 150, None),
        ("cfg_scale", 0, 30, None),
        ("width", 16, 4096, 8),
        ("height", 16, 4096, 8),
        ("seed", -1, MAX_SEED, None),
        ("batch_size", 1, 16, None),
        ("batch_count", 1, 100, None),
    ],
)
def test_limits_are_those_of_the_request(name, minimum, maximum, step):
    known = limits(name)
    assert (known.minimum, known.maximum, known.step) == (minimum, maximum, step)


def test_lanes_are_those_of_the_request():
    assert limits("lane").choices == ("interactive", "normal", "background")


def test_form_starts_with_what_fits_the_checkpoint():
    values = fitting(BIG)
    assert values["steps"] == 25
    assert values["cfg_scale"] == 6.0
    assert (values["width"], values["height"]) == (512, 768)
    assert values["checkpoint"] == "big"
    assert values["sampler"] == values["schedule"] == "auto"
    assert values["seed"] == -1


def test_untouched_form_is_a_valid_request():
    assert to_request(fitting(TINY)) == TextToImage(
        steps=4, cfg_scale=5.5, width=64, height=32, checkpoint="tiny"
    )


def test_form_without_any_checkpoint_is_a_valid_request():
    assert to_request(fitting(None)) == TextToImage()


def test_field_left_empty_means_the_default():
    values = {**fitting(TINY), "steps": None, "seed": None, "batch_size": None}
    request = to_request(values)
    assert request.steps is None
    assert request.seed == -1
    assert request.batch_size == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("steps", 500, "Steps must be a whole number from 1 to 150; you gave 500."),
        ("steps", 7.5, "Steps must be a whole number from 1 to 150; you gave 7.5."),
        ("cfg_scale", -1, "CFG scale must be a number from 0 to 30; you gave -1."),
        (
            "width",
            100,
            "Width must be a whole number from 16 to 4096, a multiple of 8; you gave 100.",
        ),
    ],
)
def test_bad_value_is_refused_by_the_label_of_its_field(name, value, message):
    with pytest.raises(RequestRejected) as caught:
        to_request({**fitting(TINY), name: value})
    assert caught.value.field == name
    assert caught.value.message == message


def test_checkpoint_that_is_not_there_gives_the_first(choices):
    assert chosen("gone", choices) == TINY
    assert chosen("big", choices) == BIG
    assert chosen(None, Choices((), (), ())) is None


def test_kept_form_comes_back(choices):
    kept = {"prompt": "a cat", "steps": 9, "checkpoint": "big", "sampler": "heun", "exact": True}
    values, note = filled(json.dumps(kept), choices)
    assert {name: values[name] for name in kept} == kept
    assert values["width"] == 512
    assert note == ""


def test_settings_of_a_picture_fill_the_form(choices, resolved):
    values, note = filled(resolved.model_dump_json(), choices)
    assert to_request(values) == resolved.asked()
    assert note == ""


@pytest.mark.parametrize("stored", ["", "{}", "null", "[1]", "not json", '{"prompt": 7}'])
def test_what_cannot_be_read_gives_way_to_the_defaults(choices, stored):
    assert filled(stored, choices) == (fitting(TINY), "")


def test_kept_value_that_does_not_fit_any_more_gives_way_alone(choices):
    kept = {"prompt": "a cat", "steps": 500, "sampler": "gone", "schedule": "gone", "lane": "fast"}
    values, _ = filled(json.dumps(kept), choices)
    assert values == {**fitting(TINY), "prompt": "a cat"}


def test_checkpoint_that_is_gone_is_replaced_and_said(choices):
    values, note = filled(json.dumps({"checkpoint": "gone", "prompt": "a cat"}), choices)
    assert values["checkpoint"] == "tiny"
    assert values["prompt"] == "a cat"
    assert note == "The checkpoint gone is no longer there, so Tiny checkpoint was chosen."


def test_studio_without_checkpoints_says_what_to_do():
    values, note = filled("{}", Choices((), (), ()))
    assert values["checkpoint"] == ""
    assert "Put one into the models folder" in note


def test_styles_that_are_no_longer_kept_leave_the_form(choices):
    kept = replace(choices, styles=(Style("Ink"),))
    stored = json.dumps({"styles": ["Ink"]})
    assert list(filled(stored, kept)[0]["styles"]) == ["Ink"]
    assert list(filled(stored, choices)[0]["styles"]) == []
