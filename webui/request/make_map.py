"""The request for a map: what a preprocessor sees in a picture, as a picture of its own."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webui.errors import RequestRejected
from webui.request.choices import Choices, PreprocessorInfo
from webui.request.control import ControlResize, Resolution, Threshold
from webui.request.frozen import Frozen
from webui.request.limits import Lane, Name, Reference, Side
from webui.request.resolve import Here, Input
from webui.request.resolved import ResolvedRequest

MAP = "map"

_UNDRAWN: dict[str, Any] = {
    "kind": MAP,
    **dict.fromkeys(("prompt", "negative_prompt", "sampler", "schedule", "checkpoint"), ""),
    **dict.fromkeys(("steps", "batch_size", "batch_count"), 1),
    "cfg_scale": 1.0,
    "seed": 0,
    "exact": False,
    "files": (),
}
"""Fields that say nothing where nothing is drawn."""


class MakeMap(BaseModel):
    """One map of one picture. `width` and `height` are the picture's own if open."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, title="Map"
    )

    kind: Literal["map"] = MAP
    image: Reference = Field(title="Picture", description="What the map is made of.")
    preprocessor: Name = Field(title="Preprocessor", description="What makes the map.")
    threshold_a: Threshold | None = Field(
        None, title="First setting", description="Of the preprocessor; its own if open."
    )
    threshold_b: Threshold | None = Field(
        None, title="Second setting", description="Of the preprocessor; its own if open."
    )
    resolution: Resolution | None = Field(
        None,
        title="Resolution",
        description="Pixels of the shorter side of the map; pixel-perfect if open.",
    )
    resize: ControlResize = Field(
        "crop", title="Resize", description="How the picture comes to width × height."
    )
    width: Side | None = Field(None, title="Width", description="In pixels, a multiple of 8.")
    height: Side | None = Field(None, title="Height", description="In pixels, a multiple of 8.")
    mask: Reference = Field("", title="Mask", description="For preprocessors that leave it out.")
    lane: Lane = Field("interactive", title="Lane", description="Whose turn it is.")

    def size(self, own: Input) -> tuple[int, int]:
        """Width and height of the map of a picture."""
        return self.width or _side(own.width), self.height or _side(own.height)


def resolve_map(request: MakeMap, choices: Choices, here: Here) -> ResolvedRequest:
    """Make every open choice. Raises RequestRejected."""
    maker = choices.preprocessor(request.preprocessor)
    if problem := here.missing(maker):
        raise RequestRejected(problem, field="preprocessor", value=request.preprocessor)
    own = here.look(request.image, "image")
    width, height = request.size(own)
    mask = here.look(request.mask, "mask").sha256 if request.mask else ""
    first, second = settled(request, maker)
    unit = {
        "method": MAP,
        "preprocessor": maker.id,
        "threshold_a": first,
        "threshold_b": second,
        "resolution": request.resolution,
        "resize": request.resize,
        "image": own.sha256,
        "mask": mask,
    }
    resolved = ResolvedRequest.model_validate(
        {
            **_UNDRAWN,
            "width": width,
            "height": height,
            "init": own.sha256,
            "init_width": own.width,
            "init_height": own.height,
            "lane": request.lane,
            "controls": (unit,),
        }
    )
    # What extensions do to pictures they do not do to maps; but one may make the map.
    return resolved.model_copy(update={"used": here.extended(resolved, Frozen()).used})


def settled(asked: MakeMap, maker: PreprocessorInfo) -> tuple[float, float]:
    """Both numbers of the preprocessor: as asked, or its own; 0 where it has none.

    Raises RequestRejected for one out of range.
    """
    found = {"threshold_a": 0.0, "threshold_b": 0.0}
    for option in maker.options:
        value: float | None = getattr(asked, option.field)
        found[option.field] = option.settled(value, option.field)
    return found["threshold_a"], found["threshold_b"]


def _side(pixels: int) -> int:
    """The nearest side that a request may have."""
    return min(4096, max(16, round(pixels / 8) * 8))
