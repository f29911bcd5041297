"""The catalogue: which checkpoints there are. Reads headers and configurations, never weights.

Checkpoints are diffusers folders: directly in the models folder (`models/pocket`) or anywhere
below `models/checkpoints`. Importing this needs no torch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from webui.errors import BadFile, RequestRejected
from webui.families import Facts, Family
from webui.families.config import read_config
from webui.pipelines.safetensors_header import read_shapes
from webui.request import BrokenFile, CheckpointInfo, Defaults, parse

_PICKLES = {".ckpt", ".pt", ".pth", ".bin"}
_PARTS = ("text_encoder", "tokenizer", "unet", "vae", "scheduler")
_DEFAULTS = TypeAdapter(Defaults)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint on disk that can be loaded."""

    info: CheckpointInfo
    folder: Path
    family: Family
    facts: Facts

    def weights(self) -> list[Path]:
        """The files that the pixels depend on, sorted by name."""
        parts = [path for part in _PARTS for path in (self.folder / part).glob("*")]
        return sorted(path for path in parts if path.suffix in {".safetensors", ".json"})


@dataclass(frozen=True, slots=True)
class Listing:
    """One look at the models folder."""

    checkpoints: tuple[Checkpoint, ...]
    broken: tuple[BrokenFile, ...]

    def find(self, name: str) -> Checkpoint:
        """The checkpoint called `name`. Raises BadFile when it is gone."""
        for checkpoint in self.checkpoints:
            if checkpoint.info.name == name:
                return checkpoint
        raise BadFile(f"The checkpoint {name!r} is no longer in the models folder.")


def scan(models: Path, families: Sequence[Family]) -> Listing:
    """Look through the models folder. What cannot be used is listed with the reason."""
    good: dict[str, Checkpoint] = {}
    broken: list[BrokenFile] = []
    for name, path in _candidates(models):
        try:
            _check_name(name)
            if name in good:
                where = good[name].folder.relative_to(models)
                raise BadFile(f"There is another checkpoint called {name} ({where}). Rename one.")
            good[name] = _read(name, path, families)
        except BadFile as error:
            broken.append(BrokenFile(_writable(name), error.message))
    return Listing(tuple(good.values()), tuple(broken))


def _check_name(name: str) -> None:
    if not name.isprintable() or len(name) > 200:
        shown = _writable(name)[:80]
        raise BadFile(f"The name {shown!r} cannot be written in one line. Rename the file.")


def _writable(name: str) -> str:
    """The name, with escapes for what no line can hold."""
    return name if name.isprintable() else ascii(name)[1:-1]


def _candidates(models: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of all that may be a checkpoint. Linked folders are followed once."""
    for index in sorted(models.glob("*/model_index.json")):
        yield index.parent.name, index.parent
    root = models / "checkpoints"
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        here = Path(folder)
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        if "model_index.json" in files:
            folders.clear()
            yield here.relative_to(root).as_posix(), here
            continue
        for file in sorted(files):
            if Path(file).suffix.lower() in {".safetensors", *_PICKLES}:
                yield (here / file).relative_to(root).as_posix(), here / file


def _read(name: str, path: Path, families: Sequence[Family]) -> Checkpoint:
    if path.is_dir():
        return _read_folder(name, path, families)
    if path.suffix.lower() in _PICKLES:
        raise BadFile(
            f"{path.name} may hold program code, so it is never opened."
            " Get the same checkpoint as .safetensors."
        )
    read_shapes(path)
    raise BadFile(
        f"{path.name} is a single file. This version reads checkpoints as diffusers folders;"
        " single files come in a later version."
    )


def _read_folder(name: str, folder: Path, families: Sequence[Family]) -> Checkpoint:
    for part in _PARTS:
        if not (folder / part).is_dir():
            raise BadFile(f"{name} lacks its folder {part!r}. Copy the whole checkpoint again.")
    weights = sorted((folder / "unet").glob("*.safetensors"))
    if not weights:
        raise BadFile(f"{name} has no .safetensors file in its folder 'unet'.")
    shapes = {key: shape for file in weights for key, shape in read_shapes(file).items()}
    family = next((family for family in families if family.recognises(shapes)), None)
    if family is None:
        raise BadFile(f"{name} is of an architecture that this version does not know.")
    for part in ("text_encoder", "vae"):
        files = sorted((folder / part).glob("*.safetensors"))
        if not files:
            raise BadFile(f"{name} has no .safetensors file in its folder {part!r}.")
        for file in files:
            read_shapes(file)
    size = sum(file.stat().st_size for file in folder.rglob("*.safetensors"))
    title, defaults = _card(folder, family.defaults(folder))
    _check_limits(name, defaults)
    info = CheckpointInfo(name, title or name, family.id, size, defaults)
    return Checkpoint(info, folder, family, family.facts(folder))


class _Card(BaseModel):
    """`darkroom.json`: what a checkpoint says of itself."""

    title: Annotated[str, StringConstraints(max_length=200)] = ""
    defaults: dict[str, str | int | float] = {}


def _card(folder: Path, fallback: Defaults) -> tuple[str, Defaults]:
    """Title and defaults from `darkroom.json`, where a checkpoint brings one."""
    path = folder / "darkroom.json"
    if not path.exists():
        return "", fallback
    card = read_config(path, _Card)
    try:
        return card.title, _DEFAULTS.validate_python({**asdict(fallback), **card.defaults})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadFile(
            f"{folder.name}/darkroom.json is wrong at {where!r}: {first['msg']}."
        ) from None


def _check_limits(name: str, defaults: Defaults) -> None:
    """A request that leaves all to the checkpoint must be as sound as any other."""
    asked = {field: getattr(defaults, field) for field in ("steps", "cfg_scale", "width", "height")}
    try:
        parse(asked)
    except RequestRejected as error:
        raise BadFile(f"{name} asks for what cannot be made: {error.message}") from None
