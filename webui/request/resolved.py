"""The resolved request: nothing left open. It is what runs, is stored, and lies in the PNG."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from webui.errors import RequestRejected
from webui.request.grid import MOST_CELLS, Axis
from webui.request.text_to_image import (
    MAX_PROMPT,
    MAX_SEED,
    MAX_STEPS,
    BatchCount,
    BatchSize,
    CfgScale,
    Churn,
    ClipSkip,
    Dtype,
    Emphasis,
    Eta,
    Lane,
    Name,
    NoiseSource,
    Prompt,
    Rho,
    SeedDelta,
    Side,
    Sigma,
    SolverOrder,
    Steps,
    Strength,
    TextToImage,
)

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]

COMPANY = r"^(?:\d{1,2}\.\d{1,2}x\d{1,4}(?:,|$))*$"
"""How the engine writes in which company calls were computed."""

_SHARED = frozenset(
    (
        *("version", "kind", "batch_size", "batch_count", "lane", "exact", "dtype", "company"),
        *("each", "sheet"),
    )
)
"""Fields in which the pictures of one request never differ."""

MOST_PICTURES = 1600
"""Of one request: the largest batches, one after another."""


class FileUsed(BaseModel):
    """A file that the pixels depend on. `sha256` is 64 hexadecimal digits.

    `name`: as prompts say it. `short_hash`: as other tools write it into their texts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["checkpoint", "lora", "embedding"]
    name: Name
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    short_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = ""


class SheetAxis(Axis):
    """An axis and what its values are called on the sheet."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    labels: Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_CELLS)]


class Sheet(BaseModel):
    """How the pictures of a grid lie: rows of `x`, below one another by `y`, then by `z`.

    `base`: what was asked for all of them, to ask for the grid once more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: TextToImage
    x: SheetAxis
    y: SheetAxis | None = None
    z: SheetAxis | None = None
    margin: Annotated[int, Field(ge=0, le=256)] = 8

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows and how many sheets."""
        columns, rows, sheets = (
            len(axis.labels) if axis else 1 for axis in (self.x, self.y, self.z)
        )
        return columns, rows, sheets


Difference = dict[str, Any]
"""Fields of a resolved request that one picture has otherwise, as JSON has them."""


class ResolvedRequest(BaseModel):
    """A request with every choice made. `version` counts changes of this form.

    It comes back out of pictures and databases, so it keeps every limit of the request itself.

    `each`: what every picture has otherwise (drawn words, cells of a grid), one for each picture
    or none at all. `template`: the prompt as it was asked, where words in it were drawn by chance.
    `dtype` and `company`: the number format of a picture that is made again (None is what the
    machine does best), and with how many others each of its calls was computed.
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
    seed_delta: SeedDelta = 0
    emphasis: Emphasis = "original"
    clip_skip: ClipSkip = 1
    cfg_rescale: Strength = 0.0
    guidance_start: Strength = 0.0
    guidance_end: Strength = 1.0
    zero_terminal_snr: bool = False
    eta: Eta | None = None
    s_churn: Churn | None = None
    s_tmin: Sigma | None = None
    s_tmax: Sigma | None = None
    s_noise: Eta | None = None
    solver_order: SolverOrder | None = None
    rho: Rho | None = None
    sigma_min: Sigma | None = None
    sigma_max: Sigma | None = None
    template: Prompt = ""
    negative_template: Prompt = ""
    batch_size: BatchSize
    batch_count: BatchCount
    checkpoint: Name
    lane: Lane
    exact: bool
    dtype: Dtype | None = None
    company: Annotated[str, StringConstraints(max_length=MAX_PROMPT, pattern=COMPANY)] = ""
    files: Annotated[tuple[FileUsed, ...], Field(min_length=1, max_length=100)]

    each: Annotated[tuple[Difference, ...], Field(max_length=MOST_PICTURES)] = ()
    sheet: Sheet | None = None

    @model_validator(mode="after")
    def _each_differs_where_it_may(self) -> Self:
        for one in self.each:
            steps = one.get("steps", 1)
            if one.keys() & _SHARED or not (isinstance(steps, int) and 1 <= steps <= MAX_STEPS):
                raise ValueError("a picture differs in what pictures of one request share")
        return self

    @model_validator(mode="after")
    def _sheet_has_its_pictures(self) -> Self:
        if self.sheet and math.prod(self.sheet.shape) != len(self.each):
            raise ValueError("a sheet needs a picture for each of its cells")
        return self

    @property
    def pictures(self) -> int:
        """How many pictures this request makes, a sheet of them not counted."""
        return len(self.each) or self.batch_size * self.batch_count

    @property
    def is_varied(self) -> bool:
        """Whether another seed is mixed in."""
        return self.variation_strength > 0

    @property
    def all_steps(self) -> int:
        """Steps over all pictures."""
        own = [one.get("steps", self.steps) for one in self.each]
        return sum(own) if own else self.steps * self.pictures

    def of_role(self, role: Literal["lora", "embedding"]) -> tuple[FileUsed, ...]:
        """The files that the prompts name."""
        return tuple(file for file in self.files if file.role == role)

    def seed_of(self, index: int) -> int:
        """The seed of picture `index` of a request whose pictures differ in nothing else."""
        return self.seed if self.is_varied else _counted_on(self.seed, index)

    def variation_seed_of(self, index: int) -> int:
        """The variation seed of picture `index`, likewise."""
        return _counted_on(self.variation_seed, index)

    def alone(self, index: int) -> ResolvedRequest:
        """The request that makes only picture `index`; this goes into that picture's PNG.

        Its seed is the request's plus the index, kept in range. With a variation all pictures
        have the request's seed, and their variation seeds count on. Raises RequestRejected where
        what is kept of the picture is damaged.
        """
        alone: dict[str, Any] = {"batch_size": 1, "batch_count": 1, "each": (), "sheet": None}
        if self.each:
            return self._other({**self.each[index], **alone})
        varied = {"variation_seed": self.variation_seed_of(index)} if self.is_varied else {}
        return self.model_copy(update={**alone, **varied, "seed": self.seed_of(index)})

    def asked(self) -> TextToImage:
        """The request that resolves to this one, words that were drawn included."""
        names = TextToImage.model_fields.keys() & ResolvedRequest.model_fields.keys()
        return TextToImage.model_validate({name: getattr(self, name) for name in names})

    def _other(self, changes: dict[str, Any]) -> ResolvedRequest:
        try:
            return ResolvedRequest.model_validate({**dict(self), **changes})
        except ValidationError:
            raise RequestRejected("What is kept of this picture's settings is damaged.") from None


def _counted_on(seed: int, index: int) -> int:
    return (seed + index) % (MAX_SEED + 1)
