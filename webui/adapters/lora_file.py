"""Reading LoRA files of kohya's trainer, LyCORIS, diffusers and PEFT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from webui.adapters.embedding_file import vectors_in
from webui.adapters.formats import FORMATS, Change, LoraFormat
from webui.adapters.lora_layers import Layer, find_layers
from webui.adapters.lora_names import Place
from webui.adapters.peft_scale import PeftScale, peft_scales
from webui.adapters.tensor_file import TensorFile, opened
from webui.adapters.words import short
from webui.errors import BadFile


@dataclass(frozen=True, eq=False, slots=True)
class LoraFile:
    """A read file. `name` is the file's without suffix; `trigger` what to write in the prompt.

    `layers` is what its header says of each weight, `changes` what it does to it. `embeddings` are
    vectors [n, channels] that it brings, by the word that they stand for; `notes` say what of it is
    not used. Two readings of one file are not equal.
    """

    name: str
    title: str
    trigger: str
    layers: Mapping[Place, Layer]
    changes: Mapping[Place, Change]
    embeddings: Mapping[str, Tensor]
    notes: tuple[str, ...]


def read_lora(path: Path, formats: Sequence[LoraFormat] = FORMATS) -> LoraFile:
    """Read a file of any of these formats, or of several, wholly, onto the CPU.

    All names and shapes are checked before the first tensor is read. Raises BadFile for other
    kinds of file, naming them, and for damaged ones.
    """
    with opened(path) as file:
        found = find_layers(file.shapes, file.name, formats)
        scales = peft_scales(file.metadata, file.name)
        changes = {
            place: _change(file, layer, place, scales[place[0]])
            for place, layer in found.by_place.items()
        }
        embeddings, notes = _embeddings(file, found.bundled)
        title, output, trigger = (
            short(file.metadata.get(key, ""))
            for key in ("modelspec.title", "ss_output_name", "modelspec.trigger_phrase")
        )
    name = title or output or path.stem
    return LoraFile(path.stem, name, trigger, found.by_place, changes, embeddings, notes)


def _change(file: TensorFile, layer: Layer, place: Place, peft: PeftScale) -> Change:
    tensors = {slot: file.read(name) for slot, name in layer.names.items()}
    rank = layer.rank
    alpha = None if rank is None else peft.of(place, rank)
    if layer.alpha is not None:
        alpha = file.read_number(layer.alpha)
    return layer.format.read(tensors, alpha)


def _embeddings(
    file: TensorFile, bundled: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Those that can be read, and why the others are left out."""
    found: dict[str, Tensor] = {}
    notes: list[str] = []
    for word, layouts in bundled.items():
        try:
            found[word] = vectors_in(file, layouts, f"The embedding {short(word)!r} inside")
        except BadFile as error:
            notes.append(f"{error.message} It is left out.")
    return found, tuple(notes)
