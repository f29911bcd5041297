"""The inputs and settings of an extension: named, typed values with limits, from its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from webui.errors import RequestRejected
from webui.request.explain import shown

Value: TypeAlias = bool | int | float | str
_LONGEST = 4000
_Line = Annotated[str, StringConstraints(max_length=200)]
_Choice = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Limit = Annotated[float, Field(ge=-1e15, le=1e15)]
_Type = Literal["number", "integer", "switch", "choice", "text"]


class OneField(BaseModel):
    """One field: its control on the page, its limits and what it is when nobody says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    type: _Type
    title: _Line = ""
    help: Annotated[str, StringConstraints(max_length=1000)] = ""
    default: bool | int | float | str | None = None
    minimum: _Limit | None = None
    maximum: _Limit | None = None
    step: Annotated[float, Field(gt=0, strict=False)] | None = None
    choices: Annotated[tuple[_Choice, ...], Field(max_length=200, strict=False)] = ()

    @model_validator(mode="after")
    def _sensible(self) -> OneField:
        numeric = self.type in ("number", "integer")
        if not numeric and (self.minimum, self.maximum, self.step) != (None, None, None):
            raise ValueError(f"minimum, maximum and step belong to numbers, not to a {self.type}")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError('choices belong to a field of the type "choice", and it needs them')
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low > high:
            raise ValueError(f"minimum {low:g} is above maximum {high:g}")
        if self.default is not None and (wrong := self.refused(self.default)):
            raise ValueError(f"default {wrong}; it is {shown(self.default)}")
        return self

    def refused(self, value: Any) -> str:
        """What it "must be" where the value does not fit; empty where it does."""
        if self.type == "switch":
            return "" if isinstance(value, bool) else "must be true or false"
        if self.type == "choice":
            fits = isinstance(value, str) and value in self.choices
            return "" if fits else f"must be one of {', '.join(self.choices)}"
        if self.type == "text":
            fits = isinstance(value, str) and len(value) <= _LONGEST
            return "" if fits else f"must be text of at most {_LONGEST:,} characters"
        return "" if self._fits(value) else f"must be {self._range()}"

    def _fits(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if isinstance(value, float) and not isfinite(value):
            return False
        if self.type == "integer" and value != int(value):
            return False
        low = -1e15 if self.minimum is None else self.minimum
        high = 1e15 if self.maximum is None else self.maximum
        return low <= value <= high

    def _range(self) -> str:
        kind = "a whole number" if self.type == "integer" else "a number"
        low = "" if self.minimum is None else f" from {self.minimum:g}"
        high = "" if self.maximum is None else f" to {self.maximum:.16g}"
        return f"{kind}{low}{high}"

    def taken(self, value: Value) -> Value:
        """A value that fits, in the type of the field: browsers send 3.0 for 3, and 1 for 1.0."""
        if self.type == "integer":
            return int(value)
        return float(value) if self.type == "number" else value

    @property
    def usual(self) -> Value:
        """The value when nobody says."""
        if self.default is not None:
            return self.taken(self.default)
        if self.type == "choice":
            return self.choices[0]
        if self.type in ("number", "integer"):
            least = 0 if self.maximum is None else min(0, self.maximum)
            return self.taken(max(least, least if self.minimum is None else self.minimum))
        return False if self.type == "switch" else ""


@dataclass(frozen=True, slots=True)
class Fields:
    """All inputs, or all settings, of one extension by their names.

    `where`: how errors name the place, "extensions.<id>".
    """

    where: str
    named: Mapping[str, OneField] = field(default_factory=dict[str, OneField])

    def resolve(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """Every field with its value: those given, in the type of the field, else the usual ones.

        Raises RequestRejected that names `<where>.<field>` for one that is unknown or unfit.
        """
        for name, value in values.items():
            place = f"{self.where}.{name}"
            if name not in self.named:
                known = ", ".join(self.named) or "none"
                raise RequestRejected(
                    f"There is no input {shown(place)}. There is: {known}.",
                    field=place,
                    value=value,
                )
            if wrong := self.named[name].refused(value):
                raise RequestRejected(
                    f"{place} {wrong}; you gave {shown(value)}.", field=place, value=value
                )
        return {
            name: one.taken(values[name]) if name in values else one.usual
            for name, one in self.named.items()
        }
