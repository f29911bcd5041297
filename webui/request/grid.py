"""The request for a grid: one request drawn many times, with something else along each axis."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from webui.request.limits import MAX_PROMPT, Name
from webui.request.text_to_image import TextToImage

MOST_CELLS = 500
"""Cells of one grid. More is a mistake, or a wish for several grids."""

Values = Annotated[str, StringConstraints(max_length=2 * MAX_PROMPT)]


class Axis(BaseModel):
    """What changes along one side: `field` of the request, or one of the ways to change a prompt.

    `values` as people type them: "1-10 [5]", "Euler, DPM++ 2M", a prompt a line; see `axes.py`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    field: Name = Field(title="Field", description="What changes along this side.")
    values: Values = Field(title="Values", description="The values it takes, in order.")


class Grid(BaseModel):
    """One picture for every combination of the values of up to three axes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, title="Grid")

    kind: Literal["grid"] = "grid"
    base: TextToImage = Field(title="Base", description="What all cells share.")
    x: Axis = Field(title="X", description="Columns.")
    y: Axis | None = Field(None, title="Y", description="Rows.")
    z: Axis | None = Field(None, title="Z", description="Sheets, one under the other.")
    margin: Annotated[int, Field(ge=0, le=256)] = Field(
        8, title="Margin", description="Pixels between the cells of the sheet."
    )
