"""Requests that begin with pictures: every limit at the door, in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.request.pictures import KINDS, NEEDED, asked
from tests.request.test_limits import ANY_JSON
from webui.errors import RequestRejected
from webui.images import guard
from webui.images.masks import WIDEST_BLUR
from webui.request import from_picture as requests
from webui.request import parse, parse_json
from webui.request.limits import LONGEST_SIDE, MOST_PIXELS

REFERENCES = "must be a list of 1 to 100 texts of up to 200 characters"
TEXT = "must be text of at most 200 characters"
SHARE = "must be a number from 0 to 1"
RIM = "must be a whole number from 0 to 4096"
BLUR = "must be a whole number from 0 to 128"

REFUSED = [
    *[("image_to_image", "init", value, REFERENCES) for value in ([], None, 5, {}, ["a"] * 101)],
    *[("upscale", "init", value, REFERENCES) for value in ("x" * 201, {"0": "a"}, True)],
    *[(kind, "strength", value, SHARE) for kind in KINDS for value in (-0.1, 1.01, "1", None)],
    ("image_to_image", "resize_mode", "squash", "must be one of keep, stretch, crop, fill, latent"),
    ("image_to_image", "colour_match", 1, "must be true or false"),
    ("image_to_image", "loops", 0, "must be a whole number from 1 to 20"),
    ("image_to_image", "loops", 21, "must be a whole number from 1 to 20"),
    ("image_to_image", "final_strength", 2, SHARE),
    ("inpaint", "mask", None, TEXT),
    ("inpaint", "mask", ["a"], TEXT),
    ("inpaint", "mask", "x" * 201, TEXT),
    ("inpaint", "mask_invert", "yes", "must be true or false"),
    ("inpaint", "mask_grow", -257, "must be a whole number from -256 to 256"),
    ("inpaint", "mask_grow", 1.5, "must be a whole number from -256 to 256"),
    ("inpaint", "mask_blur", 129, BLUR),
    ("inpaint", "mask_blur", -1, BLUR),
    (
        *("inpaint", "masked_content", "noise"),
        "must be one of original, fill, latent_noise, latent_nothing",
    ),
    ("inpaint", "area", "face", "must be one of whole, masked"),
    ("inpaint", "padding", 1025, "must be a whole number from 0 to 1024"),
    ("inpaint", "soft", None, "must be true or false"),
    *[("outpaint", side, -1, RIM) for side in ("left", "top", "right", "bottom")],
    ("outpaint", "left", 4097, RIM),
    ("outpaint", "ratio", "1" * 21, "must be text of at most 20 characters"),
    ("outpaint", "ratio", 1.5, "must be text of at most 20 characters"),
    ("outpaint", "toward", "up", "must be one of both, left, right, top, bottom"),
    ("outpaint", "filling", "mirror", "must be one of edge, noise"),
    ("outpaint", "seam", 129, BLUR),
    ("upscale", "scale", 0.99, "must be a number from 1 to 8"),
    ("upscale", "scale", 8.01, "must be a number from 1 to 8"),
    ("upscale", "upscaler", None, TEXT),
    ("upscale", "upscaler_2", 3, TEXT),
    ("upscale", "blend", 1.5, SHARE),
    ("upscale", "window", 63, "must be a whole number from 64 to 2048, a multiple of 8"),
    ("upscale", "window", 100, "must be a whole number from 64 to 2048, a multiple of 8"),
    ("upscale", "window_overlap", 4, "must be a whole number from 0 to 1024, a multiple of 8"),
    ("upscale", "origin", None, TEXT),
]


def given_by(value):
    """The value that is complained of: of a list, what is wrong in it."""
    return json.dumps(value, ensure_ascii=False)[:20]


@pytest.mark.parametrize(("kind", "field", "value", "allowed"), REFUSED)
def test_value_outside_the_limits_is_refused_in_words(kind, field, value, allowed):
    fields = {"kind": kind, **NEEDED[kind], field: value}
    for read in (lambda: parse(fields), lambda: parse_json(json.dumps(fields))):
        with pytest.raises(RequestRejected) as refused:
            read()
        assert refused.value.field == field
        assert refused.value.message.startswith(f"{field} {allowed}; you gave {given_by(value)}")
        assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("image_to_image", "loops", 20),
        ("image_to_image", "final_strength", 0),
        ("image_to_image", "strength", 0),
        ("inpaint", "mask_grow", -256),
        ("inpaint", "mask_blur", 128),
        ("inpaint", "padding", 0),
        ("outpaint", "right", 4096),
        ("outpaint", "ratio", "1" * 20),
        ("upscale", "scale", 8),
        ("upscale", "scale", 1),
        ("upscale", "window", 2048),
        ("upscale", "window_overlap", 0),
    ],
)
def test_value_at_the_limit_is_taken(kind, field, value):
    assert getattr(asked(kind, **{field: value}), field) == value


def test_limits_are_those_of_what_carries_them_out():
    assert (MOST_PIXELS, LONGEST_SIDE) == (guard.MOST_PIXELS, guard.LONGEST_SIDE)
    assert asked("inpaint", mask_blur=WIDEST_BLUR).mask_blur == WIDEST_BLUR


@pytest.mark.parametrize("kind", KINDS)
def test_picture_is_named_by_one_text_or_by_a_list(kind):
    for given_as in ("x", ["x"], ("x",)):
        assert asked(kind, init=given_as).init == ("x",)
    assert asked(kind, init=["x", "y"] * 50).init == ("x", "y") * 50


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_picture_the_request_says_what_is_missing(kind):
    for read in (lambda: parse({"kind": kind}), lambda: parse_json(f'{{"kind": "{kind}"}}')):
        with pytest.raises(RequestRejected) as refused:
            read()
        assert refused.value.field == "init"
        assert refused.value.message == f"init is missing: it {REFERENCES}."


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("image_to_image", "mask"),
        ("image_to_image", "scale"),
        ("inpaint", "loops"),
        ("inpaint", "colour_match"),
        ("outpaint", "mask"),
        ("outpaint", "resize_mode"),
        ("upscale", "hires_scale"),
        ("upscale", "left"),
    ],
)
def test_field_of_another_kind_is_refused_by_name(kind, field):
    with pytest.raises(RequestRejected, match="There is no field") as refused:
        asked(kind, **{field: 1})
    assert refused.value.field == field


@pytest.mark.parametrize("kind", KINDS)
def test_request_survives_its_own_json(kind):
    request = asked(kind, init=["x", "y"], prompt="a\nb", strength=0.25, seed=3)
    assert parse_json(request.model_dump_json()) == request
    assert parse(json.loads(request.model_dump_json())) == request
    assert hash(request) == hash(parse(request.model_dump()))


@pytest.mark.parametrize("text", ["\ud800", "fine \udcff"], ids=["one", "within"])
@pytest.mark.parametrize(
    ("kind", "field"),
    [("inpaint", "init"), ("inpaint", "mask"), ("outpaint", "ratio"), ("upscale", "upscaler")],
)
def test_half_characters_are_refused_in_a_message_that_can_be_sent(kind, field, text):
    with pytest.raises(RequestRejected) as refused:
        asked(kind, **{field: text})
    assert refused.value.field == field
    refused.value.message.encode("utf-8")


ANY_KIND = st.sampled_from(KINDS)


@given(ANY_KIND, st.data())
def test_any_plain_data_is_a_request_or_refused_in_short_words(kind, data):
    model = requests.KINDS[kind]
    names = st.sampled_from(list(model.model_fields))
    fields = data.draw(st.dictionaries(names, ANY_JSON, max_size=4))
    try:
        assert isinstance(parse({**fields, "kind": kind}), model)
    except RequestRejected as refused:
        assert 0 < len(refused.message) < 1000
