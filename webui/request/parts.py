"""Parts of requests: fields that a request and its resolved form have alike."""

from __future__ import annotations

from pydantic import BaseModel, Field

from webui.request.limits import (
    Area,
    Blur,
    CfgScale,
    Filling,
    Grow,
    Loops,
    MaskedContent,
    Name,
    Overlap,
    Padding,
    Prompt,
    ResizeMode,
    Steps,
    Strength,
    Window,
)


class Windows(BaseModel):
    """Drawing large pictures with little memory."""

    window: Window | None = Field(
        None,
        title="Window",
        description="Draw in overlapping squares of so many pixels, blended at every step.",
    )
    window_overlap: Overlap | None = Field(
        None, title="Window overlap", description="In pixels. A quarter of the window if open."
    )
    tiled_vae: bool = Field(
        False,
        title="Tiled VAE",
        description="Read and develop the picture in tiles. Slower, with little memory.",
    )


class Hires(BaseModel):
    """A second pass over the picture, made larger."""

    hires_upscaler: Name = Field(
        "latent",
        title="Enlarge with",
        description="Latents, Lanczos, or a file in models/upscalers.",
    )
    hires_strength: Strength = Field(
        0.35, title="Second strength", description="How much of it is drawn anew, up to 1."
    )
    hires_steps: Steps | None = Field(
        None, title="Second steps", description="As the first pass if open."
    )
    hires_sampler: Name = Field(
        "", title="Second sampler", description="As the first pass if open."
    )
    hires_schedule: Name = Field(
        "", title="Second schedule", description="As the first pass if open."
    )
    hires_cfg_scale: CfgScale | None = Field(
        None, title="Second CFG scale", description="As the first pass if open."
    )
    hires_prompt: Prompt = Field(
        "", title="Second prompt", description="As the first pass if empty."
    )
    hires_negative_prompt: Prompt = Field(
        "", title="Second negative prompt", description="As the first pass if empty."
    )


class Redrawing(BaseModel):
    """How a picture that is drawn over comes to its size."""

    resize_mode: ResizeMode = Field(
        "keep",
        title="Resize",
        description="How the input comes to width × height; keep draws at the input's own size.",
    )


class Colouring(BaseModel):
    """What becomes of the colours of a whole picture that is drawn over."""

    colour_match: bool = Field(
        False, title="Match colours", description="Give the result the colours of the input."
    )


class Loop(BaseModel):
    """Drawing over the result again and again."""

    loops: Loops = Field(1, title="Loops", description="Draw over the result so many times in all.")
    final_strength: Strength | None = Field(
        None, title="Last strength", description="Of the last loop; those between go there evenly."
    )


class Masking(BaseModel):
    """Which part of the picture is drawn anew, and from what."""

    mask_invert: bool = Field(
        False, title="Invert mask", description="Draw anew what is not painted over."
    )
    mask_grow: Grow = Field(
        0, title="Grow mask", description="By so many pixels; below 0 it shrinks."
    )
    mask_blur: Blur = Field(
        4, title="Mask blur", description="How softly new and old blend, in pixels."
    )
    masked_content: MaskedContent = Field(
        "original", title="Masked content", description="What the masked part begins with."
    )
    area: Area = Field(
        "whole",
        title="Area",
        description="Draw the whole picture, or only around the mask at full resolution.",
    )
    padding: Padding = Field(
        32, title="Padding", description="Pixels around the mask that are looked at."
    )
    soft: bool = Field(
        False,
        title="Soft inpainting",
        description="Half masked places change half; wants a wide mask blur.",
    )


class Growing(BaseModel):
    """How a canvas that was made larger is begun."""

    filling: Filling = Field(
        "noise",
        title="Begin with",
        description="The edge drawn out, or noise like the picture itself.",
    )
    seam: Blur = Field(
        16, title="Seam", description="Pixels of the old picture over which the new one fades in."
    )


class Enlarging(BaseModel):
    """What makes a picture larger."""

    upscaler: Name = Field(
        "lanczos", title="Upscaler", description="Lanczos, or a file in models/upscalers."
    )
    upscaler_2: Name = Field(
        "", title="Second upscaler", description="Blended with the first; none if open."
    )
    blend: Strength = Field(
        0.5, title="Blend", description="The share of the second upscaler, up to 1."
    )
