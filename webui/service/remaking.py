"""Making a saved picture again from what it carries, and telling whether it is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from PIL import Image, ImageChops

from webui.errors import BadFile, WebuiError
from webui.request import Choices, FileUsed, Here, PictureMetadata, ResolvedRequest
from webui.request.resolved import COMPANY
from webui.request.text_to_image import Dtype
from webui.service.views import RemadeView

_MACHINE = {"device": "the device", "dtype": "the number format", "threads": "threads:"}
"""Further keys of what a picture was made with, in words."""


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
    wanted = alone.files[0]
    found = _checkpoint(wanted, choices, here)
    used = wanted.model_copy(update={"name": found})
    _check_named(alone, here)
    company = metadata.made_with.get("company", "")
    changes = {
        "checkpoint": found,
        "files": (used, *alone.files[1:]),
        "exact": True,
        "dtype": _FORMATS.get(metadata.made_with.get("dtype", "")),
        "company": company if re.match(COMPANY, company) else "",
    }
    return Remaking(
        alone.model_copy(update=changes), tuple(_changed_versions(metadata, own_version))
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
    found = {
        (file.role, file.name): file.sha256
        for file in here.named(request.prompt, request.negative_prompt)
    }
    for file in request.files[1:]:
        own = found.get((file.role, file.name))
        if own != file.sha256:
            what = "is not here" if own is None else "is another one here"
            raise WebuiError(
                f"This picture was made with the {file.role} {file.name} (its sha256 begins with"
                f" {file.sha256[:10]}), which {what}. Put that one into the models folder."
            )


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
