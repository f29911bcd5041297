"""What the faces show of LoRAs and embeddings: cards, and the truth about a file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from webui.pipelines.adapter_cards import Card
from webui.pipelines.lora_training import Training
from webui.pipelines.lora_truth import LoraTruth, PartTruth
from webui.prompting import split_tags

_LONGEST_TAG = 200
"""Characters of a name that requests take."""


class CardView(BaseModel):
    """A LoRA or an embedding on disk. What is not known is empty."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["lora", "embedding"]
    name: str
    title: str
    folder: str = Field(description="Where it lies, below the folder of its kind.")
    family: str = Field(description="What it was made for, in words.")
    tag: str = Field(
        description="What to write into a prompt; empty for a name that no prompt can say."
    )
    trigger: str = Field(description="Words that belong into the prompt beside the tag.")
    negative: str = Field(description="Words that belong into the negative prompt.")
    weight: float | None = Field(description="Which weight people liked; null for none.")
    description: str
    notes: str
    size: int = Field(description="Bytes.")
    changed: float = Field(description="Unix time in seconds.")
    formats: tuple[str, ...] = Field(description="Of a LoRA.")
    vectors: int = Field(description="Of an embedding.")
    preview: str = Field(description="Where its picture is served; empty without one.")
    problem: str = Field(description="Why it cannot be used, or nothing.")
    notes_problem: str = Field(description="Why the notes beside it cannot be read, or nothing.")


class CardsView(BaseModel):
    """A page of cards; `total` is how many fit the search."""

    model_config = ConfigDict(frozen=True)

    total: int
    cards: tuple[CardView, ...]


class PartView(BaseModel):
    """How a LoRA fits one part of a checkpoint, in numbers of layers."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    part: str
    matched: int
    unmatched: int
    names: tuple[str, ...] = Field(description="The first that are unmatched.")


class TrainingView(BaseModel):
    """What its trainer wrote into a LoRA."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    title: str
    trigger: str
    tags: tuple[tuple[str, int], ...] = Field(description="Frequent words, and how frequent.")
    base_model: str
    dims: str
    alpha: str
    steps: str
    resolution: str
    date: str
    notes: str


class TruthView(BaseModel):
    """Whether a LoRA of a prompt fits a checkpoint, and all that its file tells."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="As the prompt says it.")
    fits: bool
    matched: int = 0
    layers: int = Field(default=0, description="Of all parts.")
    problem: str = Field(default="", description="Why it cannot be used, in plain words.")
    family: str = Field(default="", description='"made for SDXL", or nothing.')
    checkpoint: str = Field(default="", description="The title of the checkpoint it was held to.")
    formats: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    alphas: tuple[float, ...] = ()
    parts: tuple[PartView, ...] = ()
    embeddings: tuple[str, ...] = Field(default=(), description="That come along in the file.")
    trained: TrainingView | None = None


def card_view(card: Card, preview: Path | None) -> CardView:
    """`preview`: its picture, if it has one."""
    facts, notes = card.facts, card.notes
    return CardView(
        kind=card.kind,
        name=card.name,
        title=card.title,
        folder=card.folder,
        family=card.family,
        tag=_tag(card),
        trigger=card.trigger if card.kind == "lora" else notes.trigger,
        negative=notes.negative,
        weight=notes.weight,
        description=notes.description,
        notes=notes.notes,
        size=card.size,
        changed=card.changed,
        formats=facts.formats,
        vectors=facts.vectors,
        preview=_address(card, preview) if preview else "",
        problem=facts.problem or "",
        notes_problem=notes.problem,
    )


def _tag(card: Card) -> str:
    if len(card.name) > _LONGEST_TAG:
        return ""
    if card.kind == "embedding":
        return card.name
    weight = 1 if card.notes.weight is None else card.notes.weight
    tag = f"<lora:{card.name}:{weight:g}>"
    rest, found = split_tags(tag)
    return tag if not rest and [one.name for one in found] == [card.name] else ""


def _address(card: Card, preview: Path) -> str:
    """With the picture's age, so that a browser may keep it for good."""
    try:
        changed = preview.stat().st_mtime_ns
    except OSError:
        return ""
    return f"/api/v1/cards/{card.kind}/{quote(card.name, safe='')}/preview?of={changed}"


def truth_view(said: str, truth: LoraTruth, checkpoint: str) -> TruthView:
    """`said`: the name as the prompt says it; `checkpoint`: a title."""
    matched = sum(part.matched for part in truth.parts)
    return TruthView(
        name=said,
        fits=truth.fits,
        matched=matched,
        layers=matched + sum(part.unmatched for part in truth.parts),
        problem=truth.problem or "",
        family=truth.family,
        checkpoint=checkpoint,
        formats=truth.formats,
        ranks=truth.ranks,
        alphas=truth.alphas,
        parts=tuple(_part(part) for part in truth.parts),
        embeddings=truth.embeddings,
        trained=_training(truth.trained),
    )


def _part(part: PartTruth) -> PartView:
    return PartView.model_validate(part)


def _training(trained: Training) -> TrainingView:
    return TrainingView.model_validate(trained)
