"""A line of a file of prompts: only words, or options as on a command line, as A1111 has them.

`a red house` · `--prompt "a red house" --steps 12 --cfg_scale 5`
"""

from __future__ import annotations

import shlex
from typing import Any

from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.request.explain import explain, shown
from webui.request.from_picture import AnyDrawing
from webui.request.text_to_image import TextToImage

_OTHER_NAMES = {"sampler_name": "sampler", "negative": "negative_prompt"}
NOT_OF_A_PICTURE = frozenset(
    {
        *("kind", "batch_size", "batch_count", "lane", "exact", "styles", "origin"),
        *("controls", "extensions"),
    }
)
"""Fields of a request that no single picture of it has for itself."""


def parse_line(line: str) -> dict[str, Any]:
    """The fields that a line sets. Raises RequestRejected that names the line's fault."""
    if not line.lstrip().startswith("--"):
        return {"prompt": line}
    try:
        words = shlex.split(line)
    except ValueError:
        raise RequestRejected(f"A quote is not closed in {shown(line)}.", field="lines") from None
    fields: dict[str, Any] = {}
    while words:
        name = words.pop(0)
        if not name.startswith("--"):
            raise _no_option(name)
        if not words:
            raise RequestRejected(f"There is no value after {shown(name)}.", field="lines")
        field, value = field_value(name.removeprefix("--"), words.pop(0))
        if field in NOT_OF_A_PICTURE:
            raise _no_option(name)
        fields[field] = value
    return fields


def field_value(word: str, value: str, kind: type[AnyDrawing] = TextToImage) -> tuple[str, Any]:
    """A field of a kind of request by a name people use for it, and its value from text.

    Raises RequestRejected for one that is not known, or a value out of range.
    """
    name = word.replace("-", "_")
    field = _OTHER_NAMES.get(name, name)
    if field not in kind.model_fields or field == "kind":
        raise RequestRejected(f"There is no field {shown(word)}.", field="lines")
    try:
        # Not strict: numbers and truths are read from text.
        needed = {} if kind is TextToImage else {"init": "here"}
        read = kind.model_validate({**needed, field: value}, strict=False)
    except ValidationError as error:
        raise explain(error, kind) from None
    return field, getattr(read, field)


def _no_option(word: str) -> RequestRejected:
    return RequestRejected(
        f"{shown(word)} is no option of a line of prompts. Write words, or options such as"
        ' --prompt "a red house" --steps 12.',
        field="lines",
    )
