"""Extensions that stand around samplers and recipes. In the worker only: this imports torch."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, get_args

import torch
from torch import Tensor

from webui.calls import Call
from webui.extension.acting import Acting, Inputs, described, transformed_image
from webui.extension.guarding import Guard
from webui.extension.registry import Transformer
from webui.request import ResolvedRequest
from webui.sampling.driving import Slip, driven, generator_of, passing
from webui.sampling.guarding import wrapped
from webui.sampling.protocol import Sampling

_CALLS = get_args(Call)


def wrapped_sampling(
    sampling: Sampling,
    acting: Acting,
    request: ResolvedRequest,
    inputs: Inputs,
    x: Tensor,
    steps: int,
) -> Sampling:
    """`sampling` with the wrappers of extensions around it, the first one innermost.

    `x`: what the sampling starts with; `steps`: of it. See `webui.sampling.guarding.wrapped`.
    """
    for id, transformer in acting:
        given = {"request": request, "inputs": inputs.get(id, {})}

        def wrap(
            inner: Sampling, given: Mapping[str, Any] = given, act: Transformer = transformer
        ) -> Any:
            return act({**given, "sampling": inner})

        sampling = wrapped(sampling, wrap, transformer.guard, x, steps)
    return sampling


def wrapped_recipe(
    recipe: Generator[Call, Any, Any],
    acting: Acting,
    request: ResolvedRequest,
    inputs: Inputs,
) -> Generator[Call, Any, Any]:
    """A recipe with the wrappers of extensions around it, the first one innermost.

    What a wrapper yields must be calls, and what it returns a picture, uint8 tensor
    [1, height, width, 3]; else, and for whatever it raises, the job ends with ExtensionFailed.
    Errors of the recipe itself stay its own.
    """
    for id, transformer in acting:
        given = {"request": request, "inputs": inputs.get(id, {})}
        recipe = _wrapped(recipe, transformer, given)
    return recipe


def _wrapped(
    recipe: Generator[Call, Any, Any], transformer: Transformer, given: Mapping[str, Any]
) -> Generator[Call, Any, Any]:
    slip, guard = Slip(), transformer.guard
    inner = passing(recipe, slip)

    def checked(call: Any) -> Call:
        if not isinstance(call, _CALLS):
            guard.wrong(f"asked with a {type(call).__name__}; it must yield calls.")
        return call

    try:
        made = transformer({**given, "recipe": inner})
        if made is None:
            return (yield from inner)
        picture = yield from driven(generator_of(made, guard), guard, slip, checked)
        guard.call(lambda: _check_tensor(picture, guard))
        return picture
    finally:
        # One that was never begun does not close what it stands around.
        inner.close()
        recipe.close()


def _check_tensor(picture: Any, guard: Guard) -> None:
    shape = tuple(getattr(picture, "shape", ()))
    fits = len(shape) == 4 and shape[0] == 1 and shape[3] == 3 and 0 not in shape
    if not fits or str(getattr(picture, "dtype", "")) != "torch.uint8":
        guard.wrong(
            f"returned {described(picture)}; it must be a uint8 tensor [1, height, width, 3]."
        )


def transformed_recipe(
    recipe: Generator[Call, Any, Any], acting: Acting, request: ResolvedRequest, inputs: Inputs
) -> Generator[Call, Any, Any]:
    """The same recipe; its picture [1, height, width, 3] is what extensions make of it."""
    picture = yield from recipe
    pixels = transformed_image(picture[0].cpu().numpy(), acting, request, inputs)
    return torch.from_numpy(pixels)[None]
