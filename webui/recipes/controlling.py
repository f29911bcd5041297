"""Control units on their way into calls: read the pictures, make the maps, say when they act."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor

from webui.calls import Call, Control, Detect, EncodeImage, ReadInput
from webui.families import Facts
from webui.images.control_map import finished_map, prepared_picture, shown_map
from webui.images.masks import latent_mask, mask_of
from webui.images.region import Box
from webui.images.resizing import fitted, resized
from webui.recipes.pixels import Levels, as_floats, as_picture
from webui.recipes.stage import Stage, flattened
from webui.request import ResolvedRequest
from webui.request.control import REFERENCE_ONLY, ResolvedControl
from webui.sampling import ImageNoise

_APART = 0x5EED
"""Added to the seed for the noise on a reference: it shall not be that of the picture."""

Preprocess: TypeAlias = Callable[[Levels, float, float], Levels]
"""From a picture [h, w, 3] and two numbers to its map [h, w, 3], or 4 with alpha 0 to be filled."""


class MapMakers(Protocol):
    """Where preprocessors are found by id; None for one that a network computes."""

    def preprocessor(self, name: str) -> Preprocess | None: ...


@dataclass(frozen=True, slots=True)
class Acting:
    """A unit's control, and the share of the steps where it begins and ends to act."""

    control: Control
    start: float
    end: float

    def acts(self, gone: float) -> bool:
        """Whether it acts in a step before which so much of the way is gone."""
        return self.start <= gone < self.end


def steering(
    request: ResolvedRequest,
    facts: Facts,
    makers: MapMakers,
    size: tuple[int, int],
    stage: Stage | None = None,
) -> Generator[Call, Any, tuple[Acting, ...]]:
    """What steers a pass that draws `size` (width, height); `stage` where it is drawn over."""
    found: list[Acting] = []
    for unit in request.controls:
        picture: Levels = yield ReadInput(unit.image)
        mask: Levels | None = mask_of((yield ReadInput(unit.mask))) if unit.mask else None
        seen = _Seen(unit, size, *_on_stage(request, unit, picture, mask, stage))
        control = yield from _control(request, facts, makers, seen)
        found.append(Acting(control, unit.start, unit.end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A unit, the size that is drawn, and what of its picture and mask belongs there."""

    unit: ResolvedControl
    size: tuple[int, int]
    picture: Levels
    mask: Levels | None
    hole: Levels | None


def _on_stage(
    request: ResolvedRequest,
    unit: ResolvedControl,
    picture: Levels,
    mask: Levels | None,
    stage: Stage | None,
) -> tuple[Levels, Levels | None, Levels | None]:
    """The picture, the mask, and what a preprocessor for inpainting shall leave out.

    The input itself is seen as it lies on the stage: enlarged, with its new rim, or only the part
    that is drawn. Of other pictures the same part is seen.
    """
    if stage is None:
        return picture, mask, mask
    hole = mask if stage.mask is None else stage.mask
    if unit.image == request.init:
        return stage.pixels, _cut(mask, stage), hole
    return _part(picture, stage), _cut(mask, stage), hole


def _cut(mask: Levels | None, stage: Stage) -> Levels | None:
    return None if mask is None else _part(mask, stage)


def _part(levels: Levels, stage: Stage) -> Levels:
    """What lies under the part of the input that is drawn."""
    if stage.frame is None:
        return levels
    (width, height), box = stage.frame
    across, down = levels.shape[1] / width, levels.shape[0] / height
    left, top = int(box.left * across), int(box.top * down)
    right, bottom = round(box.right * across), round(box.bottom * down)
    scaled = Box(left, top, max(left + 1, right), max(top + 1, bottom))
    return np.ascontiguousarray(scaled.of(levels))


def _control(
    request: ResolvedRequest, facts: Facts, makers: MapMakers, seen: _Seen
) -> Generator[Call, Any, Control]:
    unit, (width, height) = seen.unit, seen.size
    sha256 = next((one.sha256 for one in request.of_role("control") if one.name == unit.model), "")
    noise: Tensor | None = None
    if unit.method == REFERENCE_ONLY:
        whole = fitted(flattened(seen.picture), width, height, unit.resize)
        hint = yield EncodeImage(as_floats(whole), request.tiled_vae)
        shape = facts.latent_shape(width, height)
        noise = ImageNoise([(request.seed + _APART) % (1 << 53)], shape).draw()
    elif unit.method == "ip_adapter":
        hint = as_floats(flattened(seen.picture))
    else:
        hint = _as_hint((yield from _map(seen, makers)))
    mask = None
    if seen.mask is not None:
        small = latent_mask(resized(seen.mask, width, height), facts.factor)
        mask = torch.from_numpy(small)[None, None]
    return Control(unit.method, unit.model, sha256, hint, unit.weight, unit.mode, mask, noise)


def _map(seen: _Seen, makers: MapMakers) -> Generator[Call, Any, Levels]:
    unit = seen.unit
    make = makers.preprocessor(unit.preprocessor)
    picture = prepared_picture(seen.picture, seen.size, unit.resize, unit.resolution, seen.hole)
    options = unit.threshold_a, unit.threshold_b
    if make is None:
        # Where there is a hole, alpha tells it; the network sees what lies under it.
        seen_by = np.ascontiguousarray(picture[..., :3])
        made: Levels = yield Detect(seen_by, unit.preprocessor, options)
    else:
        made = make(picture, *options)
    return finished_map(made, seen.size)


def only_map(request: ResolvedRequest, makers: MapMakers) -> Generator[Call, Any, Tensor]:
    """The map of a request for one: uint8 [1, height, width, 3], what is to be filled in black."""
    unit = request.controls[0]
    picture: Levels = yield ReadInput(unit.image)
    mask: Levels | None = mask_of((yield ReadInput(unit.mask))) if unit.mask else None
    seen = _Seen(unit, (request.width, request.height), picture, mask, mask)
    return as_picture(shown_map((yield from _map(seen, makers))))


def _as_hint(levels: Levels) -> Tensor:
    """Float32 [1, 3, h, w] in 0 to 1; -1 where a network for inpainting is to fill."""
    if levels.shape[2] == 3:
        return as_floats(levels)
    hint = as_floats(np.ascontiguousarray(levels[..., :3]))
    is_hole = torch.from_numpy(np.ascontiguousarray(levels[..., 3] == 0))[None, None]
    return torch.where(is_hole, -1.0, hint)


def within(control: Control, at: tuple[int, int], x: Tensor, facts: Facts) -> Control:
    """The control of a window of the picture: `x` [rows, c, h, w] whose corner is `at`."""
    (top, left), (height, width) = at, x.shape[2:]

    def cut(tensor: Tensor, factor: int) -> Tensor:
        rows = slice(top * factor, (top + height) * factor)
        return tensor[..., rows, left * factor : (left + width) * factor]

    if control.method == "ip_adapter":
        hint = control.hint
    else:
        hint = cut(control.hint, 1 if control.method == REFERENCE_ONLY else facts.factor)
    mask = None if control.mask is None else cut(control.mask, 1)
    noise = None if control.noise is None else cut(control.noise, 1)
    return replace(control, hint=hint, mask=mask, noise=noise)


def controls_at(
    acting: Sequence[Acting], gone: float, at: tuple[int, int], x: Tensor, facts: Facts
) -> tuple[Control, ...]:
    """The controls of one call."""
    return tuple(within(one.control, at, x, facts) for one in acting if one.acts(gone))
