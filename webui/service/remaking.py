"""Making a saved picture again from what it carries, and telling whether it is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from webui.errors import BadFile, RequestRejected, WebuiError
from webui.request import Choices, FileUsed, Here, PictureMetadata, ResolvedRequest
from webui.request.control import REFERENCE_ONLY, ResolvedControl
from webui.request.explain import shown
from webui.request.frozen import Frozen
from webui.request.limits import Dtype, ExtensionInputs
from webui.request.make_map import MAP
from webui.request.resolve import named_by, unextended
from webui.request.resolved import COMPANY
from webui.service.views import RemadeView

_MACHINE = {"device": "the device", "dtype": "the number format", "threads": "threads:"}
"""Further keys of what a picture was made with, in words."""

_DAMAGED = "What is kept of this picture's settings is damaged."

_FORMATS: dict[str, Dtype] = {
    "float32": "float32",
    "bfloat16": "bfloat16",
    "float16": "float16",
}


@dataclass(frozen=True, slots=True)
class Remaking:
    """How a picture can be made again here, and what may change its pixels on the way."""

    request: ResolvedRequest
    warnings: tuple[str, ...]


def plan_remaking(
    name: str, metadata: PictureMetadata, choices: Choices, here: Here, own_version: str
) -> Remaking:
    """Compare what a picture was made with to what is here.

    It will run by itself ("exact"), in its own number format and the company it had. Raises
    WebuiError where it cannot be made again: no request in it, a sheet of several pictures, or a
    file that is not here.
    """
    request = metadata.request
    if request is None:
        raise BadFile(
            f"{name} carries no request of Darkroom's, so it cannot be made again exactly."
        )
    if request.sheet:
        raise BadFile(f"{name} is a sheet of several pictures. Make one of them again.")
    alone = request.alone(0)
    _check_inputs(alone, here)
    _check_units(alone, choices, here)
    _check_tools(alone, here)
    drawn = _drawn_here(alone, choices, here)
    company = metadata.made_with.get("company", "")
    changes = {
        **drawn,
        "extensions": _extended(alone, here),
        "exact": True,
        "dtype": _FORMATS.get(metadata.made_with.get("dtype", "")),
        "company": company if re.match(COMPANY, company) else "",
    }
    return Remaking(
        alone.model_copy(update=changes), tuple(_changed_versions(metadata, own_version))
    )


def _drawn_here(request: ResolvedRequest, choices: Choices, here: Here) -> dict[str, Any]:
    """The checkpoint as it is called here, if anything is drawn. Raises WebuiError."""
    wanted = request.checkpoint_file
    if wanted is None:
        return {}
    found = _checkpoint(wanted, choices, here)
    _check_named(request, here)
    used = wanted.model_copy(update={"name": found})
    files = tuple(used if file == wanted else file for file in request.files)
    return {"checkpoint": found, "files": files}


def _check_inputs(request: ResolvedRequest, here: Here) -> None:
    """Whether what it began with is here. Raises WebuiError."""
    for role, sha256 in request.inputs.items():
        if role == "origin":
            continue
        what = "a mask" if "mask" in role else "another picture"
        try:
            found = here.look(sha256, role)
        except RequestRejected:
            raise WebuiError(
                f"This picture was made from {what} (its hash begins with {sha256[:10]}), which is"
                " not here. Send that one, then try again."
            ) from None
        size = (request.init_width, request.init_height)
        if role == "init" and size != (found.width, found.height):
            raise BadFile(_DAMAGED)


def _check_units(request: ResolvedRequest, choices: Choices, here: Here) -> None:
    """Whether its units are such as resolving makes. Raises WebuiError."""
    is_map = request.kind == MAP
    if is_map and len(request.controls) != 1:
        raise BadFile(_DAMAGED)
    files = {file.name for file in request.of_role("control")}
    for unit in request.controls:
        needs_file = unit.method not in (REFERENCE_ONLY, MAP)
        if (unit.method == MAP) != is_map or (needs_file and unit.model not in files):
            raise BadFile(_DAMAGED)
        _check_preprocessor(unit, choices, here)


def _check_preprocessor(unit: ResolvedControl, choices: Choices, here: Here) -> None:
    """Whether it is here, and takes the numbers of the unit. Raises WebuiError."""
    name = unit.preprocessor
    maker = next((one for one in choices.preprocessors if one.id == name), None)
    if maker is None:
        raise WebuiError(
            f"This picture was made with the preprocessor {shown(name)}, which is not here. If an"
            " extension brought it, switch that one on."
        )
    if problem := here.missing(maker):
        raise WebuiError(problem)
    try:
        for option in maker.options:
            option.settled(getattr(unit, option.field), option.field)
    except RequestRejected:
        raise BadFile(_DAMAGED) from None


def _extended(request: ResolvedRequest, here: Here) -> ExtensionInputs:
    """What it asked of extensions, as they take it here. Raises WebuiError.

    An extension that acts on every new picture has no part in one that was made without it.
    """
    asked = request.extensions
    if not asked.keys() <= {one.id for one in request.used}:
        raise BadFile(_DAMAGED)
    if not asked or here.extended is unextended:
        return asked  # commands look before a studio is open; it looks again, with its extensions
    try:
        found = here.extended(request, asked).inputs
    except RequestRejected as error:
        raise WebuiError(
            f"What this picture asked of its extensions cannot be asked here. {error.message}"
        ) from None
    return Frozen({id: found[id] for id in asked})


def _check_tools(request: ResolvedRequest, here: Here) -> None:
    """Whether what enlarged it and what steered it is here, and is what it was.

    Raises WebuiError.
    """
    for file in (*request.of_role("upscaler"), *request.of_role("control")):
        find = here.upscaler if file.role == "upscaler" else here.control
        try:
            found = find(file.name, file.role)
        except RequestRejected:
            found = None
        if found is None or found.sha256 != file.sha256:
            raise _missing(file, "is not here" if found is None else "is another one here")


def _missing(file: FileUsed, what: str) -> WebuiError:
    return WebuiError(
        f"This picture was made with the {file.role} {file.name} (its sha256 begins with"
        f" {file.sha256[:10]}), which {what}. Put that one into the models folder."
    )


def _checkpoint(wanted: FileUsed, choices: Choices, here: Here) -> str:
    """The checkpoint here with these very weights, whatever it is called now."""
    known = choices.checkpoints
    for info in sorted(known, key=lambda info: info.name != wanted.name):
        try:
            if here.sha256_of(info) == wanted.sha256:
                return info.name
        except BadFile:
            continue  # another one that cannot be read is not what is looked for
    begin = wanted.sha256[:10]
    if any(info.name == wanted.name for info in known):
        raise WebuiError(
            f"The checkpoint {wanted.name} here has other weights than the one that made this"
            f" picture (its sha256 begins with {begin}). Put that one into the models folder."
        )
    raise WebuiError(
        f"This picture was made with the checkpoint {wanted.name} (its sha256 begins with"
        f" {begin}), which is not here. Put it into the models folder."
    )


def _check_named(request: ResolvedRequest, here: Here) -> None:
    """Whether what the prompts name is here, and is what it was. Raises WebuiError."""
    found = {(file.role, file.name): file.sha256 for file in named_by(request, here)}
    for file in (*request.of_role("lora"), *request.of_role("embedding")):
        own = found.get((file.role, file.name))
        if own != file.sha256:
            raise _missing(file, "is not here" if own is None else "is another one here")


def _changed_versions(metadata: PictureMetadata, own_version: str) -> Iterator[str]:
    """Programs that are of another version than when the picture was made, in words."""
    for name, now in {"darkroom": own_version, "torch": version("torch")}.items():
        then = metadata.made_with.get(name, now)
        if _plain(then) != _plain(now):
            yield f"It was made with {name} {then}; here is {now}."


def _plain(found: str) -> str:
    """A version without the word for its build: both builds reckon alike on one device."""
    return found.partition("+")[0]


def changed_machine(then: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """How this machine reckons otherwise than the one that made the picture, in words."""
    return tuple(
        f"It was made with {words} {then[name]}; here with {now[name]}."
        for name, words in _MACHINE.items()
        if name in then and name in now and then[name] != now[name]
    )


def compare(first: Path, second: Path, reasons: tuple[str, ...] = ()) -> RemadeView:
    """Two pictures of one size, pixel by pixel. Raises BadFile where one cannot be read."""
    try:
        with Image.open(first) as a, Image.open(second) as b:
            if a.size != b.size:
                raise BadFile(f"{first.name} is {a.size}, and what was made is {b.size}.")
            gaps = ImageChops.difference(a.convert("RGB"), b.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadFile(f"The pixels of {first.name} cannot be read: {error}.") from None
    red, green, blue = gaps.split()
    gap = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    counts = gap.histogram()
    total = gap.width * gap.height
    different = total - counts[0]
    largest = max(level for level, count in enumerate(counts) if count)
    return RemadeView(
        equal=different == 0,
        pixels=total,
        different=different,
        largest=largest,
        reasons=reasons if different else (),
        words=_in_words(total, different, largest, reasons),
    )


def _in_words(total: int, different: int, largest: int, reasons: tuple[str, ...]) -> str:
    """What to tell people: one sentence, and what may explain a difference."""
    if not different:
        return f"Equal: all {total:,} pixels are the same."
    said = f"Not equal: {different:,} of {total:,} pixels differ, by at most {largest} of 255."
    return " ".join((said, *reasons))
