"""The stage: an input made ready to be drawn over, and what was drawn put back into it.

Only pixels here, no networks. Where the mask is 0 the result has the input's own pixels, whatever
was drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from webui.images.canvas import Sides, extended, seam_mask
from webui.images.colour import colours_matched
from webui.images.compositing import composite, paste
from webui.images.filling import edge_filled, filled_in, spectrum_filled
from webui.images.masks import blurred, bounds, grown, inverted, mask_from_alpha, mask_of
from webui.images.region import Box, region_around
from webui.images.resizing import fitted, fitted_mask, padded, resized
from webui.recipes.pixels import Levels
from webui.request import ResolvedRequest

_PAPER = 255
"""What shows through where a whole picture is transparent."""

_SOLID = 4
"""Soft inpainting lays a drawing on wholly from one over so much of the mask on."""

Fit = Literal["stretch", "crop", "fill"]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is drawn over.

    `pixels` [h, w, 3] at the size that is drawn, or for the resize mode "latent" at its own;
    `mask` [h, w] of the same size, None for all of it. `begun`: what the masked part begins with.
    `frame`: the size of the input and the part of it that is drawn, where that is not all.
    `finish` turns what was drawn into the picture that comes out; `kept` is what comes out where
    nothing is drawn.
    """

    pixels: Levels
    finish: Callable[[Levels], Levels]
    kept: Levels
    mask: Levels | None = None
    begun: Levels | None = None
    frame: tuple[tuple[int, int], Box] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether nothing is masked, so that nothing is to be drawn."""
        return self.mask is not None and not self.mask.any()


def is_shared(request: ResolvedRequest) -> bool:
    """Whether all pictures of a request have one stage: none is filled by its own seed."""
    return request.is_varied or request.kind != "outpaint" or request.filling != "noise"


def set_stage(request: ResolvedRequest, source: Levels, mask: Levels | None) -> Stage:
    """Make an input [h, w, 3 or 4] ready. `mask`: a picture of it, where one was sent.

    Of a request for several pictures it is the stage of the first, unless `is_shared`.
    """
    if request.kind == "inpaint":
        return _for_inpainting(request, source, mask)
    if request.kind == "outpaint":
        return _for_outpainting(request, flattened(source))
    return _for_all(request, flattened(source))


def flattened(picture: Levels) -> Levels:
    """A picture without transparency, on white."""
    if picture.shape[2] == 3:
        return picture
    opaque = np.full((*picture.shape[:2], 3), _PAPER, np.uint8)
    return composite(opaque, np.ascontiguousarray(picture[..., :3]), picture[..., 3])


def _for_all(request: ResolvedRequest, base: Levels) -> Stage:
    width, height = request.out_width or request.width, request.out_height or request.height
    if request.resize_mode in ("keep", "latent"):
        pixels, kept = _drawable(base), resized(base, width, height)
    else:
        pixels = kept = fitted(base, request.width, request.height, _fit(request))

    def finish(drawn: Levels) -> Levels:
        cut = drawn[:height, :width]
        return colours_matched(cut, base) if request.colour_match else cut

    return Stage(pixels, finish, kept)


def _for_inpainting(request: ResolvedRequest, source: Levels, sent: Levels | None) -> Stage:
    # Without a mask the transparent part is drawn anew, over whatever colours it hides.
    base = np.ascontiguousarray(source[..., :3]) if sent is None else flattened(source)
    mask = mask_from_alpha(source) if sent is None else mask_of(sent)
    mask = resized(mask, base.shape[1], base.shape[0])
    if request.area == "whole" and request.resize_mode != "keep":
        fit = _fit(request)
        base = fitted(base, request.width, request.height, fit)
        mask = fitted_mask(mask, request.width, request.height, fit)
    mask = shaped(request, mask)
    box = bounds(mask)
    if request.area == "whole" or box is None:
        return _masked(request, base, base, mask)
    ratio = request.width / request.height
    region = region_around(box, request.padding, (base.shape[1], base.shape[0]), ratio)
    pixels = resized(np.ascontiguousarray(region.of(base)), request.width, request.height)
    part = resized(np.ascontiguousarray(region.of(mask)), request.width, request.height)
    return Stage(
        pixels,
        lambda drawn: paste(base, drawn, laid_on(request, mask), region),
        base,
        part,
        filled_in(pixels, part) if request.masked_content == "fill" else None,
        ((base.shape[1], base.shape[0]), region),
    )


def shaped(request: ResolvedRequest, mask: Levels) -> Levels:
    """The mask as it acts: inverted, grown and blurred, in this order."""
    mask = inverted(mask) if request.mask_invert else mask
    return blurred(grown(mask, request.mask_grow), request.mask_blur)


def laid_on(request: ResolvedRequest, mask: Levels) -> Levels:
    """The mask by which what was drawn is laid on the input; 0 where the mask is.

    With soft inpainting, where the mask is half the drawing itself is half the input still. Mixed
    by the mask once more, the two would be seen through each other; so only its rim fades.
    """
    if request.kind != "inpaint" or not request.soft:
        return mask
    return np.minimum(mask.astype(np.uint16) * _SOLID, 255).astype(np.uint8)


def _for_outpainting(request: ResolvedRequest, base: Levels) -> Stage:
    sides = Sides(request.left, request.top, request.right, request.bottom)
    canvas, rim = extended(base, sides)
    if request.filling == "noise":
        begun = spectrum_filled(canvas, rim, request.seed)
    else:
        begun = edge_filled(canvas, rim)
    mask = seam_mask((base.shape[1], base.shape[0]), sides, request.seam)
    return _masked(request, begun, begun, mask)


def _masked(request: ResolvedRequest, base: Levels, pixels: Levels, mask: Levels) -> Stage:
    """The whole canvas is drawn at its own size; `base` stays where the mask is 0."""
    height, width = base.shape[:2]
    ready, part, over = _drawable(pixels), _drawable(mask), laid_on(request, mask)
    return Stage(
        ready,
        lambda drawn: composite(base, np.ascontiguousarray(drawn[:height, :width]), over),
        base,
        part,
        filled_in(ready, part) if request.masked_content == "fill" else None,
    )


def _drawable(pixels: Levels) -> Levels:
    """With sides that latents can have: multiples of 8, and 16 at least."""
    low = [(0, max(0, 16 - side)) for side in pixels.shape[:2]] + [(0, 0)]
    return padded(np.pad(pixels, low[: pixels.ndim], mode="edge"), 8)


def _fit(request: ResolvedRequest) -> Fit:
    """How a picture comes to a size; masks know no latents, which stretch."""
    mode = request.resize_mode
    return mode if mode in ("stretch", "crop", "fill") else "stretch"
