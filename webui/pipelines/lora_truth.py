"""The truth about a LoRA file: what it is, and whether it fits a checkpoint, from headers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from webui.adapters.fitting import unfit
from webui.adapters.formats import FORMATS, LoraFormat, Shape
from webui.adapters.lora_layers import Layer, find_layers
from webui.adapters.lora_names import PARTS, Part, Place, place_of
from webui.adapters.peft_scale import peft_scales
from webui.adapters.words import short, size_words
from webui.errors import BadFile
from webui.pipelines.catalogue import Checkpoint
from webui.pipelines.lora_family import family_of, family_said
from webui.pipelines.lora_header import LoraHeader, read_header
from webui.pipelines.lora_training import Training, training_of
from webui.pipelines.safetensors_header import read_shapes

_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class PartTruth:
    """How a file fits one part of a checkpoint, in numbers of weights.

    `unmatched`: there is no such layer, or it has another size. `names`: the first of those, with
    both sizes where only those differ.
    """

    part: Part
    matched: int
    unmatched: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoraTruth:
    """`ranks` and `alphas` are those that occur, sorted; `family` is a guess, "made for SDXL".

    `problem`: why the file, or this pair, cannot be used; None for nothing. A file may fit though
    some of its layers are unmatched: those do nothing.
    """

    name: str
    formats: tuple[str, ...]
    ranks: tuple[int, ...]
    alphas: tuple[float, ...]
    parts: tuple[PartTruth, ...]
    embeddings: tuple[str, ...]
    fits: bool
    family: str
    trained: Training
    problem: str | None


def truth(path: Path, checkpoint: Checkpoint, formats: Sequence[LoraFormat] = FORMATS) -> LoraTruth:
    """Everything that can be told without reading a weight. A bad file is a truth with a problem.

    Raises BadFile only where it has no header that can be read at all.
    """
    header = read_header(path)
    trained = training_of(header.metadata)
    try:
        found = find_layers(header.shapes, path.name, formats)
        alphas = _alphas(path.name, header, found.by_place)
    except BadFile as error:
        family = _made_for(family_said(header.metadata))
        return LoraTruth(
            path.stem, (), (), (), (), (), False, family, trained, problem=error.message
        )
    layers = found.by_place
    ours = checkpoint_shapes(checkpoint)
    problem = unfit(trained.title or path.stem, layers, ours)
    return LoraTruth(
        name=path.stem,
        formats=tuple(sorted({layer.format.label for layer in layers.values()})),
        ranks=tuple(sorted({layer.rank for layer in layers.values() if layer.rank is not None})),
        alphas=alphas,
        parts=_parts(layers, ours),
        embeddings=tuple(short(word) for word in found.bundled),
        fits=problem is None,
        family=_made_for(family_of(layers, header.metadata)),
        trained=trained,
        problem=problem,
    )


def checkpoint_shapes(checkpoint: Checkpoint) -> dict[Place, Shape]:
    """The shape of every weight that a LoRA may change, from the headers. Raises BadFile."""
    return {
        place_of(part, name): shape
        for part in PARTS
        for file in sorted((checkpoint.folder / part).glob("*.safetensors"))
        for name, shape in read_shapes(file).items()
    }


def _alphas(name: str, header: LoraHeader, layers: Mapping[Place, Layer]) -> tuple[float, ...]:
    """Those in tensors, and those that diffusers keeps beside them. Raises BadFile."""
    scales = peft_scales(header.metadata, name)
    found: set[float | None] = set()
    for place, layer in layers.items():
        rank = layer.rank
        if layer.alpha is not None:
            found.add(header.numbers.get(layer.alpha))
        elif rank is not None:
            found.add(scales[place[0]].of(place, rank))
    return tuple(sorted(alpha for alpha in found if alpha is not None and isfinite(alpha)))


def _made_for(family: str) -> str:
    return f"made for {family}" if family else ""


def _parts(layers: Mapping[Place, Layer], ours: Mapping[Place, Shape]) -> tuple[PartTruth, ...]:
    found: list[PartTruth] = []
    for part in PARTS:
        own = sorted(place for place in layers if place[0] == part)
        wrong = [place for place in own if not _fits(layers[place], ours.get(place))]
        names = tuple(_named(place, layers[place], ours) for place in wrong[:_MOST_NAMES])
        if own:
            found.append(PartTruth(part, len(own) - len(wrong), len(wrong), names))
    return tuple(found)


def _fits(layer: Layer, shape: Shape | None) -> bool:
    return shape is not None and layer.fits(shape)


def _named(place: Place, layer: Layer, ours: Mapping[Place, Shape]) -> str:
    name = short(place[1])
    if place not in ours:
        return name
    return f"{name} ({size_words(layer.size)}; here {size_words(ours[place])})"
