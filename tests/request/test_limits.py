"""Every limit of a request, and the words in which a breach of it is refused."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.errors import RequestRejected
from webui.request import MAX_SEED, TextToImage, parse, parse_json
from webui.request.from_picture import KINDS

SIDES = "must be a whole number from 16 to 4096, a multiple of 8"

REFUSED = [
    ("steps", 0, "must be a whole number from 1 to 150"),
    ("steps", 151, "must be a whole number from 1 to 150"),
    ("steps", -1, "must be a whole number from 1 to 150"),
    ("steps", 2.5, "must be a whole number from 1 to 150"),
    ("steps", "20", "must be a whole number from 1 to 150"),
    ("steps", True, "must be a whole number from 1 to 150"),
    ("steps", [20], "must be a whole number from 1 to 150"),
    ("cfg_scale", -0.1, "must be a number from 0 to 30"),
    ("cfg_scale", 30.01, "must be a number from 0 to 30"),
    ("cfg_scale", "7", "must be a number from 0 to 30"),
    ("width", 7, SIDES),
    ("width", 8, SIDES),
    ("width", 17, SIDES),
    ("width", 4104, SIDES),
    ("height", 0, SIDES),
    ("height", 4095, SIDES),
    ("seed", -2, f"must be a whole number from -1 to {MAX_SEED}"),
    ("seed", MAX_SEED + 1, f"must be a whole number from -1 to {MAX_SEED}"),
    ("seed", 1.0, f"must be a whole number from -1 to {MAX_SEED}"),
    ("seed", None, f"must be a whole number from -1 to {MAX_SEED}"),
    ("variation_seed", -2, f"must be a whole number from -1 to {MAX_SEED}"),
    ("variation_strength", 1.01, "must be a number from 0 to 1"),
    ("variation_strength", -0.1, "must be a number from 0 to 1"),
    ("seed_resize_width", 12, SIDES),
    ("noise_source", "gpu", "must be one of cpu, nv"),
    ("batch_size", 0, "must be a whole number from 1 to 16"),
    ("batch_size", 17, "must be a whole number from 1 to 16"),
    ("batch_count", 0, "must be a whole number from 1 to 100"),
    ("batch_count", 101, "must be a whole number from 1 to 100"),
    ("lane", "fast", "must be one of interactive, normal, background"),
    ("lane", 1, "must be one of interactive, normal, background"),
    ("exact", "yes", "must be true or false"),
    ("exact", 1, "must be true or false"),
    ("exact", None, "must be true or false"),
    ("kind", "video", f"must be one of {', '.join((*KINDS, 'grid', 'map'))}"),
    ("prompt", 5, "must be text of at most 20,000 characters"),
    ("prompt", None, "must be text of at most 20,000 characters"),
    ("prompt", {"a": 1}, "must be text of at most 20,000 characters"),
    ("negative_prompt", ["a"], "must be text of at most 20,000 characters"),
    ("sampler", 3, "must be text of at most 200 characters"),
    ("schedule", None, "must be text of at most 200 characters"),
    ("checkpoint", 1.5, "must be text of at most 200 characters"),
]

TAKEN = [
    ("steps", 1),
    ("steps", 150),
    ("steps", None),
    ("cfg_scale", 0),
    ("cfg_scale", 30),
    ("cfg_scale", 7.25),
    ("width", 16),
    ("width", 4096),
    ("height", 24),
    ("seed", -1),
    ("seed", 0),
    ("seed", MAX_SEED),
    ("batch_size", 16),
    ("batch_count", 100),
    ("lane", "interactive"),
    ("lane", "normal"),
    ("lane", "background"),
    ("exact", True),
    ("prompt", "x" * 20_000),
    ("prompt", ""),
    ("sampler", "x" * 200),
]


@pytest.mark.parametrize(("field", "value", "allowed"), REFUSED)
def test_value_outside_the_limits_is_refused_by_field_value_and_what_is_allowed(
    field, value, allowed
):
    with pytest.raises(RequestRejected) as refused:
        parse({field: value})
    assert refused.value.field == field
    assert refused.value.message == f"{field} {allowed}; you gave {json.dumps(value)}."


@pytest.mark.parametrize(("field", "value", "allowed"), REFUSED)
def test_json_text_is_refused_in_the_same_words_as_plain_data(field, value, allowed):
    with pytest.raises(RequestRejected) as refused:
        parse_json(json.dumps({field: value}))
    assert refused.value.message == f"{field} {allowed}; you gave {json.dumps(value)}."


@pytest.mark.parametrize(("field", "value"), TAKEN)
def test_value_at_the_limit_is_taken(field, value):
    assert getattr(parse({field: value}), field) == value
    assert getattr(parse_json(json.dumps({field: value})), field) == value


def test_long_prompt_is_refused_with_a_short_message():
    with pytest.raises(RequestRejected) as refused:
        parse({"prompt": "a house, " * 11_112})
    assert refused.value.field == "prompt"
    assert "at most 20,000 characters" in refused.value.message
    assert "(100,010 characters)" in refused.value.message.replace("100010", "100,010")
    assert len(refused.value.message) < 300


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["cfg_scale", "steps", "seed", "width", "batch_size"])
def test_numbers_that_are_not_finite_are_refused(field, number):
    with pytest.raises(RequestRejected) as refused:
        parse({field: number})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 400, "-" + "9" * 4000],
    ids=lambda text: f"{text[:9]}…{len(text)}",
)
@pytest.mark.parametrize("field", ["cfg_scale", "steps", "seed", "width", "batch_size", "prompt"])
def test_json_numbers_beyond_all_bounds_are_refused(field, number):
    with pytest.raises(RequestRejected) as refused:
        parse_json(f'{{"{field}": {number}}}')
    assert refused.value.field == field
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("stepz", "There is no field \"stepz\". Did you mean 'steps'?"),
        ("cfg", "cfg"),
        ("override_settings", "Some fields: kind, prompt, "),
        ("", "Some fields: kind, prompt, "),
        ("__class__", "There is no field"),
        ("model_config", "There is no field"),
    ],
)
def test_unknown_key_is_refused_and_the_nearest_or_all_fields_are_named(key, words):
    with pytest.raises(RequestRejected) as refused:
        parse({key: 1})
    assert refused.value.field == key
    assert words in refused.value.message


def test_unknown_key_of_any_length_makes_a_short_message():
    with pytest.raises(RequestRejected) as refused:
        parse({"k" * 1_000_000: 1})
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("body", [None, [], [1], "text", 5, True, 1.5, b"bytes"])
def test_what_is_not_an_object_is_refused(body):
    with pytest.raises(RequestRejected, match="must be a JSON object"):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'steps': 1}",
        b'{"steps": 1,}',
        b'{"steps": 01}',
        b"\xff\xfe{}",
        b'{"prompt": "\xff"}',
        b'{"prompt": "\xed\xa0\x80"}',
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "a\x00b"}',
        '{"prompt": "x"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"prompt":' * 100_000,
        b'{"steps": ' + b"9" * 6_000 + b"}",
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_text_that_is_not_json_is_refused_in_words(body):
    with pytest.raises(RequestRejected) as refused:
        parse_json(body)
    assert "JSON" in refused.value.message
    assert len(refused.value.message) < 300


def test_the_last_of_two_equal_keys_is_checked_too():
    with pytest.raises(RequestRejected, match="steps"):
        parse_json('{"steps": 5, "steps": 0}')


@pytest.mark.parametrize(
    "text", ["\ud800", "fine \udcff then not", "\udfff" * 100], ids=["one", "within", "many"]
)
@pytest.mark.parametrize("field", ["prompt", "negative_prompt", "sampler", "checkpoint"])
def test_half_characters_are_refused_in_a_message_that_can_be_sent(field, text):
    with pytest.raises(RequestRejected) as refused:
        parse({field: text})
    assert refused.value.field == field
    refused.value.message.encode("utf-8")


def test_half_characters_in_a_key_are_refused_in_a_message_that_can_be_sent():
    with pytest.raises(RequestRejected) as refused:
        parse({"\ud800": 1})
    f"{refused.value.message}{refused.value.field}".encode()


def test_prompt_may_hold_any_character():
    prompt = "zero \0 newline \n tab \t right-to-left \u202e emoji 🏠 bell \x07"
    assert parse({"prompt": prompt}).prompt == prompt
    assert parse_json(json.dumps({"prompt": prompt})).prompt == prompt


@pytest.mark.parametrize("field", ["steps", "cfg_scale", "seed", "prompt", "lane"])
def test_whole_number_too_long_to_be_written_out_is_refused(field):
    with pytest.raises(RequestRejected) as refused:
        parse({field: 10**6000})
    assert refused.value.field == field


def test_request_is_frozen():
    request = TextToImage(prompt="a")
    with pytest.raises(ValueError, match="frozen"):
        request.prompt = "b"
    assert hash(request) == hash(TextToImage(prompt="a"))


def test_request_survives_its_own_json():
    request = TextToImage(prompt="a\nb", steps=3, cfg_scale=1, lane="normal", seed=MAX_SEED)
    assert parse_json(request.model_dump_json()) == request


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(list(TextToImage.model_fields))


@given(ANY_JSON | st.dictionaries(NAMES, ANY_JSON, max_size=4))
def test_any_plain_data_is_a_request_or_refused_in_short_words(fields):
    try:
        assert isinstance(parse(fields), TextToImage)
    except RequestRejected as refused:
        assert 0 < len(refused.message) < 1000


@given(st.binary(max_size=60) | st.dictionaries(NAMES, ANY_JSON).map(lambda d: json.dumps(d)))
def test_any_json_text_is_a_request_or_refused_in_short_words(text):
    try:
        assert isinstance(parse_json(text), TextToImage)
    except RequestRejected as refused:
        assert 0 < len(refused.message) < 1000
