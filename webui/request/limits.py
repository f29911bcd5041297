"""The limits of requests: one type for every kind of value, shared by all requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from webui.request.frozen import Frozen

MAX_SEED = 2**53 - 1
"""The largest whole number that every JSON reader, browsers included, keeps exactly."""

MAX_PROMPT = 20_000
"""Characters. Longer text is a mistake of the sender, not a prompt."""

MAX_PIXELS_AT_ONCE = 4096 * 4096
"""Width × height × batch size of one job."""

Lane = Literal["interactive", "normal", "background"]
NoiseSource = Literal["cpu", "nv"]
Dtype = Literal["float32", "bfloat16", "float16"]
Emphasis = Literal["original", "no_norm", "ignore", "none"]
Prompt = Annotated[str, StringConstraints(max_length=MAX_PROMPT)]
Name = Annotated[str, StringConstraints(max_length=200)]
Side = Annotated[int, Field(ge=16, le=4096, multiple_of=8)]
MAX_STEPS = 150
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS)]
CfgScale = Annotated[float, Field(ge=0, le=30)]
BatchSize = Annotated[int, Field(ge=1, le=16)]
BatchCount = Annotated[int, Field(ge=1, le=100)]
Strength = Annotated[float, Field(ge=0, le=1)]
ClipSkip = Annotated[int, Field(ge=1, le=12)]
Eta = Annotated[float, Field(ge=0, le=2)]
Churn = Annotated[float, Field(ge=0, le=100)]
Sigma = Annotated[float, Field(ge=0, le=10_000)]
Rho = Annotated[float, Field(ge=0.1, le=50)]
SolverOrder = Annotated[int, Field(ge=1, le=4)]
SeedDelta = Annotated[int, Field(ge=0, le=MAX_SEED)]
Styles = Annotated[tuple[Name, ...], Field(max_length=50, strict=False)]
"""Lists as JSON and browsers have them are taken, too."""

_Short = Annotated[str, StringConstraints(max_length=4000)]
_Inputs = Frozen[Name, bool | int | float | _Short]
ExtensionInputs = Annotated[
    Frozen[Name, Annotated[_Inputs, Field(max_length=100)]], Field(max_length=50)
]
"""Inputs of extensions: by the extension's id, then by the input's name."""

SAMPLER_OPTIONS = ("eta", "s_churn", "s_tmin", "s_tmax", "s_noise", "solver_order")
"""Fields that are a sampler's own; each sampler says which of them it has."""

SCHEDULE_OPTIONS = ("rho", "sigma_min", "sigma_max")
"""Fields that are a schedule's own; each schedule says which of them it has."""


def _as_list(value: Any) -> Any:
    """One text stands for a list of it alone."""
    return (value,) if isinstance(value, str) else value


Reference = Name
"""A picture that is here: the sha256 of an input, or "image:" and the id of an own picture."""

References = Annotated[
    tuple[Reference, ...],
    Field(min_length=1, max_length=100, strict=False),
    BeforeValidator(_as_list),
]
ResizeMode = Literal["keep", "stretch", "crop", "fill", "latent"]
MaskedContent = Literal["original", "fill", "latent_noise", "latent_nothing"]
Area = Literal["whole", "masked"]
Toward = Literal["both", "left", "right", "top", "bottom"]
Filling = Literal["edge", "noise"]
Loops = Annotated[int, Field(ge=1, le=20)]
Grow = Annotated[int, Field(ge=-256, le=256)]
Blur = Annotated[int, Field(ge=0, le=128)]
Padding = Annotated[int, Field(ge=0, le=1024)]
Rim = Annotated[int, Field(ge=0, le=4096)]
Scale = Annotated[float, Field(ge=1, le=8)]
HiresScale = Annotated[float, Field(ge=1, le=4)]
Window = Annotated[int, Field(ge=64, le=2048, multiple_of=8)]
Overlap = Annotated[int, Field(ge=0, le=1024, multiple_of=8)]

MOST_PIXELS = 64 * 1024 * 1024
"""Of a picture that comes in or goes out."""

LONGEST_SIDE = 16_384
"""Pixels of a side of such a picture; browsers show no longer one."""
