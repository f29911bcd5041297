"""Pictures kept by what is in them: hashes, files, and files that were tampered with."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, PngImagePlugin

from webui.errors import BadFile
from webui.images.content import content_hash, kept_path, read_kept, to_png
from webui.images.opening import open_picture

NOISE = np.random.default_rng(3).integers(0, 256, (5, 7, 4), dtype=np.uint8)
COLOURS = np.ascontiguousarray(NOISE[..., :3])
HASH = "0123456789abcdef" * 4


def keep(folder, pixels):
    sha256 = content_hash(pixels)
    path = kept_path(folder, sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(to_png(pixels))
    return sha256, path


# --- the hash ---


@pytest.mark.parametrize(("pixels", "mode"), [(COLOURS, b"RGB"), (NOISE, b"RGBA")])
def test_the_hash_is_what_the_recipe_says(pixels, mode):
    whole = mode + b" 7 5\n" + pixels.tobytes()
    assert content_hash(pixels) == hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize(("format", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {})])
def test_the_same_pixels_in_another_format_have_the_same_hash(format, options):
    file = io.BytesIO()
    Image.fromarray(COLOURS).save(file, format, **options)
    assert content_hash(open_picture(file.getvalue()).pixels) == content_hash(COLOURS)


def test_how_pixels_lie_in_memory_does_not_matter():
    assert content_hash(NOISE[..., :3]) == content_hash(COLOURS)
    assert content_hash(np.asfortranarray(NOISE)) == content_hash(NOISE)


def test_pictures_of_the_same_bytes_and_other_shapes_differ():
    bytes_ = np.arange(48, dtype=np.uint8)
    shapes = [(4, 4, 3), (2, 8, 3), (8, 2, 3), (4, 3, 4), (3, 4, 4)]
    assert len({content_hash(bytes_.reshape(shape)) for shape in shapes}) == len(shapes)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_what_is_no_picture_has_no_hash_and_no_file(pixels):
    with pytest.raises(ValueError, match=r"uint8|channels"):
        content_hash(pixels)
    with pytest.raises(ValueError, match=r"uint8|channels"):
        to_png(pixels)


# --- the file ---


@pytest.mark.parametrize("pixels", [COLOURS, NOISE, NOISE[:, ::2, :3]])
def test_a_file_holds_exactly_the_pixels_and_nothing_else(pixels):
    with Image.open(io.BytesIO(to_png(pixels)), formats=("PNG",)) as image:
        assert (np.asarray(image) == pixels).all()
        assert image.info == {}


@pytest.mark.parametrize("pixels", [COLOURS, NOISE, np.full((3, 3, 4), 255, np.uint8)])
def test_what_was_kept_is_read_back(tmp_path, pixels):
    sha256, _ = keep(tmp_path, pixels)
    kept = read_kept(tmp_path, sha256)
    assert kept.dtype == np.uint8
    assert kept.shape == pixels.shape
    assert (kept == pixels).all()


@settings(max_examples=50, deadline=None)
@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from((3, 4)))
    )
)
def test_every_picture_is_read_back_by_its_hash(tmp_path_factory, pixels):
    folder = tmp_path_factory.mktemp("kept")
    sha256, _ = keep(folder, pixels)
    assert (read_kept(folder, sha256) == pixels).all()


def test_a_picture_that_is_gone_is_told_in_plain_words(tmp_path):
    with pytest.raises(BadFile, match=r"no longer kept .* Send it again"):
        read_kept(tmp_path, HASH)


@pytest.mark.parametrize(
    "data",
    [
        to_png(COLOURS[::-1]),
        to_png(NOISE),
        to_png(COLOURS)[:60],
        b"",
        b"GIF89a",
    ],
    ids=["others", "alpha", "cut", "empty", "gif"],
)
def test_a_picture_that_was_changed_is_refused(tmp_path, data):
    sha256, path = keep(tmp_path, COLOURS)
    path.write_bytes(data)
    with pytest.raises(BadFile):
        read_kept(tmp_path, sha256)


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "LA"])
def test_a_picture_of_another_mode_is_refused(tmp_path, mode):
    sha256, path = keep(tmp_path, COLOURS)
    Image.new(mode, (7, 5)).save(path)
    with pytest.raises(BadFile, match="changed"):
        read_kept(tmp_path, sha256)


def test_texts_that_others_put_into_a_kept_file_do_no_harm(tmp_path):
    sha256, path = keep(tmp_path, COLOURS)
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a house")
    Image.fromarray(COLOURS).save(path, pnginfo=info)
    assert (read_kept(tmp_path, sha256) == COLOURS).all()


# --- the path ---


def test_a_path_is_two_digits_and_all_of_them(tmp_path):
    assert kept_path(tmp_path, HASH) == tmp_path / "01" / f"{HASH}.png"
    assert kept_path(tmp_path, HASH.upper()) == kept_path(tmp_path, HASH)


@pytest.mark.parametrize(
    "name",
    [
        "",
        HASH[:-1],
        HASH + "0",
        HASH + "\n",
        "g" * 64,
        "../" * 21 + "a",
        "/" + HASH[1:],
        HASH[:-1] + "\0",
        HASH[:-1] + "٣",
        HASH[:-1] + "K",
    ],
)
def test_nothing_but_64_hex_digits_is_a_path(tmp_path, name):
    with pytest.raises(ValueError, match="64 hex digits"):
        kept_path(tmp_path, name)
    with pytest.raises(ValueError, match="64 hex digits"):
        read_kept(tmp_path, name)


@given(st.text(max_size=80))
def test_no_text_leads_out_of_the_folder(text):
    with pytest.raises(ValueError, match="64 hex digits"):
        kept_path(Path("kept"), text)
