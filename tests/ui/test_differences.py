"""What the form says about itself."""

import pytest

from tests.conftest import TINY
from tests.ui.conftest import BIG
from webui.request import Choices
from webui.ui.differences import adapted, automatic, differing, header
from webui.ui.form import FIELDS, FOLDS, fitting


def with_big(**fields):
    """The form that was fitted to the tiny checkpoint, after the big one was chosen."""
    return {**fitting(TINY), "checkpoint": "big", **fields}


def test_untouched_fields_adapt_to_another_checkpoint(choices):
    changed, note = adapted(with_big(), "tiny", choices)
    assert changed == {"steps": 25, "cfg_scale": 6.0, "width": 512, "height": 768}
    assert note == "Set for Big checkpoint: steps 25, CFG scale 6, 512 × 768, DPM++ 2M."


def test_what_the_person_has_set_stays_and_is_said(choices):
    changed, note = adapted(with_big(steps=9, prompt="a cat", seed=5), "tiny", choices)
    assert "steps" not in changed
    assert changed["width"] == 512
    assert note.endswith("Yours stayed as they were: steps 9.")


def test_empty_field_adapts(choices):
    assert adapted(with_big(steps=None), "tiny", choices)[0]["steps"] == 25


def test_the_same_checkpoint_changes_nothing(choices):
    assert adapted(fitting(TINY), "tiny", choices) == ({}, "")


def test_equal_defaults_are_said_to_be_equal(choices):
    twin = Choices(choices.samplers, choices.schedules, (TINY, _renamed(TINY, "twin")))
    changed, note = adapted({**fitting(TINY), "checkpoint": "twin"}, "tiny", twin)
    assert changed == {}
    assert note == "twin works well with the same settings."


def _renamed(info, name):
    return type(info)(name, name, info.family, info.size, info.defaults)


@pytest.mark.parametrize(
    ("sampler", "checkpoint", "schedule"),
    [("auto", "tiny", "Normal"), ("auto", "big", "Karras"), ("lcm", "big", "SGM Uniform")],
)
def test_auto_says_what_it_stands_for(choices, sampler, checkpoint, schedule):
    values = {**fitting(None), "checkpoint": checkpoint, "sampler": sampler}
    assert automatic(values, choices)[1] == schedule


def test_automatic_sampler_is_the_checkpoints(choices):
    assert automatic(fitting(TINY), choices)[0] == "Euler a"
    assert automatic(fitting(BIG), choices)[0] == "DPM++ 2M"


def test_nothing_differs_at_first(choices):
    for info in (TINY, BIG):
        assert differing(FIELDS, fitting(info), choices) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("sampler", "euler_a", "Euler a"),
        ("schedule", "karras", "Karras"),
        ("steps", 30, "steps 30"),
        ("cfg_scale", 3.5, "CFG scale 3.5"),
        ("batch_size", 4, "batch size 4"),
        ("lane", "background", "Background"),
        ("exact", True, "exact"),
    ],
)
def test_difference_is_said_in_words(choices, name, value, words):
    assert differing(FIELDS, {**fitting(TINY), name: value}, choices) == [words]


def test_header_shows_every_digit_of_a_seed(choices):
    values = {**fitting(None), "variation_seed": 4294967295}
    assert "variation seed 4294967295" in header(
        "fold_variation", FOLDS["fold_variation"], values, choices
    )


def test_header_of_a_fold_shows_what_differs(choices):
    values = {**fitting(TINY), "sampler": "heun", "steps": 30, "batch_size": 2}
    assert header("fold_sampling", FOLDS["fold_sampling"], values, choices) == (
        "Sampling  ·  Heun, steps 30"
    )
    assert header("fold_running", FOLDS["fold_running"], values, choices) == "Order and exactness"
