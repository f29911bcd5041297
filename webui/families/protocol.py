"""What every family offers. Facts are read without weights; components are the loaded networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from webui.families.chunks import NO_WORDS
from webui.phrases import Emphasis, PromptText
from webui.request import Defaults

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Prediction = Literal["epsilon", "v_prediction", "sample", "flow"]
"""What a network says of a noisy picture; see `webui.families.prediction`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What recipes must know of a checkpoint before it is loaded.

    `factor`: picture pixels per latent pixel. The betas describe the noise of the training (but
    of "flow", which needs none), `zero_terminal_snr` whether it went up to pure noise. `beside`:
    channels that the network looks at beside the noisy latents; one for inpainting has a mask and
    the latents of what is not masked.
    """

    latent_channels: int
    factor: int
    prediction: Prediction
    beta_start: float
    beta_end: float
    beta_schedule: Literal["scaled_linear", "linear"]
    train_steps: int
    zero_terminal_snr: bool = False
    beside: int = 0

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        """(channels, height, width) of the latents of a picture."""
        return (self.latent_channels, height // self.factor, width // self.factor)


class ControlNetwork(Protocol):
    """A loaded network that steers the denoiser of one checkpoint."""

    @property
    def method(self) -> str:
        """controlnet, t2i_adapter or ip_adapter."""
        ...

    @property
    def prompted_only(self) -> bool:
        """Whether it must leave alone the rows that read the negative prompt."""
        ...

    def see(self, hint: Tensor) -> tuple[Tensor, ...]:
        """What depends on a map alone, each [1, ...]; `hint` as in `webui.calls.Control`.

        Raises BadFile.
        """
        ...

    def nbytes(self) -> int:
        """Bytes that the weights hold on the device."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Steered:
    """What one unit does to the rows of a forward; every value is per row.

    `network`: None for reference only. `seen`: each [rows, ...], what the network sees of the maps;
    for reference only the latents of the pictures alone. `weights`: float32 [rows] on the CPU, 0
    for rows that it leaves alone: these come out as if it were not there. `soft`: bool [rows],
    whether it acts less on the finer levels. `prompted`: bool [rows], whether the row reads the
    prompt, not the negative one. `mask`: [rows, 1, h, w] in 0 to 1. `noise`: [rows, c, h, w] of
    unit variance, for reference only.
    """

    network: ControlNetwork | None
    method: str
    seen: tuple[Tensor, ...]
    weights: Tensor
    soft: Tensor
    prompted: Tensor
    mask: Tensor | None = None
    noise: Tensor | None = None


class Components(Protocol):
    """The loaded networks of one checkpoint. Called by the engine's thread only."""

    @property
    def dtype(self) -> torch.dtype: ...

    @property
    def modules(
        self,
    ) -> Mapping[Literal["unet", "text_encoder", "text_encoder_2"], torch.nn.Module]:
        """The networks that LoRAs change, by what files call them."""
        ...

    def windows(self, text: PromptText, words: Mapping[str, Tensor] = NO_WORDS) -> int:
        """How many windows of tokens a text fills, 1 or more; `words` as for `encode`."""
        ...

    def encode(
        self,
        texts: Sequence[PromptText],
        *,
        windows: int = 1,
        emphasis: Emphasis = "original",
        clip_skip: int = 1,
        words: Mapping[str, Tensor] = NO_WORDS,
    ) -> Tensor:
        """Conditioning [len(texts), tokens, channels]; all texts padded to one length.

        That is the longest text's, and `windows` at least. Each text is read in forwards of its
        own: for one length its states are the same, bit for bit, whatever texts are beside it.

        `words`: vectors [n, channels] by the name that they have in the texts. Names are found
        whatever their case, as whole words, the longest first; each vector is read as one token
        with the weight of its phrase, and those of one name stay in one window if they fit there.
        Raises RequestRejected for a `clip_skip` beyond the layers of the text encoder, and for a
        name in the texts whose vectors have another number of channels.
        """
        ...

    def control(self, path: Path, method: str) -> ControlNetwork:
        """Load a file or diffusers folder that steers these networks, in their dtype.

        `method`: what it is. Raises BadFile, also where it was made for another checkpoint.
        """
        ...

    def denoise(
        self,
        x: Tensor,
        sigma: Tensor,
        t: Tensor,
        context: Tensor,
        beside: Tensor | None = None,
        steered: Sequence[Steered] = (),
    ) -> Tensor:
        """x0 for `x` [rows, c, h, w] in variance exploding form; `sigma` and `t` are [rows].

        `beside`: [rows, `Facts.beside`, h, w] for networks that look at more. `steered`: units
        whose networks are of these components. Raises RequestRejected for a unit that the
        denoiser has no place for.
        """
        ...

    def read(self, pixels: Tensor, *, tiled: bool = False) -> Tensor:
        """Latents of pictures, float32 [rows, 3, height, width] in 0 to 1: the VAE's mean."""
        ...

    def decode(self, latents: Tensor, *, tiled: bool = False) -> Tensor:
        """Pictures, uint8 [rows, height, width, 3]. `tiled` trades time for memory."""
        ...

    def nbytes(self) -> int:
        """Bytes that the weights hold on the device."""
        ...


class Family(Protocol):
    """One architecture."""

    @property
    def id(self) -> str: ...

    def recognises(self, tensors: Mapping[str, Sequence[int]]) -> bool:
        """Whether the denoiser's tensors (name → shape) are of this architecture."""
        ...

    def defaults(self, folder: Path) -> Defaults:
        """What checkpoints of this family draw best with."""
        ...

    def facts(self, folder: Path) -> Facts:
        """Read the facts from a diffusers folder. Raises BadFile."""
        ...

    def load(self, folder: Path, dtype: torch.dtype, device: torch.device) -> Components:
        """Load the networks with no network access. Raises BadFile."""
        ...
