"""Calls: the units of model work that a recipe yields and the engine answers.

A call says *what* is to be computed, never how or when. Every call carries what packing needs to
know: its kind and its shape. Tensors are batch-first; a "row" is one sample of the forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from webui.phrases import Emphasis, PromptText

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA that acts during a call: a file by name and hash, and how much of it.

    `blocks`: how much of that each block of the networks gets; empty for all of it.
    """

    name: str
    sha256: str
    unet: float
    text_encoder: float
    blocks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """A unit that steers a call.

    `method`: "controlnet", "t2i_adapter", "ip_adapter" or "reference_only". `name` and `sha256`:
    its file; empty for what needs none. `hint`: float32 [1, 3, height, width] in 0 to 1, the map
    at the size that is drawn (-1 where a network for inpainting is to fill; for an IP-Adapter any
    size); for reference only the latents [1, c, h, w] of the picture. `weight` > 0. `mode`:
    "balanced"; "prompt" acts less on the finer levels; "control" does so too, and only where the
    prompt is read. `mask`: [1, 1, h, w] in 0 to 1, of the latents. `noise`: [1, c, h, w]
    for reference only.
    """

    method: str
    name: str
    sha256: str
    hint: Tensor
    weight: float
    mode: Literal["balanced", "prompt", "control"] = "balanced"
    mask: Tensor | None = None
    noise: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """An embedding that stands in texts by its name."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class EncodePrompt:
    """Turn texts into conditioning. Answer: float tensor [len(texts), tokens, channels].

    All are padded to one length; beyond that no text touches another. `emphasis`: what weights
    do. `clip_skip`: which of the text encoder's layers is read, counted from the last, 1.
    `loras` and `words`: what is in the weights meanwhile, and embeddings that the texts may name.
    """

    texts: tuple[PromptText, ...]
    emphasis: Emphasis = "original"
    clip_skip: int = 1
    loras: tuple[Lora, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Denoise:
    """Predict the clean latents x0 for noisy ones.

    `x`: float32 [rows, channels, height, width], x = x0 + sigma * noise (variance exploding form).
    `sigma`: the noise level of all rows of this call, > 0.
    `context`: conditioning, [rows, tokens, channels], one entry for each row of `x`.
    `t`: the timestep of that level, which the network is told; between whole ones it is fractional.
    `beside`: further channels [rows, c, height, width] that networks for inpainting look at.
    `controls`: what steers all rows. `unprompted`: how many of the first rows read the negative
    prompt. `at`: the corner of `x` in the picture, in latents, where it is a window. Answer:
    float32 tensor of the shape of `x`.
    """

    x: Tensor
    sigma: float
    context: Tensor
    t: float
    loras: tuple[Lora, ...] = ()
    beside: Tensor | None = None
    controls: tuple[Control, ...] = ()
    unprompted: int = 0
    at: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class EncodeImage:
    """Turn pictures, float32 [rows, 3, height, width] in 0 to 1, into latents.

    Answer: float32 [rows, channels, h, w], the mean of what the VAE sees. `tiled` trades time for
    memory.
    """

    pixels: Tensor
    tiled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Decode:
    """Turn latents [rows, channels, h, w] into pictures: uint8 [rows, height, width, 3]."""

    latents: Tensor
    tiled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Enlarge:
    """Make a picture, float32 [1, 3, height, width] in 0 to 1, as much larger as the upscaler does.

    `upscaler` and `sha256` name its file. Answer: the same form, both sides times its scale.
    """

    pixels: Tensor
    upscaler: str
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Detect:
    """Make a map of a picture by a network: uint8 [height, width, 3], as an array.

    `preprocessor`: its id; `options`: its two numbers. Answer: uint8 array [height, width, 3] of
    the same size.
    """

    pixels: Any
    preprocessor: str
    options: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ReadInput:
    """Read an input by its hash. Answer: uint8 array [height, width, 3], or 4 with alpha."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Ask for latents that were kept under `key`. Answer: the tensor, or None."""

    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Keep:
    """Keep latents under `key`, so that a later job need not make them. Answer: None."""

    key: str
    latents: Tensor


Aside: TypeAlias = ReadInput | Recall | Keep
"""Calls that need no network: they are answered at once."""

Call: TypeAlias = EncodePrompt | Denoise | EncodeImage | Decode | Enlarge | Detect | Aside
