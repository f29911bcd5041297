"""Resolving requests that begin with pictures: each input is drawn over by itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from webui.errors import RequestRejected
from webui.request.choices import Choices, Defaults
from webui.request.from_picture import ImageToImage, Inpaint, Outpaint, Upscale
from webui.request.resolve import Here, Input, difference, resolve_one, used_by
from webui.request.resolved import MOST_PICTURES, FileUsed, ResolvedRequest
from webui.request.sizes import placed

AnyFromPicture: TypeAlias = ImageToImage | Inpaint | Outpaint | Upscale


def resolve_from_picture(request: AnyFromPicture, choices: Choices, here: Here) -> ResolvedRequest:
    """Make every open choice; with several inputs each picture says which one it is of.

    All inputs are drawn with the same seeds. Raises RequestRejected.
    """
    inputs = [here.look(reference, "init") for reference in request.init]
    is_drawn = not (isinstance(request, Upscale) and request.strength == 0)
    count = len(inputs) * (request.batch_size * request.batch_count if is_drawn else 1)
    if count > MOST_PICTURES:
        raise RequestRejected(
            f"{len(inputs)} pictures in so many batches are {count:,}; at most {MOST_PICTURES:,}"
            " can be made at once.",
            field="init",
        )
    mask = _mask(request, inputs, here)
    # Chosen once, so that all inputs share them. Files are hashed once.
    seeds = {
        name: here.choose_seed()
        for name in ("seed", "variation_seed")
        if getattr(request, name) == -1
    }
    settled = request.model_copy(update=seeds)
    known = replace(here, sha256_of=cache(here.sha256_of))
    each = [_resolved(settled, one, mask, choices, known) for one in inputs]
    return each[0] if len(each) == 1 else _together(each)


def _mask(request: AnyFromPicture, inputs: list[Input], here: Here) -> str:
    """The hash of the mask; empty where none is needed. Raises RequestRejected."""
    if not isinstance(request, Inpaint):
        return ""
    if request.mask:
        return here.look(request.mask, "mask").sha256
    if not all(one.has_alpha for one in inputs):
        raise RequestRejected(
            "There is no mask, and the picture has no transparent part. Paint over what shall be"
            " drawn anew, or send a mask.",
            field="mask",
        )
    return ""


def _resolved(
    request: AnyFromPicture, init: Input, mask: str, choices: Choices, here: Here
) -> ResolvedRequest:
    known: dict[str, Any] = {
        "init": init.sha256,
        "init_width": init.width,
        "init_height": init.height,
    }
    names, files = upscalers(request, here)
    known |= names
    if isinstance(request, Upscale) and request.strength == 0:
        known["origin"] = here.look(request.origin, "origin").sha256 if request.origin else ""
        only = _only_enlarged(request, init, known, files)
        extended = here.extended(only, request.extensions)
        return only.model_copy(update={"extensions": extended.inputs, "used": extended.used})
    size = (init.width, init.height)
    one = resolve_one(
        request,
        choices,
        here,
        lambda asked, fits: {**placed(asked, fits, size), **known, "mask": mask},
    )
    return one.model_copy(update={"files": (*one.files, *files)})


def upscalers(request: AnyFromPicture, here: Here) -> tuple[dict[str, str], tuple[FileUsed, ...]]:
    """What enlarges, by field, and the files of those that have one."""
    if not isinstance(request, Upscale):
        return {}, ()
    asked = {"upscaler": request.upscaler or "lanczos", "upscaler_2": request.upscaler_2}
    found = {field: here.upscaler(name, field) for field, name in asked.items() if name}
    names = {
        field: file.name if file else asked[field].strip().casefold()
        for field, file in found.items()
    }
    return names, tuple(dict.fromkeys(file for file in found.values() if file))


def _only_enlarged(
    request: Upscale, init: Input, known: dict[str, Any], files: tuple[FileUsed, ...]
) -> ResolvedRequest:
    """Nothing is drawn, so no checkpoint, prompt, seed or control unit has a say."""
    sizes = placed(request, Defaults(), (init.width, init.height))
    return ResolvedRequest(
        kind="upscale",
        prompt="",
        negative_prompt="",
        sampler="",
        schedule="",
        steps=1,
        cfg_scale=1.0,
        **sizes,
        **known,
        seed=0,
        strength=0.0,
        scale=request.scale,
        blend=request.blend,
        colour_match=request.colour_match,
        batch_size=1,
        batch_count=1,
        checkpoint="",
        lane=request.lane,
        exact=request.exact,
        files=files,
    )


def _together(each: list[ResolvedRequest]) -> ResolvedRequest:
    """One request over all pictures of all inputs."""
    first = each[0]
    alone = [one.alone(index) for one in each for index in range(one.pictures)]
    files = tuple(dict.fromkeys(file for one in each for file in one.files))
    whole = first.model_copy(update={"each": (), "files": files, "used": used_by(each)})
    own = tuple(difference(whole, one) for one in alone)
    return whole.model_copy(update={"each": own})
