"""Colours as sRGB, whatever profile a picture came with."""

from __future__ import annotations

import io
from itertools import product

from PIL import Image, ImageChops, ImageCms

from webui.images.guard import UNREADABLE

IGNORED = "has a colour profile that is broken or not for it, which was ignored"

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""The mode that a profile's colour space is for."""

_LARGEST = 4 << 20
_PROBE = bytes(value for colour in product(range(0, 256, 51), repeat=3) for value in colour)


def as_mode(image: Image.Image, mode: str) -> Image.Image:
    """The same picture in a mode. It is not copied where it is in that already."""
    return image if image.mode == mode else image.convert(mode)


def to_srgb(image: Image.Image, profile: object) -> tuple[Image.Image, tuple[str, ...]]:
    """A picture of mode L, RGB or CMYK as RGB in sRGB, and notes.

    `profile`: an ICC profile's bytes; anything else is none. One that cannot be used is ignored,
    with a note.
    """
    if not isinstance(profile, bytes) or not profile:
        return as_mode(image, "RGB"), ()
    try:
        return _converted(image, profile), ()
    except UNREADABLE:
        return as_mode(image, "RGB"), (IGNORED,)


def _converted(image: Image.Image, data: bytes) -> Image.Image:
    if len(data) > _LARGEST:
        raise ValueError("larger than any profile")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
    mode = _MODES[str(getattr(profile.profile, "xcolor_space", "")).strip()]
    if image.mode == "L" and mode == "RGB":
        image = image.convert("RGB")
    if image.mode != mode:
        raise ValueError("a profile for other pictures")
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    if mode == "RGB" and _keeps_colours(transform):
        return image
    made = transform.apply(image)
    made.info.clear()
    return made


def _keeps_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a profile is sRGB by another name: programs have dozens, some without a name."""
    probe = Image.frombytes("RGB", (len(_PROBE) // 3, 1), _PROBE)
    changes = ImageChops.difference(probe, transform.apply(probe)).tobytes()
    return max(changes) <= 1
