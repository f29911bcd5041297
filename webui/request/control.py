"""Control units: pictures that steer what is drawn, in a request and resolved."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from webui.request.limits import Name, Reference, Strength

MOST_UNITS = 5
"""Of one picture."""

ControlMode = Literal["balanced", "prompt", "control"]
ControlResize = Literal["crop", "fill", "stretch"]
ControlWeight = Annotated[float, Field(ge=0, le=2)]
Threshold = Annotated[float, Field(ge=-1_000_000, le=1_000_000)]
Resolution = Annotated[int, Field(ge=64, le=2048)]
ControlMethodId: TypeAlias = Name
_Hash = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{64})?$")]

REFERENCE_ONLY = "reference_only"
"""A model that needs no file: the network looks at the picture itself."""


class Steering(BaseModel):
    """How a unit acts; what a request and its resolved form have alike."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    model: Name = Field(
        "", title="Model", description="A file in models/controlnets, or reference only."
    )
    preprocessor: Name = Field(
        "none", title="Preprocessor", description="What makes the map that the model reads."
    )
    weight: ControlWeight = Field(
        1.0, title="Weight", description="How strongly it steers; 0 is off."
    )
    start: Strength = Field(
        0.0, title="Start", description="The share of the steps before it begins to act."
    )
    end: Strength = Field(1.0, title="End", description="The share of the steps where it ends.")
    mode: ControlMode = Field(
        "balanced", title="Mode", description="Whether prompt or control counts more."
    )
    resize: ControlResize = Field(
        "crop",
        title="Resize",
        description="How its picture comes to the size that is drawn.",
    )


class ControlUnit(Steering):
    """One picture that steers. Its map is made by a preprocessor, or the picture is the map."""

    model_config = ConfigDict(title="Control unit")

    enabled: bool = Field(True, title="Use", description="Whether this unit acts.")
    image: Reference = Field(
        "", title="Picture", description="What steers. Empty takes the picture that is drawn over."
    )
    mask: Reference = Field(
        "", title="Mask", description="Where it steers, white; everywhere if empty."
    )
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


Controls = Annotated[tuple[ControlUnit, ...], Field(max_length=MOST_UNITS, strict=False)]


class ResolvedControl(Steering):
    """A unit with nothing left open: `model` as its file is called, inputs by their hashes.

    `method`: what kind of network the model is. `threshold_a` and `threshold_b` are 0 where the
    preprocessor has no such setting.
    """

    model_config = ConfigDict(strict=False)

    method: Name
    image: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    mask: _Hash = ""
    threshold_a: Threshold = 0.0
    threshold_b: Threshold = 0.0
    resolution: Resolution | None = None


ResolvedControls = Annotated[tuple[ResolvedControl, ...], Field(max_length=MOST_UNITS)]
