"""Putting LoRAs into the weights of loaded networks, and taking them out to the last bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from webui.adapters.lora_file import LoraFile
from webui.adapters.lora_names import Part, Place, flat
from webui.adapters.tensor_file import short
from webui.errors import BadFile

_Layer = nn.Linear | nn.Conv2d


@dataclass(frozen=True, slots=True)
class Worn:
    """A LoRA and how much of it; 0 leaves a part as it is, less than 0 turns it round."""

    file: LoraFile
    unet: float
    text_encoder: float

    def weight(self, part: Part) -> float:
        """How much of it in one part; all text encoders count as one."""
        return self.unet if part == "unet" else self.text_encoder


class Patcher:
    """The networks of one checkpoint, and the LoRAs that they wear. For one thread only.

    Weights are changed in place (same memory, same layout). Of every changed weight a copy stays
    beside it on its device, and is what comes back.
    """

    def __init__(self, modules: Mapping[Part, nn.Module]) -> None:
        self._layers: dict[Place, _Layer] = {
            (part, flat(part, name)): layer
            for part, module in modules.items()
            for name, layer in module.named_modules()
            if isinstance(layer, _Layer)
        }
        self._kept: dict[Place, Tensor] = {}
        self._worn: tuple[Worn, ...] = ()

    def unmatched(self, file: LoraFile) -> tuple[str, ...]:
        """Layers of the file that these networks have not, sorted.

        Raises BadFile when of a part that the file names nothing matches, or a matching layer has
        another size: it was made for another family.
        """
        parts = {part for part, _ in file.additions}
        matched = {place for place in file.additions if place in self._layers}
        if strange := parts - {part for part, _ in matched}:
            raise BadFile(
                f"The LoRA {file.title!r} was made for another family: this checkpoint has none of"
                f" the layers that it changes in {' and '.join(sorted(strange))}."
            )
        for place in sorted(matched):
            self._check(file, place)
        return tuple(sorted(f"{part}.{name}" for part, name in file.additions.keys() - matched))

    @torch.inference_mode()
    def wear(self, loras: Sequence[Worn]) -> None:
        """Put exactly these on, and take all others off. The order does not matter.

        What was worn already is not computed again. Raises BadFile as `unmatched`, before anything
        is changed; and for numbers that grow beyond all bounds, after all was taken off.
        """
        wanted = tuple(sorted(loras, key=lambda one: (one.file.name, one.unet, one.text_encoder)))
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

    def _check(self, file: LoraFile, place: Place) -> None:
        theirs, ours = file.additions[place], self._layers[place].weight.shape
        if not theirs.fits(ours):
            raise BadFile(
                f"The LoRA {file.title!r} was made for another family: its layer"
                f" {short(place[1])!r} is for {_size(theirs.shape)}, and this checkpoint's is"
                f" {_size(ours)}."
            )

    def _changes(self, wanted: Sequence[Worn]) -> dict[Place, list[Worn]]:
        """Which of them change each layer."""
        changes: dict[Place, list[Worn]] = {}
        for one in wanted:
            for place in one.file.additions:
                if place in self._layers and one.weight(place[0]) != 0:
                    changes.setdefault(place, []).append(one)
        return changes

    def _change(self, place: Place, worn: Sequence[Worn]) -> None:
        """Base and all additions, summed in float32."""
        weight = self._layers[place].weight
        if place not in self._kept:
            self._kept[place] = weight.clone()
        total = torch.zeros(weight.shape, dtype=torch.float32, device=weight.device)
        for one in worn:
            delta = one.file.additions[place].delta(weight.shape, weight.device)
            total.add_(delta.mul_(one.weight(place[0])))
        changed = total.add_(self._kept[place]).to(weight.dtype)
        if not changed.isfinite().all():
            names = " and ".join(repr(one.file.title) for one in worn)
            raise BadFile(
                f"With the LoRA {names} the layer {short(place[1])!r} gets numbers without bounds."
                " Give it less weight, or download it again."
            )
        weight.copy_(changed)

    def _restore(self, places: Sequence[Place]) -> None:
        for place in places:
            self._layers[place].weight.copy_(self._kept[place])
            del self._kept[place]


def _size(shape: Sequence[int]) -> str:
    return " × ".join(str(size) for size in shape if size != 1)
