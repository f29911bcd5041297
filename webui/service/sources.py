"""Where pictures came from: inputs that people send, and which picture began with which."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from webui.errors import BadFile, NotFound, RequestRejected
from webui.images.content import content_hash, read_kept
from webui.images.masks import grown, inverted, mask_from_alpha, mask_of
from webui.images.opening import open_picture
from webui.request import Input, ResolvedRequest
from webui.service.files import PictureFiles
from webui.service.inputs import Inputs
from webui.service.rows import ImageRow, InputRow, Rows
from webui.service.views import InputView, LineageView, ParentView

OWN_PICTURE = "image:"
"""Begins a reference to a finished picture; its id follows."""

_BLANK = "The mask is empty, so the picture stays as it is."
_FULLY = 255
_FAINT = 127
_ON_WHITE = "What is transparent in the picture stands on white."
_FULL = "The mask covers everything, so the whole picture is drawn anew."


@dataclass(frozen=True, slots=True)
class Sources:
    """What pictures begin with, by owner.

    `otherwise` finds inputs that no owner here has sent; commands, which serve nobody, have it.
    """

    rows: Rows
    files: PictureFiles
    inputs: Inputs
    clock: Callable[[], float]
    otherwise: Callable[[str, str], Input] | None = None

    def keep(self, data: bytes | Path, owner: str, name: str = "The picture") -> InputView:
        """Keep a picture that was sent, by what is in it. Raises BadFile or DiskTrouble."""
        opened = open_picture(data, name)
        sha256 = self.inputs.keep(opened.pixels)
        height, width, channels = opened.pixels.shape
        row = InputRow(sha256, owner, width, height, channels == 4, self.clock())
        self.rows.add_input(row)
        return _view(row, opened.notes)

    def path(self, sha256: str, owner: str) -> Path:
        """The file of an input. Raises NotFound, also for another's."""
        self.rows.input(sha256, owner)
        return self.inputs.path(sha256)

    def look(self, owner: str) -> Callable[[str, str], Input]:
        """Finds inputs of an owner for the fields of a request."""

        def looked(reference: str, field: str) -> Input:
            try:
                return self._found(reference, owner, field)
            except (NotFound, BadFile) as error:
                if self.otherwise:
                    return self.otherwise(reference, field)
                raise RequestRejected(error.message, field=field, value=reference) from None

        return looked

    def _found(self, reference: str, owner: str, field: str) -> Input:
        if not reference.startswith(OWN_PICTURE):
            return self._sent(reference, owner, field)
        image = self.rows.image(reference.removeprefix(OWN_PICTURE), owner)
        if image.content:
            # Most often it is an input already, and need not be read once more.
            with suppress(NotFound):
                return self._sent(image.content, owner, field)
        path = self.files.absolute(image.path)
        if not path.is_file():
            raise NotFound("The file of this picture is no longer there: it was moved or deleted.")
        view = self.keep(path, owner)
        if not image.content:  # made by a version that did not note it
            self.rows.set_content(image.id, view.sha256)
        return Input(view.sha256, view.width, view.height, view.has_alpha)

    def _sent(self, sha256: str, owner: str, field: str) -> Input:
        """An input by its hash. An origin may be a picture that was never used as one."""
        if field == "origin" and (images := self.rows.images_with(sha256, owner)):
            return Input(sha256, images[0].width, images[0].height)
        row = self.rows.input(sha256, owner)
        self.inputs.path(row.sha256)
        return Input(row.sha256, row.width, row.height, row.alpha)

    def notes(self, request: ResolvedRequest) -> tuple[str, ...]:
        """A word about masks that mask nothing, or everything, and about what shows through."""
        if request.kind == "inpaint":
            return self._mask_notes(request)
        *_, has_alpha = self.inputs.size(request.init) if request.init else (False,)
        return (_ON_WHITE,) if has_alpha else ()

    def _mask_notes(self, request: ResolvedRequest) -> tuple[str, ...]:
        picture = read_kept(self.inputs.folder, request.mask or request.init)
        mask = mask_of(picture) if request.mask else mask_from_alpha(picture)
        mask = inverted(mask) if request.mask_invert else mask
        # To grow takes seconds at many megapixels, and only what shrinks can come to nothing, or
        # what is faint everywhere, which takes no time.
        if request.mask_grow < 0 or int(mask.max()) <= _FAINT:
            mask = grown(mask, request.mask_grow)
        if not mask.any():
            return (_BLANK,)
        return (_FULL,) if int(mask.min()) == _FULLY else ()

    def uses(self, request: ResolvedRequest) -> list[tuple[int, str, str]]:
        """What each picture of a request begins with: its number, role and hash."""
        whole = request.inputs
        return [
            (index, role, sha256)
            for index in range(request.pictures)
            for role, sha256 in {**whole, **_own_inputs(request, index)}.items()
        ]

    def lineage(self, image_id: str, owner: str) -> LineageView:
        """What a picture came from, and what came from it. Raises NotFound."""
        image = self.rows.image(image_id, owner)
        children = self.rows.images_from(image.content, owner) if image.content else []
        return LineageView(
            parents=tuple(
                self._parent(role, sha256, image)
                for role, sha256 in self.rows.uses_of(image.job, image.picture)
            ),
            children=tuple(child.view() for child in children if child.id != image.id),
        )

    def _parent(self, role: str, sha256: str, child: ImageRow) -> ParentView:
        """An input, and the own picture that it is, if it is one."""
        # Later ones with the same pixels may have come from it, as the child itself may.
        images = self.rows.images_with(sha256, child.owner, before=child.id)
        try:
            known = _view(self.rows.input(sha256, child.owner))
        except NotFound:
            known = None
        image = images[0].view() if images else None
        return ParentView(role=role, sha256=sha256, input=known, image=image)

    def sweep(self, now: float) -> int:
        """Remove inputs that were sent and never used. Returns how many."""
        idle = self.rows.unused_inputs(now - _IDLE)
        self.rows.drop_inputs(idle)
        kept = {path.stem for path in self.inputs.folder.glob("??/*.png")} - idle
        return self.inputs.sweep(kept, now, _IDLE)


_IDLE = 7 * 86_400
"""Seconds for which an input is kept that no job began with."""


def content_of(pixels: bytes, size: tuple[int, int]) -> str:
    """The hash by which a finished picture is known as an input. `pixels`: RGB, row by row."""
    width, height = size
    return content_hash(np.frombuffer(pixels, np.uint8).reshape(height, width, 3))


def _own_inputs(request: ResolvedRequest, index: int) -> dict[str, str]:
    own = request.each[index] if request.each else {}
    found = {role: own.get(role, "") for role in ("init", "mask", "origin")}
    for number, unit in enumerate(own.get("controls", ()), 1):
        found |= {f"control {number}": unit["image"], f"control mask {number}": unit["mask"]}
    return {role: sha256 for role, sha256 in found.items() if sha256}


def _view(row: InputRow, notes: tuple[str, ...] = ()) -> InputView:
    return InputView(
        sha256=row.sha256,
        url=f"/api/v1/inputs/{row.sha256}",
        width=row.width,
        height=row.height,
        has_alpha=row.alpha,
        notes=notes,
    )
