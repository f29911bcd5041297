"""The pictures of cards: where they are, and taking one."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path
from threading import Lock

from PIL import Image

from webui.errors import BadFile, NotFound
from webui.pipelines.card_files import CardFile, card_files
from webui.pipelines.shelf import Kind
from webui.service.files import write_whole

_SIDE = 512
"""Pixels of the longer side of a picture that is taken for a card."""

_MOST = 20_000
"""Pictures whose place is remembered."""


class CardPictures:
    """Of the files below `models`. Places are remembered: a page asks for sixty at once.

    Safe to use from several threads.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._known: dict[tuple[Kind, str], Path] = {}
        self._lock = Lock()

    def of(self, kind: Kind, names: Collection[str]) -> dict[str, Path]:
        """The pictures of files by their names, those that have one, with one look at the disk."""
        files = card_files(self._models, kind)
        found = {name: path for name in names if (path := _picture(files.get(name)))}
        with self._lock:
            if len(self._known) > _MOST:
                self._known.clear()
            self._known.update({(kind, name): path for name, path in found.items()})
        return found

    def path(self, kind: Kind, name: str) -> Path:
        """The picture of a file. Raises NotFound."""
        path = self._known.get((kind, name))
        if path is None or not path.is_file():
            path = self.of(kind, (name,)).get(name)
        if path is None:
            raise NotFound(f"There is no picture of a {kind} called {name[:200]!r}.")
        return path


def take_picture(file: Path, picture: Path) -> None:
    """Show a picture beside the card of a file: a small copy, without its settings.

    Raises BadFile or DiskTrouble.
    """
    write_whole(_taken(file), _small(picture))


def _picture(file: CardFile | None) -> Path | None:
    """What was taken here counts before a picture that came with the file."""
    if file is None or file.preview is None:
        return None
    path = Path(file.path)
    taken = _taken(path)
    return taken if taken.is_file() else path.with_name(file.preview)


def _taken(file: Path) -> Path:
    """Where a picture that was taken for a file is kept, as in A1111."""
    return file.with_name(f"{file.stem}.preview.png")


def _small(picture: Path) -> bytes:
    try:
        with Image.open(picture) as whole:
            small = whole.convert("RGB")
    except (OSError, ValueError):
        raise BadFile("This picture cannot be read any more.") from None
    small.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    small.save(file, "PNG")
    return file.getvalue()
