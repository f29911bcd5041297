"""Resolving: a request becomes one in which nothing is left open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.request.choices import CheckpointInfo, Choices
from webui.request.explain import explain
from webui.request.resolved import FileUsed, ResolvedRequest
from webui.request.text_to_image import MAX_PIXELS_AT_ONCE, Request, TextToImage


def parse(fields: Any) -> Request:
    """Read a request from plain data. Raises RequestRejected in plain words."""
    try:
        return TextToImage.model_validate(fields)
    except ValidationError as error:
        raise explain(error, TextToImage) from None


def parse_json(text: str | bytes) -> Request:
    """Read a request from JSON text. Raises RequestRejected in plain words."""
    try:
        return TextToImage.model_validate_json(text)
    except ValidationError as error:
        raise explain(error, TextToImage) from None


def resolve(
    request: Request,
    choices: Choices,
    *,
    sha256_of: Callable[[CheckpointInfo], str],
    choose_seed: Callable[[], int],
) -> ResolvedRequest:
    """Make every open choice. Raises RequestRejected for names that are not known."""
    checkpoint = choices.checkpoint(request.checkpoint)
    fits = checkpoint.defaults
    sampler = choices.sampler(fits.sampler if request.sampler == "auto" else request.sampler)
    own_schedule = fits.schedule if request.sampler == "auto" else sampler.schedule
    schedule = choices.schedule(own_schedule if request.schedule == "auto" else request.schedule)
    width = request.width or fits.width
    height = request.height or fits.height
    _check_pixels(width, height, request.batch_size)
    cfg_scale = fits.cfg_scale if request.cfg_scale is None else request.cfg_scale
    is_resized = (request.seed_resize_width or request.seed_resize_height) is not None
    return ResolvedRequest(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        sampler=sampler.id,
        schedule=schedule.id,
        steps=request.steps or fits.steps,
        cfg_scale=cfg_scale,
        width=width,
        height=height,
        seed=choose_seed() if request.seed == -1 else request.seed,
        variation_seed=_variation_seed(request, choose_seed),
        variation_strength=request.variation_strength,
        seed_resize_width=(request.seed_resize_width or width) if is_resized else None,
        seed_resize_height=(request.seed_resize_height or height) if is_resized else None,
        noise_source=request.noise_source,
        batch_size=request.batch_size,
        batch_count=request.batch_count,
        checkpoint=checkpoint.name,
        lane=request.lane,
        exact=request.exact,
        files=(FileUsed(role="checkpoint", name=checkpoint.name, sha256=sha256_of(checkpoint)),),
    )


def _variation_seed(request: Request, choose_seed: Callable[[], int]) -> int:
    """0 where none is mixed in, so that equal pictures have equal requests."""
    if request.variation_strength == 0:
        return 0
    return choose_seed() if request.variation_seed == -1 else request.variation_seed


def _check_pixels(width: int, height: int, batch_size: int) -> None:
    if width * height * batch_size > MAX_PIXELS_AT_ONCE:
        raise RequestRejected(
            f"batch_size {batch_size} at {width} × {height} is more than one device holds at"
            f" once; at this size at most {max(1, MAX_PIXELS_AT_ONCE // (width * height))} fit."
            " Use batch_count for more pictures.",
            field="batch_size",
            value=batch_size,
        )
