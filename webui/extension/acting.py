"""Extensions that act on requests and pictures, each checked and named if it fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy import typing as npt

from webui.errors import ExtensionFailed, RequestRejected, WebuiError
from webui.extension.guarding import Guard
from webui.extension.hooks import SavedImage
from webui.extension.registry import Transformer
from webui.extension.watching import SECONDS
from webui.request import Request, ResolvedRequest, parse
from webui.request.limits import LONGEST_SIDE, MOST_PIXELS

_LOG = logging.getLogger("webui.extension")

Acting = Sequence[tuple[str, Transformer]]
"""What `Registry.transformers` gives."""

Inputs = Mapping[str, Mapping[str, Any]]
"""Inputs by extension."""

R = TypeVar("R", bound=Request)


def transformed_request(request: R, acting: Acting, inputs: Inputs, seconds: float = SECONDS) -> R:
    """The request as extensions change it, one after the other; it stays of its kind and valid.

    Raises ExtensionFailed, TooLate for one that takes longer than `seconds`, and RequestRejected
    where an extension refuses in plain words.
    """
    for id, transformer in acting:
        changed = transformer.within(seconds, {"request": request, "inputs": inputs.get(id, {})})
        if changed is not None:
            guard = transformer.guard
            request = guard.call(partial(_valid, changed, request, guard))
    return request


def _valid(changed: Any, request: R, guard: Guard) -> R:
    if type(changed) is not type(request):
        guard.wrong(
            f"gave a {type(changed).__name__}; it must give a {type(request).__name__} as it got."
        )
    try:
        # A copy with other values was not looked at by anybody yet.
        return type(request).model_validate(parse(changed.model_dump()))
    except RequestRejected as refused:
        guard.wrong(f"gave a request that is not valid: {refused.message}")


def transformed_image(
    pixels: npt.NDArray[np.uint8], acting: Acting, request: ResolvedRequest, inputs: Inputs
) -> npt.NDArray[np.uint8]:
    """A finished picture, uint8 [height, width, 3], as extensions change it.

    Raises ExtensionFailed: a failure never leaves a picture that only looks finished.
    """
    for id, transformer in acting:
        given = {"request": request, "inputs": inputs.get(id, {})}
        changed = transformer({**given, "pixels": pixels.copy()})
        if changed is not None:
            guard = transformer.guard
            pixels = guard.call(partial(checked_picture, changed, guard))
    return pixels


def checked_picture(pixels: Any, guard: Guard) -> npt.NDArray[np.uint8]:
    """What an author's code made, if it is a picture. Raises ExtensionFailed."""
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 3:
        guard.wrong(f"gave {described(pixels)}; it must be a uint8 array [height, width, 3].")
    height, width, channels = pixels.shape
    if channels != 3 or not (0 < height <= LONGEST_SIDE and 0 < width <= LONGEST_SIDE):
        guard.wrong(f"gave {described(pixels)}; it must be [height, width, 3] with sides from 1.")
    if height * width > MOST_PIXELS:
        guard.wrong(f"gave a picture of {width} × {height} pixels, which is too large.")
    return np.ascontiguousarray(pixels)


def tell_saved(
    image: SavedImage, acting: Acting, seconds: float = SECONDS
) -> dict[str, WebuiError]:
    """Tell extensions of a picture that was saved. What they raise is logged and returned.

    One that takes longer than `seconds` has raised TooLate.
    """
    troubles: dict[str, WebuiError] = {}
    for id, transformer in acting:
        try:
            transformer.within(seconds, {"image": image})
        except (ExtensionFailed, RequestRejected) as error:
            _LOG.warning("Extension %s: %s", id, error.message)
            troubles[id] = error
    return troubles


def described(value: Any) -> str:
    """What something is, with its type of numbers and its shape if it has these."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return f"a {type(value).__name__}"
    return f"{str(dtype).removeprefix('torch.')} {[*shape]}"
