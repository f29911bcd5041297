"""The resolved request: nothing left open. It is what runs, is stored, and lies in the PNG."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from webui.request.text_to_image import (
    MAX_SEED,
    BatchCount,
    BatchSize,
    CfgScale,
    Lane,
    Name,
    NoiseSource,
    Prompt,
    Side,
    Steps,
    Strength,
)

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


class FileUsed(BaseModel):
    """A file that the pixels depend on. `sha256` is 64 hexadecimal digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["checkpoint"]
    name: Name
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ResolvedRequest(BaseModel):
    """A request with every choice made. `version` counts changes of this form.

    It comes back out of pictures and databases, so it keeps every limit of the request itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = 1
    kind: Literal["text_to_image"] = "text_to_image"
    prompt: Prompt
    negative_prompt: Prompt
    sampler: Name
    schedule: Name
    steps: Steps
    cfg_scale: CfgScale
    width: Side
    height: Side
    seed: Seed
    variation_seed: Seed = 0
    variation_strength: Strength = 0.0
    seed_resize_width: Side | None = None
    seed_resize_height: Side | None = None
    noise_source: NoiseSource = "cpu"
    batch_size: BatchSize
    batch_count: BatchCount
    checkpoint: Name
    lane: Lane
    exact: bool
    files: Annotated[tuple[FileUsed, ...], Field(min_length=1, max_length=100)]

    @property
    def pictures(self) -> int:
        """How many pictures this request makes."""
        return self.batch_size * self.batch_count

    def seed_of(self, index: int) -> int:
        """The seed of picture `index`: the request's seed plus the index, kept in range.

        With a variation all pictures have the request's seed, and their variation seeds count on.
        """
        return self.seed if self.is_varied else _counted_on(self.seed, index)

    def variation_seed_of(self, index: int) -> int:
        """The variation seed of picture `index`."""
        return _counted_on(self.variation_seed, index)

    @property
    def is_varied(self) -> bool:
        """Whether another seed is mixed in."""
        return self.variation_strength > 0

    def alone(self, index: int) -> ResolvedRequest:
        """The request that makes only picture `index`; this goes into that picture's PNG."""
        return self.model_copy(
            update={
                "seed": self.seed_of(index),
                "variation_seed": self.variation_seed_of(index) if self.is_varied else 0,
                "batch_size": 1,
                "batch_count": 1,
            }
        )


def _counted_on(seed: int, index: int) -> int:
    return (seed + index) % (MAX_SEED + 1)
