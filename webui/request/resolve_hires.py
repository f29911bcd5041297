"""Resolving the second pass: what enlarges, and how the enlarged picture is drawn over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webui.request.choices import Choices
from webui.request.from_picture import AnyDrawing
from webui.request.limits import Name
from webui.request.parts import Hires
from webui.request.resolved import FileUsed
from webui.request.text_to_image import TextToImage

LATENT_UPSCALERS: dict[Name, str] = {
    "latent": "bilinear",
    "latent_nearest": "nearest-exact",
    "latent_bicubic": "bicubic",
}
"""Upscalers of latents, and what torch calls their interpolation."""


def hires_of(
    request: AnyDrawing, choices: Choices, upscaler: Callable[[str, str], FileUsed | None]
) -> tuple[dict[str, Any], tuple[FileUsed, ...]]:
    """The fields of the second pass, and the file that enlarges, as far as there is one.

    Without a second pass its fields are those of any request: what does nothing is not kept.
    Raises RequestRejected for names that are not known.
    """
    if not isinstance(request, TextToImage) or request.hires_scale == 1:
        return {}, ()
    names = (*Hires.model_fields, "hires_scale")
    fields = {name: getattr(request, name) for name in names}
    if request.hires_sampler:
        fields["hires_sampler"] = choices.sampler(request.hires_sampler).id
    if request.hires_schedule:
        fields["hires_schedule"] = choices.schedule(request.hires_schedule).id
    plain = request.hires_upscaler.strip().casefold()
    if plain in LATENT_UPSCALERS:
        return {**fields, "hires_upscaler": plain}, ()
    file = upscaler(request.hires_upscaler, "hires_upscaler")
    return {**fields, "hires_upscaler": file.name if file else plain}, (file,) if file else ()
