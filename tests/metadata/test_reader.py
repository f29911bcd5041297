"""The reader as a whole: our own pictures, every carrier, and what is hostile."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metadata.samples import (
    A1111,
    CHOICES,
    CIVITAI,
    COMFY_EDITOR,
    COMFY_SERVER,
    DRAW_THINGS,
    FOOOCUS,
    HASHES,
    INVOKE,
    INVOKE_OLD,
    NOVELAI,
    SWARM,
    XMP,
    a_file,
    a_png,
    chunk,
    in_unicode,
)
from tests.request.test_infotext import HERE, OPTED, requests
from webui.errors import BadFile
from webui.metadata import Found, read_carriers, read_metadata
from webui.metadata.carriers import LARGEST
from webui.request import parse, resolve, write_png
from webui.request.infotext import write_infotext
from webui.request.png import write_picture

SHA = {"tiny": "ab" * 32}


def pictured(request, form="png"):
    text = write_infotext(request, OPTED, "1")
    return write_picture(bytes(3), (1, 1), request, {"device": "cpu"}, text, form)


# --- our own ---


@settings(max_examples=1000, deadline=None)
@given(requests())
def test_own_picture_gives_its_request_back_whole(request):
    text = write_infotext(request, OPTED, "1")
    read = read_metadata(write_png(bytes(3), (1, 1), request, {"a": "b"}, text), OPTED, SHA)
    assert (read.tool, read.request, read.made_with) == ("Darkroom", request, {"a": "b"})
    assert (read.missing, read.unmapped, read.notes) == ((), (), ())
    assert resolve(parse(read.fields), OPTED, HERE) == request


@settings(max_examples=300, deadline=None)
@given(requests())
def test_own_text_alone_gives_every_field_back(request):
    read = read_metadata(write_infotext(request, OPTED, "1"), OPTED, SHA)
    assert resolve(parse(read.fields), OPTED, HERE) == request
    assert (read.tool, read.request, read.missing, read.notes) == ("Darkroom", None, (), ())


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_own_picture_of_every_format_is_read(resolved, form):
    read = read_metadata(pictured(resolved, form), CHOICES)
    assert (read.request, read.made_with) == (resolved, {"device": "cpu"})
    assert read.fields["prompt"] == "a red house"


def test_own_chunk_wins_over_all_others(resolved):
    body = json.dumps({"request": resolved.model_dump(mode="json"), "made_with": {}})
    read = read_metadata(a_png(parameters=A1111, prompt=COMFY_SERVER, darkroom=body), CHOICES)
    assert (read.tool, read.fields["seed"]) == ("Darkroom", 123)


def test_own_chunk_can_be_pasted(resolved):
    body = json.dumps({"request": resolved.model_dump(mode="json"), "made_with": {}})
    assert read_metadata(body, CHOICES).request == resolved


def test_damaged_chunk_is_said_and_the_text_is_read_instead():
    read = read_metadata(a_png(parameters=A1111, darkroom='{"request": {"version": 99}}'), CHOICES)
    assert (read.request, read.fields["steps"]) == (None, 30)
    assert "damaged" in read.notes[0]


def test_checkpoint_of_our_own_picture_is_found_by_its_weights(resolved):
    files = (resolved.files[0].model_copy(update={"name": "old name"}),)
    renamed = resolved.model_copy(update={"checkpoint": "old name", "files": files})
    read = read_metadata(pictured(renamed), CHOICES, {"juggernautXL": "ab" * 32})
    assert read.fields["checkpoint"] == "juggernautXL"
    read = read_metadata(pictured(renamed), CHOICES)
    assert "checkpoint" not in read.fields
    assert [(one.kind, one.name, one.hash) for one in read.missing] == [
        ("checkpoint", "old name", "ab" * 32)
    ]


def test_request_as_our_api_takes_it_can_be_pasted():
    read = read_metadata('{"prompt": "a", "steps": 4, "sampler": "Euler", "width": 7}', CHOICES)
    assert read.fields == {"prompt": "a", "steps": 4, "sampler": "euler"}
    assert read.notes[0].startswith("Width 7 was left out")


# --- carriers ---


@pytest.mark.parametrize(
    "data",
    [
        a_png(parameters=A1111),
        a_file("JPEG", comment=in_unicode(A1111)),
        a_file("JPEG", comment=in_unicode(A1111, "le")),
        a_file("JPEG", own=A1111),
        a_file("WEBP", comment=in_unicode(A1111)),
        a_file("AVIF", comment=in_unicode(A1111)),
        a_file("PNG", comment=in_unicode(A1111)),
        a_file("GIF", own=A1111),
        a_file("JPEG", comment=b"ASCII\0\0\0" + A1111.encode()),
        a_file("JPEG", comment=in_unicode(A1111.replace("\n", "\r\n"))),
    ],
    ids=["png", "jpeg", "jpeg le", "jpeg com", "webp", "avif", "png exif", "gif", "ascii", "crlf"],
)
def test_text_is_found_in_every_format(data, tmp_path):
    read = read_metadata(data, CHOICES)
    assert (read.fields["seed"], read.fields["negative_prompt"]) == (3958203417, "cartoon, lowres")
    path = tmp_path / "picture"
    path.write_bytes(data)
    assert read_metadata(path, CHOICES) == read


def test_comfyuis_webp_has_the_graph_in_camera_tags():
    tags = {0x0110: f"prompt:{json.dumps(COMFY_SERVER)}"}
    tags[0x010F] = f"workflow:{json.dumps(COMFY_EDITOR)}"
    read = read_metadata(a_file("WEBP", tags=tags), CHOICES)
    assert (read.tool, read.fields["steps"]) == ("ComfyUI", 20)


def test_utf_8_in_a_chunk_that_should_have_none_is_read():
    text = "家 über\nSteps: 4, Sampler: Euler, Seed: 1"
    written = chunk(b"tEXt", b"parameters\0" + text.encode())
    after_header = 8 + 25
    data = a_png()
    read = read_metadata(data[:after_header] + written + data[after_header:], CHOICES)
    assert read.fields["prompt"] == "家 über"


def test_picture_and_text_that_say_nothing_say_so():
    assert read_metadata(a_png(), CHOICES) == Found(
        notes=("The picture says nothing of how it was made.",)
    )
    assert read_metadata("  \n", CHOICES).notes == ("The text says nothing that is understood.",)
    assert read_metadata(a_file("JPEG", comment=b"ASCII\0\0\0on holiday"), CHOICES).fields == {}


def test_text_that_is_too_large_is_left_out_and_said():
    data = a_png(parameters=A1111, prompt="x" * LARGEST)
    read = read_metadata(data, CHOICES)
    assert read.fields["steps"] == 30
    assert read.notes[0] == "prompt is longer than 16 million characters and was not read."
    assert read_carriers(data).left_out == ("prompt",)
    assert read_metadata("x" * (LARGEST + 1), CHOICES).fields == {}


# --- what is hostile ---

SAMPLES = [A1111, CIVITAI, *map(json.dumps, [COMFY_SERVER, COMFY_EDITOR, INVOKE, INVOKE_OLD])]
SAMPLES += map(json.dumps, [NOVELAI, FOOOCUS, SWARM, DRAW_THINGS])


def read_safely(source):
    """Every answer can be shown, sent as JSON and asked for again as a request."""
    read = read_metadata(source, CHOICES, HASHES)
    parse(read.fields)
    words = [*read.notes, *(text for row in read.unmapped for text in row)]
    words += [text for one in read.missing for text in (one.name, one.hash)]
    json.dumps([words, {k: str(v) for k, v in read.fields.items()}]).encode()
    "".join(words).encode()
    return read


@settings(max_examples=500, deadline=None)
@given(st.text() | st.text(alphabet='a1 :,"\\\n{}[]x/-<>()+|_#'))
def test_any_text_is_read(text):
    read_safely(text)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 3000), st.integers(0, 40), st.text(max_size=5))
def test_any_damaged_sample_is_read(sample, at, length, other):
    at %= len(sample)
    read_safely(sample[:at] + other + sample[at + length :])


KEYS = sorted({key for sample in SAMPLES[2:] for key in json.loads(sample)} | {"class_type"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
def test_any_json_with_the_keys_of_tools_is_read(value):
    read_safely(json.dumps(value))


def replaced(value, at, other, count=None):
    """The same JSON with the value at some place put to another."""
    count = [0] if count is None else count
    count[0] += 1
    if count[0] == at:
        return other
    if isinstance(value, dict):
        return {key: replaced(one, at, other, count) for key, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, at, other, count) for one in value]
    return value


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(SAMPLES[2:]), st.integers(1, 80), JSON)
def test_any_value_in_a_sample_may_be_of_any_kind(sample, at, other):
    read_safely(json.dumps(replaced(json.loads(sample), at, other)))


@pytest.mark.parametrize("opener", ["[", '{"a":', '{"3":{"class_type":"KSampler","inputs":'])
@pytest.mark.parametrize("key", ["parameters", "darkroom", "prompt", "workflow", "Comment"])
def test_deep_json_is_no_trouble(opener, key):
    read_safely(a_png(**{key: opener * 100_000}))
    read_safely(opener * 100_000)
    closers = {"[": "]"}.get(opener, "}" * opener.count("{"))
    read_safely(a_png(**{key: opener * 300 + "1" + closers * 300}))


def test_half_characters_and_huge_numbers_become_something_that_can_be_sent():
    half = json.dumps({**INVOKE, "positive_prompt": "a \ud800 b", "x \udfff": "\ud83d"})
    assert read_safely(half).fields["prompt"] == "a ? b"
    for number in ("1e999", "-1e999", "NaN", "9" * 4000, "1" + "0" * 300):
        read_safely(f'{{"positive_prompt": "p", "seed": {number}, "cfg_scale": {number}}}')
    read_safely("p\nSteps: " + "9" * 6000 + ", Sampler: x, Seed: ٣, Size: 64x64")


def test_fields_that_contradict_each_other_are_left_out_together():
    text = "p\nSteps: 4, Seed: 1, Size: 64x64, Guidance start: 0.9, Guidance end: 0.2"
    read = read_safely(text)
    assert read.fields.keys().isdisjoint({"guidance_start", "guidance_end"})
    assert "must be below" in read.notes[-1]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "piece",
    [
        "a1: b, ",
        "Hashes: {",
        'ab: [{"',
        "<lora:",
        "<lora:a:1>",
        "embedding:",
        "(",
        '{"',
        '"a" -s',
        "Lora hashes: a: b, ",
        "ControlNet 0: Model: a [",
        "\r\n",
    ],
)
def test_long_text_of_one_piece_is_read_in_linear_time(piece):
    text = piece * (2_000_000 // len(piece))
    read_safely(text)
    read_safely(f"p\nSteps: 4, Sampler: Euler, Seed: 1, {text[:190_000]}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "value",
    [
        {"positive_prompt": "(a)1.1 " * 300_000},
        {"positive_prompt": "p", "loras": [{"model": {"name": "x"}}] * 50_000},
        {f"key {n}": n for n in range(100_000)} | {"positive_prompt": "p"},
        {"nodes": [{"id": n, "type": "KSampler"} for n in range(50_000)], "links": []},
        {"sui_image_params": {"loras": ["a"] * 200_000}},
        {"uc": "", "v4_prompt": {"caption": {"char_captions": [{"char_caption": "a"}] * 99_999}}},
    ],
    ids=range(6),
)
def test_large_json_is_read_in_its_time(value):
    read = read_safely(json.dumps(value))
    assert len(read.unmapped) <= 200
    assert len(read.missing) <= 200


HEADS = [
    a_png(parameters=A1111),
    a_file("JPEG", comment=in_unicode(A1111), xmp=XMP, own="c"),
    a_file("WEBP", comment=in_unicode(A1111), xmp=XMP),
    a_file("AVIF", comment=in_unicode(A1111), xmp=XMP),
    a_file("GIF", own=A1111),
]


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(HEADS), st.integers(2, 400), st.binary(max_size=200))
def test_any_bytes_after_a_valid_head_are_refused_or_read(data, length, rest):
    try:
        read_safely(data[:length] + rest)
    except BadFile as refused:
        assert refused.message


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(HEADS),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=5),
)
def test_any_damaged_picture_is_refused_or_read(data, changes):
    damaged = bytearray(data)
    for position, value in changes:
        damaged[position % len(damaged)] = value
    try:
        read_safely(bytes(damaged))
    except BadFile as refused:
        assert refused.message


def test_file_that_is_no_picture_is_refused_in_words(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Steps: 4, Sampler: Euler, Seed: 1")
    with pytest.raises(BadFile, match="PNG, JPEG, WebP, AVIF or GIF"):
        read_metadata(path, CHOICES)
    with pytest.raises(BadFile, match=r"gone\.png"):
        read_metadata(tmp_path / "gone.png", CHOICES)
