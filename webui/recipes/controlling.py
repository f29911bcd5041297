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
from webui.images.map_resizing import fitted_map
from webui.images.masks import latent_mask, mask_of
from webui.images.region import Box
from webui.images.resizing import Fit, fitted, fitted_mask, resized
from webui.recipes.pixels import Levels, as_floats, as_picture
from webui.recipes.stage import Stage, flattened
from webui.request import ResolvedRequest
from webui.request.control import REFERENCE_ONLY, ResolvedControl
from webui.sampling import ImageNoise

_APART = 0x5EED
"""Added to the seed for the noise on a reference: it shall not be that of the picture."""

_LONGEST = 4096
"""Pixels of the longer side up to which other pictures keep theirs when a part of them is cut."""

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
    index: int,
    facts: Facts,
    makers: MapMakers,
    size: tuple[int, int],
    stage: Stage | None = None,
) -> Generator[Call, Any, tuple[Acting, ...]]:
    """What steers a pass over picture `index` that draws `size` (width, height).

    `stage` where it is drawn over.
    """
    noise_seed = (request.seed_of(index) + _APART) % (1 << 53)
    found: list[Acting] = []
    for unit in request.controls:
        picture: Levels = yield ReadInput(unit.image)
        mask: Levels | None = mask_of((yield ReadInput(unit.mask))) if unit.mask else None
        seen = _on_stage(request, _Seen(unit, size, picture, mask, mask), stage)
        control = yield from _control(request, noise_seed, facts, makers, seen)
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


def _on_stage(request: ResolvedRequest, seen: _Seen, stage: Stage | None) -> _Seen:
    """What of a unit is seen; its hole is what a preprocessor for inpainting shall leave out.

    The input itself is seen as it lies on the stage: enlarged, with its new rim, or only the part
    that is drawn. Of other pictures the same part is seen.
    """
    if stage is None:
        return seen
    hole = seen.hole if stage.mask is None else stage.mask
    part = seen if stage.frame is None else _part(seen, *stage.frame)
    if seen.unit.image == request.init:
        return replace(part, picture=stage.pixels, hole=hole)
    return replace(part, hole=hole)


def _part(seen: _Seen, size: tuple[int, int], box: Box) -> _Seen:
    """What of a picture and its mask lies under the part of the input that is drawn.

    They come to the shape of the whole input first, as the unit says. The part has the shape that
    is drawn, so that it is only stretched from there on.
    """
    picture, mask, resize = seen.picture, seen.mask, seen.unit.resize
    if mask is not None:
        follows = mask.shape == picture.shape[:2]
        mask = _under(_shaped_mask(mask, size, resize) if follows else mask, size, box)
    picture = _under(_shaped(picture, size, resize), size, box)
    unit = seen.unit.model_copy(update={"resize": "stretch"})
    return replace(seen, unit=unit, picture=picture, mask=mask)


def _under(levels: Levels, size: tuple[int, int], box: Box) -> Levels:
    """The box of what is stretched over the input of that size (width, height)."""
    across, down = levels.shape[1] / size[0], levels.shape[0] / size[1]
    left, top = int(box.left * across), int(box.top * down)
    right, bottom = round(box.right * across), round(box.bottom * down)
    scaled = Box(left, top, max(left + 1, right), max(top + 1, bottom))
    return np.ascontiguousarray(scaled.of(levels))


def _shaped(picture: Levels, size: tuple[int, int], resize: Fit) -> Levels:
    """A picture [h, w, 3 or 4] in the shape of a size, with about as many pixels as it has."""
    if resize == "stretch":
        return picture
    width, height = _own_size(picture, size, resize)
    colours = fitted_map(np.ascontiguousarray(picture[..., :3]), width, height, resize)
    if picture.shape[2] == 3:
        return colours
    # What is added around it is no hole.
    clear = np.ascontiguousarray(255 - picture[..., 3])
    return np.dstack([colours, 255 - fitted_mask(clear, width, height, resize)])


def _shaped_mask(mask: Levels, size: tuple[int, int], resize: Fit) -> Levels:
    """The mask [h, w] of a picture, likewise."""
    return fitted_mask(mask, *_own_size(mask, size, resize), resize)


def _own_size(levels: Levels, size: tuple[int, int], resize: Fit) -> tuple[int, int]:
    """The size (width, height) of that shape in which a picture is as large as it is.

    Not beyond `_LONGEST` or the size itself: a line would become a vast square.
    """
    scales = levels.shape[1] / size[0], levels.shape[0] / size[1]
    own = max(scales) if resize == "fill" else min(scales)
    scale = min(own, max(1.0, _LONGEST / max(size)))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _control(
    request: ResolvedRequest, noise_seed: int, facts: Facts, makers: MapMakers, seen: _Seen
) -> Generator[Call, Any, Control]:
    unit, (width, height) = seen.unit, seen.size
    sha256 = next((one.sha256 for one in request.of_role("control") if one.name == unit.model), "")
    noise: Tensor | None = None
    if unit.method == REFERENCE_ONLY:
        whole = fitted(flattened(seen.picture), width, height, unit.resize)
        hint = yield EncodeImage(as_floats(whole), request.tiled_vae)
        shape = facts.latent_shape(width, height)
        noise = ImageNoise([noise_seed], shape).draw()
    elif unit.method == "ip_adapter":
        hint = as_floats(flattened(seen.picture))
    else:
        hint = _as_hint((yield from _map(seen, makers)))
    mask = None
    if seen.mask is not None:
        small = latent_mask(_on_drawn(seen.mask, seen), facts.factor)
        mask = torch.from_numpy(small)[None, None]
    return Control(unit.method, unit.model, sha256, hint, unit.weight, unit.mode, mask, noise)


def _on_drawn(mask: Levels, seen: _Seen) -> Levels:
    """The mask at the size that is drawn: one of the picture's size follows the picture."""
    width, height = seen.size
    if mask.shape == seen.picture.shape[:2]:
        return fitted_mask(mask, width, height, seen.unit.resize)
    return resized(mask, width, height)


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
