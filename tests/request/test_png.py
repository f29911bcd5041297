"""Pictures that carry their request: written, read back, and read from hostile files."""

import io
import json
import random
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from webui.errors import BadFile
from webui.request import PictureMetadata, read_png, write_png
from webui.request.png import read_picture, write_picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MADE_WITH = {"device": "cpu", "dtype": "float32", "darkroom": "1.2"}
NOTHING = PictureMetadata(None, {}, None)


def chunk(kind, data, crc=None):
    sum_ = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_)


def header(width=1, height=1):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


PIXELS = chunk(b"IDAT", zlib.compress(b"\0\1\2\3"))
END = chunk(b"IEND", b"")


def a_png(*chunks, after=()):
    return SIGNATURE + b"".join([header(), *chunks, PIXELS, *after, END])


def text_chunk(key, value):
    return chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1"))


def zipped_chunk(key, data):
    return chunk(b"zTXt", key + b"\0\0" + data)


def international_chunk(key, data, *, zipped):
    return chunk(b"iTXt", key + (b"\0\1\0" if zipped else b"\0\0\0") + b"\0\0" + data)


@pytest.fixture
def png(resolved):
    def make(infotext="p\nSteps: 4, Sampler: Euler, Seed: 1", **changes):
        request = resolved.model_copy(update=changes)
        return write_png(bytes(range(72)), (6, 4), request, MADE_WITH, infotext)

    return make


# --- what we write ---


def test_pixels_are_kept(png, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(png())
    with Image.open(path, formats=("PNG",)) as image:
        assert (image.mode, image.size, image.tobytes()) == ("RGB", (6, 4), bytes(range(72)))


def test_picture_carries_the_request_whole_and_what_it_was_made_with(png, resolved):
    assert read_png(png()) == PictureMetadata(
        resolved, MADE_WITH, "p\nSteps: 4, Sampler: Euler, Seed: 1"
    )


def test_picture_is_read_from_a_file_as_from_bytes(png, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(png())
    assert read_png(path) == read_png(png())


def test_others_find_both_texts_in_the_place_they_look(png, resolved, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(png())
    with Image.open(path, formats=("PNG",)) as image:
        info = dict(image.info)
    assert info["parameters"] == "p\nSteps: 4, Sampler: Euler, Seed: 1"
    body = json.loads(info["darkroom"])
    assert body == {"request": resolved.model_dump(mode="json"), "made_with": MADE_WITH}
    assert body["request"]["files"] == [
        {"role": "checkpoint", "name": "tiny", "sha256": "ab" * 32, "short_hash": ""}
    ]


@pytest.mark.parametrize(
    "prompt",
    [
        "ein Haus am Fluß",
        "家 🏠",
        "a\nb\r\n c",
        "zero \0 in it",
        "x" * 20_000,
        "🏠" * 20_000,
        "\u202e",
    ],
    ids=["latin", "wide", "lines", "zero", "long", "long-wide", "right-to-left"],
)
def test_prompt_of_any_characters_comes_back(png, prompt):
    read = read_png(png(prompt, prompt=prompt, negative_prompt=prompt))
    assert (read.request.prompt, read.request.negative_prompt) == (prompt, prompt)
    assert read.infotext == prompt


@given(st.text(max_size=300))
def test_any_prompt_comes_back(prompt):
    request = read_png(PLAIN).request.model_copy(update={"prompt": prompt})
    read = read_png(write_png(bytes(3), (1, 1), request, {}, f"{prompt}\nSteps: 1"))
    assert read.request == request
    assert read.infotext == f"{prompt}\nSteps: 1"


# --- what others write ---


def test_picture_of_another_program_has_its_text_and_no_request():
    text = "p\nNegative prompt: n\nSteps: 4, Sampler: Euler, Seed: 1"
    read = read_png(a_png(text_chunk("parameters", text)))
    assert (read.request, read.made_with, read.infotext) == (None, {}, text)
    assert read.pairs["Negative prompt"] == "n"


def test_picture_without_text_says_nothing():
    assert read_png(a_png()) == NOTHING
    assert NOTHING.pairs == {}


@pytest.mark.parametrize(
    "written",
    [
        zipped_chunk(b"parameters", zlib.compress(b"hello")),
        international_chunk(b"parameters", b"hello", zipped=False),
        international_chunk(b"parameters", zlib.compress(b"hello"), zipped=True),
    ],
    ids=["zTXt", "iTXt", "iTXt zipped"],
)
def test_every_kind_of_text_chunk_is_read(written):
    assert read_png(a_png(written)).infotext == "hello"


# --- what is hostile ---

DEEP = "[" * 100_000
VALID = json.dumps({"request": {}, "made_with": {}})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "null",
        "5",
        '"text"',
        "{}",
        "[" * 100_000,
        '{"request":' * 100_000,
        '{"request": ' + DEEP,
        VALID,
        '{"request": [], "made_with": {}}',
        '{"request": null, "made_with": {}}',
        '{"made_with": {}}',
        "NaN",
        "9" * 10_000,
        '{"request": 1e400}',
        "\xff\xfe",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_chunk_of_ours_that_is_not_a_request_is_left_out(body):
    assert read_png(a_png(text_chunk("darkroom", body))) == NOTHING


WRONG = [
    ("steps", "many"),
    ("steps", None),
    ("steps", [1]),
    ("steps", -5),
    ("steps", 10**9),
    ("width", 7),
    ("height", 10**9),
    ("cfg_scale", float("nan")),
    ("cfg_scale", float("inf")),
    ("cfg_scale", -1.0),
    ("seed", 10**400),
    ("seed", -1),
    ("batch_size", 0),
    ("batch_count", 10**6),
    ("prompt", 5),
    ("prompt", "\ud800"),
    ("prompt", "x" * 20_001),
    ("lane", "fast"),
    ("version", 2),
    ("kind", "video"),
    ("files", []),
    ("files", None),
    ("files", [{"role": "checkpoint"}]),
    ("files", [{"role": "checkpoint", "name": "x", "sha256": "../../etc"}]),
    ("surprise", 1),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda value: repr(value)[:20])
def test_request_with_a_wrong_value_is_left_out(resolved, field, value):
    body = {**resolved.model_dump(mode="json"), field: value}
    text = json.dumps({"request": body, "made_with": {}})
    assert read_png(a_png(text_chunk("darkroom", text))).request is None


@pytest.mark.parametrize("made_with", [None, [], 5, "text", {"a": {"b": DEEP}}, {"a": "\ud800"}])
def test_what_it_was_made_with_is_text_that_can_be_sent_or_left_out(resolved, made_with):
    body = {"request": resolved.model_dump(mode="json"), "made_with": made_with}
    read = read_png(a_png(text_chunk("darkroom", json.dumps(body))))
    assert all(isinstance(value, str) for value in read.made_with.values())
    json.dumps(read.made_with, ensure_ascii=False).encode()


def bomb(size):
    """Zipped zeros that unpack to `size` bytes."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


BOMB = bomb(512 << 20)


@pytest.mark.parametrize(
    "hostile",
    [
        zipped_chunk(b"parameters", BOMB),
        zipped_chunk(b"darkroom", BOMB),
        zipped_chunk(b"Comment", BOMB),
        international_chunk(b"parameters", BOMB, zipped=True),
        chunk(b"iCCP", b"icc\0\0" + BOMB),
        b"".join(zipped_chunk(b"t%d" % i, bomb(1 << 20)) for i in range(100)),
        zipped_chunk(b"parameters", b"this is not zipped"),
        zipped_chunk(b"parameters", zlib.compress(b"cut short" * 100)[:20]),
        chunk(b"zTXt", b"parameters\0\7" + zlib.compress(b"x")),
        chunk(b"zTXt", b"parameters"),
        chunk(b"iTXt", b"parameters"),
        chunk(b"iTXt", b"parameters\0\1\0en\0\0\xff\xff"),
        chunk(b"iTXt", b"parameters\0\0\0\xff\0\xff\0\xff"),
        chunk(b"tEXt", b""),
        chunk(b"tEXt", b"\0"),
        chunk(b"tEXt", b"parameters"),
        chunk(b"tEXt", b"parameters\0" + b"x" * (4 << 20)),
        b"".join(text_chunk(f"key {i}", "value") for i in range(20_000)),
        text_chunk("parameters", "x") * 2,
        header(),
        chunk(b"IHDR", b"short"),
        chunk(b"\0\0\0\0", b""),
        chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)),
        chunk(b"acTL", struct.pack(">II", 3, 0)),
        chunk(b"acTL", b""),
        chunk(b"fcTL", b"\xff" * 26),
        struct.pack(">I", 2**31 - 1) + b"tEXtparameters\0x",
        struct.pack(">I", 2**32 - 1) + b"tEXtparameters\0x",
    ],
    ids=range(28),
)
def test_hostile_chunk_is_left_out_or_the_file_refused(hostile):
    try:
        read = read_png(a_png(hostile))
    except BadFile as refused:
        assert refused.message
    else:
        assert read.request is None
        assert len(read.infotext or "") <= 1 << 20


@pytest.mark.parametrize(
    ("width", "height"), [(13_000, 13_000), (100_000, 1), (2**31 - 1, 2**31 - 1), (0, 0), (1, 0)]
)
def test_picture_of_absurd_size_is_never_decoded(width, height, monkeypatch):
    data = SIGNATURE + header(width, height) + text_chunk("parameters", "p") + PIXELS + END
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", _never)
    try:
        assert read_png(data).infotext == "p"
    except BadFile as refused:
        assert refused.message


def test_ordinary_picture_is_not_decoded_either(png, monkeypatch):
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", _never)
    assert read_png(png()).request is not None


def _never(*arguments):
    raise AssertionError("the pixels were decoded")


def test_moving_picture_of_many_frames_is_not_played():
    frame = struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 1, 0, 0)
    frames = [chunk(b"acTL", struct.pack(">II", 3, 0)), chunk(b"fcTL", frame)]
    late = struct.pack(">IIIIIHHBB", 1, 1, 1, 0, 0, 1, 1, 0, 0)
    data = a_png(text_chunk("parameters", "p"), *frames, after=[chunk(b"fcTL", late)])
    try:
        assert read_png(data).infotext == "p"
    except BadFile as refused:
        assert refused.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        SIGNATURE,
        b"not a picture at all",
        b"GIF89a\1\0\1\0\0\0\0;",
        b"\xff\xd8\xff\xe0 jpeg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        SIGNATURE + END,
        SIGNATURE + PIXELS,
        bytes(10_000),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_png_is_refused_in_words(data, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    for source in (data, path):
        with pytest.raises(BadFile, match="PNG"):
            read_png(source)


def test_file_that_is_not_there_or_a_folder_is_refused_by_name(tmp_path):
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(BadFile, match=path.name):
            read_png(path)


def test_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    with pytest.raises(BadFile, match="256 MB"):
        read_png(path)


REQUEST = json.dumps(
    {
        "request": {
            "prompt": "p",
            "negative_prompt": "",
            "sampler": "euler",
            "schedule": "normal",
            "steps": 4,
            "cfg_scale": 7.0,
            "width": 64,
            "height": 64,
            "seed": 1,
            "batch_size": 1,
            "batch_count": 1,
            "checkpoint": "tiny",
            "lane": "interactive",
            "exact": False,
            "files": [{"role": "checkpoint", "name": "tiny", "sha256": "ab" * 32}],
        },
        "made_with": {},
    }
)
PLAIN = a_png(text_chunk("parameters", "p"), text_chunk("darkroom", REQUEST))


@pytest.mark.parametrize("length", range(0, len(PLAIN), 7))
def test_file_cut_short_is_refused_or_read_as_far_as_it_goes(length):
    try:
        assert read_png(PLAIN[:length]) in (read_png(PLAIN), NOTHING, _only_text())
    except BadFile as refused:
        assert refused.message


def _only_text():
    return PictureMetadata(None, {}, "p")


CHANGES = st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), max_size=6)


@settings(max_examples=300)
@given(CHANGES, st.booleans())
def test_damaged_file_is_refused_or_read_but_never_breaks_the_reader(changes, mend):
    data = bytearray(PLAIN)
    for position, value in changes:
        data[position] = value
    read_or_refuse(mended(bytes(data)) if mend else bytes(data))


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [b"IHDR", b"tEXt", b"zTXt", b"iTXt", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"PLTE"]
                + [b"tRNS", b"pHYs", b"gAMA", b"iCCP", b"sRGB", b"cHRM", b"eXIf", b"IEND", b"XxXx"]
            ),
            st.binary(max_size=40) | st.binary(max_size=20).map(lambda b: b"parameters\0\0" + b),
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_any_row_of_chunks_is_refused_or_read(chunks, headed):
    row = b"".join(chunk(kind, data) for kind, data in chunks)
    read_or_refuse(a_png(row) if headed else SIGNATURE + row)


def mended(data):
    """The same chunks with right sums, so that what lies behind the sums is reached."""
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        out.append(chunk(kind, body))
        at += 12 + length
    return b"".join(out)


def read_or_refuse(data):
    try:
        assert isinstance(read_png(data), PictureMetadata)
    except BadFile as refused:
        refused.message.encode()


# --- other formats ---

FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
INFOTEXT = "ein Haus am Fluß, 家 🏠\nSteps: 4, Sampler: Euler, Seed: 1"


def a_picture(resolved, form, infotext=INFOTEXT, quality=90, **changes):
    request = resolved.model_copy(update=changes)
    return write_picture(bytes(range(72)), (6, 4), request, MADE_WITH, infotext, form, quality)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_carries_the_request_and_the_text(resolved, form, tmp_path):
    data = a_picture(resolved, form)
    assert read_picture(data) == PictureMetadata(resolved, MADE_WITH, INFOTEXT)
    path = tmp_path / "picture"
    path.write_bytes(data)
    assert read_picture(path) == read_picture(data)
    with Image.open(path) as image:
        assert (image.format, image.size) == (FORMATS[form], (6, 4))


def test_png_of_any_writer_is_the_same(resolved, png):
    assert a_picture(resolved, "png", "text") == png("text")


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_others_find_the_text_in_exif_as_they_write_it(resolved, form):
    with Image.open(io.BytesIO(a_picture(resolved, form))) as image:
        exif = image.getexif()
        comment = exif.get_ifd(0x8769)[0x9286]
    assert comment == b"UNICODE\0" + INFOTEXT.encode("utf-16-be")
    assert exif[0x010E].startswith('darkroom:{"request": ')


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("prompt", ["x" * 20_000, "🏠" * 20_000, "一" * 20_000, "\u202e", "a\r\nb"])
def test_prompt_of_any_length_and_letters_fits_into_every_format(resolved, form, prompt):
    text = f"{prompt}\nNegative prompt: {prompt}\nSteps: 4"
    read = read_picture(a_picture(resolved, form, text, prompt=prompt, negative_prompt=prompt))
    assert (read.request.prompt, read.request.negative_prompt) == (prompt, prompt)
    assert read.infotext == text


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_picture_with_long_exif_is_still_a_sound_picture(resolved, form):
    data = a_picture(resolved, form, "x" * 100_000)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.size == (6, 4)


def test_webp_of_the_highest_quality_keeps_every_pixel(resolved):
    with Image.open(io.BytesIO(a_picture(resolved, "webp", quality=100))) as image:
        assert image.tobytes() == bytes(range(72))


def test_lower_quality_makes_a_smaller_picture(resolved):
    noise = random.Random(1).randbytes(64 * 64 * 3)
    for form in ("jpeg", "webp"):
        low, high = (
            write_picture(noise, (64, 64), resolved, {}, "", form, quality) for quality in (20, 95)
        )
        assert len(low) < len(high)


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"UNICODE\0" + "a: é".encode("utf-16-le"), "a: é"),
        (b"UNICODE\0" + "a: é".encode("utf-16-be"), "a: é"),
        (b"UNICODE\0" + "a: é".encode("utf-16"), "a: é"),
        (b"UNICODE\0" + f"{'一' * 99}\nSteps: 4".encode("utf-16-be"), f"{'一' * 99}\nSteps: 4"),
        (b"UNICODE\0" + f"{'一' * 99}\nSteps: 4".encode("utf-16-le"), f"{'一' * 99}\nSteps: 4"),
        (b"ASCII\0\0\0hello", "hello"),
        (bytes(8) + b"hello", "hello"),
        (b"hello\0\0", "hello"),
        ("hello", "hello"),
        (b"UNICODE\0\xd8", "\ufffd"),
        (b"\xff\xfe\xff", "\ufffd\ufffd\ufffd"),
    ],
)
def test_comment_of_every_code_and_byte_order_is_read(comment, text):
    exif, file = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8769)[0x9286] = comment
    Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif.tobytes())
    assert read_picture(file.getvalue()).infotext == text


def test_comment_of_another_tool_is_no_request_of_ours():
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x010E] = "darkroom:{not json"
    Image.new("RGB", (8, 8)).save(file, "WEBP", exif=exif)
    assert read_picture(file.getvalue()) == NOTHING


def test_exif_in_thousands_of_pieces_is_refused_before_it_is_joined(resolved):
    data = a_picture(resolved, "jpeg")
    piece = b"\xff\xe1\0\x0aExif\0\0xx"
    with pytest.raises(BadFile, match="EXIF"):
        read_picture(data[:2] + piece * 301 + data[2:])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["jpeg", "webp"]),
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), max_size=6),
    st.integers(0, 2000),
)
def test_damaged_picture_of_any_format_is_refused_or_read(form, changes, length):
    request = read_png(PLAIN).request
    data = bytearray(write_picture(bytes(range(72)), (6, 4), request, {}, INFOTEXT, form))
    for position, value in changes:
        data[position % len(data)] = value
    try:
        assert isinstance(read_picture(bytes(data[: length or None])), PictureMetadata)
    except BadFile as refused:
        refused.message.encode()


@pytest.mark.parametrize("data", [b"", b"GIF", b"\xff\xd8\xff\xe0 jpeg", b"RIFF\0\0\0\0WEBP"])
def test_what_is_no_picture_is_refused_with_what_would_be(data):
    with pytest.raises(BadFile, match="PNG, JPEG, WebP, AVIF or GIF"):
        read_picture(data)
