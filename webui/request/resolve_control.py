"""Resolving control units: which model, which preprocessor, and which picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from webui.errors import RequestRejected
from webui.request.choices import CheckpointInfo, Choices, ControlInfo, PreprocessorInfo
from webui.request.control import REFERENCE_ONLY, ControlUnit, ResolvedControl
from webui.request.from_picture import AnyDrawing
from webui.request.resolved import FileUsed

Unit = tuple[ResolvedControl, FileUsed | None]

PICTURE_READERS = ("ip_adapter", REFERENCE_ONLY)
"""Methods that look at the picture itself: no preprocessor makes a map for them."""


class Looking(Protocol):
    """What is asked of this machine; `webui.request.resolve.Here` has it."""

    @property
    def look(self) -> Callable[[str, str], Any]: ...

    @property
    def control(self) -> Callable[[str, str], FileUsed | None]: ...

    @property
    def missing(self) -> Callable[[PreprocessorInfo], str]: ...


def controls_of(
    request: AnyDrawing, choices: Choices, here: Looking, checkpoint: CheckpointInfo, init: str
) -> tuple[tuple[ResolvedControl, ...], tuple[FileUsed, ...]]:
    """The units that act, with nothing left open, and their files.

    A unit that is switched off, or has weight 0, is left out: it changes nothing. `init`: the hash
    of the picture that is drawn over, for units without one of their own. Raises RequestRejected.
    """
    units = [
        _Unit(number, unit, choices, here, checkpoint).resolved(init)
        for number, unit in enumerate(request.controls)
        if unit.enabled and unit.weight > 0
    ]
    files = tuple(dict.fromkeys(file for _, file in units if file))
    return tuple(unit for unit, _ in units), files


class _Unit:
    """One unit on its way."""

    def __init__(
        self,
        number: int,
        unit: ControlUnit,
        choices: Choices,
        here: Looking,
        checkpoint: CheckpointInfo,
    ) -> None:
        self.number = number
        self.unit = unit
        self.choices = choices
        self.here = here
        self.checkpoint = checkpoint

    def resolved(self, init: str) -> Unit:
        unit = self.unit
        if unit.start >= unit.end:
            raise self.wrong(
                "start", f"begins at {unit.start:g} and ends at {unit.end:g}: begin earlier"
            )
        model = self._model()
        maker = self._preprocessor(model)
        options = {
            one.field: one.settled(getattr(self.unit, one.field), self.field(one.field))
            for one in maker.options
        }
        file = self.here.control(model.name, self.field("model"))
        return (
            ResolvedControl(
                model=file.name if file else model.name,
                method=model.method,
                preprocessor=maker.id,
                weight=unit.weight,
                start=unit.start,
                end=unit.end,
                mode=unit.mode,
                resize=unit.resize,
                resolution=unit.resolution,
                image=self._picture(init),
                mask=self.here.look(unit.mask, self.field("mask")).sha256 if unit.mask else "",
                **options,
            ),
            file,
        )

    def field(self, name: str) -> str:
        return f"controls.{self.number}.{name}"

    def wrong(self, name: str, what: str) -> RequestRejected:
        """What is wrong with a unit; it is counted from 1, as people see it."""
        value = getattr(self.unit, name)
        return RequestRejected(
            f"Control unit {self.number + 1} {what}.", field=self.field(name), value=value
        )

    def _model(self) -> ControlInfo:
        if not self.unit.model:
            raise self.wrong("model", "has no model: choose one, or switch the unit off")
        model = self.choices.control(self.unit.model, self.field("model"))
        family = self.checkpoint.family
        if model.family and model.family != family:
            raise self.wrong(
                "model",
                f"has a model for {model.family}, and {self.checkpoint.title} is {family}: choose"
                " another model or checkpoint",
            )
        return model

    def _preprocessor(self, model: ControlInfo) -> PreprocessorInfo:
        field = self.field("preprocessor")
        if model.method in PICTURE_READERS:
            return self.choices.preprocessor("none", field)
        maker = self.choices.preprocessor(self.unit.preprocessor or "none", field)
        if problem := self.here.missing(maker):
            raise RequestRejected(problem, field=field, value=self.unit.preprocessor)
        return maker

    def _picture(self, init: str) -> str:
        if self.unit.image:
            return self.here.look(self.unit.image, self.field("image")).sha256
        if not init:
            raise self.wrong("image", "has no picture: give it one, or switch the unit off")
        return init
