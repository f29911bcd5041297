"""What a picture of the command line begins with: --init, --mask and --outpaint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from webui.errors import RequestRejected
from webui.request.from_picture import KINDS
from webui.request.prompt_lines import field_value

_OF_ALPHA = Path("alpha")
_GROWTH = ("left", "top", "right", "bottom", "ratio", "toward", "filling", "seam")


def beginning(
    init: Sequence[Path] | None, mask: Path | None, outpaint: str | None
) -> tuple[str, dict[str, list[Path]], dict[str, Any]]:
    """The kind of request, the files of its pictures, and what else follows.

    Raises RequestRejected for what does not go together.
    """
    from webui.generating import picture_files

    if not init:
        if mask or outpaint:
            what = "--mask" if mask else "--outpaint"
            raise RequestRejected(f"{what} needs a picture: add --init picture.png.", field="init")
        return "text_to_image", {}, {}
    if mask and outpaint:
        raise RequestRejected(
            "--outpaint draws what lies beyond the edge, and takes no --mask. Do one after the"
            " other.",
            field="mask",
        )
    sent = {"init": picture_files(init)}
    if outpaint:
        return "outpaint", sent, growth(outpaint)
    if mask is None:
        return "image_to_image", sent, {}
    return "inpaint", sent if mask == _OF_ALPHA else {**sent, "mask": [mask]}, {}


def growth(text: str) -> dict[str, Any]:
    """The fields of "left=64,top=32" or "ratio=16:9". Raises RequestRejected."""
    fields: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or name.strip() not in _GROWTH:
            raise RequestRejected(
                f'--outpaint takes sides such as "left=64,top=32" or "ratio=16:9", not {part!r}.',
                field="outpaint",
            )
        field, read = field_value(name.strip(), value.strip(), KINDS["outpaint"])
        fields[field] = read
    return fields
