"""Seamless pictures: textures and backgrounds that can be laid side by side."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from webui.errors import RequestRejected
from webui.extension import hook

if TYPE_CHECKING:
    from webui.request import Request, ResolvedRequest


@hook
def transform_request(request: Request) -> None:
    """Refuse what cannot be seamless. Raises RequestRejected."""
    if request.kind == "inpaint" and request.area == "masked":
        raise RequestRejected(
            "A part of a picture that is drawn by itself has no opposite sides that could meet."
            " Draw the whole picture, or leave Seamless out.",
            field="area",
            value=request.area,
        )


@hook
def wrap_recipe(
    recipe: Generator[Any, Any, Any], request: ResolvedRequest, inputs: Mapping[str, Any]
) -> Generator[Any, Any, Any]:
    """Let the networks see the picture as a ring. Raises RequestRejected for windows."""
    if request.window and max(request.final_size) > request.window:
        raise RequestRejected(
            "A picture that is drawn in windows cannot be seamless: no window sees two opposite"
            " sides. Make it smaller, enlarge the windows, or leave Seamless out.",
            field="window",
            value=request.window,
        )
    from .ring import Ring, tiling

    return tiling(recipe, Ring.of(inputs["sides"]))
