"""The shelf: LoRA and embedding files by the names that prompts say. Importing needs no torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from webui.errors import BadFile, NotFound
from webui.pipelines.hashes import Hashes
from webui.pipelines.safetensors_header import read_shapes

Kind = Literal["lora", "embedding"]
_FOLDERS: dict[Kind, str] = {"lora": "loras", "embedding": "embeddings"}
_ENDING = ".safetensors"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Files under `models/loras` and `models/embeddings`, and those that checkpoints bring.

    A checkpoint brings its own in `companions/loras` and `companions/embeddings`.
    """

    models: Path
    hashes: Hashes

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Every name, sorted: a file's own without its ending."""
        return tuple(sorted({path.name.removesuffix(_ENDING) for path in self._files(kind)}))

    def find(self, kind: Kind, name: str) -> Path:
        """The file of a name (case does not matter, an exact one wins). Raises NotFound."""
        wanted = name.strip().replace("\\", "/").rpartition("/")[2].removesuffix(_ENDING)
        loose = None
        for path in self._files(kind):
            own = path.name.removesuffix(_ENDING)
            if own == wanted:
                return path
            if own.casefold() == wanted.casefold():
                loose = loose or path
        if loose is None:
            raise NotFound(f"There is no {kind} called {name!r}.")
        return loose

    def vectors(self) -> dict[str, int]:
        """How many vectors each embedding has; those that cannot be read are left out."""
        found: dict[str, int] = {}
        for path in self._files("embedding"):
            try:
                shapes = read_shapes(path)
            except BadFile:
                continue
            sizes = [shape[0] if len(shape) == 2 else 1 for shape in shapes.values()]
            found.setdefault(path.name.removesuffix(_ENDING), max(sizes, default=1))
        return found

    def checked(self, kind: Kind, name: str, sha256: str) -> Path:
        """The file, if it is still the one that was meant. Raises BadFile."""
        try:
            path = self.find(kind, name)
        except NotFound as error:
            raise BadFile(error.message) from None
        if self.hashes.of_file(path) != sha256:
            raise BadFile(
                f"The {kind} {name!r} was replaced since you asked for this picture. Ask again to"
                " draw it with the new one."
            )
        return path

    def _files(self, kind: Kind) -> Iterator[Path]:
        """In a fixed order: people's own come before what checkpoints bring."""
        folder = _FOLDERS[kind]
        roots = [self.models / folder, *sorted(self.models.glob(f"*/companions/{folder}"))]
        for root in roots:
            for here, folders, files in os.walk(root):
                folders.sort()
                yield from (Path(here, file) for file in sorted(files) if file.endswith(_ENDING))
