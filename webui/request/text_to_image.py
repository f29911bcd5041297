"""The request for text-to-image: what a person may ask for, with every limit and its help.

This type is the form, the API and the command line at once: labels, limits and help texts are
read from here, so they cannot disagree. A value that is left out (None, "auto" or "") is chosen
by the checkpoint's own defaults when the request is resolved.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_SEED = 2**53 - 1
"""The largest whole number that every JSON reader, browsers included, keeps exactly."""

MAX_PROMPT = 20_000
"""Characters. Longer text is a mistake of the sender, not a prompt."""

MAX_PIXELS_AT_ONCE = 4096 * 4096
"""Width × height × batch size of one job."""

Lane = Literal["interactive", "normal", "background"]
NoiseSource = Literal["cpu", "nv"]
Prompt = Annotated[str, StringConstraints(max_length=MAX_PROMPT)]
Name = Annotated[str, StringConstraints(max_length=200)]
Side = Annotated[int, Field(ge=16, le=4096, multiple_of=8)]
Steps = Annotated[int, Field(ge=1, le=150)]
CfgScale = Annotated[float, Field(ge=0, le=30)]
BatchSize = Annotated[int, Field(ge=1, le=16)]
BatchCount = Annotated[int, Field(ge=1, le=100)]
Strength = Annotated[float, Field(ge=0, le=1)]


class TextToImage(BaseModel):
    """One request for one or more pictures that follow a prompt."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, title="Text to image"
    )

    kind: Literal["text_to_image"] = "text_to_image"
    prompt: Prompt = Field("", title="Prompt", description="What the picture should show.")
    negative_prompt: Prompt = Field(
        "", title="Negative prompt", description="What the picture should not show."
    )
    sampler: Name = Field(
        "auto", title="Sampler", description="The method that develops the picture, step by step."
    )
    schedule: Name = Field(
        "auto", title="Schedule", description="How the noise levels are spread over the steps."
    )
    steps: Steps | None = Field(
        None, title="Steps", description="More steps take longer and add detail."
    )
    cfg_scale: CfgScale | None = Field(
        None,
        title="CFG scale",
        description="How strictly the prompt is followed. At 1 the negative prompt has no effect.",
    )
    width: Side | None = Field(None, title="Width", description="In pixels, a multiple of 8.")
    height: Side | None = Field(None, title="Height", description="In pixels, a multiple of 8.")
    seed: int = Field(
        -1,
        ge=-1,
        le=MAX_SEED,
        title="Seed",
        description="The same seed gives the same picture. -1 chooses a new one each time.",
    )
    variation_seed: int = Field(
        -1,
        ge=-1,
        le=MAX_SEED,
        title="Variation seed",
        description="The other seed. -1 chooses a new one each time.",
    )
    variation_strength: Strength = Field(
        0.0,
        title="Variation strength",
        description="How much of another seed is mixed in, up to 1.",
    )
    seed_resize_width: Side | None = Field(
        None,
        title="Seed's own width",
        description="Of the picture to stay like.",
    )
    seed_resize_height: Side | None = Field(
        None,
        title="Seed's own height",
        description="Of the picture to stay like.",
    )
    noise_source: NoiseSource = Field(
        "cpu",
        title="Noise source",
        description="The CPU's random numbers, or an NVIDIA GPU's (not in SDE samplers).",
    )
    batch_size: BatchSize = Field(1, title="Batch size", description="Pictures made side by side.")
    batch_count: BatchCount = Field(
        1, title="Batch count", description="Batches made one after another."
    )
    checkpoint: Name = Field(
        "", title="Checkpoint", description="The weights that make the picture."
    )
    lane: Lane = Field(
        "interactive", title="Lane", description="Background work waits for all other work."
    )
    exact: bool = Field(
        False,
        title="Exact",
        description="Never share a model call, so that the pixels can be made again bit for bit.",
    )


Request = TextToImage
"""Every request we know. Further kinds join here as a union told apart by `kind`."""
