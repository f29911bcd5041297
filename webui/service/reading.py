"""Reading what others made, and what a person is typing: for the faces to show, nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from webui.errors import BadFile, WebuiError
from webui.metadata import Found, read_metadata
from webui.prompting import Wildcards, extract_styles, problems
from webui.prompting.pointing import pointed
from webui.request import Choices, TextToImage, read_png
from webui.request.png import Format, write_picture
from webui.service.views import ErrorView, FoundView, MissingView, ProblemView

_LONGEST_SHOWN = 2000


def found_in(source: Path | bytes | str, choices: Choices, hashes: Mapping[str, str]) -> FoundView:
    """What a picture file or a pasted text says of how it was made. Raises BadFile.

    `hashes`: sha256 of checkpoints by name, where known.
    """
    found = read_metadata(source, choices, hashes)
    fields = _telling(_without_styles(found.fields, choices))
    return FoundView(
        tool=found.tool,
        fields=fields,
        shown=tuple((_title(name), _label(name, value, choices)) for name, value in fields.items()),
        unmapped=tuple((key, _value(value)) for key, value in found.unmapped),
        missing=tuple(MissingView.model_validate(one) for one in found.missing),
        notes=found.notes,
        remakes=found.request is not None and found.request.sheet is None,
        is_empty=_is_empty(found),
    )


def _without_styles(fields: Mapping[str, object], choices: Choices) -> dict[str, object]:
    """The prompts without kept styles that were put around them, and those styles by name."""
    asked, avoided = (str(fields.get(name, "")) for name in ("prompt", "negative_prompt"))
    prompt, negative, names = extract_styles(asked, avoided, choices.styles)
    if not names:
        return dict(fields)
    return {**fields, "prompt": prompt, "negative_prompt": negative, "styles": names}


def _telling(fields: Mapping[str, object]) -> dict[str, object]:
    """Those fields that say something: not what any request has anyway."""
    own = TextToImage.model_validate({})
    silent = {"kind"} if fields.get("variation_strength") else {"kind", "variation_seed"}
    return {
        name: value
        for name, value in fields.items()
        if name not in silent and value != getattr(own, name)
    }


def in_format(path: Path, kind: Format) -> bytes:
    """One of our pictures as another kind of file, with all that it carries. Raises BadFile."""
    metadata = read_png(path)
    if metadata.request is None:
        raise BadFile(f"{path.name} no longer carries its request; take the PNG as it is.")
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            pixels, size = picture.convert("RGB").tobytes(), picture.size
    except (OSError, SyntaxError, ValueError) as error:
        raise BadFile(f"The pixels of {path.name} cannot be read: {error}.") from None
    infotext = metadata.infotext or ""
    return write_picture(pixels, size, metadata.request, metadata.made_with, infotext, kind)


def cannot_be_read(error: WebuiError) -> FoundView:
    """The answer for a file that is no picture."""
    return FoundView(
        tool="",
        fields={},
        shown=(),
        unmapped=(),
        missing=(),
        notes=(),
        remakes=False,
        is_empty=True,
        error=ErrorView(message=error.message, field=error.field),
    )


def _is_empty(found: Found) -> bool:
    return not (found.fields or found.unmapped or found.missing)


def _title(name: str) -> str:
    return TextToImage.model_fields[name].title or name


def _label(name: str, value: object, choices: Choices) -> str:
    """The value as the form shows it."""
    known = {"sampler": choices.samplers, "schedule": choices.schedules}.get(name, ())
    return next((one.label for one in known if one.id == value), _value(value))


def _value(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def problems_in(text: str, wildcards: Wildcards) -> tuple[ProblemView, ...]:
    """Places in a prompt that do not do what they seem to, each shown with a caret."""
    return tuple(
        ProblemView(
            at=one.at,
            length=one.length,
            message=one.message,
            pointed=pointed(text, one.at, one.length),
        )
        for one in problems(text, wildcards)
    )
