"""LoRAs and embeddings as people look for them: cards, notes, previews, and what fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from webui.adapters.formats import FORMATS, LoraFormat
from webui.errors import BadFile, NotFound
from webui.pipelines import Checkpoint
from webui.pipelines.adapter_cards import AdapterCards, Sort
from webui.pipelines.lora_truth import truth
from webui.pipelines.shelf import Kind
from webui.prompting import split_tags, without_comments
from webui.prompting.nearest import did_you_mean
from webui.request import Choices
from webui.service.card_pictures import CardPictures, take_picture
from webui.service.card_views import CardsView, CardView, TruthView, card_view, truth_view

__all__ = ["Cards", "Kind", "Sort"]

_MOST_TRUTHS = 40
"""LoRAs of one prompt that are looked at; a request takes no more files."""


@dataclass(frozen=True, slots=True)
class Cards:
    """`checkpoint` finds what files are held to, by its name; it raises BadFile for one that went.

    `formats`: those that LoRA files may be in.
    """

    adapters: AdapterCards
    pictures: CardPictures
    choices: Callable[[], Choices]
    checkpoint: Callable[[str], Checkpoint]
    formats: Sequence[LoraFormat] = FORMATS

    def page(self, kind: Kind, search: str, sort: Sort, offset: int, limit: int) -> CardsView:
        """Those that fit the search, from `offset` on."""
        found = self.adapters.page(kind, search, sort, offset, limit)
        pictures = self.pictures.of(kind, [card.name for card in found.cards if card.has_preview])
        views = (card_view(card, pictures.get(card.name)) for card in found.cards)
        return CardsView(total=found.total, cards=tuple(views))

    def card(self, kind: Kind, name: str) -> CardView:
        """Raises NotFound."""
        card = self.adapters.card(kind, name)
        return card_view(card, self.pictures.of(kind, (card.name,)).get(card.name))

    def preview(self, kind: Kind, name: str) -> Path:
        """The file of its picture. Raises NotFound."""
        return self.pictures.path(kind, name)

    def note(
        self,
        kind: Kind,
        name: str,
        *,
        notes: str | None = None,
        weight: float | None = None,
        trigger: str | None = None,
        negative: str | None = None,
    ) -> CardView:
        """Write down what is given; a weight of 0 is none. The card as it is then.

        Raises NotFound, RequestRejected, BadFile or DiskTrouble.
        """
        self.adapters.note(
            kind, name, notes=notes, weight=weight, trigger=trigger, negative=negative
        )
        return self.card(kind, name)

    def take_preview(self, kind: Kind, name: str, picture: Path) -> CardView:
        """Show a picture on the card from now on. Raises NotFound, BadFile or DiskTrouble."""
        take_picture(self.adapters.file(kind, name), picture)
        return self.card(kind, name)

    def truths(self, prompt: str, checkpoint: str) -> tuple[TruthView, ...]:
        """What there is to say of each LoRA that a prompt names, in its order, each once.

        Raises RequestRejected for a checkpoint that is not there, BadFile for one that went.
        """
        names = list(_named(prompt))[:_MOST_TRUTHS]
        if not names:
            return ()
        held_to = self.checkpoint(self.choices().checkpoint(checkpoint).name)
        return tuple(self._truth(name, held_to) for name in names)

    def _truth(self, name: str, checkpoint: Checkpoint) -> TruthView:
        title = checkpoint.info.title
        try:
            path = self.adapters.file("lora", name)
            return truth_view(name, truth(path, checkpoint, self.formats), title)
        except NotFound as error:
            problem = f"{error.message} {did_you_mean(name, self.choices().loras)}"
        except BadFile as error:
            problem = error.message
        return TruthView(name=name, fits=False, problem=problem, checkpoint=title)


def _named(prompt: str) -> Iterator[str]:
    """The LoRAs that a prompt names, each once, whatever its case."""
    seen: set[str] = set()
    for tag in split_tags(without_comments(prompt))[1]:
        if tag.kind == "lora" and tag.name.casefold() not in seen:
            seen.add(tag.name.casefold())
            yield tag.name
