"""The second pass: what enlarges, what is as in the first, and what it costs."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.request.pictures import HERE, NET
from webui.errors import RequestRejected
from webui.prompting import Wildcards, expand_each
from webui.request import FileUsed, ResolvedRequest, parse, resolve
from webui.request.parts import Hires
from webui.request.resolve_hires import LATENT_UPSCALERS

INK = FileUsed(role="lora", name="ink", sha256="cd" * 32)


def settle(choices, here=HERE, **fields):
    return resolve(parse({"hires_scale": 2, **fields}), choices, here)


def test_second_pass_has_its_size_and_its_fields(choices):
    made = settle(choices, hires_strength=0.3, hires_steps=9, hires_cfg_scale=0, hires_prompt="b")
    assert (made.hires_width, made.hires_height, made.final_size) == (128, 64, (128, 64))
    assert (made.hires_strength, made.hires_steps, made.hires_cfg_scale) == (0.3, 9, 0)
    assert (made.width, made.height, made.hires_prompt) == (64, 32, "b")


def test_what_a_second_pass_would_be_is_not_kept_where_there_is_none(choices):
    fields = {"hires_strength": 0.3, "hires_prompt": "b", "hires_sampler": "no such"}
    assert settle(choices, hires_scale=1, **fields) == settle(choices, hires_scale=1)
    made = settle(choices, hires_scale=1, hires_upscaler="no such")
    assert made.hires_width is None
    assert all(getattr(made, name) == field.default for name, field in Hires.model_fields.items())


@pytest.mark.parametrize("name", [*LATENT_UPSCALERS, " Latent ", "LATENT_BICUBIC"])
def test_latents_are_enlarged_without_a_file(choices, name):
    made = settle(choices, hires_upscaler=name)
    assert made.hires_upscaler == name.strip().lower()
    assert made.of_role("upscaler") == ()


def test_pixels_are_enlarged_by_lanczos_or_by_a_file(choices):
    assert settle(choices, hires_upscaler="Lanczos").hires_upscaler == "lanczos"
    made = settle(choices, hires_upscaler="net")
    assert (made.hires_upscaler, made.of_role("upscaler")) == ("Net", (NET,))
    assert made.checkpoint_file == made.files[0]


@pytest.mark.parametrize("name", ["", "no such", "../net", "latent nearest", "\0"])
def test_unknown_upscaler_is_refused_by_field(choices, name):
    with pytest.raises(RequestRejected) as refused:
        settle(choices, hires_upscaler=name)
    assert refused.value.field == "hires_upscaler"


def test_sampler_and_schedule_of_the_second_pass_are_found_by_any_name(choices):
    made = settle(choices, hires_sampler="DPM++ 2M", hires_schedule="Karras")
    assert (made.hires_sampler, made.hires_schedule) == ("dpmpp_2m", "karras")
    for field in ("hires_sampler", "hires_schedule"):
        with pytest.raises(RequestRejected, match="is not known"):
            settle(choices, **{field: "no such"})


@pytest.mark.parametrize(
    ("fields", "steps", "work"),
    [
        ({"steps": 10, "hires_strength": 0.5}, 20, 10 * 2048 + 10 * 8192),
        ({"steps": 10, "hires_strength": 0.01}, 20, 10 * 2048 + 10 * 8192),
        ({"steps": 10, "hires_strength": 0}, 10, 10 * 2048),
        ({"steps": 10, "hires_strength": 0.5, "hires_steps": 4}, 14, 10 * 2048 + 4 * 8192),
        ({"steps": 10, "hires_strength": 0, "hires_steps": 4}, 10, 10 * 2048),
        ({"steps": 10, "hires_scale": 1, "hires_strength": 0.5}, 10, 10 * 2048),
    ],
)
def test_steps_and_work_count_both_passes(choices, fields, steps, work):
    made = settle(choices, **fields)
    assert (made.drawn_steps, made.all_steps, made.work) == (steps, steps, work)
    assert settle(choices, batch_count=3, **fields).all_steps == 3 * steps


@pytest.mark.parametrize(
    ("fields", "steps", "schedule"),
    [
        ({"hires_strength": 0.5}, 10, 20),
        ({"hires_strength": 0.7}, 10, 14),
        ({"hires_strength": 0.35, "hires_steps": 15}, 15, 42),
        ({"hires_strength": 0.999}, 10, 10),
        ({"hires_strength": 1}, 10, 10),
        ({"hires_strength": 1, "hires_steps": 150}, 150, 150),
        ({"hires_strength": 0.02}, 10, 500),
        ({"hires_strength": 1e-9, "hires_steps": 150}, 150, 500),
        ({"hires_strength": 0}, 0, 1),
    ],
)
def test_second_pass_draws_all_its_steps_as_the_last_of_a_longer_schedule(
    choices, fields, steps, schedule
):
    """As A1111: int(steps / min(strength, 0.999)), here at most 500."""
    made = settle(choices, steps=10, **fields)
    assert (made.second_steps, made.second_schedule) == (steps, schedule)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 150), st.integers(0, 150), st.floats(0, 1))
def test_second_schedule_is_never_shorter_than_what_is_drawn_of_it(choices, steps, own, strength):
    made = settle(choices, steps=steps, hires_steps=own or None, hires_strength=strength)
    assert made.second_steps == (own or steps if strength else 0)
    assert max(1, made.second_steps) <= made.second_schedule <= 500
    assert made.drawn_steps == steps + made.second_steps


def test_without_a_second_pass_no_steps_are_drawn_in_it(choices):
    made = settle(choices, hires_scale=1, hires_steps=9, hires_strength=0.5)
    assert (made.second_steps, made.drawn_steps) == (0, made.steps)


def test_batch_must_fit_at_the_size_of_the_second_pass(choices):
    large = {"width": 1024, "height": 1024, "hires_scale": 4}
    assert settle(choices, **large).final_size == (4096, 4096)
    with pytest.raises(RequestRejected, match="batch_size 2 at 4096 × 4096") as refused:
        settle(choices, batch_size=2, **large)
    assert refused.value.field == "batch_size"


def test_words_of_the_second_prompts_are_drawn_as_those_of_the_first(choices, tmp_path):
    here = replace(HERE, draw=lambda text, seeds: expand_each(text, Wildcards(tmp_path), seeds))
    form = "{red|blue|green|pink} cat"
    words = {"prompt": form, "hires_prompt": form, "hires_negative_prompt": "{fog|rain|snow}"}
    made = settle(choices, here, batch_count=20, **words)
    alone = [made.alone(index) for index in range(20)]
    assert all(one.hires_prompt == one.prompt for one in alone)
    assert {one.hires_negative_prompt for one in alone} == {"fog", "rain", "snow"}
    single = settle(choices, here, hires_prompt=form)
    assert single.hires_prompt in {"red cat", "blue cat", "green cat", "pink cat"}
    assert resolve(made.asked(), choices, here) == made


def test_files_that_the_second_prompt_names_are_found_and_kept_once(choices):
    here = replace(HERE, named=lambda prompt, negative: (INK,) if "ink" in prompt else ())
    for words in ({"hires_prompt": "ink"}, {"prompt": "ink", "hires_prompt": "more ink"}):
        assert settle(choices, here, **words).of_role("lora") == (INK,)
    assert settle(choices, here, hires_scale=1, hires_prompt="ink").of_role("lora") == ()


def test_name_that_is_not_there_is_refused_in_the_field_that_names_it(choices):
    def named(prompt, negative):
        if "ghost" in negative:
            raise RequestRejected("There is no ghost.", field="negative_prompt", value="ghost")
        return ()

    here = replace(HERE, named=named)
    with pytest.raises(RequestRejected, match="no ghost") as refused:
        settle(choices, here, hires_negative_prompt="ghost")
    assert (refused.value.field, refused.value.value) == ("hires_negative_prompt", "ghost")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.floats(1, 4),
    st.sampled_from([16, 24, 64, 512, 1000]),
    st.sampled_from([16, 48, 512]),
    st.sampled_from(["latent", "net", "lanczos"]),
)
def test_second_pass_can_be_asked_again_and_is_the_same(choices, scale, width, height, upscaler):
    fields = {"hires_scale": scale, "width": width, "height": height, "batch_count": 2}
    made = settle(choices, hires_upscaler=upscaler, **fields)
    assert resolve(made.asked(), choices, HERE) == made
    assert resolve(made.alone(1).asked(), choices, HERE) == made.alone(1)
    assert ResolvedRequest.model_validate_json(made.model_dump_json()) == made
