"""Upscaler files by the names that people choose. Importing needs no torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webui.errors import BadFile, NotFound
from webui.pipelines.hashes import Hashes

_FOLDER = "upscalers"
_ENDINGS = (".safetensors", ".pth", ".pt", ".ckpt", ".bin")
"""The first one wins where a folder holds one upscaler in several formats: it is the safest."""


@dataclass(frozen=True, slots=True)
class UpscalerFiles:
    """Files under `models/upscalers`, and those that checkpoints bring in `companions/upscalers`.

    Hidden files and folders are left out, and so is all that ends otherwise (`*.part`).
    """

    models: Path
    hashes: Hashes

    def names(self) -> tuple[str, ...]:
        """Every name, sorted: a file's own without its ending."""
        return tuple(sorted({_bare(path.name) for path in self._files()}))

    def find(self, name: str) -> Path:
        """The file of a name, with or without folder and ending. Raises NotFound.

        Case does not matter, but an exact name wins. Where names are equal, people's own files
        come before what checkpoints bring.
        """
        wanted = name.strip().replace("\\", "/").rpartition("/")[2]
        found = [(_distance(path.name, wanted), path) for path in self._files()]
        near = [(distance, path) for distance, path in found if distance is not None]
        if not near:
            raise NotFound(f"There is no upscaler called {name!r}.")
        return min(near, key=lambda one: one[0])[1]

    def checked(self, name: str, sha256: str) -> Path:
        """The file, if it is still the one that was meant. Raises BadFile."""
        try:
            path = self.find(name)
        except NotFound as error:
            raise BadFile(error.message) from None
        if self.hashes.of_file(path) != sha256:
            raise BadFile(
                f"The upscaler {name!r} was replaced since you asked for this picture. Ask again"
                " to draw it with the new one."
            )
        return path

    def sha256_of(self, name: str) -> str:
        """64 hexadecimal digits over the file. Raises NotFound, or BadFile if unreadable."""
        return self.hashes.of_file(self.find(name))

    def _files(self) -> Iterator[Path]:
        """In a fixed order: people's own come before what checkpoints bring."""
        roots = [self.models / _FOLDER, *sorted(self.models.glob(f"*/companions/{_FOLDER}"))]
        for root in roots:
            for here, folders, files in os.walk(root):
                folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
                offered = (file for file in files if _is_offered(file))
                yield from (Path(here, file) for file in sorted(offered, key=_rank))


def _is_offered(file: str) -> bool:
    """Whether a file is shown. Names that are no text at all (broken UTF-8) cannot be."""
    is_text = not any("\ud800" <= sign <= "\udfff" for sign in file)
    return is_text and not file.startswith(".") and _bare(file) != file


def _bare(file: str) -> str:
    """A file's name without its ending; the whole name where the ending is none of ours."""
    stem, ending = os.path.splitext(file)
    return stem if ending.lower() in _ENDINGS else file


def _rank(file: str) -> tuple[str, int, str]:
    ending = os.path.splitext(file)[1].lower()
    return _bare(file), _ENDINGS.index(ending), file


def _distance(file: str, wanted: str) -> int | None:
    """How far a file is from what was asked, 0 being the nearest; None for another file."""
    pairs = ((file, wanted), (_bare(file), wanted), (_bare(file), _bare(wanted)))
    tests = [own == asked for own, asked in pairs]
    tests += [own.casefold() == asked.casefold() for own, asked in pairs]
    return tests.index(True) if True in tests else None
