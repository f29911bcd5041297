"""Maps for control units: what a preprocessor sees in a picture, made at once, kept by content."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from numpy import typing as npt

from webui.errors import NotFound, RequestRejected
from webui.images.content import read_kept
from webui.images.control_map import finished_map, prepared_picture, shown_map
from webui.images.masks import mask_of
from webui.request import Choices, Here
from webui.request.choices import PreprocessorInfo
from webui.request.make_map import MakeMap, resolve_map
from webui.request.resolved import ResolvedRequest
from webui.service.inputs import Inputs
from webui.service.rows import InputRow, Rows
from webui.service.views import InputView

Levels = npt.NDArray[np.uint8]
Preprocess = Callable[[Levels, float, float], Levels]


@dataclass(frozen=True, slots=True)
class Maps:
    """Makes maps in the calling thread. `function_of` finds what makes them, and its version.

    Those that need a network are jobs: they want the device, and take their turn.
    """

    rows: Rows
    inputs: Inputs
    function_of: Callable[[PreprocessorInfo], tuple[Preprocess, str]]
    clock: Callable[[], float]

    def make(self, wish: MakeMap, choices: Choices, here: Here, owner: str) -> InputView:
        """The map as an input of the owner's: a picture that can be looked at, and used.

        The same wish gives the same input, without making it again. Raises RequestRejected, or
        ExtensionFailed for one of an extension.
        """
        resolved = resolve_map(wish, choices, here)
        maker = choices.preprocessor(wish.preprocessor)
        if maker.needs:
            raise RequestRejected(
                f"{maker.label} is computed by a network, on the device. Ask for it as a job of the"
                ' kind "map".',
                field="preprocessor",
                value=wish.preprocessor,
            )
        unit = resolved.controls[0]
        preprocess, version = self.function_of(maker)
        size = str(resolved.width), str(resolved.height)
        said = (unit.model_dump_json(), *size, version)
        key = sha256("|".join(said).encode()).hexdigest()
        known = self.rows.map_of(key, owner)
        if known:
            with suppress(NotFound):
                row = self.rows.input(known, owner)
                self.inputs.path(known)
                self.rows.add_input(replace(row, created=self.clock()))
                return _view(row)
        row = self._kept(self._made(resolved, preprocess), owner)
        self.rows.keep_map(key, owner, row.sha256)
        return _view(row)

    def _made(self, request: ResolvedRequest, preprocess: Preprocess) -> Levels:
        unit = request.controls[0]
        size = (request.width, request.height)
        picture = read_kept(self.inputs.folder, unit.image)
        mask = mask_of(read_kept(self.inputs.folder, unit.mask)) if unit.mask else None
        ready = prepared_picture(picture, size, unit.resize, unit.resolution, mask)
        made = preprocess(ready, unit.threshold_a, unit.threshold_b)
        return shown_map(finished_map(made, size))

    def _kept(self, levels: Levels, owner: str) -> InputRow:
        height, width = levels.shape[:2]
        hashed = self.inputs.keep(levels)
        row = InputRow(hashed, owner, width, height, False, self.clock())
        self.rows.add_input(row)
        return row


def _view(row: InputRow) -> InputView:
    return InputView(
        sha256=row.sha256,
        url=f"/api/v1/inputs/{row.sha256}",
        width=row.width,
        height=row.height,
        has_alpha=row.alpha,
    )
