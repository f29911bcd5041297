"""Resolving requests that begin with pictures: inputs found, sizes settled, asked for again."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.request.pictures import (
    CLEAR,
    DOT,
    HERE,
    INPUTS,
    KINDS,
    MASK,
    NET,
    ODD,
    SQUARE,
    TALL,
    VAST,
    asked,
    settle,
)
from webui.errors import RequestRejected
from webui.prompting import Wildcards, expand_each
from webui.request import FileUsed, Input, ResolvedRequest, read_png, resolve, write_png
from webui.request.infotext import write_infotext
from webui.request.infotext_reading import read_infotext

OTHERS = {"files", "lane"}
"""What asking again may find otherwise."""


def again(request, choices):
    """What asking for the same once more resolves to."""
    return resolve(request.asked(), choices, HERE)


def alike(first, second):
    """Whether two requests make the same pictures."""
    return first.model_dump(exclude=OTHERS) == second.model_dump(exclude=OTHERS)


# --- one input ---


@pytest.mark.parametrize("kind", KINDS)
def test_input_is_kept_by_its_hash_and_size(choices, kind):
    made = settle(choices, kind, prompt="a house")
    assert (made.kind, made.init, made.init_width, made.init_height) == (kind, ODD, 333, 517)
    assert made.inputs.keys() == ({"init", "mask"} if kind == "inpaint" else {"init"})
    assert made.pictures == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "reference",
    ["", "nobody", "image:1", "image:", "../../etc/passwd", "'; DROP TABLE inputs; --", "\0", "🏠"],
)
def test_unknown_picture_is_refused_by_field(choices, kind, reference):
    with pytest.raises(RequestRejected, match="no such picture") as refused:
        settle(choices, kind, init=[ODD, reference])
    assert (refused.value.field, refused.value.value) == ("init", reference)


def test_unknown_mask_origin_and_upscaler_are_refused_by_field(choices):
    for kind, field in (("inpaint", "mask"), ("outpaint", "origin"), ("upscale", "origin")):
        with pytest.raises(RequestRejected) as refused:
            settle(choices, kind, **{field: "nobody"})
        assert refused.value.field == field
    for field in ("upscaler", "upscaler_2"):
        for strength in (0, 0.5):
            with pytest.raises(RequestRejected) as refused:
                settle(choices, "upscale", **{field: "no/such.pth", "strength": strength})
            assert refused.value.field == field


@pytest.mark.parametrize(
    "ratio", [" ", "16:9:1", "'; --", "\0", "²:1", "∞:1", "9" * 18 + ":1", ":"]
)
def test_what_is_no_ratio_is_refused_by_field(choices, ratio):
    with pytest.raises(RequestRejected, match="ratio") as refused:
        settle(choices, "outpaint", ratio=ratio)
    assert (refused.value.field, refused.value.value) == ("ratio", ratio)


def test_without_a_mask_the_transparent_part_is_drawn(choices):
    made = settle(choices, "inpaint", init=CLEAR, mask="")
    assert (made.init, made.mask) == (CLEAR, "")


@pytest.mark.parametrize("init", [ODD, [CLEAR, ODD]])
def test_without_mask_and_transparency_the_request_says_what_to_do(choices, init):
    with pytest.raises(RequestRejected, match=r"There is no mask.*Paint over") as refused:
        settle(choices, "inpaint", init=init, mask="")
    assert refused.value.field == "mask"


def test_only_inpainting_has_a_mask(choices):
    assert all(settle(choices, kind).mask == "" for kind in KINDS if kind != "inpaint")


@pytest.mark.parametrize("kind", KINDS)
def test_origin_is_looked_up_and_changes_nothing_else(choices, kind):
    plain, version = (settle(choices, kind, origin=origin) for origin in ("", DOT))
    assert (plain.origin, version.origin) == ("", DOT)
    assert plain.model_copy(update={"origin": DOT}) == version


def test_parts_of_a_kind_reach_what_is_made(choices):
    made = settle(choices, "inpaint", mask_grow=-3, mask_blur=9, area="masked", soft=True)
    assert (made.mask_grow, made.mask_blur, made.area, made.soft) == (-3, 9, "masked", True)
    made = settle(choices, "image_to_image", loops=3, final_strength=0.5, colour_match=True)
    assert (made.loops, made.strengths, made.colour_match) == (3, (0.6, 0.55, 0.5), True)
    made = settle(choices, "outpaint", filling="edge", seam=3, window=128, window_overlap=8)
    assert (made.filling, made.seam, made.window, made.window_overlap) == ("edge", 3, 128, 8)


def test_open_choices_are_those_of_the_checkpoint(choices):
    made = settle(choices, "image_to_image")
    assert (made.sampler, made.schedule, made.steps, made.cfg_scale) == (
        "euler_a",
        "normal",
        4,
        5.5,
    )
    assert (made.seed, made.strength) == (77, 0.6)
    assert made.checkpoint_file == FileUsed(role="checkpoint", name="tiny", sha256="ab" * 32)


@pytest.mark.parametrize("kind", ["image_to_image", "inpaint"])
def test_input_is_cut_to_a_size_that_was_given_and_the_request_says_so(choices, kind):
    made = settle(choices, kind, width=128)
    assert (made.resize_mode, made.final_size) == ("crop", (128, 200))
    assert (made.out_width, made.out_height) == (0, 0)
    kept = settle(choices, kind)
    assert (kept.resize_mode, kept.final_size) == ("keep", (333, 517))


def test_windows_of_a_grown_canvas_are_the_checkpoints_unless_others_were_asked(choices):
    made = settle(choices, "outpaint", left=500)
    assert (made.window, made.tiled_vae) == (64, True)
    made = settle(choices, "outpaint", left=500, window=256)
    assert (made.window, made.tiled_vae) == (256, False)
    made = settle(choices, "outpaint", init=SQUARE, left=28, tiled_vae=True)
    assert (made.window, made.tiled_vae) == (None, True)


@pytest.mark.parametrize("tiled", [False, True])
def test_windows_that_were_asked_of_upscale_stay_as_they_were_asked(choices, tiled):
    made = settle(choices, "upscale", strength=0.3, window=128, tiled_vae=tiled)
    assert (made.window, made.tiled_vae) == (128, tiled)
    small = settle(choices, "upscale", init=DOT, strength=0.3, tiled_vae=tiled)
    assert (small.window, small.tiled_vae) == (None, tiled)


def test_several_large_pictures_at_once_are_refused(choices):
    with pytest.raises(RequestRejected, match="at this size at most 1 fit") as refused:
        settle(choices, "outpaint", left=3663, top=3479, batch_size=2)
    assert refused.value.field == "batch_size"


@pytest.mark.parametrize(
    ("steps", "strengths", "drawn"),
    [
        (10, {"strength": 0}, 0),
        (10, {"strength": 0.001}, 1),
        (10, {"strength": 0.29}, 2),
        (100, {"strength": 0.29}, 29),
        (10, {"strength": 1}, 10),
        (10, {"strength": 0.5, "loops": 3, "final_strength": 1}, 5 + 7 + 10),
        (10, {"strength": 0.4, "loops": 3}, 12),
        (10, {"strength": 0.5, "loops": 2, "final_strength": 0}, 5),
    ],
)
def test_steps_are_those_that_are_really_drawn(choices, steps, strengths, drawn):
    made = settle(choices, "image_to_image", steps=steps, **strengths)
    assert made.drawn_steps == drawn
    assert made.all_steps == max(1, drawn)
    assert made.work == drawn * made.width * made.height


# --- enlarging ---


def test_what_is_undrawn_has_no_checkpoint_prompt_or_seed(choices):
    given = {"prompt": "a cat", "seed": 9, "checkpoint": "no such", "batch_size": 4, "steps": 30}
    made = settle(choices, "upscale", scale=3, **given)
    assert made.is_undrawn
    assert (made.checkpoint_file, made.files, made.checkpoint) == (None, (), "")
    assert (made.prompt, made.seed, made.pictures, made.drawn_steps) == ("", 0, 1, 0)
    assert made.final_size == (999, 1551)
    assert made == settle(choices, "upscale", scale=3)


@pytest.mark.parametrize("strength", [0, 0.3])
def test_colours_of_what_is_enlarged_are_matched_where_that_was_asked(choices, strength):
    made = settle(choices, "upscale", colour_match=True, strength=strength)
    assert made.colour_match
    assert not settle(choices, "upscale", strength=strength).colour_match


def test_enlarging_needs_no_checkpoint_at_all(choices):
    bare = replace(choices, checkpoints=())
    assert settle(bare, "upscale").final_size == (666, 1034)
    with pytest.raises(RequestRejected, match="no checkpoint"):
        settle(bare, "upscale", strength=0.2)


@pytest.mark.parametrize("name", ["lanczos", " LANCZOS ", ""])
def test_lanczos_needs_no_file_however_it_is_written(choices, name):
    assert settle(choices, "upscale", upscaler=name).upscaler == "lanczos"


@pytest.mark.parametrize("strength", [0, 0.3])
def test_upscalers_are_kept_with_their_files_each_once(choices, strength):
    made = settle(choices, "upscale", upscaler="net", upscaler_2="NET", strength=strength)
    assert (made.upscaler, made.upscaler_2) == ("Net", "Net")
    assert made.of_role("upscaler") == (NET,)
    assert (made.checkpoint_file is None) == (strength == 0)


def test_text_of_an_enlarged_picture_tells_no_settings_that_it_has_not(choices):
    made = settle(choices, "upscale")
    words = "Postprocess upscale by: 2, Postprocess upscaler: Lanczos, Version: Darkroom 1.0"
    assert write_infotext(made, choices, "1.0") == words
    blended = settle(choices, "upscale", scale=1.5, upscaler="net", upscaler_2="lanczos")
    pairs = read_infotext(write_infotext(blended, choices, "1.0"))
    assert pairs["Postprocess upscaler 2 visibility"] == "0.5"
    assert (pairs["Prompt"], pairs["Postprocess upscaler"]) == ("", "Net")


@pytest.mark.parametrize(
    ("kind", "fields", "size"),
    [
        ("image_to_image", {}, "333x517"),
        ("image_to_image", {"width": 128}, "128x200"),
        ("inpaint", {"area": "masked", "width": 64, "height": 64}, "333x517"),
        ("outpaint", {"left": 9}, "342x517"),
        ("upscale", {"strength": 0.3}, "666x1034"),
    ],
)
def test_text_of_a_drawn_over_picture_tells_its_finished_size(choices, kind, fields, size):
    text = write_infotext(settle(choices, kind, **fields), choices, "1.0")
    assert read_infotext(text)["Size"] == size


# --- asked for again ---


ASKED = [
    ("image_to_image", {}),
    ("image_to_image", {"resize_mode": "crop", "width": 128, "height": 16}),
    ("image_to_image", {"width": 128, "height": 16}),
    ("image_to_image", {"width": 128}),
    ("image_to_image", {"resize_mode": "keep"}),
    ("image_to_image", {"resize_mode": "latent", "loops": 2, "final_strength": 0.1}),
    ("image_to_image", {"init": TALL, "batch_size": 2, "batch_count": 2}),
    ("inpaint", {}),
    ("inpaint", {"init": CLEAR, "mask": ""}),
    ("inpaint", {"area": "masked", "width": 128, "height": 256, "padding": 7}),
    ("inpaint", {"init": VAST, "area": "masked"}),
    ("inpaint", {"init": VAST, "height": 24}),
    ("inpaint", {"area": "masked", "resize_mode": "keep", "width": 128}),
    ("outpaint", {"top": 3, "seam": 0}),
    ("outpaint", {"init": SQUARE, "left": 0, "ratio": "16:9", "toward": "left"}),
    ("outpaint", {"left": 500}),
    ("outpaint", {"left": 500, "window": 256, "tiled_vae": False}),
    ("upscale", {}),
    ("upscale", {"colour_match": True}),
    ("upscale", {"init": TALL, "scale": 1.5, "upscaler": "net"}),
    ("upscale", {"scale": 1.1, "upscaler": "net", "upscaler_2": "lanczos", "blend": 0.2}),
    ("upscale", {"strength": 0.3, "scale": 1.7}),
    ("upscale", {"strength": 0.3, "window": 64, "tiled_vae": True}),
    ("upscale", {"strength": 0.3, "window": 64, "tiled_vae": False}),
]


@pytest.mark.parametrize(("kind", "fields"), ASKED)
def test_what_was_resolved_can_be_asked_again_and_is_the_same(choices, kind, fields):
    made = settle(choices, kind, prompt="a house", seed=5, origin=DOT, **fields)
    assert alike(again(made, choices), made)
    assert again(made, choices).files == made.files


@pytest.mark.parametrize(("kind", "fields"), ASKED)
def test_resolved_request_survives_its_own_json_and_a_picture(choices, kind, fields):
    made = settle(choices, kind, **fields)
    assert ResolvedRequest.model_validate_json(made.model_dump_json()) == made
    assert ResolvedRequest.model_validate(made.model_dump(mode="json")) == made


def test_request_lies_in_its_picture(choices, tmp_path):
    made = settle(choices, "inpaint", area="masked").alone(0)
    path = tmp_path / "a.png"
    path.write_bytes(write_png(bytes(3), (1, 1), made, {}, write_infotext(made, choices, "1")))
    assert read_png(path).request == made


def sides(least, most):
    return st.integers(least, most)


SHARED = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(-1, 2**53 - 1),
        "strength": st.floats(0, 1),
        "steps": st.integers(1, 150),
        "variation_strength": st.sampled_from([0, 0.25]),
        "batch_size": st.integers(1, 3),
        "batch_count": st.integers(1, 3),
        "window": st.sampled_from([None, 64, 512]),
        "tiled_vae": st.booleans(),
    },
)
SIZED = {name: st.sampled_from([16, 64, 520]) for name in ("width", "height")}
"""One side alone may lead beyond what can be drawn, where the other follows from the input."""

RESIZED = (
    st.just({"resize_mode": "keep"})
    | st.fixed_dictionaries({"area": st.just("masked")}, optional=SIZED)
    | st.just({})
    | st.fixed_dictionaries(SIZED)
    | st.fixed_dictionaries(
        {"resize_mode": st.sampled_from(["stretch", "crop", "fill", "latent"])}, optional=SIZED
    )
)


def resized_with(**optional):
    return st.builds(
        lambda size, own: {**own, **size}, RESIZED, st.fixed_dictionaries({}, optional=optional)
    )


OWN = {
    "image_to_image": resized_with(loops=st.integers(1, 20), final_strength=st.floats(0, 1)).filter(
        lambda fields: "area" not in fields
    ),
    "inpaint": resized_with(area=st.sampled_from(["whole", "masked"]), mask_grow=sides(-256, 256)),
    "outpaint": st.fixed_dictionaries(
        {"left": sides(1, 500)},
        optional={
            "bottom": sides(0, 500),
            "ratio": st.sampled_from(["1:1", "16:9", "3x2", "9/16"]),
            "toward": st.sampled_from(["both", "left", "top"]),
        },
    ),
    "upscale": st.fixed_dictionaries(
        {"scale": st.floats(1, 2)},
        optional={"upscaler": st.sampled_from(["net", "lanczos"]), "upscaler_2": st.just("net")},
    ),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), OWN[kind], SHARED)),
    st.tuples(sides(1, 600), sides(1, 600)),
)
def test_any_request_can_be_asked_again_and_is_the_same(choices, what, size):
    kind, own, shared = what
    here = replace(HERE, look=lambda reference, field: Input(reference, *size))
    made = resolve(asked(kind, **own, **shared), choices, here)
    second = resolve(made.asked(), choices, replace(here, choose_seed=lambda: 1))
    assert alike(second, made)
    for index in (0, made.pictures - 1):
        alone = made.alone(index)
        assert alike(resolve(alone.asked(), choices, here), alone)
    assert ResolvedRequest.model_validate_json(made.model_dump_json()) == made


# --- several inputs ---


@pytest.fixture
def several(choices):
    """Three inputs of other sizes, four pictures of each."""
    return settle(choices, "image_to_image", init=[ODD, DOT, TALL], batch_size=2, batch_count=2)


def test_each_input_is_drawn_over_in_order_with_the_same_seeds(several):
    alone = [several.alone(index) for index in range(several.pictures)]
    assert [one.init for one in alone] == [ODD] * 4 + [DOT] * 4 + [TALL] * 4
    assert [one.seed for one in alone] == [77, 78, 79, 80] * 3
    assert all((one.pictures, one.each, one.sheet) == (1, (), None) for one in alone)


def test_each_picture_has_the_size_of_its_own_input(several):
    alone = [several.alone(index) for index in (0, 4, 8)]
    assert [(one.width, one.height) for one in alone] == [(336, 520), (16, 16), (16, 3000)]
    assert [one.final_size for one in alone] == [(333, 517), (1, 1), (5, 3000)]
    assert [(one.init_width, one.init_height) for one in alone] == [(333, 517), (1, 1), (5, 3000)]


def test_picture_of_several_inputs_is_the_one_that_its_input_gives_alone(choices, several):
    for index, init in ((1, ODD), (5, DOT), (11, TALL)):
        own = settle(choices, "image_to_image", init=init, batch_size=2, batch_count=2)
        assert several.alone(index) == own.alone(index % 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", [0, 0.5])
def test_several_inputs_can_be_asked_again_and_survive_json(choices, kind, strength):
    inputs = [CLEAR, SQUARE, CLEAR]
    made = settle(choices, kind, init=inputs, batch_count=2, strength=strength)
    assert list(made.asked().init) == inputs
    assert alike(again(made, choices), made)
    assert ResolvedRequest.model_validate_json(made.model_dump_json()) == made


def test_several_inputs_share_a_mask_or_have_their_own_alpha(choices):
    made = settle(choices, "inpaint", init=[ODD, CLEAR])
    assert [made.alone(index).mask for index in (0, 1)] == [MASK, MASK]
    made = settle(choices, "inpaint", init=[CLEAR, CLEAR], mask="")
    assert [made.alone(index).inputs for index in (0, 1)] == [{"init": CLEAR}] * 2


def test_variations_of_several_inputs_share_their_seeds(choices):
    chosen = count(5)
    here = replace(HERE, choose_seed=lambda: next(chosen))
    made = settle(choices, "outpaint", here, init=[ODD, DOT], batch_size=2, variation_strength=0.2)
    pairs = [(one.seed, one.variation_seed) for one in map(made.alone, range(4))]
    assert pairs == [(5, 6), (5, 7)] * 2


def test_words_are_drawn_alike_for_every_input(choices, tmp_path):
    here = replace(HERE, draw=lambda text, seeds: expand_each(text, Wildcards(tmp_path), seeds))
    words = {"prompt": "a {red|blue|green|pink} cat", "negative_prompt": "{fog|rain}"}
    made = settle(choices, "inpaint", here, init=[ODD, CLEAR], batch_count=20, **words)
    drawn = [(one.prompt, one.negative_prompt) for one in map(made.alone, range(40))]
    assert drawn[:20] == drawn[20:]
    assert len(set(drawn)) > 2
    assert {made.alone(index).template for index in (0, 21)} == {words["prompt"]}
    alone = settle(choices, "inpaint", here, init=CLEAR, batch_count=20, **words)
    assert [made.alone(index + 20) for index in range(20)] == [
        alone.alone(index) for index in range(20)
    ]
    assert resolve(made.asked(), choices, here) == made


def test_files_that_prompts_name_are_kept_with_each_picture(choices):
    lora = FileUsed(role="lora", name="ink", sha256="cd" * 32)
    here = replace(HERE, named=lambda prompt, negative: (lora,) if "ink" in prompt else ())
    made = settle(choices, "image_to_image", here, init=[ODD, DOT], prompt="ink")
    assert all(made.alone(index).of_role("lora") == (lora,) for index in (0, 1))


def test_files_are_hashed_once_for_all_inputs(choices):
    hashed = []
    here = replace(HERE, sha256_of=lambda info: hashed.append(info) or "ab" * 32)
    settle(choices, "image_to_image", here, init=[ODD, DOT, TALL])
    assert len(hashed) == 1


def test_more_pictures_than_can_be_made_at_once_are_refused(choices):
    many = {"init": [DOT] * 100, "batch_size": 16}
    assert settle(choices, "image_to_image", **many).pictures == 1600
    with pytest.raises(RequestRejected, match="are 3,200; at most 1,600") as refused:
        settle(choices, "image_to_image", **many, batch_count=2)
    assert refused.value.field == "init"
    assert settle(choices, "upscale", **many, batch_count=2).pictures == 100


def test_one_input_that_is_too_large_is_refused_for_all(choices):
    with pytest.raises(RequestRejected, match="5,000 × 100"):
        settle(choices, "image_to_image", init=[ODD, VAST])


@pytest.mark.parametrize("fields", [{"width": 64}, {"height": 64}, {"width": 64, "height": 24}])
@pytest.mark.parametrize("kind", ["image_to_image", "inpaint"])
def test_several_inputs_are_cut_to_a_side_each_by_its_own_shape(choices, kind, fields):
    made = settle(choices, kind, init=[ODD, SQUARE, CLEAR], batch_count=2, **fields)
    for index, init in enumerate([ODD, SQUARE, CLEAR]):
        own = settle(choices, kind, init=init, **fields)
        alone = made.alone(2 * index)
        assert (alone.width, alone.height) == (own.width, own.height)
    assert alike(again(made, choices), made)


@pytest.mark.parametrize("inputs", [[ODD, DOT], [DOT, ODD]])
@pytest.mark.parametrize(
    ("kind", "fields"), [("upscale", {"strength": 0.3}), ("outpaint", {"left": 100})]
)
@pytest.mark.parametrize("tiled", [False, True])
def test_several_inputs_have_windows_each_by_its_own_size(choices, kind, fields, inputs, tiled):
    made = settle(choices, kind, init=inputs, tiled_vae=tiled, **fields)
    windows = {one.init: (one.window, one.tiled_vae) for one in map(made.alone, (0, 1))}
    assert windows == {ODD: (64, True), DOT: (None, tiled)}
    assert alike(again(made, choices), made)


def test_several_inputs_are_enlarged_each_by_itself(choices):
    made = settle(choices, "upscale", init=[ODD, DOT], scale=2)
    assert [made.alone(index).final_size for index in (0, 1)] == [(666, 1034), (2, 2)]


# --- what comes back out of pictures ---


def damaged(choices, kind, **changes):
    return {**settle(choices, kind).model_dump(mode="json"), **changes}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("image_to_image", {"init": ""}),
        ("image_to_image", {"init": "../" * 20}),
        ("image_to_image", {"init": ODD.upper()}),
        ("inpaint", {"mask": MASK + "\n"}),
        ("inpaint", {"files": []}),
        ("inpaint", {"mask_blur": 129}),
        ("outpaint", {"left": 5000}),
        ("upscale", {"out_width": 16384, "out_height": 16384}),
        ("upscale", {"out_width": 16385, "out_height": 1}),
        ("upscale", {"strength": 0.5}),
        ("upscale", {"each": [{"kind": "inpaint"}]}),
    ],
)
def test_request_from_a_picture_keeps_every_limit(choices, kind, changes):
    with pytest.raises(ValueError, match="validation error"):
        ResolvedRequest.model_validate(damaged(choices, kind, **changes))


def test_every_input_of_these_tests_is_known_by_its_hash():
    assert all(one.sha256 == key for key, one in INPUTS.items())
