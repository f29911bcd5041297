"""Drawing over pictures: image to image, inpaint, outpaint, and the redrawing of upscale."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from webui.calls import Call, Decode, EncodeImage, ReadInput
from webui.families import Facts
from webui.images.colour import colours_matched
from webui.images.masks import latent_mask
from webui.recipes.controlling import MapMakers, steering
from webui.recipes.developing import Keeping, Look, Method, Recipe, develop, noises
from webui.recipes.enlarging import enlarged
from webui.recipes.pixels import Levels, as_floats, as_levels, as_picture
from webui.recipes.showing import shown_beside
from webui.recipes.stage import Stage, flattened, is_shared, set_stage
from webui.request import ResolvedRequest
from webui.request.resolved import partial_steps
from webui.sampling import gradually, steadily

See = Callable[[Tensor], None]


@dataclass(frozen=True, slots=True)
class Making:
    """The picture in the making: which of which request, with which weights, who watches it, and
    what makes maps.
    """

    request: ResolvedRequest
    index: int
    facts: Facts
    see: See
    makers: MapMakers


@dataclass(frozen=True, slots=True)
class Pass:
    """One time over the picture. `from_noise`: nothing is left of what it begins with."""

    method: Method
    loop: int
    from_noise: bool


Stages: TypeAlias = dict[tuple[str, str], Stage]
"""Stages that the pictures of one request share, by input and mask: setting one takes long.

Those that depend on a picture's own seed are not in here: nobody else could use them.
"""


def redraw(
    request: ResolvedRequest,
    index: int,
    facts: Facts,
    method: Method,
    see: See,
    makers: MapMakers,
    stages: Stages | None = None,
) -> Recipe:
    """Picture `index` of a request that draws over its input. `see` as in text to image."""
    source: Levels = yield ReadInput(request.init)
    if request.kind == "upscale":
        source = yield from enlarge_twice(request, flattened(source))
    mask: Levels | None = (yield ReadInput(request.mask)) if request.mask else None
    known = stages if stages is not None and is_shared(request) else {}
    key = (request.init, request.mask)
    if key not in known:
        known[key] = set_stage(request.alone(index), source, mask)
    stage = known[key]
    steps = [partial_steps(request.steps, strength) for strength in request.strengths]
    if stage.is_kept or not any(steps):
        return as_picture(stage.kept)
    drawn, making = stage.pixels, Making(request, index, facts, see, makers)
    for loop, (count, strength) in enumerate(zip(steps, request.strengths, strict=True)):
        if count:
            pass_ = Pass(method.ending(count), loop, from_noise=strength == 1)
            drawn = yield from _drawn(making, pass_, stage, drawn)
    return as_picture(stage.finish(drawn))


def enlarge_twice(request: ResolvedRequest, pixels: Levels) -> Generator[Call, Any, Levels]:
    """The picture at the size that comes out, by the upscaler, or by two of them blended."""
    size = (request.out_width, request.out_height)
    first = yield from enlarged(request, request.upscaler, pixels, size)
    if not request.upscaler_2:
        return first
    second = yield from enlarged(request, request.upscaler_2, pixels, size)
    mixed = first + (second.astype("float32") - first) * request.blend
    return mixed.round().clip(0, 255).astype("uint8")


def only_enlarge(request: ResolvedRequest) -> Recipe:
    """A picture made larger, and nothing drawn."""
    source: Levels = flattened((yield ReadInput(request.init)))
    large = yield from enlarge_twice(request, source)
    return as_picture(colours_matched(large, source) if request.colour_match else large)


def _drawn(
    making: Making, pass_: Pass, stage: Stage, pixels: Levels
) -> Generator[Call, Any, Levels]:
    """`pixels` drawn over once, by all levels of the method."""
    request, facts, method = making.request, making.facts, pass_.method
    shape = facts.latent_shape(request.width, request.height)
    tiled = request.tiled_vae
    original = _at_size((yield EncodeImage(as_floats(pixels), tiled)), shape)
    begun = original
    if stage.begun is not None:
        begun = _at_size((yield EncodeImage(as_floats(stage.begun), tiled)), shape)
    drawn_part = _latent_mask(stage, facts)
    first, noise = noises(request, making.index, facts, pass_.loop)
    if drawn_part is not None:
        begun = _with_content(request, begun, drawn_part, noise.draw)
    start = first * method.sigmas[0] + (0 if pass_.from_noise else begun)
    size = (request.width, request.height)
    # Where all is drawn anew nothing is shown; the pixels may be of another size then.
    shown = None if stage.mask is None else stage.pixels
    look = yield from shown_beside(facts, size, shown, stage.mask, tiled=tiled)
    soft = request.kind == "inpaint" and request.soft
    # A network for inpainting is shown what stays, and goes on from there by itself.
    if drawn_part is not None and (soft or look.beside is None):
        at = gradually(drawn_part, method.sigmas) if soft else steadily(drawn_part)
        look = Look(Keeping(original, at), look.beside)
        if pass_.from_noise:
            # What stays at first is in the picture from there on: at its highest level the network
            # chooses the light, and would choose another one than that of the sky around a hole.
            start = torch.where(at(method.sigmas[0]) > 0, start, start + original)
    steered = steering(request, making.index, facts, making.makers, size, stage)
    acting = yield from steered
    look = replace(look, acting=acting)
    latents = yield from develop(request, facts, method, start, noise, making.see, look)
    return as_levels((yield Decode(latents, tiled)))


def _at_size(latents: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Latents stretched to the size that is drawn, where the resize mode left them as they were."""
    if latents.shape[1:] == shape:
        return latents
    return interpolate(latents, size=shape[1:], mode="bilinear")


def _latent_mask(stage: Stage, facts: Facts) -> Tensor | None:
    """[1, 1, h, w] in 0 to 1; None where all is drawn."""
    if stage.mask is None:
        return None
    return torch.from_numpy(latent_mask(stage.mask, facts.factor))[None, None]


def _with_content(
    request: ResolvedRequest, begun: Tensor, part: Tensor, draw: Callable[[], Tensor]
) -> Tensor:
    """The latents with what the masked part begins with, where that is not a picture."""
    if request.masked_content == "latent_noise":
        return torch.where(part > 0, draw(), begun)
    if request.masked_content == "latent_nothing":
        return torch.where(part > 0, 0.0, begun)
    return begun
