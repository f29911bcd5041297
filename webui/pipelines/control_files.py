"""Files of networks that steer, by the names that people choose. Importing needs no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from webui.errors import BadFile, NotFound
from webui.families.control_layout import (
    CONFIG,
    PICKLES,
    image_encoder_of,
    lacks_image_encoder,
    models_below,
    name_of,
    weights_file,
)
from webui.pipelines.control_kinds import Shapes, method_of
from webui.pipelines.hashes import Hashes
from webui.pipelines.safetensors_header import read_shapes
from webui.request import BrokenFile
from webui.request.choices import ControlInfo

_FOLDERS = ("controlnets", "t2i_adapters", "ip_adapters")
_ENDING = ".safetensors"
_FAMILY = "sd1"
"""Of all that is told apart so far; whether one fits a checkpoint shows when it is loaded."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file or folder that may steer. `problem` says why it cannot; empty if it can."""

    path: Path
    method: str = ""
    problem: str = ""
    size: int = 0

    @property
    def name(self) -> str:
        return name_of(self.path)

    def info(self) -> ControlInfo:
        aliases = (self.path.name,) if self.path.name != self.name else ()
        return ControlInfo(self.name, self.name, self.method, _FAMILY, self.size, aliases)

    def broken(self) -> BrokenFile:
        name = self.name if self.name.isprintable() else ascii(self.name)[1:-1]
        return BrokenFile(name, self.problem)


def _nothing_further(shapes: Shapes) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class ControlFiles:
    """What lies in models/controlnets, t2i_adapters and ip_adapters, whatever lies in which.

    Checkpoints bring their own in `companions/controlnets`. A model is a .safetensors file, or a
    diffusers folder. Hidden files and folders are left out, and so is all that ends otherwise.
    `further`: the method of a file that we do not know, where an extension does.
    """

    models: Path
    hashes: Hashes
    further: Callable[[Shapes], str | None] = _nothing_further
    _known: dict[str, _Found] = field(default_factory=dict[str, _Found], compare=False, repr=False)

    def infos(self) -> tuple[ControlInfo, ...]:
        """Everything that can be used, sorted by name."""
        found = {one.name: one for one in reversed(self._all()) if not one.problem}
        return tuple(found[name].info() for name in sorted(found))

    def broken(self) -> tuple[BrokenFile, ...]:
        """Everything that lies there and cannot be used, with the reason."""
        return tuple(one.broken() for one in self._all() if one.problem)

    def find(self, name: str) -> Path:
        """The file or folder of a name, with or without folder and ending. Raises NotFound.

        Case does not matter, but an exact name wins. Where names are equal, people's own files
        come before what checkpoints bring, and what can be used before what cannot.
        """
        wanted = name.strip().replace("\\", "/").rpartition("/")[2].removesuffix(_ENDING)
        found = [one for one in self._all() if one.name.casefold() == wanted.casefold()]
        if not found:
            raise NotFound(f"There is no model called {name!r} that steers.")
        return min(found, key=lambda one: (one.name != wanted, bool(one.problem))).path

    def checked(self, name: str, sha256: str) -> Path:
        """The file or folder, if it is still what was meant. Raises BadFile."""
        try:
            path, now = self.find(name), self.sha256_of(name)
        except NotFound as error:
            raise BadFile(error.message) from None
        if now != sha256:
            raise BadFile(
                f"The model {name!r} was replaced since you asked for this picture. Ask again to"
                " draw it with the new one."
            )
        return path

    def sha256_of(self, name: str) -> str:
        """64 hexadecimal digits over the file, or over the folder's weights and configuration.

        Raises NotFound, or BadFile if unreadable.
        """
        path = self.find(name)
        if not path.is_dir():
            return self.hashes.of_file(path)
        whole = hashlib.sha256()
        for file in (path / CONFIG, weights_file(path)):
            if file is not None and file.exists():
                whole.update(json.dumps([file.name, self.hashes.of_file(file)]).encode())
        return whole.hexdigest()

    def _all(self) -> list[_Found]:
        """In a fixed order: people's own come before what checkpoints bring."""
        found: list[_Found] = []
        for folder in _FOLDERS:
            own = [one for path in models_below(self.models / folder) for one in self._read(path)]
            found += [_alone(one, found) for one in own]
        for folder in sorted(self.models.glob(f"*/companions/{_FOLDERS[0]}")):
            found += [one for path in models_below(folder) for one in self._read(path)]
        return found

    def _read(self, path: Path) -> list[_Found]:
        """What a path is; read again only if it was changed meanwhile. None where it is gone."""
        try:
            stat = (weights_file(path) or path).stat()
        except OSError:
            return []
        key = f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
        if key not in self._known:
            self._known[key] = replace(_looked_at(path, self.further), size=stat.st_size)
        return [_with_encoder(self._known[key])]


def _alone(found: _Found, others: list[_Found]) -> _Found:
    """As it is, unless another one of its name came before."""
    same = (one for one in others if one.name == found.name and not one.problem)
    first = next(same, None)
    if first is None or found.problem:
        return found
    where = f"{first.path.parent.name}/{first.path.name}"
    return replace(found, problem=f"There is another {found.name} ({where}). Rename one.")


def _with_encoder(found: _Found) -> _Found:
    """An IP-Adapter is of no use without an image encoder, which may come and go."""
    if found.method != "ip_adapter" or found.problem or image_encoder_of(found.path):
        return found
    return replace(found, problem=lacks_image_encoder(found.path))


def _looked_at(path: Path, further: Callable[[Shapes], str | None]) -> _Found:
    if path.suffix.lower() in PICKLES and path.is_file():
        return _Found(
            path,
            problem=f"{path.name} may hold program code, so it is never opened. Get the same model"
            " as .safetensors.",
        )
    if not name_of(path).isprintable() or len(path.name) > 200:
        return _Found(path, problem="Its name cannot be written in one line. Rename the file.")
    try:
        shapes = read_shapes(weights_file(path) or path)
    except BadFile as error:
        return _Found(path, problem=error.message)
    try:
        return _Found(path, method_of(path.name, shapes))
    except BadFile as error:
        method = further(shapes)
        return _Found(path, method) if method else _Found(path, problem=error.message)
