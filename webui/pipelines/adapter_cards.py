"""Cards: the adapters on disk, page by page, with what people and trainers say of them. No torch.

The folders are looked through anew for every page, which takes less time than to notice changes;
headers are read for the cards that are shown, once for each state of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from webui.adapters.formats import FORMATS, LoraFormat
from webui.errors import NotFound
from webui.pipelines.card_facts import Facts, KeptFacts
from webui.pipelines.card_files import CardFile, card_files
from webui.pipelines.card_notes import Notes, read_notes, write_notes
from webui.pipelines.shelf import Kind

Sort: TypeAlias = Literal["name", "newest", "size"]
_MOST = 500
"""Cards of one page."""


@dataclass(frozen=True, slots=True)
class Card:
    """One adapter. `folder` is relative; `changed` in seconds since 1970.

    `facts` are the file's own, `notes` what people wrote beside it, which counts first: `title`,
    `trigger` and `family` are what to show.
    """

    kind: Kind
    name: str
    folder: str
    size: int
    changed: float
    has_preview: bool
    facts: Facts
    notes: Notes

    @property
    def title(self) -> str:
        return self.facts.title or self.name

    @property
    def trigger(self) -> str:
        """What to write in the prompt beside the tag."""
        return self.notes.trigger or self.facts.trigger

    @property
    def family(self) -> str:
        known = self.notes.family if self.notes.family != "Unknown" else ""
        return self.facts.family or known


@dataclass(frozen=True, slots=True)
class CardPage:
    """`total` is how many there are in all."""

    total: int
    cards: tuple[Card, ...]


class AdapterCards:
    """Of `models/loras`, `models/embeddings` and what checkpoints bring.

    `index_path` is where facts are kept between starts.
    """

    def __init__(
        self,
        models: Path,
        index_path: Path | None,
        formats: tuple[LoraFormat, ...] = FORMATS,
    ) -> None:
        self._models = models
        self._facts = KeptFacts(index_path, formats)

    def page(
        self, kind: Kind, search: str = "", sort: Sort = "name", offset: int = 0, limit: int = 60
    ) -> CardPage:
        """Those whose name or folder has all words of `search`, whatever their case."""
        words = search.casefold().split()
        found = [
            file
            for file in card_files(self._models, kind).values()
            if all(word in f"{file.folder}/{file.name}".casefold() for word in words)
        ]
        found.sort(key=_ORDERS[sort])
        first = max(0, offset)
        shown = found[first : first + max(0, min(limit, _MOST))]
        facts = self._facts.of(kind, shown)
        cards = (_card(kind, file, one) for file, one in zip(shown, facts, strict=True))
        return CardPage(len(found), tuple(cards))

    def card(self, kind: Kind, name: str) -> Card:
        """The card of a name. Raises NotFound."""
        file = self._find(kind, name)
        return _card(kind, file, self._facts.of(kind, [file])[0])

    def file(self, kind: Kind, name: str) -> Path:
        """The file of a name. Raises NotFound."""
        return Path(self._find(kind, name).path)

    def preview(self, kind: Kind, name: str) -> Path | None:
        """The picture beside it; None for none. Raises NotFound."""
        file = self._find(kind, name)
        path = Path(file.path).with_name(file.preview) if file.preview else None
        return path if path and path.is_file() else None

    def note(
        self,
        kind: Kind,
        name: str,
        *,
        notes: str | None = None,
        weight: float | None = None,
        trigger: str | None = None,
        negative: str | None = None,
    ) -> Card:
        """Write down what is given, beside the file; the rest stays. The card as it is then.

        Raises NotFound; RequestRejected for what is too long or no weight; BadFile where a sidecar
        that cannot be read would be lost; DiskTrouble.
        """
        said = {"notes": notes, "weight": weight, "trigger": trigger, "negative": negative}
        changes = {field: value for field, value in said.items() if value is not None}
        write_notes(self.file(kind, name), changes)
        return self.card(kind, name)

    def _find(self, kind: Kind, name: str) -> CardFile:
        """Only names of the list: nothing of what is asked for becomes a path."""
        files = card_files(self._models, kind)
        if name in files:
            return files[name]
        wanted = name.casefold()
        loose = next((file for own, file in files.items() if own.casefold() == wanted), None)
        if loose is None:
            raise NotFound(f"There is no {kind} called {name[:200]!r}.")
        return loose


def _card(kind: Kind, file: CardFile, facts: Facts) -> Card:
    return Card(
        kind=kind,
        name=file.name,
        folder=file.folder,
        size=file.size,
        changed=file.changed / 1e9,
        has_preview=file.preview is not None,
        facts=facts,
        notes=read_notes(Path(file.path)),
    )


def _by_name(file: CardFile) -> tuple[float, str, str]:
    return 0, file.name.casefold(), file.name


_ORDERS: dict[Sort, Callable[[CardFile], tuple[float, str, str]]] = {
    "name": _by_name,
    "newest": lambda file: (-file.changed, *_by_name(file)[1:]),
    "size": lambda file: (-file.size, *_by_name(file)[1:]),
}
