"""Reading LoRA and LoCon files of kohya's trainer, LyCORIS, diffusers and PEFT."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webui.adapters.addition import Addition
from webui.adapters.lora_names import Place, Slot, kind, parse
from webui.adapters.peft_scale import PeftScale, peft_scales
from webui.adapters.tensor_file import TensorFile, opened, short
from webui.errors import BadFile

_LARGEST_RANK = 4096
"""More than the widest layers have: the file would be larger than the differences in full."""

_MOST_LAYERS = 20_000
"""Ten times what the largest networks have."""


@dataclass(frozen=True, eq=False, slots=True)
class LoraFile:
    """A read file. `name` is the file's without suffix; `trigger` what to write in the prompt.

    Two readings of one file are not equal.
    """

    name: str
    title: str
    trigger: str
    additions: Mapping[Place, Addition]


def read_lora(path: Path) -> LoraFile:
    """Read a LoRA or LoCon file, wholly, onto the CPU.

    All names and shapes are checked before the first tensor is read. Raises BadFile for other
    kinds of file, naming them, and for damaged ones.
    """
    with opened(path) as file:
        layers = _layers(file)
        for place, names in layers.items():
            misfit = _misfit({slot: file.shapes[name] for slot, name in names.items()})
            if misfit is not None:
                raise BadFile(f"{file.name} is damaged: its layer {short(place[1])!r} {misfit}.")
        scales = peft_scales(file.metadata, file.name)
        additions = {
            place: _addition(file, names, place, scales[place[0]])
            for place, names in layers.items()
        }
        title, output, trigger = (
            short(file.metadata.get(key, ""))
            for key in ("modelspec.title", "ss_output_name", "modelspec.trigger_phrase")
        )
    return LoraFile(path.stem, title or output or path.stem, trigger, additions)


def _layers(file: TensorFile) -> dict[Place, dict[Slot, str]]:
    """The names of each layer's tensors. Raises BadFile where one is no LoRA's, or comes twice."""
    layers: dict[Place, dict[Slot, str]] = {}
    for name in sorted(file.shapes):
        parsed = parse(name)
        if parsed is None:
            raise _not_ours(file)
        place, slot = parsed
        if slot in layers.setdefault(place, {}):
            raise BadFile(f"{file.name} is damaged: it says {short(name)!r} twice.")
        layers[place][slot] = name
    if not 0 < len(layers) <= _MOST_LAYERS:
        raise BadFile(f"{file.name} changes {len(layers):,} layers, which no LoRA does.")
    return layers


def _not_ours(file: TensorFile) -> BadFile:
    unknown = [name for name in file.shapes if parse(name) is None]
    what = kind(unknown) or f"not a LoRA (its tensor {short(min(unknown))!r} is unknown)"
    return BadFile(f"{file.name} is {what}; this version reads LoRA and LoCon.")


def _misfit(shapes: Mapping[Slot, tuple[int, ...]]) -> str | None:
    """What is wrong with the shapes of one layer's tensors; None for nothing."""
    down, up, mid = shapes.get("down"), shapes.get("up"), shapes.get("mid")
    if down is None or up is None:
        return "lacks one of its two halves"
    if any(len(shape) not in (2, 4) or 0 in shape for shape in (down, up, mid or up)):
        return "has a shape that no layer has"
    rank = down[0]
    if rank > _LARGEST_RANK:
        return f"has a rank of {rank:,}; {_LARGEST_RANK:,} is the most"
    if up[1] != rank or not set(up[2:]) <= {1}:
        return "has two halves that do not fit each other"
    if mid is not None and (mid[:2] != (rank, rank) or len(mid) != 4 or not set(down[2:]) <= {1}):
        return "has a middle that does not fit its two halves"
    return (
        "has an alpha that is not one number" if math.prod(shapes.get("alpha", ())) != 1 else None
    )


def _addition(
    file: TensorFile, names: Mapping[Slot, str], place: Place, peft: PeftScale
) -> Addition:
    down, up = file.read(names["down"]), file.read(names["up"])
    mid = file.read(names["mid"]) if "mid" in names else None
    rank = down.shape[0]
    own = file.read_number(names["alpha"]) / rank if "alpha" in names else peft.of(place, rank)
    return Addition(up, down, mid, own)
