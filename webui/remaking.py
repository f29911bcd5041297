"""Making a saved picture again from what it carries, and telling whether it is the same."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from PIL import Image, ImageChops

from webui.errors import BadFile, WebuiError
from webui.generating import generate_pictures
from webui.opening import program_version, surroundings
from webui.request import PictureMetadata, ResolvedRequest, read_png
from webui.service import NamedFiles, Surroundings
from webui.settings import Settings

_OURS = frozenset({"version", "files"})
"""What a resolved request has beside the fields of a request."""


_MACHINE = {"device": "the device", "dtype": "the number format", "threads": "threads:"}
"""Further keys of what a picture was made with, in words."""


@dataclass(frozen=True, slots=True)
class Remade:
    """What came of it. `different` of `pixels` differ, by at most `largest` of 255.

    `reasons`: what was otherwise when the picture was made, in words.
    """

    data: bytes
    pixels: int
    different: int
    largest: int
    reasons: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every pixel is the same."""
        return self.different == 0

    def in_words(self) -> str:
        """What to tell people: one sentence, and what may explain a difference."""
        if self.is_equal:
            return f"Equal: all {self.pixels:,} pixels are the same."
        said = (
            f"Not equal: {self.different:,} of {self.pixels:,} pixels differ, by at most"
            f" {self.largest} of 255."
        )
        return " ".join((said, *self.reasons))


@dataclass(frozen=True, slots=True)
class Remaking:
    """A picture that can be made again here, and what may change its pixels on the way."""

    source: Path
    metadata: PictureMetadata
    request: ResolvedRequest
    checkpoint: str
    warnings: tuple[str, ...]

    def place(self, target: Path) -> Path:
        """Where a PNG called `target` will lie. Raises WebuiError where it may not."""
        path = NamedFiles(target.absolute()).place("", 0, self.request, 0)
        if path.exists() and path.samefile(self.source):
            raise WebuiError("That would overwrite the picture itself. Give another name.")
        return path

    def run(self, settings: Settings, *, quiet: bool = True) -> Remade:
        """Make it and compare; nothing is kept. Raises WebuiError in plain words."""
        fields = self.request.model_dump(mode="json", exclude=set(_OURS))
        fields["checkpoint"] = self.checkpoint
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "remade.png"
            generate_pictures(fields, target, settings, quiet=quiet)
            reasons = tuple(changed_machine(self.metadata, read_png(target)))
            return replace(compare(self.source, target), reasons=reasons)


def look_at(source: Path, settings: Settings) -> Remaking:
    """Read a picture and compare what it was made with to what is here.

    Raises WebuiError where it cannot be made again: no request in it, or a file that is not here.
    """
    metadata, around = read_png(source), surroundings(settings)
    request = metadata.request
    if request is None:
        raise BadFile(
            f"{source.name} carries no request of Darkroom's, so it cannot be made again exactly."
        )
    wanted = request.files[0]
    return Remaking(
        source,
        metadata,
        request.alone(0),
        _checkpoint(wanted.name, wanted.sha256, around),
        tuple(changed_versions(metadata)),
    )


def _checkpoint(name: str, sha256: str, around: Surroundings) -> str:
    """The checkpoint here with these very weights, whatever it is called now."""
    known = around.choices().checkpoints
    for info in sorted(known, key=lambda info: info.name != name):
        if around.sha256_of(info) == sha256:
            return info.name
    if any(info.name == name for info in known):
        raise WebuiError(
            f"The checkpoint {name} here has other weights than the one that made this picture"
            f" (its sha256 begins with {sha256[:10]}). Put that one into the models folder."
        )
    raise WebuiError(
        f"This picture was made with the checkpoint {name} (its sha256 begins with {sha256[:10]}),"
        " which is not here. Put it into the models folder."
    )


def changed_versions(metadata: PictureMetadata) -> list[str]:
    """Programs that are of another version than when the picture was made, in words."""
    here = {"darkroom": program_version(), "torch": version("torch")}
    return [
        f"It was made with {name} {metadata.made_with[name]}; here is {now}."
        for name, now in here.items()
        if _plain(metadata.made_with.get(name, now)) != _plain(now)
    ]


def changed_machine(then: PictureMetadata, now: PictureMetadata) -> list[str]:
    """How this machine reckons otherwise than the one that made the picture, in words."""
    return [
        f"It was made with {words} {then.made_with[name]}; here with {now.made_with.get(name)}."
        for name, words in _MACHINE.items()
        if then.made_with.get(name, now.made_with.get(name)) != now.made_with.get(name)
    ]


def _plain(found: str) -> str:
    """A version without the word for its build: both builds reckon alike on one device."""
    return found.partition("+")[0]


def compare(first: Path, second: Path) -> Remade:
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
    largest = max(level for level, count in enumerate(counts) if count)
    return Remade(second.read_bytes(), total, total - counts[0], largest)
