"""Grids: what people type for an axis, and the cells that come of it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import TINY
from webui.builtin import SAMPLERS, SCHEDULES
from webui.errors import RequestRejected
from webui.request import Axis, Choices, Here, ResolvedRequest, TextToImage, parse, resolve
from webui.request.axes import FIELDS, PROMPT_WAYS, changes

CHOICES = Choices(SAMPLERS, SCHEDULES, (TINY,))
HERE = Here(sha256_of=lambda info: "ab" * 32, choose_seed=lambda: 77)


def values(field, typed):
    """What an axis sets, value by value."""
    found = changes(Axis(field=field, values=typed), ("",), CHOICES)
    return [change.fields[field] for change in found]


def prompts(field, typed, prompt):
    base = TextToImage(prompt=prompt)
    return [
        change.of(base).prompt
        for change in changes(Axis(field=field, values=typed), (prompt,), CHOICES)
    ]


def grid(base, **axes):
    fields = {name: {"field": one[0], "values": one[1]} for name, one in axes.items()}
    return resolve(parse({"kind": "grid", "base": base, **fields}), CHOICES, HERE)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("4, 8,12", [4, 8, 12]),
        ("1-5", [1, 2, 3, 4, 5]),
        ("5-1", [5, 4, 3, 2, 1]),
        ("1-10 (+3)", [1, 4, 7, 10]),
        ("10-1 (-3)", [10, 7, 4, 1]),
        ("1-10 [5]", [1, 3, 6, 8, 10]),
        ("1-3, 20", [1, 2, 3, 20]),
        ("7", [7]),
        ("1-2 [5]", [1, 2]),
    ],
)
def test_whole_numbers_are_listed_ranged_or_spread(typed, expected):
    assert values("steps", typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0-1 [3]", [0.0, 0.5, 1.0]),
        ("1-2 (+0.25)", [1.0, 1.25, 1.5, 1.75, 2.0]),
        ("0.1-0.3 (0.1)", [0.1, 0.2, 0.3]),
        (".5,7.", [0.5, 7.0]),
    ],
)
def test_numbers_with_a_point_too(typed, expected):
    assert values("cfg_scale", typed) == expected


def test_names_are_found_by_label_alias_or_id():
    assert values("sampler", "Euler a, k_dpmpp_2m, heun, auto") == [
        "euler_a",
        "dpmpp_2m",
        "heun",
        "auto",
    ]
    assert values("schedule", "Karras, uniform") == ["karras", "normal"]
    assert values("checkpoint", "tiny") == ["tiny"]


def test_quotes_or_lines_hold_commas():
    assert values("prompt", '"red, blue", green') == ["red, blue", "green"]
    assert values("prompt", "red, blue\ngreen\n\n") == ["red, blue", "green"]


def test_truths_are_read_in_the_usual_words():
    assert values("zero_terminal_snr", "yes, off") == [True, False]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("steps", "many", '"1-10 \\[5\\]"'),
        ("steps", "1.5", "whole numbers"),
        ("steps", "", "at least one value"),
        ("steps", "0-1 (0)", "endless"),
        ("steps", "1-99999", "99,999 values"),
        ("steps", "1-9 [0]", "has no values"),
        ("steps", "1-150, 1-150, 1-150, 1-150", "more than 500 values"),
        ("sampler", "Oiler", "not known"),
        ("zero_terminal_snr", "perhaps", "true or false"),
        ("lane", "normal", "cannot change"),
        ("colour", "red", "cannot change"),
        ("replace", "cat, dog", "neither the prompt"),
        ("order", "cat, dog", "does not hold"),
        ("matrix", "a,b,c,d,e,f,g,h,i", "combinations"),
        ("lines", "--prompt", "no value after"),
        ("lines", "--sharpness 2", "no field"),
        ("lines", '--prompt "a', "quote is not closed"),
        ("lines", "--steps many", "steps must be a whole number"),
    ],
)
def test_a_value_that_means_nothing_is_refused_in_plain_words(field, typed, said):
    with pytest.raises(RequestRejected, match=said):
        changes(Axis(field=field, values=typed), ("a house",), CHOICES)


def test_replacing_keeps_the_first_and_reaches_the_negative_prompt_too():
    base = TextToImage(prompt="a red house", negative_prompt="red sky")
    found = changes(Axis(field="replace", values="red, blue"), ("a red house",), CHOICES)
    assert [(one.of(base).prompt, one.of(base).negative_prompt) for one in found] == [
        ("a red house", "red sky"),
        ("a blue house", "blue sky"),
    ]


def test_a_matrix_adds_every_combination():
    assert prompts("matrix", "snow, night", "a house") == [
        "a house",
        "a house, snow",
        "a house, night",
        "a house, snow, night",
    ]


def test_orders_swap_words_in_their_places():
    assert prompts("order", "cat, dog", "a cat and a dog, a cat") == [
        "a cat and a dog, a cat",
        "a dog and a cat, a cat",
    ]


def test_lines_bring_their_own_settings():
    found = changes(
        Axis(field="lines", values='a cat\n--prompt "a dog" --steps 9 --cfg-scale 3 --seed 5'),
        ("",),
        CHOICES,
    )
    assert [one.fields for one in found] == [
        {"prompt": "a cat"},
        {"prompt": "a dog", "steps": 9, "cfg_scale": 3.0, "seed": 5},
    ]


def test_cells_go_through_x_first_then_y_then_z_and_share_one_seed():
    made = grid({"prompt": "p"}, x=("steps", "1-3"), y=("cfg_scale", "2,4"), z=("width", "64,128"))
    cells = [made.alone(index) for index in range(made.pictures)]
    assert [(one.steps, one.cfg_scale, one.width) for one in cells] == [
        (steps, scale, width) for width in (64, 128) for scale in (2, 4) for steps in (1, 2, 3)
    ]
    assert {one.seed for one in cells} == {77}
    assert made.sheet
    assert made.sheet.shape == (3, 2, 2)
    assert made.sheet.x.labels == ("Steps 1", "Steps 2", "Steps 3")


def test_a_cell_alone_is_a_plain_request():
    cell = grid({"prompt": "p"}, x=("steps", "1-3")).alone(2)
    assert (cell.steps, cell.each, cell.sheet, cell.pictures) == (3, (), None, 1)


def test_a_matrix_alone_is_laid_over_both_sides():
    made = grid({"prompt": "a"}, x=("matrix", "b,c,d"))
    assert made.sheet
    assert made.sheet.shape == (4, 2, 1)
    assert made.alone(7).prompt == "a, b, c, d"


def test_words_are_replaced_in_the_prompts_that_other_axes_bring():
    made = grid({"prompt": ""}, x=("replace", "red, blue"), y=("prompt", "a red cat, a red dog"))
    prompts = [made.alone(index).prompt for index in range(4)]
    assert prompts == ["a red cat", "a blue cat", "a red dog", "a blue dog"]


def test_a_matrix_keeps_parts_with_a_comma_whole():
    made = grid({"prompt": "a"}, x=("matrix", '"red, blue", green'))
    assert made.sheet.shape == (2, 2, 1)
    assert made.alone(3).prompt == "a, red, blue, green"


def test_a_seed_of_chance_is_one_for_its_whole_column():
    seeds = iter(range(100, 200))
    here = Here(sha256_of=lambda info: "ab" * 32, choose_seed=lambda: next(seeds))
    axes = {"x": {"field": "seed", "values": "-1, -1, 5"}, "y": {"field": "steps", "values": "2,3"}}
    made = resolve(parse({"kind": "grid", "base": {"seed": 1}, **axes}), CHOICES, here)
    drawn = [made.alone(index).seed for index in range(6)]
    assert drawn[:3] == drawn[3:]
    assert len(set(drawn)) == 3
    assert made.sheet.x.labels == tuple(f"Seed {seed}" for seed in drawn[:3])


def test_large_seeds_are_written_whole():
    found = changes(Axis(field="seed", values="123456789, 123456790"), ("",), CHOICES)
    assert [one.label for one in found] == ["Seed 123456789", "Seed 123456790"]


def test_the_sheet_keeps_what_was_asked_to_ask_it_again():
    made = grid({"prompt": "a"}, x=("sampler", "Euler a, DDIM, DPM++ 2M"))
    axis = {"field": made.sheet.x.field, "values": made.sheet.x.values}
    base = made.sheet.base.model_dump(mode="json")
    again = resolve(parse({"kind": "grid", "base": base, "x": axis}), CHOICES, HERE)
    assert again == made


def test_what_pictures_share_cannot_differ():
    made = grid({}, x=("steps", "1-3")).model_dump(mode="json")
    for bad in ({"each": [{"steps": 1}]}, {"steps": "12"}, {"steps": 900}, {"lane": "normal"}):
        with pytest.raises(ValueError, match="share"):
            ResolvedRequest.model_validate({**made, "each": [bad] * 3})


def test_cells_that_do_not_fit_at_once_are_refused():
    with pytest.raises(RequestRejected, match="batch_size 16"):
        grid({"batch_size": 16}, x=("width", "64, 4096"), y=("height", "4096"))


def test_a_resolved_grid_survives_json():
    made = grid({"prompt": "a red house"}, x=("replace", "red, blue"), y=("sampler", "Euler,DDIM"))
    assert type(made).model_validate_json(made.model_dump_json()) == made
    assert type(made).model_validate(made.model_dump(mode="json")) == made


def test_a_value_out_of_range_names_its_field():
    with pytest.raises(
        RequestRejected, match="steps must be a whole number from 1 to 150; you gave 151"
    ) as caught:
        grid({}, x=("steps", "151"))
    assert caught.value.field == "steps"


def test_a_fault_within_the_base_is_told_as_of_a_plain_request():
    with pytest.raises(RequestRejected, match="steps must be a whole number"):
        grid({"steps": "many"}, x=("steps", "1"))
    with pytest.raises(RequestRejected, match="There is no field"):
        grid({"stepz": 1}, x=("steps", "1"))


def test_too_many_cells_and_batches_are_refused():
    with pytest.raises(RequestRejected, match="600 pictures"):
        grid({}, x=("steps", "1-30"), y=("cfg_scale", "1-20"))
    with pytest.raises(RequestRejected, match="batch_count must be 1"):
        grid({"batch_count": 2}, x=("steps", "1-3"))


def test_the_checkpoint_is_hashed_once():
    asked = []
    here = Here(sha256_of=lambda info: asked.append(info) or "ab" * 32, choose_seed=lambda: 1)
    resolve(
        parse({"kind": "grid", "base": {}, "x": {"field": "steps", "values": "1-9"}}), CHOICES, here
    )
    assert len(asked) == 1


def test_a_damaged_difference_is_refused_and_says_so():
    made = grid({}, x=("steps", "1-3"))
    broken = made.model_copy(update={"each": ({"cfg_scale": -5},) * 3})
    with pytest.raises(RequestRejected, match="damaged"):
        broken.alone(0)


TYPED = st.text(alphabet=string.ascii_letters + string.digits + "-+()[].,\"'\n #", max_size=60)


@given(st.sampled_from((*PROMPT_WAYS, *FIELDS)), TYPED)
def test_whatever_is_typed_is_understood_or_refused(field, typed):
    try:
        found = changes(Axis(field=field, values=typed), ("a b c",), CHOICES)
    except RequestRejected as error:
        assert error.message
    else:
        assert 0 < len(found) <= 500
