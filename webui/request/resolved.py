"""The resolved request: nothing left open. It is what runs, is stored, and lies in the PNG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
from webui.request.control import ControlUnit, ResolvedControl, ResolvedControls
from webui.request.from_picture import KINDS, AnyDrawing
from webui.request.frozen import Frozen
from webui.request.grid import MOST_CELLS, Axis
from webui.request.limits import (
    LONGEST_SIDE,
    MAX_PROMPT,
    MAX_SEED,
    MAX_STEPS,
    MOST_PIXELS,
    BatchCount,
    BatchSize,
    CfgScale,
    Churn,
    ClipSkip,
    Dtype,
    Emphasis,
    Eta,
    ExtensionInputs,
    HiresScale,
    Lane,
    Name,
    NoiseSource,
    Prompt,
    Rho,
    Rim,
    Scale,
    SeedDelta,
    Side,
    Sigma,
    SolverOrder,
    Steps,
    Strength,
)
from webui.request.parts import (
    Colouring,
    Enlarging,
    Growing,
    Hires,
    Loop,
    Masking,
    Redrawing,
    Windows,
)
from webui.request.text_to_image import TextToImage

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
InputHash = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{64})?$")]
Extent = Annotated[int, Field(ge=0, le=LONGEST_SIDE)]

COMPANY = r"^(?:\d{1,2}\.\d{1,2}x\d{1,4}(?:,|$))*$"
"""How the engine writes in which company calls were computed."""

_SHARED = frozenset(
    (
        *("version", "kind", "batch_size", "batch_count", "lane", "exact", "dtype", "company"),
        *("each", "sheet"),
    )
)
"""Fields in which the pictures of one request never differ."""

_STEPPING = frozenset(
    (
        *("steps", "strength", "loops", "final_strength"),
        *("hires_width", "hires_steps", "hires_strength"),
    )
)
"""Fields on which the number of steps depends."""

_BY_INPUT = frozenset(("width", "height", "window", "tiled_vae"))
"""Fields that follow from the size of an input, where they were left open."""

_LONGEST_SCHEDULE = 500

MOST_PICTURES = 1600
"""Of one request: the largest batches, one after another."""


class FileUsed(BaseModel):
    """A file that the pixels depend on. `sha256` is 64 hexadecimal digits.

    `name`: as prompts say it. `short_hash`: as other tools write it into their texts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["checkpoint", "lora", "embedding", "upscaler", "control"]
    name: Name
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    short_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = ""


class ExtensionUsed(BaseModel):
    """An extension that had a hand in the pixels, with its settings at that time.

    `digest`: sha256 over its files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    version: Name
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    settings: Annotated[
        Frozen[Name, bool | int | float | Annotated[str, StringConstraints(max_length=4000)]],
        Field(max_length=100),
    ] = Field(default_factory=Frozen)


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


class ResolvedRequest(Windows, Hires, Redrawing, Colouring, Loop, Masking, Growing, Enlarging):
    """A request with every choice made. `version` counts changes of this form.

    It comes back out of pictures and databases, so it keeps every limit of the request itself.

    `each`: what every picture has otherwise (drawn words, cells of a grid), one for each picture
    or none at all. `template`: the prompt as it was asked, where words in it were drawn by chance.
    `dtype` and `company`: the number format of a picture that is made again (None is what the
    machine does best), and with how many others each of its calls was computed.

    `controls`: what steers. `extensions`: those that act, with all of their inputs; `used`: these
    and the ones whose samplers, preprocessors or the like have a part in it.

    `init` and `mask`: inputs by their sha256, and the input's size; `origin`: what it is a version
    of. `width` and `height` are what is drawn, `out_width` and `out_height` what comes out where
    that follows from the input (else 0).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = 1
    kind: Literal["text_to_image", "image_to_image", "inpaint", "outpaint", "upscale", "map"] = (
        "text_to_image"
    )
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
    init: InputHash = ""
    init_width: Extent = 0
    init_height: Extent = 0
    mask: InputHash = ""
    origin: InputHash = ""
    strength: Strength = 1.0
    left: Rim = 0
    top: Rim = 0
    right: Rim = 0
    bottom: Rim = 0
    out_width: Extent = 0
    out_height: Extent = 0
    scale: Scale = 1.0
    hires_scale: HiresScale = 1.0
    hires_width: Side | None = None
    hires_height: Side | None = None
    controls: ResolvedControls = ()
    extensions: ExtensionInputs = Field(default_factory=Frozen)
    used: Annotated[tuple[ExtensionUsed, ...], Field(max_length=50)] = ()
    template: Prompt = ""
    negative_template: Prompt = ""
    batch_size: BatchSize
    batch_count: BatchCount
    checkpoint: Name
    lane: Lane
    exact: bool
    dtype: Dtype | None = None
    company: Annotated[str, StringConstraints(max_length=MAX_PROMPT, pattern=COMPANY)] = ""
    files: Annotated[tuple[FileUsed, ...], Field(max_length=200)]

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
    def _what_is_drawn_has_a_checkpoint(self) -> Self:
        if self.checkpoint_file is None and not self.is_undrawn:
            raise ValueError("a picture is drawn by a checkpoint")
        if self.kind != "text_to_image" and not self.init:
            raise ValueError("a picture that is drawn over begins with an input")
        return self

    @model_validator(mode="after")
    def _what_comes_out_can(self) -> Self:
        if self.out_width * self.out_height > MOST_PIXELS:
            raise ValueError("a picture has more pixels than can come out")
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
    def is_undrawn(self) -> bool:
        """Whether nothing is drawn, so that no checkpoint has a say."""
        return self.kind == "map" or (self.kind == "upscale" and self.strength == 0)

    @property
    def final_size(self) -> tuple[int, int]:
        """Width and height of the finished picture."""
        width, height = self.hires_width or self.width, self.hires_height or self.height
        return self.out_width or width, self.out_height or height

    @property
    def drawn_steps(self) -> int:
        """Steps of one picture that are really drawn, all passes together."""
        if self.kind == "text_to_image":
            return self.steps + self.second_steps
        if self.kind == "map":
            return 0
        return sum(partial_steps(self.steps, strength) for strength in self.strengths)

    @property
    def second_steps(self) -> int:
        """Steps of the second pass. All of them are drawn whatever its strength, as in A1111."""
        if self.hires_width is None or self.hires_strength == 0:
            return 0
        return self.hires_steps or self.steps

    @property
    def second_schedule(self) -> int:
        """Steps of the whole schedule of which the second pass draws the last ones."""
        whole = int(self.second_steps / max(1e-3, min(self.hires_strength, 0.999)))
        # Schedules have no more levels than checkpoints were trained with.
        return max(1, self.second_steps, min(whole, _LONGEST_SCHEDULE))

    @property
    def work(self) -> int:
        """Steps times pixels of one picture: what its time grows with. 0 where nothing is drawn."""
        first = self.steps if self.hires_width else self.drawn_steps
        large = (self.hires_width or 0) * (self.hires_height or 0)
        return first * self.width * self.height + (self.drawn_steps - first) * large

    @property
    def strengths(self) -> tuple[float, ...]:
        """The strength of every loop."""
        last = self.strength if self.final_strength is None else self.final_strength
        way = max(1, self.loops - 1)
        return tuple(
            self.strength + (last - self.strength) * loop / way for loop in range(self.loops)
        )

    @property
    def all_steps(self) -> int:
        """Steps over all pictures, at least 1."""
        if not self.each:
            return max(1, self.drawn_steps * self.pictures)
        own = [
            self.drawn_steps if not one.keys() & _STEPPING else self._steps_of(one)
            for one in self.each
        ]
        return max(1, sum(own))

    def _steps_of(self, one: Difference) -> int:
        changes = {name: one[name] for name in one.keys() & _STEPPING}
        return self.model_copy(update=changes).drawn_steps

    @property
    def checkpoint_file(self) -> FileUsed | None:
        """The weights that draw; None where nothing is drawn."""
        return next((file for file in self.files if file.role == "checkpoint"), None)

    def of_role(
        self, role: Literal["lora", "embedding", "upscaler", "control"]
    ) -> tuple[FileUsed, ...]:
        """The files that the prompts name, or that enlarge."""
        return tuple(file for file in self.files if file.role == role)

    @property
    def inputs(self) -> dict[str, str]:
        """The hashes of the pictures that it came from, by role: init, mask, origin, controls."""
        found = {role: str(getattr(self, role)) for role in ("init", "mask", "origin")}
        for number, unit in enumerate(self.controls, 1):
            found |= {f"control {number}": unit.image, f"control mask {number}": unit.mask}
        return {role: sha256 for role, sha256 in found.items() if sha256}

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

    def asked(self) -> AnyDrawing:
        """The request that resolves to this one, words that were drawn included.

        Raises RequestRejected for a map, which is not drawn.
        """
        if self.kind == "map":
            raise RequestRejected(
                "A map is made of another picture, not drawn, so it has no settings to draw with."
                " Make it again from that picture.",
                field="kind",
                value=self.kind,
            )
        kind = KINDS[self.kind]
        names = kind.model_fields.keys() & ResolvedRequest.model_fields.keys()
        fields = {name: getattr(self, name) for name in names}
        fields["controls"] = tuple(
            _asked_unit(unit, is_of_input=self._is_of_inputs(number))
            for number, unit in enumerate(self.controls)
        )
        if self.kind != "text_to_image":
            fields["init"] = self._inits
            if self.out_width and not self._is_cut_out:
                # The size follows from the input again.
                fields |= {"width": None, "height": None}
            for name in self._left_open:
                fields.pop(name, None)
        return kind.model_validate(fields)

    @property
    def _inits(self) -> tuple[str, ...]:
        """The inputs in order; each is that of as many pictures as a request for one makes."""
        of_each = [str(one.get("init", self.init)) for one in self.each]
        return tuple(of_each[:: self.batch_size * self.batch_count]) or (self.init,)

    def _is_of_inputs(self, number: int) -> bool:
        """Whether a unit looks at the input of every picture, so that it asked for none itself."""
        return all(
            _image_of(one.get("controls", self.controls), number) == one.get("init", self.init)
            for one in self.each or ({},)
        )

    @property
    def _left_open(self) -> frozenset[str]:
        """What nobody asked for, as it differs by input; it follows from each of them again."""
        found = _BY_INPUT.intersection(name for one in self.each for name in one)
        return found | {"resize_mode"} if found & {"width", "height"} else found

    @property
    def _is_cut_out(self) -> bool:
        """Whether only a part of the input is drawn, at a size of its own."""
        return self.kind == "inpaint" and self.area == "masked"

    def _other(self, changes: dict[str, Any]) -> ResolvedRequest:
        try:
            return ResolvedRequest.model_validate({**dict(self), **changes})
        except ValidationError:
            raise RequestRejected("What is kept of this picture's settings is damaged.") from None


def _asked_unit(unit: ResolvedControl, *, is_of_input: bool) -> ControlUnit:
    """The unit of a request that resolves to this one; `is_of_input`: no picture of its own."""
    fields = {name: getattr(unit, name) for name in ControlUnit.model_fields if name != "enabled"}
    return ControlUnit.model_validate({**fields, "image": ""} if is_of_input else fields)


def _image_of(units: object, number: int) -> object:
    """The picture of a unit, also as JSON has it; None where there is no such unit."""
    unit = units[number] if isinstance(units, Sequence) and number < len(units) else None
    return unit.get("image") if isinstance(unit, Mapping) else getattr(unit, "image", None)


def partial_steps(steps: int, strength: float) -> int:
    """How many of `steps` are drawn at a strength: as diffusers counts them, but never none.

    Only strength 0 draws nothing.
    """
    # 0.29 * 100 is 28.999… in binary.
    return max(1, min(steps, int(steps * strength + 1e-6))) if strength > 0 else 0


def _counted_on(seed: int, index: int) -> int:
    return (seed + index) % (MAX_SEED + 1)
