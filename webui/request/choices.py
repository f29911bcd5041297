"""What there is to choose from: samplers, schedules and checkpoints, as plain values.

These describe; they hold no functions and no tensors, so the web process can list, validate and
show them without importing torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from webui.errors import RequestRejected
from webui.request.explain import shown


@dataclass(frozen=True, slots=True)
class SamplerInfo:
    """A sampler: `function` is "module:name", imported only where it runs.

    `schedule` is the schedule that "auto" means for this sampler. `options` are the request's
    fields that this sampler takes as keywords, each with the sampler's own value.
    """

    id: str
    label: str
    function: str
    schedule: str = "normal"
    aliases: tuple[str, ...] = ()
    help: str = ""
    options: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A schedule: spreads the noise levels over the steps. `function` as in `SamplerInfo`.

    `options` as there; None is the checkpoint's own.
    """

    id: str
    label: str
    function: str
    aliases: tuple[str, ...] = ()
    help: str = ""
    options: tuple[tuple[str, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PreprocessorOption:
    """One number that a preprocessor takes. `field`: threshold_a or threshold_b of the unit."""

    field: str
    label: str
    minimum: float
    maximum: float
    default: float
    step: float = 1.0

    def settled(self, asked: float | None, field: str) -> float:
        """The number that acts. Raises RequestRejected for one out of range."""
        if asked is None:
            return self.default
        if not self.minimum <= asked <= self.maximum:
            raise RequestRejected(
                f"{self.label} is {self.minimum:g} to {self.maximum:g}; you gave {asked:g}.",
                field=field,
                value=asked,
            )
        return asked


@dataclass(frozen=True, slots=True)
class PreprocessorInfo:
    """What makes a map from a picture: `function` is "module:name", imported only where it runs.

    `options`: at most two. `suits`: words by which models that read such maps are known, in their
    names ("canny", "depth"). `needs`: the folder under models/preprocessors with its weights; empty
    for what works at once. `aliases`: what other tools call it.
    """

    id: str
    label: str
    function: str
    group: str = ""
    help: str = ""
    options: tuple[PreprocessorOption, ...] = ()
    suits: tuple[str, ...] = ()
    needs: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ControlInfo:
    """A model that steers. `method`: controlnet, t2i_adapter, ip_adapter or reference_only.

    `family`: of the checkpoints that it fits; empty for any. `size` is in bytes.
    """

    name: str
    title: str
    method: str
    family: str = ""
    size: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a checkpoint draws best with. `width` and `height` in pixels."""

    sampler: str = "dpmpp_2m"
    schedule: str = "karras"
    steps: int = 20
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """A checkpoint that can be used. `name` is what requests say; `size` is in bytes."""

    name: str
    title: str
    family: str
    size: int
    defaults: Defaults
    aliases: tuple[str, ...] = ()


_Choice: TypeAlias = SamplerInfo | ScheduleInfo | CheckpointInfo | PreprocessorInfo | ControlInfo


def _names(choice: _Choice) -> tuple[str, ...]:
    if isinstance(choice, CheckpointInfo | ControlInfo):
        return (choice.name, choice.title, *choice.aliases)
    return (choice.id, choice.label, *choice.aliases)


_C = TypeVar("_C", SamplerInfo, ScheduleInfo, CheckpointInfo, PreprocessorInfo, ControlInfo)


def find(choices: Sequence[_C], name: str, field: str) -> _C:
    """The choice called `name` (id, label or alias; case does not matter, but an exact id wins).

    Raises RequestRejected with the list of what there is.
    """
    for choice in choices:
        if _names(choice)[0] == name:
            return choice
    wanted = name.strip().casefold()
    for choice in choices:
        if wanted in (known.casefold() for known in _names(choice)):
            return choice
    there = ", ".join(_names(choice)[0] for choice in choices) or "none"
    raise RequestRejected(
        f"{field} {shown(name)} is not known. There is: {there}.", field=field, value=name
    )


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file that lies where checkpoints lie and cannot be used; `problem` says why."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Style:
    """A kept piece of prompt. `{prompt}` in it stands for what is asked; else it is added."""

    name: str
    prompt: str = ""
    negative_prompt: str = ""


PLAIN_UPSCALERS = ("lanczos",)
"""Upscalers that need no file."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything a request may name, at one moment; `broken` is what it cannot."""

    samplers: tuple[SamplerInfo, ...]
    schedules: tuple[ScheduleInfo, ...]
    checkpoints: tuple[CheckpointInfo, ...]
    broken: tuple[BrokenFile, ...] = ()
    styles: tuple[Style, ...] = ()
    loras: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    upscalers: tuple[str, ...] = PLAIN_UPSCALERS
    preprocessors: tuple[PreprocessorInfo, ...] = ()
    controls: tuple[ControlInfo, ...] = ()
    broken_controls: tuple[BrokenFile, ...] = ()

    def sampler(self, name: str) -> SamplerInfo:
        return find(self.samplers, name, "sampler")

    def schedule(self, name: str) -> ScheduleInfo:
        return find(self.schedules, name, "schedule")

    def preprocessor(self, name: str, field: str = "preprocessor") -> PreprocessorInfo:
        return find(self.preprocessors, name, field)

    def control(self, name: str, field: str = "model") -> ControlInfo:
        """A model that steers. Raises RequestRejected, with what is wrong with a broken file."""
        for file in self.broken_controls:
            if file.name == name.strip():
                raise RequestRejected(file.problem, field=field, value=name)
        return find(self.controls, name, field)

    def checkpoint(self, name: str) -> CheckpointInfo:
        """The named checkpoint; the first one when `name` is empty."""
        if not name:
            return self._first()
        try:
            return find(self.checkpoints, name, "checkpoint")
        except RequestRejected:
            for file in self.broken:
                if file.name == name.strip():
                    raise RequestRejected(file.problem, field="checkpoint", value=name) from None
            raise

    def _first(self) -> CheckpointInfo:
        if self.checkpoints:
            return self.checkpoints[0]
        reasons = "".join(f" {file.name}: {file.problem}" for file in self.broken[:3])
        raise RequestRejected(
            f"There is no checkpoint that can be used.{reasons}", field="checkpoint", value=""
        )
