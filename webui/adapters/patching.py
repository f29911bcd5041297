"""Putting LoRAs into the weights of loaded networks, and taking them out to the last bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from webui.adapters.blocks import factor
from webui.adapters.fitting import unfit
from webui.adapters.lora_file import LoraFile
from webui.adapters.lora_names import Part, Place, place_of
from webui.adapters.words import short, size_words
from webui.errors import BadFile


@dataclass(frozen=True, slots=True)
class Worn:
    """A LoRA and how much of it; 0 leaves a part as it is, less than 0 turns it round.

    `blocks`: how much of that in each of `blocks.BLOCKS`; empty for all of it everywhere.
    """

    file: LoraFile
    unet: float
    text_encoder: float
    blocks: tuple[float, ...] = ()

    def strength(self, place: Place) -> float:
        """How much of it in one layer; all text encoders count as one."""
        whole = self.unet if place[0] == "unet" else self.text_encoder
        return whole * factor(self.blocks, place)


class Patcher:
    """The networks of one checkpoint, and the LoRAs that they wear. For one thread only.

    Weights, biases and norms are changed in place (same memory, same layout). Of every changed one
    a copy stays beside it on its device, and is what comes back.
    """

    def __init__(self, modules: Mapping[Part, nn.Module]) -> None:
        self._weights: dict[Place, nn.Parameter] = {
            place_of(part, name): weight
            for part, module in modules.items()
            for name, weight in module.named_parameters()
        }
        self._kept: dict[Place, Tensor] = {}
        self._worn: tuple[Worn, ...] = ()

    def unmatched(self, file: LoraFile) -> tuple[str, ...]:
        """Layers of the file that these networks have not, sorted.

        Raises BadFile when of a part that the file names nothing matches, or a matching layer has
        another size: it was made for another family.
        """
        shapes = {place: weight.shape for place, weight in self._weights.items()}
        if problem := unfit(file.title, file.layers, shapes):
            raise BadFile(problem)
        missing = file.layers.keys() - self._weights.keys()
        return tuple(sorted(f"{part}.{name}" for part, name in missing))

    @torch.inference_mode()
    def wear(self, loras: Sequence[Worn]) -> None:
        """Put exactly these on, and take all others off. The order does not matter.

        What was worn already is not computed again. Raises BadFile as `unmatched`, before anything
        is changed; and for numbers that grow beyond all bounds, after all was taken off.
        """
        wanted = tuple(sorted(loras, key=_order))
        if wanted == self._worn:
            return
        for one in wanted:
            self.unmatched(one.file)
        changes = self._changes(wanted)
        self._worn = ()
        try:
            self._restore([place for place in self._kept if place not in changes])
            for place, worn in changes.items():
                self._change(place, worn)
            self._worn = wanted
        finally:
            if self._worn != wanted:
                self._restore(list(self._kept))

    def nbytes(self) -> int:
        """Bytes that the copies of the changed weights hold on the device."""
        return sum(kept.nbytes for kept in self._kept.values())

    def _changes(self, wanted: Sequence[Worn]) -> dict[Place, list[Worn]]:
        """Which of them change each weight."""
        changes: dict[Place, list[Worn]] = {}
        for one in wanted:
            for place in one.file.layers:
                if place in self._weights and one.strength(place) != 0:
                    changes.setdefault(place, []).append(one)
        return changes

    def _change(self, place: Place, worn: Sequence[Worn]) -> None:
        """Base and all differences, summed in float32."""
        weight = self._weights[place]
        if place not in self._kept:
            self._kept[place] = weight.clone()
        # A copy also where it is float32 already: no format of others may touch what comes back.
        base = self._kept[place].to(torch.float32, copy=True)
        total = torch.zeros_like(base)
        for one in worn:
            total.add_(_delta(one, place, base))
        changed = total.add_(base).to(weight.dtype)
        if not changed.isfinite().all():
            names = " and ".join(repr(one.file.title) for one in worn)
            raise BadFile(
                f"With the LoRA {names} the layer {short(place[1])!r} gets numbers without bounds."
                " Give it less weight, or download it again."
            )
        weight.copy_(changed)

    def _restore(self, places: Sequence[Place]) -> None:
        for place in places:
            self._weights[place].copy_(self._kept[place])
            del self._kept[place]


def _order(one: Worn) -> tuple[str, float, float, tuple[float, ...]]:
    """Sums of floats depend on their order: it must not be that of the prompt."""
    return one.file.name, one.unet, one.text_encoder, one.blocks


def _delta(one: Worn, place: Place, base: Tensor) -> Tensor:
    """What one LoRA adds to a weight. Raises BadFile where its format breaks its promise."""
    delta = one.file.changes[place].delta(base, one.strength(place))
    if delta.shape != base.shape:
        label = one.file.layers[place].format.label
        raise BadFile(
            f"The LoRA {one.file.title!r} cannot be used: {label} made {size_words(delta.shape)} of"
            f" the layer {short(place[1])!r}, which is {size_words(base.shape)}."
        )
    return delta
