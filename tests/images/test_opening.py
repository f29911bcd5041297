"""Opening pictures that people send: every kind of file, and files made to do harm."""

import io
import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile, ImageOps

from webui.errors import BadFile
from webui.images.guard import LONGEST_SIDE, MOST_PIXELS, check_size
from webui.images.opening import LARGEST_FILE, open_picture

WIDE, HIGH = 24, 17
NOISE = np.random.default_rng(7).integers(0, 256, (HIGH, WIDE, 4), dtype=np.uint8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
OTHER_SPACE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def noise(mode="RGB"):
    """A picture that no format packs well, so that a cut anywhere takes pixels away."""
    colour = Image.fromarray(NOISE[..., :3])
    return Image.fromarray(NOISE).convert(mode) if "A" in mode else colour.convert(mode)


def written(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def turned_exif(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes()


def chunk(kind, body):
    sum_ = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", sum_)


def with_chunk(png, kind, body):
    """A PNG with one more chunk behind its header."""
    return png[:33] + chunk(kind, body) + png[33:]


def a_tiff(entries, rest=b""):
    """A little-endian TIFF of one directory; each entry: tag, type, count, value."""
    body = b"".join(struct.pack("<HHLL", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<LH", 8, len(entries)) + body + bytes(4) + rest


def swapped_profile():
    """A profile whose red is what sRGB calls green, and the other way round."""
    return (
        SRGB.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)
    )


KINDS = {
    "PNG": written(noise(), "PNG"),
    "PNG with alpha": written(noise("RGBA"), "PNG"),
    "PNG with palette": written(noise("P"), "PNG"),
    "JPEG": written(noise(), "JPEG"),
    "JPEG in passes": written(noise(), "JPEG", progressive=True),
    "JPEG in CMYK": written(noise("CMYK"), "JPEG"),
    "WebP": written(noise(), "WEBP"),
    "WebP exact": written(noise("RGBA"), "WEBP", lossless=True),
    "GIF": written(noise(), "GIF"),
    "BMP": written(noise(), "BMP"),
    "TIFF": written(noise(), "TIFF"),
    "TIFF packed": written(noise(), "TIFF", compression="tiff_lzw"),
    "TIFF of floats": written(noise("F"), "TIFF"),
    "AVIF": written(noise(), "AVIF"),
}
every_kind = pytest.mark.parametrize("data", KINDS.values(), ids=KINDS.keys())


# --- what is opened ---


@every_kind
def test_every_kind_opens_as_bytes_of_one_form(data):
    pixels = open_picture(data).pixels
    assert pixels.dtype == np.uint8
    assert pixels.shape[:2] == (HIGH, WIDE)
    assert pixels.shape[2] in (3, 4)
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF"])
def test_pixels_of_exact_formats_are_kept(format):
    assert (open_picture(written(noise(), format)).pixels == NOISE[..., :3]).all()


def test_a_file_opens_as_its_bytes_do(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(KINDS["PNG"])
    assert (open_picture(path).pixels == NOISE[..., :3]).all()


def test_the_ending_of_the_name_does_not_matter(tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(KINDS["PNG"])
    assert (open_picture(path).pixels == NOISE[..., :3]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_once(orientation, format):
    image = Image.new("RGB", (32, 16), "red")
    image.paste("blue", (0, 0, 8, 8))
    image.paste("white", (24, 8, 32, 16))
    options = {"tiffinfo": {274: orientation}} if format == "TIFF" else {}
    data = written(image, format, exif=turned_exif(orientation), **options)
    image.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    pixels = open_picture(data).pixels
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < 12  # JPEG and AVIF blur edges


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("mode", ["RGB", "I;16", "CMYK", "P"])
def test_orientation_of_a_tiff_is_applied_in_every_mode(mode, compression):
    grey = Image.fromarray(NOISE[..., 0].astype(np.uint16) << 8)
    image = grey if mode == "I;16" else noise(mode)
    upright = open_picture(written(image, "TIFF", compression=compression)).pixels
    data = written(image, "TIFF", compression=compression, tiffinfo={274: 6})
    assert (open_picture(data).pixels == np.rot90(upright, -1)).all()


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"?" * 99])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_damaged_exif_leaves_a_picture_as_it_is(exif, format):
    data = written(noise(), format, exif=exif) if exif else written(noise(), format)
    assert open_picture(data).pixels.shape == (HIGH, WIDE, 3)


@pytest.mark.parametrize("orientation", [0, 9, 1 << 15])
def test_an_orientation_that_does_not_exist_is_ignored(orientation):
    data = written(noise(), "PNG", exif=turned_exif(orientation))
    assert (open_picture(data).pixels == NOISE[..., :3]).all()


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_becomes_three_equal_channels(mode, format):
    image = noise(mode)
    pixels = open_picture(written(image, format)).pixels
    assert (pixels == np.asarray(image.convert("L"))[..., None]).all()
    assert pixels.shape[2] == 3


def test_grey_with_alpha_keeps_both():
    image = noise("LA")
    pixels = open_picture(written(image, "PNG")).pixels
    assert (pixels == np.asarray(image)[..., [0, 0, 0, 1]]).all()


def test_a_palette_gives_its_colours():
    image = noise().quantize(16)
    pixels = open_picture(written(image, "PNG")).pixels
    assert (pixels == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("ink", "colour"),
    [((0, 0, 0, 0), 255), ((0, 0, 0, 255), 0), ((255, 0, 0, 0), (0, 255, 255))],
)
def test_inks_give_the_colours_that_they_print(ink, colour, format):
    image = Image.new("CMYK", (16, 16), ink)
    pixels = open_picture(written(image, format)).pixels
    assert np.abs(pixels.astype(int) - colour).max() <= 3


def test_lightness_and_colour_apart_become_rgb():
    image = Image.new("RGB", (16, 16), (200, 60, 30))
    for mode in ("YCbCr", "LAB"):
        pixels = open_picture(written(image.convert(mode), "TIFF")).pixels
        assert np.abs(pixels.astype(int) - (200, 60, 30)).max() <= 3


# --- more than 8 bits ---

RAMP = np.arange(256 * 256, dtype=np.uint16).reshape(256, 256)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_the_shape_of_a_ramp(format):
    opened = open_picture(written(Image.fromarray(RAMP), format))
    assert (opened.pixels == np.rint(RAMP / 257)[..., None]).all()
    assert opened.notes == ("The picture has 16 bits a channel, of which 8 were kept.",)


def test_sixteen_bits_of_either_byte_order_are_the_same():
    big = Image.frombytes("I;16B", RAMP.shape, RAMP.astype(">u2").tobytes())
    pixels = open_picture(written(big, "TIFF")).pixels
    assert (pixels == open_picture(written(Image.fromarray(RAMP), "TIFF")).pixels).all()


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("top", "white"), [(255, 255), (65535, 65535), (1 << 30, 1 << 30)])
def test_whole_numbers_of_32_bits_are_scaled_and_not_cut_off(top, white, signed):
    values = np.linspace(-top if signed else 0, top, 64).astype(np.int32).reshape(8, 8)
    opened = open_picture(written(Image.fromarray(values), "TIFF"))
    low = -top if signed else 0
    expected = np.rint((values.astype(float) - low) / (white - low) * 255)
    assert np.abs(opened.pixels[..., 0] - expected).max() <= 1
    assert "32 bits" in opened.notes[0]


@pytest.mark.parametrize(("top", "white"), [(0.5, 1), (1, 1), (4, 4), (65535, 65535)])
def test_fractions_are_scaled_and_not_cut_off(top, white):
    values = np.linspace(0, top, 64, dtype=np.float32).reshape(8, 8)
    opened = open_picture(written(Image.fromarray(values), "TIFF"))
    assert np.abs(opened.pixels[..., 0] - values / white * 255).max() <= 1
    assert f"0 to {white:g}" in opened.notes[0]


def test_what_is_no_number_becomes_black_and_without_end_white():
    values = np.full((2, 2), 0.5, np.float32)
    values[0] = (np.nan, np.inf)
    values[1, 0] = -np.inf
    pixels = open_picture(written(Image.fromarray(values), "TIFF")).pixels
    assert pixels[..., 0].tolist() == [[0, 255], [0, 128]]


@pytest.mark.parametrize("value", [0, np.nan, 3.4e38, -3.4e38])
def test_a_flat_picture_of_any_number_opens(value):
    values = np.full((4, 4), value, np.float32)
    assert np.ptp(open_picture(written(Image.fromarray(values), "TIFF")).pixels) == 0


def test_both_ends_of_what_numbers_can_be_are_black_and_white():
    values = np.array([[-3.4e38, 3.4e38]], np.float32)
    pixels = open_picture(written(Image.fromarray(values), "TIFF")).pixels
    assert pixels[..., 0].tolist() == [[0, 255]]


def test_sixteen_bits_where_white_is_zero_are_turned_round():
    values = struct.pack("<4H", 0, 65535, 257, 0)
    entries = [(256, 3, 1, 2), (257, 3, 1, 2), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 0)]
    entries += [(273, 4, 1, 122), (277, 3, 1, 1), (278, 3, 1, 2), (279, 4, 1, 8)]
    pixels = open_picture(a_tiff(entries, values)).pixels
    assert pixels[..., 0].tolist() == [[255, 0], [254, 255]]


def test_colours_of_16_bits_keep_their_upper_half():
    rows = b"".join(b"\0" + struct.pack(">3H", 0x12FF, 0x80FF, 0xFE00) for _ in range(2))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 2, 16, 2, 0, 0, 0))
    png = KINDS["PNG"][:8] + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    opened = open_picture(png)
    assert opened.pixels[0, 0].tolist() == [0x12, 0x80, 0xFE]
    assert "16 bits" in opened.notes[0]


# --- what shows through ---


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_alpha_is_kept_and_colours_are_not_multiplied(format):
    assert (open_picture(written(noise("RGBA"), format)).pixels == NOISE).all()


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_that_lets_nothing_through_is_dropped(mode, format):
    image = noise("RGB").convert(mode[:-1]).convert(mode)
    data = written(image.convert("RGBA") if format in ("WEBP", "AVIF") else image, format)
    assert open_picture(data).pixels.shape == (HIGH, WIDE, 3)


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_a_transparent_colour_of_a_palette_becomes_alpha(format):
    image = noise().quantize(16)
    pixels = open_picture(written(image, format, transparency=3)).pixels
    assert ((pixels[..., 3] == 0) == (np.asarray(image) == 3)).all()


def test_a_palette_of_half_transparent_colours_becomes_alpha():
    image = noise().quantize(4)
    pixels = open_picture(written(image, "PNG", transparency=bytes((0, 80, 160, 255)))).pixels
    assert (pixels[..., 3] == np.array([0, 80, 160, 255])[np.asarray(image)]).all()


def key_png(bits, kind, rows, key):
    """A PNG of 4 pixels in one row, one value of which is transparent."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, bits, kind, 0, 0, 0))
    body = chunk(b"tRNS", key) + chunk(b"IDAT", zlib.compress(b"\0" + rows))
    return KINDS["PNG"][:8] + header + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("bits", "rows", "key"),
    [
        (1, b"\x40", 1),
        (2, b"\x1b", 1),
        (4, b"\x05\xaf", 5),
        (8, bytes((0, 80, 160, 255)), 80),
        (16, struct.pack(">4H", 0, 500, 600, 65535), 500),
    ],
)
def test_a_transparent_grey_becomes_alpha_at_every_depth(bits, rows, key):
    pixels = open_picture(key_png(bits, 0, rows, struct.pack(">H", key))).pixels
    assert pixels[0, :, 3].tolist() == [255, 0, 255, 255]


@pytest.mark.parametrize(("bits", "form"), [(8, ">B"), (16, ">H")])
def test_a_transparent_colour_becomes_alpha(bits, form):
    top = (1 << bits) - 1
    rows = b"".join(struct.pack(form, value) * 3 for value in (0, top // 2, top // 3, top))
    key = struct.pack(">3H", *(top // 2,) * 3)
    assert open_picture(key_png(bits, 2, rows, key)).pixels[0, :, 3].tolist() == [255, 0, 255, 255]


# --- profiles ---


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_pixels_with_an_srgb_profile_stay_exactly_as_they_are(format):
    opened = open_picture(written(noise(), format, icc_profile=SRGB))
    assert (opened.pixels == NOISE[..., :3]).all()
    assert opened.notes == ()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_other_profiles_are_converted(format):
    image = Image.new("RGB", (16, 16), (250, 10, 10))
    opened = open_picture(written(image, format, icc_profile=swapped_profile()))
    red, green, _ = opened.pixels[8, 8].tolist()
    assert green > 200 > red
    assert opened.notes == ()


def test_alpha_stays_when_a_profile_is_converted():
    pixels = open_picture(written(noise("RGBA"), "PNG", icc_profile=swapped_profile())).pixels
    assert (pixels[..., 3] == NOISE[..., 3]).all()
    assert (pixels[..., :3] != NOISE[..., :3]).any()


def test_grey_with_a_profile_of_colours_opens_without_a_note():
    opened = open_picture(written(noise("L"), "PNG", icc_profile=SRGB))
    assert (opened.pixels == np.asarray(noise("L"))[..., None]).all()
    assert opened.notes == ()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("profile", [b"?" * 400, SRGB[:300], OTHER_SPACE], ids=["no", "cut", "odd"])
def test_a_profile_that_cannot_be_used_is_ignored_with_a_note(profile, format):
    opened = open_picture(written(noise(), format, icc_profile=profile))
    assert opened.pixels.shape == (HIGH, WIDE, 3)
    assert opened.notes == (
        "The picture has a colour profile that is broken or not for it, which was ignored.",
    )


# --- several pictures in a file ---


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_several_pictures_the_first_is_opened_with_a_note(format):
    colours = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    data = written(colours[0], format, save_all=True, append_images=colours[1:])
    opened = open_picture(data, "Your picture")
    assert np.abs(opened.pixels.astype(int) - (255, 0, 0)).max() <= 4
    note = "Your picture holds 2 further pictures (frames or pages), left out here."
    assert opened.notes == (note,)


def test_one_further_picture_is_told_in_the_singular():
    data = written(noise("L"), "TIFF", save_all=True, append_images=[noise("L")])
    assert "1 further picture " in open_picture(data).notes[0]


@pytest.mark.parametrize("frames", [1_000_000, 0xFFFFFFFF])
def test_frames_are_counted_only_so_far(frames):
    png = with_chunk(KINDS["PNG"], b"acTL", struct.pack(">II", frames, 0))
    assert "more than 1000 further" in open_picture(png).notes[0]


def test_a_gif_of_a_million_frames_is_counted_only_so_far():
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0"
    gif = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(range(6)) + frame * 1_000_000
    assert "more than 1000 further" in open_picture(gif + b";").notes[0]


def test_pages_that_follow_in_a_circle_end():
    tiff = bytearray(written(noise("L"), "TIFF"))
    first = int.from_bytes(tiff[4:8], "little")
    end = first + 2 + 12 * int.from_bytes(tiff[first : first + 2], "little")
    tiff[end : end + 4] = tiff[4:8]
    opened = open_picture(bytes(tiff))
    assert opened.notes == ()
    assert opened.pixels.shape == (HIGH, WIDE, 3)


# --- what is refused ---


def refusal(source, name="The picture"):
    with pytest.raises(BadFile) as caught:
        open_picture(source, name)
    assert caught.value.message.startswith(name)
    return caught.value.message


def test_an_empty_file_is_refused():
    assert "empty" in refusal(b"")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "there is no file gone.png" in refusal(tmp_path / "gone.png")
    assert "there is no file" in refusal(tmp_path)


def test_a_path_that_cannot_be_is_refused(tmp_path):
    assert "there is no file" in refusal(tmp_path / "a\0b.png")
    assert "cannot be read" in refusal(tmp_path / ("a" * 5000))


def test_a_file_larger_than_64_mb_is_refused(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert "larger than 64 MB" in refusal(path)
    assert "larger than 64 MB" in refusal(bytes(LARGEST_FILE + 1))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "SVG"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?><svg/>", "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"PK\x03\x04....", "ZIP"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41", "video"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"just some words", "no picture"),
        (b"\0" * 100, "no picture"),
        (written(noise("L"), "PPM"), "no picture"),
        (written(noise("L"), "ICO"), "no picture"),
    ],
)
def test_what_is_no_picture_is_called_what_it_is(data, word):
    message = refusal(data)
    assert word in message
    assert "Send it as PNG" in message


@pytest.mark.parametrize("part", [0.15, 0.3, 0.5, 0.7, 0.9, 0.97])
@every_kind
def test_a_file_that_was_cut_off_is_refused_and_not_opened_in_part(data, part):
    assert "is cut off" in refusal(data[: int(len(data) * part)])


def png_of_size(width, height):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return KINDS["PNG"][:8] + header + KINDS["PNG"][33:]


def jpeg_of_size(width, height):
    at = KINDS["JPEG"].index(b"\xff\xc0") + 5
    return KINDS["JPEG"][:at] + struct.pack(">HH", height, width) + KINDS["JPEG"][at + 4 :]


def webp_of_size(width, height):
    data = bytearray(written(noise("RGBA"), "WEBP"))
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def gif_of_size(width, height):
    return KINDS["GIF"][:6] + struct.pack("<HH", width, height) + KINDS["GIF"][10:]


def bmp_of_size(width, height):
    return KINDS["BMP"][:18] + struct.pack("<ll", width, height) + KINDS["BMP"][26:]


def tiff_of_size(width, height):
    return a_tiff([(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (273, 4, 1, 8)])


OF_SIZE = (png_of_size, jpeg_of_size, webp_of_size, gif_of_size, bmp_of_size, tiff_of_size)


@pytest.mark.parametrize("of_size", OF_SIZE)
@pytest.mark.parametrize("size", [(LONGEST_SIDE + 1, 1), (1, LONGEST_SIDE + 1), (8192, 8193)])
def test_too_many_pixels_are_refused_by_what_the_header_says(of_size, size):
    message = refusal(of_size(*size))
    assert f"{size[0]} × {size[1]} pixels" in message
    assert str(MOST_PIXELS) in message
    assert str(LONGEST_SIDE) in message


def test_a_header_that_claims_ten_gigapixels_is_refused_with_the_numbers():
    assert "100000 × 100000" in refusal(png_of_size(100_000, 100_000))


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
@pytest.mark.parametrize("of_size", [png_of_size, jpeg_of_size, gif_of_size, bmp_of_size])
def test_a_picture_without_pixels_is_refused(of_size, size):
    refusal(of_size(*size))


def test_a_gif_whose_frame_is_larger_than_its_screen_is_measured_by_the_frame():
    frame = b"!\xf9\4\x08\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 13_000, 13_000, 0)
    gif = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(range(6)) + frame
    assert "13000 × 13000" in refusal(gif + b"\2\2\x4c\1\0;" * 3)


@pytest.mark.parametrize("size", [(LONGEST_SIDE, 3), (3, LONGEST_SIDE)])
def test_the_longest_pictures_open(size):
    pixels = open_picture(written(Image.new("L", size, 7), "PNG")).pixels
    assert pixels.shape == (size[1], size[0], 3)
    assert (pixels == 7).all()


def test_the_largest_picture_is_within_the_limits():
    check_size((LONGEST_SIDE, MOST_PIXELS // LONGEST_SIDE), "The picture")
    with pytest.raises(BadFile):
        check_size((LONGEST_SIDE, MOST_PIXELS // LONGEST_SIDE + 1), "The picture")


# --- files made to do harm ---

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
ADAM7 += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
BOMB = zlib.compress(bytes(80 << 20))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"zTXt", b"a\0\0" + BOMB),
        (b"iTXt", b"a\0\1\0\0\0" + BOMB),
        (b"tEXt", b"a" * (20 << 20)),
        (b"eXIf", bytes(20 << 20)),
    ],
)
def test_texts_that_unpack_without_end_are_never_unpacked(kind, body):
    opened = open_picture(with_chunk(KINDS["PNG"], kind, body))
    assert (opened.pixels == NOISE[..., :3]).all()
    assert opened.notes == ()


@pytest.mark.parametrize("body", [BOMB, b"?", b"", BOMB[:50]])
def test_a_profile_that_unpacks_without_end_is_ignored_with_a_note(body):
    opened = open_picture(with_chunk(KINDS["PNG"], b"iCCP", b"a\0\0" + body))
    assert (opened.pixels == NOISE[..., :3]).all()
    assert "profile" in opened.notes[0]


def test_texts_behind_the_pixels_do_no_harm():
    png = KINDS["PNG"][:-12] + chunk(b"zTXt", b"a\0\0" + BOMB) + chunk(b"IEND", b"")
    assert (open_picture(png).pixels == NOISE[..., :3]).all()


def test_pixels_that_unpack_to_more_than_the_header_says_are_left():
    rows = zlib.compress(b"\0" + bytes(3) + bytes(80 << 20))
    png = png_of_size(1, 1)[:33] + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert open_picture(png).pixels.shape == (1, 1, 3)


@pytest.mark.parametrize(
    "parts",
    [chunk(b"IDAT", b"") * 200_000, chunk(b"teXt", b"") * 200_000, chunk(b"priv", b"") * 200_000],
)
def test_a_png_of_endless_chunks_is_refused(parts):
    refusal(KINDS["PNG"][:33] + parts + KINDS["PNG"][33:])


@pytest.mark.parametrize("part", [b"\xff\xfe\0\2", b"\xff\xe1\0\x09Exif\0\0a", b"\xff\xed\0\2"])
def test_a_jpeg_of_endless_segments_is_refused(part):
    refusal(KINDS["JPEG"][:2] + part * 200_000 + KINDS["JPEG"][2:])


def test_a_jpeg_of_endless_passes_is_refused():
    jpeg = KINDS["JPEG in passes"]
    scan = jpeg[jpeg.rfind(b"\xff\xda") : -2]
    assert open_picture(jpeg[:-2] + scan * 20 + jpeg[-2:]).pixels.shape == (HIGH, WIDE, 3)
    refusal(jpeg[:-2] + scan * 200 + jpeg[-2:])


def test_a_jpeg_with_a_second_picture_behind_it_opens():
    assert (open_picture(KINDS["JPEG"] * 3).pixels == open_picture(KINDS["JPEG"]).pixels).all()


@pytest.mark.parametrize("junk", [b"!\xfe" + b"\1a" * 1_000_000 + b"\0", b"\0" * 1_000_000])
def test_a_gif_of_endless_blocks_is_refused(junk):
    at = 13 + (3 << ((KINDS["GIF"][10] & 7) + 1))
    refusal(KINDS["GIF"][:at] + junk + KINDS["GIF"][at:])


@pytest.mark.parametrize("count", [1 << 20, 0xFFFFFFFF])
def test_a_tiff_of_absurd_tables_is_refused(count):
    sizes = [(256, 3, 1, 16), (257, 3, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries = sizes + [(273, 4, count, 8), (278, 3, 1, 1), (279, 4, count, 8)]
    refusal(a_tiff(entries, bytes(9 << 20)))


def test_a_tiff_of_endless_entries_is_refused():
    refusal(a_tiff([(9999, 3, 1, 0)] * 60_000))
    entry = struct.pack("<HHQQ", 9999, 3, 1, 0)
    refusal(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 60) + entry * 1000)


@pytest.mark.parametrize("rows", [0, 1, HIGH - 1])
def test_a_png_that_ends_before_its_last_row_is_refused(rows):
    body = zlib.compress((b"\0" + bytes(3 * WIDE)) * rows)
    png = KINDS["PNG"][:33] + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    assert "is cut off" in refusal(png)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 5), (8, 8), (13, 9)])
@pytest.mark.parametrize(("bits", "kind"), [(1, 0), (4, 0), (8, 2), (16, 6)])
def test_a_png_in_seven_passes_opens_only_whole(size, bits, kind):
    width, height = size
    channels = {0: 1, 2: 3, 6: 4}[kind]
    rows = b""
    for left, top, across, down in ADAM7:
        columns = len(range(left, width, across))
        row = b"\0" + b"\xff" * ((columns * channels * bits + 7) // 8)
        rows += row * len(range(top, height, down)) if columns else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, 1))
    beginning, end = KINDS["PNG"][:8] + head, chunk(b"IEND", b"")
    opened = open_picture(beginning + chunk(b"IDAT", zlib.compress(rows)) + end)
    assert opened.pixels.shape == (height, width, 3)
    assert (opened.pixels == 255).all()
    refusal(beginning + chunk(b"IDAT", zlib.compress(rows[:-1])) + end)


def test_a_tiff_whose_strips_leave_some_of_it_black_is_refused():
    sizes = [(256, 3, 1, 16), (257, 3, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries = sizes + [(273, 4, 1, 200), (277, 3, 1, 1), (278, 3, 1, 8), (279, 4, 1, 128)]
    assert "is cut off" in refusal(a_tiff(entries, bytes(600)))


def test_what_hangs_off_a_tiff_is_never_read():
    sizes = [(256, 3, 1, 16), (257, 3, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries = sizes + [(273, 4, 1, 200), (278, 3, 1, 16), (279, 4, 1, 256)]
    entries += [(tag, 4, 1, 500) for tag in (330, 34665, 34853)]
    exif = struct.pack("<HHHLLL", 1, 33434, 5, 1 << 20, 600, 0) + bytes(9 << 20)
    data = a_tiff(entries).ljust(500, b"\0") + exif
    assert open_picture(data).pixels.shape == (16, 16, 3)


def test_a_packed_bmp_that_would_take_minutes_is_refused():
    palette = bytes(value for index in range(256) for value in (index, 0, 255 - index, 0))
    fields = (40, 8192, 8192, 1, 8, 1, 20, 0, 0, 256, 0)
    head = struct.pack("<LllHHLLllLL", *fields)
    size = struct.pack("<LHHL", 1098, 0, 0, 1078)
    refusal(b"BM" + size + head + palette + bytes(20))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data):
    refusal(data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*KINDS.values()]), st.binary(max_size=200), st.integers(4, 40))
def test_a_beginning_of_a_picture_before_random_bytes_never_breaks(data, rest, kept):
    opened_or_refused(data[:kept] + rest)


def opened_or_refused(data):
    """Whatever a file holds: a picture within the limits, or BadFile."""
    try:
        pixels = open_picture(data).pixels
    except BadFile:
        return
    height, width, channels = pixels.shape
    assert pixels.dtype == np.uint8
    assert channels in (3, 4)
    assert 1 <= min(width, height) <= max(width, height) <= LONGEST_SIDE
    assert width * height <= MOST_PIXELS


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_pictures_with_changed_bytes_never_break(data):
    sound = bytearray(data.draw(st.sampled_from([*KINDS.values()])))
    reach = data.draw(st.sampled_from([40, 300, len(sound)]))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(reach, len(sound)) - 1))
        sound[at] = data.draw(st.sampled_from([0, 1, 127, 128, 255]) | st.integers(0, 255))
    opened_or_refused(bytes(sound))


def test_many_threads_open_pictures_and_leave_warnings_as_they_were():
    before, failures = list(warnings.filters), []

    def work(number):
        for data in KINDS.values():
            try:
                assert open_picture(data).pixels.shape[:2] == (HIGH, WIDE)
                opened_or_refused(data[: 40 + 10 * number])
            except (AssertionError, Warning) as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(warnings.filters) == before


def test_settings_of_the_library_stay_as_they_are():
    most = Image.MAX_IMAGE_PIXELS
    refusal(png_of_size(100_000, 100_000))
    open_picture(KINDS["TIFF"])
    assert most == Image.MAX_IMAGE_PIXELS
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
