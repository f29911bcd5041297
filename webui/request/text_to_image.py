"""The request for text-to-image: what a person may ask for, with every limit and its help.

This type is the form, the API and the command line at once: labels, limits and help texts are
read from here, so they cannot disagree. A value that is left out (None, "auto" or "") is chosen
by the checkpoint's own defaults when the request is resolved.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from webui.request.control import Controls
from webui.request.frozen import Frozen
from webui.request.limits import (
    MAX_SEED,
    BatchCount,
    BatchSize,
    CfgScale,
    Churn,
    ClipSkip,
    Emphasis,
    Eta,
    ExtensionInputs,
    HiresScale,
    Lane,
    Name,
    NoiseSource,
    Prompt,
    Reference,
    Rho,
    SeedDelta,
    Side,
    Sigma,
    SolverOrder,
    Steps,
    Strength,
    Styles,
)
from webui.request.parts import Hires, Windows


class Drawing(Windows):
    """What every request for drawn pictures has, whatever it begins with."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

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
    seed_delta: SeedDelta = Field(
        0,
        title="Seed delta",
        description="Added to the seed for the noise on the way (ENSD). NovelAI's is 31337.",
    )
    styles: Styles = Field((), title="Styles", description="Kept pieces of prompt, put around it.")
    emphasis: Emphasis = Field(
        "original", title="Emphasis", description="What the weights of words do."
    )
    clip_skip: ClipSkip = Field(
        1, title="Clip skip", description="Which of the text encoder's last layers is read."
    )
    cfg_rescale: Strength = Field(
        0.0,
        title="CFG rescale",
        description="Takes back the glare of a high CFG scale. 0.7 is usual where it is needed.",
    )
    guidance_start: Strength = Field(
        0.0, title="Guidance start", description="The share of the steps before the CFG scale acts."
    )
    guidance_end: Strength = Field(
        1.0,
        title="Guidance end",
        description="The share of the steps at which the CFG scale ends. Below 1 is faster.",
    )
    zero_terminal_snr: bool = Field(
        False,
        title="Zero terminal SNR",
        description="Begin from pure noise; for checkpoints that were trained so.",
    )
    eta: Eta | None = Field(
        None, title="Eta", description="How much of the noise is renewed at every step."
    )
    s_churn: Churn | None = Field(
        None, title="Churn", description="Fresh noise before the steps, in all."
    )
    s_tmin: Sigma | None = Field(
        None, title="Churn from", description="The lowest noise level with churn."
    )
    s_tmax: Sigma | None = Field(
        None, title="Churn up to", description="The highest noise level with churn; 0 is no limit."
    )
    s_noise: Eta | None = Field(
        None, title="Noise strength", description="Of the noise that the sampler adds."
    )
    solver_order: SolverOrder | None = Field(
        None, title="Solver order", description="How many answers the sampler looks back at."
    )
    rho: Rho | None = Field(
        None, title="Rho", description="How strongly the steps crowd at low noise."
    )
    sigma_min: Sigma | None = Field(
        None, title="Lowest noise", description="Where the schedule ends before 0."
    )
    sigma_max: Sigma | None = Field(
        None, title="Highest noise", description="Where the schedule begins."
    )
    batch_size: BatchSize = Field(1, title="Batch size", description="Pictures made side by side.")
    batch_count: BatchCount = Field(
        1, title="Batch count", description="Batches made one after another."
    )
    checkpoint: Name = Field(
        "", title="Checkpoint", description="The weights that make the picture."
    )
    controls: Controls = Field(
        (), title="Control", description="Pictures that steer what is drawn, up to five."
    )
    extensions: ExtensionInputs = Field(
        default_factory=Frozen,
        title="Extensions",
        description="What extensions shall do, each by its id, with its own inputs.",
    )
    origin: Reference = Field(
        "",
        title="Origin",
        description="The picture that this is a version of, for its lineage; it changes nothing.",
    )
    lane: Lane = Field(
        "interactive", title="Lane", description="Background work waits for all other work."
    )
    exact: bool = Field(
        False,
        title="Exact",
        description="Never share a model call, so that the pixels can be made again bit for bit.",
    )


class TextToImage(Drawing, Hires):
    """One request for one or more pictures that follow a prompt."""

    model_config = ConfigDict(title="Text to image")

    kind: Literal["text_to_image"] = "text_to_image"
    hires_scale: HiresScale = Field(
        1.0,
        title="Enlarge by",
        description="Draw the picture small, then enlarge it and draw it over. 1 is off.",
    )
