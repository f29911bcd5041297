"""Recipes driven by hand: every call is answered by a function, and remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests.engine.fakes import FACTS, a_request
from webui.builtin import BuiltinTools
from webui.calls import Decode, Denoise, EncodeImage, EncodePrompt, Enlarge, ReadInput
from webui.families import Facts
from webui.recipes import Planner
from webui.recipes.pixels import Levels
from webui.request import ResolvedRequest

INIT, MASK = "1" * 64, "2" * 64
"""The hashes of an input and of its mask."""


def follow(recipe: Any, answer: Callable[[Any], Any]) -> tuple[list[Any], Any]:
    """Every call of a recipe, and what it returns."""
    calls = list[Any]()
    said: Any = None
    try:
        while True:
            calls.append(recipe.send(said))
            said = answer(calls[-1])
    except StopIteration as end:
        return calls, end.value


def of_kind(calls: list[Any], kind: type) -> list[Any]:
    return [call for call in calls if isinstance(call, kind)]


def simply(call: Any, inputs: dict[str, Levels]) -> Any:
    """An answer to any call, by a little arithmetic. Nothing was kept before.

    Latents are the colours of the middle of their pixels, so that reading a picture and developing
    it gives it back where it is flat.
    """
    if isinstance(call, EncodePrompt):
        return torch.stack([torch.full((77, 8), float(i)) for i in range(len(call.texts))])
    if isinstance(call, Denoise):
        return call.x * 0.5
    if isinstance(call, EncodeImage):
        return seen(call.pixels)
    if isinstance(call, Decode):
        colours = call.latents[:, :3].repeat_interleave(8, 2).repeat_interleave(8, 3)
        return (colours.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    if isinstance(call, Enlarge):
        return call.pixels.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return inputs[call.sha256] if isinstance(call, ReadInput) else None


def seen(pixels: Tensor) -> Tensor:
    """Latents of pixels [1, 3, h, w]: their colours and a fourth channel."""
    colours = pixels[:, :, 4::8, 4::8]
    return torch.cat([colours, colours[:, :1] - 0.5], dim=1)


def plan_of(request: ResolvedRequest, facts: Facts | None = FACTS) -> Any:
    return Planner(BuiltinTools())(request, facts)


def made(
    inputs: dict[str, Levels] | None = None,
    answer: Callable[[Any], Any] | None = None,
    facts: Facts | None = FACTS,
    index: int = 0,
    **changes: Any,
) -> tuple[list[Any], Levels]:
    """The calls and the pixels of a picture, answered simply where `answer` says nothing."""
    request = a_request(**{"prompt": "a boat", "negative_prompt": "fog", **changes})

    def reply(call: Any) -> Any:
        said = answer(call) if answer else None
        return simply(call, inputs or {}) if said is None else said

    calls, picture = follow(plan_of(request, facts).start(index, lambda x0: None), reply)
    return calls, picture[0].numpy()


def over(picture: Levels, mask: Levels | None = None, **changes: Any) -> tuple[list[Any], Levels]:
    """The calls and the pixels of a picture that is drawn over, at its own size."""
    height, width = picture.shape[:2]
    fields: dict[str, Any] = {
        "kind": "image_to_image" if mask is None else "inpaint",
        "init": INIT,
        "init_width": width,
        "init_height": height,
        "width": max(16, -(-width // 8) * 8),
        "height": max(16, -(-height // 8) * 8),
        "out_width": width,
        "out_height": height,
        "strength": 0.6,
        "steps": 5,
    }
    inputs = {INIT: picture}
    if mask is not None:
        fields["mask"], inputs[MASK] = MASK, np.repeat(mask[..., None], 3, axis=2)
    return made(inputs, **{**fields, **changes})


def a_picture(width: int = 64, height: int = 64, seed: int = 0) -> Levels:
    """Pixels by chance."""
    chance = np.random.default_rng(seed)
    return chance.integers(0, 256, (height, width, 3), np.uint8)
