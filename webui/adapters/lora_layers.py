"""What the header of a LoRA file says, layer by layer. Importing needs no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from webui.adapters.formats import LoraFormat, Shape, Shapes
from webui.adapters.lora_names import Place, kind, parse
from webui.adapters.words import short
from webui.errors import BadFile

_ALPHA = ".alpha"
_BUNDLED = "bundle_emb."

_MOST_LAYERS = 20_000
"""Ten times what the largest networks have."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The change of one weight. `names` and `shapes` of its tensors are by slot of the format.

    `alpha` is the name of the tensor that says it.
    """

    format: LoraFormat
    names: Mapping[str, str]
    shapes: Shapes
    alpha: str | None

    @property
    def size(self) -> Shape:
        """Of the weight that it is for; 0 for what is not known."""
        return self.format.size(self.shapes)

    @property
    def rank(self) -> int | None:
        return self.format.rank(self.shapes)

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether it can change a weight of this shape."""
        return self.format.fits(self.shapes, tuple(shape))


@dataclass(frozen=True, slots=True)
class Layers:
    """All of a file. `bundled`: the tensors of embeddings inside, by word and then by layout."""

    by_place: Mapping[Place, Layer]
    bundled: Mapping[str, Mapping[str, str]]


def find_layers(shapes: Shapes, file: str, formats: Sequence[LoraFormat]) -> Layers:
    """Every layer of the file `file`, checked.

    Raises BadFile for tensors that are of no format, naming the first, and for damaged layers.
    """
    reading = _Reading(shapes, file, formats)
    tensors = reading.tensors()
    if not 0 < len(tensors) <= _MOST_LAYERS:
        raise BadFile(f"{file} changes {len(tensors):,} layers, which no LoRA does.")
    found: dict[Place, Layer] = {}
    for place, own in tensors.items():
        for layer in reading.layers(place, own):
            part, name = place
            found[part, name if layer.format.parameter == "weight" else f"{name}_bias"] = layer
    return Layers(found, _bundled(shapes))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A header that is being read. `shapes` are by the names of tensors."""

    shapes: Shapes
    file: str
    formats: Sequence[LoraFormat]

    def tensors(self) -> dict[Place, dict[str, str]]:
        """The names of each layer's tensors by their endings. Raises BadFile for unknown ones."""
        endings = {ending for one in self.formats for ending in one.endings} | {_ALPHA}
        # The longest first: `.lora_magnitude_vector.weight` also ends in the `.weight` of IA3.
        ordered = sorted(endings, key=lambda ending: (-len(ending), ending))
        found: dict[Place, dict[str, str]] = {}
        unknown: list[str] = []
        for name in sorted(name for name in self.shapes if not name.startswith(_BUNDLED)):
            parsed = parse(name, ordered)
            if parsed is None:
                unknown.append(name)
            elif parsed[1] in found.setdefault(parsed[0], {}):
                raise self._twice(name)
            else:
                found[parsed[0]][parsed[1]] = name
        if unknown:
            raise self._not_ours(unknown)
        return found

    def layers(self, place: Place, own: Mapping[str, str]) -> Iterator[Layer]:
        """The changes of a layer's weight and bias, from its tensors by ending."""
        found = self._explained(own)
        explained = {name for _, slots in found.values() for name in slots.values()}
        alpha = own.get(_ALPHA)
        rest = sorted(set(own.values()) - explained - {alpha})
        if rest or not found:
            first = short((rest or sorted(own.values()))[0])
            raise BadFile(
                f"{self.file} is damaged, or of a kind that is not read here: nothing explains its"
                f" tensor {first!r} beside the others of that layer."
            )
        if alpha is not None and math.prod(self.shapes[alpha]) != 1:
            raise self._damaged(place, "has an alpha that is not one number")
        for one, names in found.values():
            shapes = {slot: self.shapes[name] for slot, name in names.items()}
            misfit = one.check(shapes)
            if misfit is not None:
                raise self._damaged(place, misfit)
            yield Layer(one, names, shapes, alpha if one.parameter == "weight" else None)

    def _explained(self, own: Mapping[str, str]) -> dict[str, tuple[LoraFormat, dict[str, str]]]:
        """By parameter: the format that knows most of a layer's tensors, and those by slot.

        The plain LoRA is in every DoRA too: who explains more of the layer has it.
        """
        found: dict[str, tuple[LoraFormat, dict[str, str]]] = {}
        for one in self.formats:
            slots = self._slots(one, own)
            before = found.get(one.parameter)
            if slots and one.claims(slots.keys()) and (not before or len(slots) > len(before[1])):
                found[one.parameter] = one, slots
        return found

    def _slots(self, one: LoraFormat, own: Mapping[str, str]) -> dict[str, str]:
        """The tensors that a format knows, by its slots."""
        slots: dict[str, str] = {}
        for ending, name in own.items():
            slot = one.endings.get(ending)
            if slot in slots:
                raise self._twice(name)
            if slot is not None:
                slots[slot] = name
        return slots

    def _not_ours(self, unknown: Sequence[str]) -> BadFile:
        what = kind(unknown) or f"not a LoRA (its tensor {short(min(unknown))!r} is unknown)"
        weights = [one.label for one in self.formats if one.parameter == "weight"]
        known = list(dict.fromkeys(weights))
        return BadFile(f"{self.file} is {what}. What is read here: {', '.join(known)}.")

    def _twice(self, name: str) -> BadFile:
        return BadFile(f"{self.file} is damaged: it says {short(name)!r} twice.")

    def _damaged(self, place: Place, what: str) -> BadFile:
        return BadFile(f"{self.file} is damaged: its layer {short(place[1])!r} {what}.")


def _bundled(shapes: Shapes) -> dict[str, dict[str, str]]:
    """`bundle_emb.WORD.LAYOUT`, as A1111 reads it."""
    found: dict[str, dict[str, str]] = {}
    for name in sorted(name for name in shapes if name.startswith(_BUNDLED)):
        word, _, layout = name.removeprefix(_BUNDLED).partition(".")
        found.setdefault(word, {})[layout] = name
    return found
