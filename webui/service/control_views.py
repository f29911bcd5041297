"""What the faces show of models that steer, preprocessors, and extensions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from webui.request.choices import Choices, ControlInfo, PreprocessorInfo


class PreprocessorOptionView(BaseModel):
    """One number of a preprocessor: the unit's field that it is, and its limits."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    field: str
    label: str
    minimum: float
    maximum: float
    default: float
    step: float


class PreprocessorView(BaseModel):
    """What makes a map from a picture."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str
    group: str
    help: str
    options: tuple[PreprocessorOptionView, ...]
    suits: tuple[str, ...] = Field(description="Words in the names of models that read its maps.")
    is_instant: bool = Field(description="Whether it needs no network, so that it can be watched.")
    missing: str = Field(description="Which weights are not here and where they go; or nothing.")


class ControlView(BaseModel):
    """A model that steers."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    title: str
    method: str
    family: str
    size: int


class BrokenView(BaseModel):
    """A file that cannot be used, and why."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    problem: str


class ControlsView(BaseModel):
    """All that control units can be made of."""

    model_config = ConfigDict(frozen=True)

    models: tuple[ControlView, ...]
    broken: tuple[BrokenView, ...]
    preprocessors: tuple[PreprocessorView, ...]


def controls_view(choices: Choices, missing: dict[str, str]) -> ControlsView:
    """`missing`: by preprocessor, what is not here."""
    return ControlsView(
        models=tuple(_control(one) for one in choices.controls),
        broken=tuple(BrokenView.model_validate(one) for one in choices.broken_controls),
        preprocessors=tuple(
            _preprocessor(one, missing.get(one.id, "")) for one in choices.preprocessors
        ),
    )


def _control(info: ControlInfo) -> ControlView:
    return ControlView.model_validate(info)


def _preprocessor(info: PreprocessorInfo, missing: str) -> PreprocessorView:
    return PreprocessorView(
        id=info.id,
        label=info.label,
        group=info.group,
        help=info.help,
        options=tuple(PreprocessorOptionView.model_validate(one) for one in info.options),
        suits=info.suits,
        is_instant=not info.needs,
        missing=missing,
    )
