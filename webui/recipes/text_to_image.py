"""Text to image: develop noise into latents, perhaps once more at a larger size, decode them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor
from torch.nn.functional import interpolate

from webui.calls import Call, Decode, EncodeImage, Keep, Recall
from webui.families import Facts
from webui.recipes.controlling import MapMakers, steering
from webui.recipes.developing import Look, Method, Recipe, develop, loras_of, noises
from webui.recipes.enlarging import enlarged
from webui.recipes.pixels import as_floats, as_levels
from webui.recipes.showing import shown_beside
from webui.request import ResolvedRequest
from webui.request.resolve_hires import LATENT_UPSCALERS
from webui.sampling import Noise

_RECKONING = 2
"""Counts changes of how latents are made: what an older version kept must not be taken for ours."""

_NOT_FIRST = frozenset(
    (
        *(
            "kind",
            "batch_size",
            "batch_count",
            "lane",
            "exact",
            "dtype",
            "company",
            "each",
            "sheet",
        ),
        *("template", "negative_template", "checkpoint", "tiled_vae", "origin"),
    )
)
"""Fields on which the latents of a first pass do not depend. Weights are known by their hash."""


def text_to_image(
    request: ResolvedRequest,
    index: int,
    facts: Facts,
    methods: tuple[Method, Method | None],
    see: Callable[[Tensor], None],
    makers: MapMakers,
) -> Recipe:
    """Picture `index` of the request. `see` is shown each predicted x0 [1, c, h, w].

    `methods`: of the first pass, and of the second if there is one. `makers` make maps.
    """
    first, second = methods
    drawing = _Drawing(request, index, facts, see, makers)
    latents = yield from _first_pass(drawing, first)
    if second:
        again = replace(drawing, request=second_request(request))
        latents = yield from _second_pass(again, second, latents)
    return (yield Decode(latents, request.tiled_vae))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Which picture of which request, with which weights, who watches and what makes maps."""

    request: ResolvedRequest
    index: int
    facts: Facts
    see: Callable[[Tensor], None]
    makers: MapMakers

    def look(self) -> Generator[Call, Any, Look]:
        """What the network is shown, and what steers it."""
        size = (self.request.width, self.request.height)
        look = yield from shown_beside(self.facts, size)
        steered = steering(self.request, self.index, self.facts, self.makers, size)
        acting = yield from steered
        return replace(look, acting=acting)

    def develop(self, method: Method, start: Tensor, noise: Noise) -> Generator[Call, Any, Tensor]:
        look = yield from self.look()
        return (yield from develop(self.request, self.facts, method, start, noise, self.see, look))


def _first_pass(drawing: _Drawing, method: Method) -> Generator[Call, Any, Tensor]:
    """Its latents; those of an earlier job, if it began alike."""
    request, index = drawing.request, drawing.index
    key = first_pass_key(request.alone(index))
    known = yield Recall(key)
    if known is not None:
        return known
    start, noise = noises(request, index, drawing.facts)
    latents = yield from drawing.develop(method, start * method.sigmas[0], noise)
    yield Keep(key, latents)
    return latents


def first_pass_key(request: ResolvedRequest) -> str:
    """Tells one first pass from every other: a hash of all that its latents depend on."""
    fields = request.model_dump(mode="json", exclude=set(_NOT_FIRST))
    own = {name: value for name, value in fields.items() if not name.startswith("hires_")}
    # Upscalers, and LoRAs that only the second prompt names, come in later.
    worn = {lora.name for lora in loras_of(request)}
    own["reckoning"] = _RECKONING
    own["files"] = [
        file
        for file in fields["files"]
        if file["role"] in ("checkpoint", "embedding", "control") or file["name"] in worn
    ]
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:32]


def second_request(request: ResolvedRequest) -> ResolvedRequest:
    """What the second pass draws, as a request of its own."""
    cfg_scale = request.hires_cfg_scale
    return request.model_copy(
        update={
            "prompt": request.hires_prompt or request.prompt,
            "negative_prompt": request.hires_negative_prompt or request.negative_prompt,
            "sampler": request.hires_sampler or request.sampler,
            "schedule": request.hires_schedule or request.schedule,
            "steps": request.second_schedule,
            "cfg_scale": request.cfg_scale if cfg_scale is None else cfg_scale,
            "width": request.hires_width or request.width,
            "height": request.hires_height or request.height,
            "seed_resize_width": None,
            "seed_resize_height": None,
        }
    )


def _second_pass(
    drawing: _Drawing, method: Method, latents: Tensor
) -> Generator[Call, Any, Tensor]:
    """The latents made larger, and drawn over."""
    request, facts = drawing.request, drawing.facts
    size = (request.width, request.height)
    way = LATENT_UPSCALERS.get(request.hires_upscaler)
    if way:
        latents = interpolate(latents, size=facts.latent_shape(*size)[1:], mode=way)
    else:
        small = yield Decode(latents, request.tiled_vae)
        large = yield from enlarged(request, request.hires_upscaler, as_levels(small), size)
        latents = yield EncodeImage(as_floats(large), request.tiled_vae)
    if len(method.sigmas) < 2:
        return latents
    drawn, noise = noises(request, drawing.index, facts)
    start = latents + drawn * method.sigmas[0]
    if request.hires_strength == 1:
        start = drawn * method.sigmas[0]
    return (yield from drawing.develop(method, start, noise))
