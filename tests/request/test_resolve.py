"""Resolving: nothing is left open, and every name is found or refused with what there is."""

from dataclasses import replace

import pytest

from webui.builtin import SAMPLERS
from webui.errors import RequestRejected
from webui.request import (
    MAX_SEED,
    BrokenFile,
    CheckpointInfo,
    Choices,
    Defaults,
    FileUsed,
    Here,
    parse,
    resolve,
)
from webui.request.parts import (
    Colouring,
    Enlarging,
    Growing,
    Hires,
    Loop,
    Masking,
    Redrawing,
    Windows,
)

PARTS = (Windows, Hires, Redrawing, Colouring, Loop, Masking, Growing, Enlarging)
"""What requests of other kinds have; here it does nothing."""

HERE = Here(sha256_of=lambda info: "ab" * 32, choose_seed=lambda: 77)


def settle(choices, **fields):
    return resolve(parse(fields), choices, HERE)


def a_checkpoint(name, title="", **defaults):
    return CheckpointInfo(name, title or name, "fake", 1, Defaults(**defaults))


def test_empty_request_takes_everything_from_the_checkpoint(choices):
    made = settle(choices)
    assert made.model_dump() == {
        "version": 1,
        "kind": "text_to_image",
        "prompt": "",
        "negative_prompt": "",
        "sampler": "euler_a",
        "schedule": "normal",
        "steps": 4,
        "cfg_scale": 5.5,
        "width": 64,
        "height": 32,
        "seed": 77,
        "variation_seed": 0,
        "variation_strength": 0.0,
        "seed_resize_width": None,
        "seed_resize_height": None,
        "noise_source": "cpu",
        "seed_delta": 0,
        "emphasis": "original",
        "clip_skip": 1,
        "cfg_rescale": 0.0,
        "guidance_start": 0.0,
        "guidance_end": 1.0,
        "zero_terminal_snr": False,
        "eta": 1.0,
        "s_churn": None,
        "s_tmin": None,
        "s_tmax": None,
        "s_noise": 1.0,
        "solver_order": None,
        "rho": None,
        "sigma_min": None,
        "sigma_max": None,
        "init": "",
        "init_width": 0,
        "init_height": 0,
        "mask": "",
        "origin": "",
        "strength": 1.0,
        "out_width": 0,
        "out_height": 0,
        "scale": 1.0,
        "hires_scale": 1.0,
        "hires_width": None,
        "hires_height": None,
        **dict.fromkeys(("left", "top", "right", "bottom"), 0),
        **{name: field.default for part in PARTS for name, field in part.model_fields.items()},
        "template": "",
        "negative_template": "",
        "batch_size": 1,
        "batch_count": 1,
        "checkpoint": "tiny",
        "lane": "interactive",
        "exact": False,
        "dtype": None,
        "company": "",
        "files": ({"role": "checkpoint", "name": "tiny", "sha256": "ab" * 32, "short_hash": ""},),
        "each": (),
        "sheet": None,
        "controls": (),
        "extensions": {},
        "used": (),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", "a house"),
        ("negative_prompt", "rain"),
        ("steps", 9),
        ("cfg_scale", 0.0),
        ("width", 128),
        ("height", 256),
        ("seed", 0),
        ("batch_size", 3),
        ("batch_count", 5),
        ("lane", "background"),
        ("exact", True),
    ],
)
def test_what_is_asked_for_wins_over_the_checkpoint(choices, field, value):
    assert getattr(settle(choices, **{field: value}), field) == value


@pytest.mark.parametrize(
    "name", ["dpmpp_2m", "DPM++ 2M", "dpm++ 2m", "k_dpmpp_2m", "  DPMPP_2M  ", "K_DPMPP_2M"]
)
def test_sampler_is_found_by_id_label_and_alias_in_any_case(choices, name):
    assert settle(choices, sampler=name).sampler == "dpmpp_2m"


@pytest.mark.parametrize("name", ["sgm_uniform", "SGM Uniform", "sgmuniform", "SGMUniform "])
def test_schedule_is_found_by_id_label_and_alias_in_any_case(choices, name):
    assert settle(choices, schedule=name).schedule == "sgm_uniform"


@pytest.mark.parametrize("name", ["", "tiny", "TINY", "Tiny checkpoint", " tiny "])
def test_checkpoint_is_found_by_name_title_or_by_nothing(choices, name):
    assert settle(choices, checkpoint=name).checkpoint == "tiny"


@pytest.mark.parametrize(
    ("sampler", "schedule", "settled"),
    [
        ("auto", "auto", ("euler_a", "normal")),
        ("dpmpp_2m", "auto", ("dpmpp_2m", "karras")),
        ("lcm", "auto", ("lcm", "sgm_uniform")),
        ("auto", "karras", ("euler_a", "karras")),
        ("heun", "exponential", ("heun", "exponential")),
    ],
)
def test_auto_is_the_checkpoints_sampler_and_the_schedule_that_fits_it(
    choices, sampler, schedule, settled
):
    made = settle(choices, sampler=sampler, schedule=schedule)
    assert (made.sampler, made.schedule) == settled


@pytest.mark.parametrize(
    ("field", "name", "there"),
    [
        ("sampler", "nonsense", ", ".join(sampler.id for sampler in SAMPLERS)),
        ("sampler", "", "dpmpp_2m"),
        ("schedule", "nonsense", "normal, karras, exponential, sgm_uniform"),
        ("checkpoint", "sd15.safetensors", "tiny"),
        ("checkpoint", "../../etc/passwd", "tiny"),
        ("checkpoint", "x" * 200, "tiny"),
    ],
)
def test_unknown_name_is_refused_with_what_there_is(choices, field, name, there):
    with pytest.raises(RequestRejected) as refused:
        settle(choices, **{field: name})
    assert refused.value.field == field
    assert refused.value.message.startswith(f'{field} "{name[:50]}')
    assert f"There is: {there}" in refused.value.message


def test_broken_checkpoint_is_refused_with_its_own_problem(choices):
    broken = replace(choices, broken=(BrokenFile("bad.ckpt", "bad.ckpt may hold program code."),))
    with pytest.raises(RequestRejected) as refused:
        settle(broken, checkpoint="bad.ckpt")
    assert (refused.value.field, refused.value.message) == (
        "checkpoint",
        "bad.ckpt may hold program code.",
    )


def test_broken_checkpoint_never_hides_a_good_one_of_the_same_name(choices):
    both = replace(choices, broken=(BrokenFile("tiny", "another tiny lacks its unet."),))
    assert settle(both, checkpoint="tiny").checkpoint == "tiny"


@pytest.mark.parametrize("name", ["Night", "night", "NIGHT"])
def test_name_that_fits_exactly_wins_over_one_that_differs_in_case(name):
    names = ("Night", "night", "NIGHT")
    choices = Choices((), (), tuple(a_checkpoint(each) for each in names))
    assert choices.checkpoint(name).name == name


def test_name_wins_over_the_title_of_another():
    choices = Choices((), (), (a_checkpoint("a", "b"), a_checkpoint("b", "a")))
    assert [choices.checkpoint(name).name for name in "ab"] == ["a", "b"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ((), "There is no checkpoint that can be used."),
        (
            (BrokenFile("a", "a is cut short."), BrokenFile("b", "b lacks its unet.")),
            "There is no checkpoint that can be used. a: a is cut short. b: b lacks its unet.",
        ),
    ],
)
def test_without_any_checkpoint_the_message_says_so_and_why(choices, broken, message):
    with pytest.raises(RequestRejected) as refused:
        settle(replace(choices, checkpoints=(), broken=broken))
    assert (refused.value.field, refused.value.message) == ("checkpoint", message)


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({"width": 4096, "height": 4096, "batch_size": 2}, 1),
        ({"width": 2048, "height": 2048, "batch_size": 5}, 4),
        ({"width": 2048, "height": 1024, "batch_size": 16}, 8),
    ],
)
def test_more_pixels_at_once_than_a_device_holds_are_refused_with_the_most_that_fit(
    choices, fields, most
):
    with pytest.raises(RequestRejected) as refused:
        settle(choices, **fields)
    assert refused.value.field == "batch_size"
    assert f"at most {most} fit" in refused.value.message
    assert settle(choices, **{**fields, "batch_size": most}).batch_size == most


def test_many_pictures_one_after_another_are_no_matter_of_size(choices):
    made = settle(choices, width=4096, height=4096, batch_count=100)
    assert made.pictures == 100


@pytest.mark.parametrize(
    ("seed", "index", "own"), [(5, 0, 5), (5, 3, 8), (MAX_SEED, 0, MAX_SEED), (MAX_SEED, 2, 1)]
)
def test_each_picture_has_its_own_seed_within_range(choices, seed, index, own):
    made = settle(choices, seed=seed, batch_size=4)
    assert made.seed_of(index) == own
    alone = made.alone(index)
    assert (alone.seed, alone.batch_size, alone.batch_count) == (own, 1, 1)
    assert parse({"seed": alone.seed}).seed == own


def test_the_hash_of_the_checkpoint_is_part_of_the_request(choices):
    assert settle(choices).files == (FileUsed(role="checkpoint", name="tiny", sha256="ab" * 32),)


def test_resolving_again_changes_nothing(choices):
    made = settle(choices, prompt="p", seed=-1)
    assert resolve(made.asked(), choices, HERE) == made


def test_variation_seed_is_chosen_only_where_one_is_mixed_in(choices):
    assert settle(choices, variation_seed=5).variation_seed == 0
    assert settle(choices, variation_seed=5, variation_strength=0.5).variation_seed == 5
    assert settle(choices, variation_strength=0.5).variation_seed == 77


def test_pictures_with_a_variation_share_the_seed_and_differ_in_the_variation_seed(choices):
    made = settle(choices, seed=3, variation_seed=8, variation_strength=0.1, batch_size=4)
    alone = made.alone(2)
    assert (alone.seed, alone.variation_seed, alone.variation_strength) == (3, 10, 0.1)
    assert alone.alone(0) == alone


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        ({}, (None, None)),
        ({"seed_resize_width": 256}, (256, 64)),
        ({"seed_resize_height": 256}, (32, 256)),
        ({"seed_resize_width": 8 * 8, "seed_resize_height": 512}, (64, 512)),
    ],
)
def test_side_that_a_resized_seed_leaves_out_is_the_pictures_own(choices, asked, settled):
    made = settle(choices, width=32, height=64, **asked)
    assert (made.seed_resize_width, made.seed_resize_height) == settled
