"""Every mode that Pillow opens, as plain RGB or RGBA of 8 bits in sRGB."""

from __future__ import annotations

from PIL import Image

from webui.images.deep import is_deep, to_eight_bits
from webui.images.profile import as_mode, to_srgb

_OPAQUE = (255, 255)
_SPREAD = {"L;2": 85, "L;4": 17, "RGB;16B": 1 / 256}
"""How Pillow scales the values of few bits, and of 16, but not the one marked as transparent."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What an orientation of EXIF asks for (CIPA DC-008, tag 274)."""


def to_plain(image: Image.Image, raw_mode: str) -> tuple[Image.Image, tuple[str, ...]]:
    """A loaded picture as RGB, or RGBA where anything shows through, and notes.

    `raw_mode`: how the file holds the values, in Pillow's words.
    """
    profile, notes = image.info.get("icc_profile"), tuple[str, ...]()
    if is_deep(image):
        image, note = to_eight_bits(image, raw_mode)
        notes = (note,)
    elif ";16" in raw_mode and not raw_mode.startswith("BGR"):
        notes = ("has 16 bits a channel, of which 8 were kept",)
    colour, alpha = _parted(_with_scaled_key(image, raw_mode))
    colour, more = to_srgb(colour, profile)
    if alpha is not None and alpha.getextrema() != _OPAQUE:
        colour.putalpha(alpha)
    return colour, notes + more


def turned(image: Image.Image, orientation: object) -> Image.Image:
    """A picture the right way up. `orientation`: 1 to 8; anything else leaves it as it is."""
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _with_scaled_key(image: Image.Image, raw_mode: str) -> Image.Image:
    """The same picture, with its transparent colour scaled as its pixels were."""
    key, factor = image.info.get("transparency"), _SPREAD.get(raw_mode)
    if factor and isinstance(key, int):
        image.info["transparency"] = min(255, int(key * factor))
    elif factor and isinstance(key, tuple):
        image.info["transparency"] = tuple(min(255, int(value * factor)) for value in key)
    return image


def _parted(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours (mode L, RGB or CMYK) and what shows through them (mode L), if anything may."""
    if image.mode == "La" or (image.mode in ("1", "L") and "transparency" in image.info):
        image = image.convert("LA")
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A")
    if image.has_transparency_data:
        image = as_mode(image, "RGBA")
        return image.convert("RGB"), image.getchannel("A")
    mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
    return as_mode(image, mode), None
