"""Sizes of what is drawn: from the size of the input and what was asked to that of the result."""

from __future__ import annotations

from math import ceil
from typing import Any, TypeAlias

from webui.errors import RequestRejected
from webui.request.choices import Defaults
from webui.request.explain import shown
from webui.request.from_picture import AnyDrawing, ImageToImage, Inpaint, Outpaint, Upscale
from webui.request.limits import LONGEST_SIDE, MOST_PIXELS, Toward
from webui.request.text_to_image import TextToImage

Placed: TypeAlias = dict[str, Any]
"""Fields of a resolved request about sizes: width and height at least."""

_LONGEST_DRAWN = 4096
_LEAST_DRAWN = 16
_LONGEST_NUMBER = 9
"""Digits of a side of a ratio."""


def placed(request: AnyDrawing, fits: Defaults, init: tuple[int, int] = (0, 0)) -> Placed:
    """What is drawn at which size, and what comes out. `init`: the input's size.

    Raises RequestRejected for more than can be drawn at once.
    """
    match request:
        case TextToImage():
            return _from_nothing(request, fits)
        case ImageToImage() | Inpaint():
            return _over(request, fits, init)
        case Outpaint():
            return _beyond(request, fits, init)
        case Upscale():
            return _enlarged(request, fits, init)


def as_asked(request: AnyDrawing, fits: Defaults) -> Placed:
    """The size that was asked for, or else that of the checkpoint."""
    return {"width": request.width or fits.width, "height": request.height or fits.height}


def _from_nothing(request: TextToImage, fits: Defaults) -> Placed:
    sizes = as_asked(request, fits)
    if request.hires_scale == 1:
        return sizes
    large = [_drawn(round(side * request.hires_scale)) for side in sizes.values()]
    _check(large, request.hires_scale, "hires_scale")
    return {**sizes, "hires_width": large[0], "hires_height": large[1]}


def _over(request: ImageToImage | Inpaint, fits: Defaults, init: tuple[int, int]) -> Placed:
    if isinstance(request, Inpaint) and request.area == "masked":
        # Only what is around the mask is drawn; the rest of the input stays beside it.
        return {**as_asked(request, fits), "out_width": init[0], "out_height": init[1]}
    if request.resize_mode == "keep" and (request.width or request.height):
        return _asked_for(request, init)
    if request.resize_mode == "keep":
        hint = "Choose a resize mode with a width and height, or draw only around the mask."
        return _at(init, "init", hint)
    if isinstance(request, ImageToImage) and request.resize_mode == "latent":
        _check_drawn(init, "resize_mode", "Choose another resize mode.")  # read at its own size
    return as_asked(request, fits)


def _asked_for(request: ImageToImage | Inpaint, init: tuple[int, int]) -> Placed:
    """A size was given and no way to come to it: the picture is cut to it. Raises RequestRejected.

    A side that was left open follows from the input's own shape.
    """
    if "resize_mode" in request.model_fields_set:
        raise RequestRejected(
            "resize_mode keep draws at the input's own size. Leave width and height open, or choose"
            " crop, fill or stretch.",
            field="resize_mode",
            value="keep",
        )
    width = request.width or _drawn(round((request.height or 0) * init[0] / init[1]))
    height = request.height or _drawn(round((request.width or 0) * init[1] / init[0]))
    _check_drawn((width, height), "width", "Give both sides.")
    return {"width": width, "height": height, "resize_mode": "crop"}


def _has_no_size(request: Outpaint | Upscale, instead: str) -> None:
    """Raises RequestRejected for a width or height where the input and others say the size."""
    for field in ("width", "height"):
        value: int | None = getattr(request, field)
        if value is not None:
            raise RequestRejected(
                f"{field} has no say here: the size follows from the picture and {instead}. Leave"
                " it open.",
                field=field,
                value=value,
            )


def _windows(request: Outpaint | Upscale, size: tuple[int, int], most: int, usual: int) -> Placed:
    """Windows for what is far larger than the checkpoint draws well, where none were chosen."""
    if request.window or max(size) <= most:
        return {}
    return {"window": max(64, usual), "tiled_vae": True}


def _beyond(request: Outpaint, fits: Defaults, init: tuple[int, int]) -> Placed:
    _has_no_size(request, "what is added on its sides")
    sides = [request.left, request.top, request.right, request.bottom]
    canvas = (init[0] + sides[0] + sides[2], init[1] + sides[1] + sides[3])
    if request.ratio:
        more = to_ratio(canvas, parse_ratio(request.ratio), request.toward)
        sides = [side + extra for side, extra in zip(sides, more, strict=True)]
        canvas = (init[0] + sides[0] + sides[2], init[1] + sides[1] + sides[3])
    if not any(sides):
        raise RequestRejected(
            "There is nothing to draw: the canvas grows on no side. Give left, top, right or bottom"
            " some pixels, or a ratio that the picture does not have yet.",
            field="ratio" if request.ratio else "left",
        )
    _check_drawn(init, "init", "Make the picture smaller first.")
    sizes = _at(canvas, "ratio" if request.ratio else "left", "Let it grow by less.")
    names = ("left", "top", "right", "bottom")
    usual = max(fits.width, fits.height)
    more = _windows(request, canvas, 2 * usual, usual)
    return {**sizes, **more, **dict(zip(names, sides, strict=True))}


def _enlarged(request: Upscale, fits: Defaults, init: tuple[int, int]) -> Placed:
    _has_no_size(request, "its scale")
    width, height = (max(1, round(side * request.scale)) for side in init)
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise RequestRejected(
            f"{init[0]} × {init[1]} made {request.scale:g} times larger is {width:,} × {height:,};"
            f" at most {MOST_PIXELS >> 20} megapixels and {LONGEST_SIDE:,} pixels of a side come"
            " out. Choose a smaller scale.",
            field="scale",
            value=request.scale,
        )
    if request.strength == 0:
        return {"width": 16, "height": 16, "out_width": width, "out_height": height}
    hint = "Choose a smaller scale, or strength 0, which only enlarges."
    sizes = _at((width, height), "scale", hint)
    usual = max(fits.width, fits.height)
    return {**sizes, **_windows(request, (width, height), usual, usual)}


def _at(size: tuple[int, int], field: str, hint: str) -> Placed:
    """Drawn at the next size that can be, and cut to `size` in the end."""
    _check_drawn(size, field, hint)
    width, height = map(_drawn, size)
    return {"width": width, "height": height, "out_width": size[0], "out_height": size[1]}


def _drawn(side: int) -> int:
    return max(_LEAST_DRAWN, ceil(side / 8) * 8)


def _check(sides: list[int], value: float, field: str) -> None:
    if max(sides) > _LONGEST_DRAWN:
        raise RequestRejected(
            f"{field} {value:g} would draw {sides[0]:,} × {sides[1]:,}; at most"
            f" {_LONGEST_DRAWN:,} pixels of a side can be drawn. Choose less.",
            field=field,
            value=value,
        )


def _check_drawn(size: tuple[int, int], field: str, hint: str) -> None:
    """Raises RequestRejected for more than can be drawn at once; `hint`: what to do instead."""
    if max(size) > _LONGEST_DRAWN:
        raise RequestRejected(
            f"{size[0]:,} × {size[1]:,} is more than can be drawn at once: at most"
            f" {_LONGEST_DRAWN:,} pixels of a side. {hint}",
            field=field,
        )


def parse_ratio(text: str) -> tuple[int, int]:
    """ "16:9" as numbers. Raises RequestRejected."""
    across, colon, down = text.replace("/", ":").replace("x", ":").partition(":")
    parts = (across.strip(), down.strip())
    if not colon or not all(map(_is_number, parts)):
        raise RequestRejected(
            f'ratio is two whole numbers such as "16:9", not {shown(text)}.',
            field="ratio",
            value=text,
        )
    width, height = int(parts[0]), int(parts[1])
    if not (0 < width <= 100 * height and 0 < height <= 100 * width):
        raise RequestRejected(
            f"ratio {shown(text)} is not one of a picture.", field="ratio", value=text
        )
    return width, height


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER


def to_ratio(
    size: tuple[int, int], ratio: tuple[int, int], toward: Toward
) -> tuple[int, int, int, int]:
    """What a picture of `size` lacks on its left, top, right and bottom to have the ratio.

    It only grows. `toward` is where it may; for the other direction both sides share. A picture
    that has the ratio to the pixel lacks nothing.
    """
    width, height = size
    across, down = ratio
    wide, high = _nearest(height * across, down), _nearest(width * down, across)
    if width == wide or height == high:
        return 0, 0, 0, 0
    if wide > width:
        left, right = _shared(wide - width, toward, ("left", "right"))
        return left, 0, right, 0
    top, bottom = _shared(high - height, toward, ("top", "bottom"))
    return 0, top, 0, bottom


def _nearest(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)


def _shared(pixels: int, toward: Toward, sides: tuple[Toward, Toward]) -> tuple[int, int]:
    if toward == sides[0]:
        return pixels, 0
    if toward == sides[1]:
        return 0, pixels
    return pixels // 2, pixels - pixels // 2
