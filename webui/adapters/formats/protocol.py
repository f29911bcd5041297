"""What a format of LoRA files is. Importing needs no torch: headers are looked at without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

Shape: TypeAlias = tuple[int, ...]
Shapes: TypeAlias = Mapping[str, Shape]
"""The shapes of one layer's tensors, by slot."""


class Change(Protocol):
    """What a file does to one weight."""

    def delta(self, base: Tensor, strength: float) -> Tensor:
        """What is added to `base` at this strength: float32, of its shape, on its device.

        `base` is the checkpoint's own weight in float32, whatever else is worn, and must not be
        changed. At strength 0 nothing is added; all is linear in the strength.
        """
        ...


@dataclass(frozen=True, slots=True)
class LoraFormat:
    """One way in which files say what is added to a weight.

    `label`: what people call it. `endings`: what stands after the name of the layer in the names
    of tensors, and the slot that each such tensor fills (`{".lora_up.weight": "up"}`). `.alpha`
    belongs to all formats and is not listed. One file may mix formats layer by layer.

    All but `read` are asked with what stands in the header, before any tensor is read, and also by
    the process that serves the web: a module of formats must not import torch at its top.
    """

    id: str
    label: str
    endings: Mapping[str, str]
    claims: Callable[[AbstractSet[str]], bool]
    """Whether a layer with these slots, all of this format's endings, is of this format."""
    check: Callable[[Shapes], str | None]
    """What is wrong with a layer, to be read after "its layer 'x' …"; None for nothing.

    What passes is promised to be read, and to fit where `fits` says so. Shapes are anything: axes
    may be missing, too many or 0.
    """
    size: Callable[[Shapes], Shape]
    """Of the weights that a checked layer is for, for people to read; 0 for what is not known."""
    fits: Callable[[Shapes, Shape], bool]
    """Whether a checked layer can change a weight of this shape."""
    rank: Callable[[Shapes], int | None]
    """The rank of a checked layer; None where the format has none."""
    read: Callable[[Mapping[str, Tensor], float | None], Change]
    """A checked layer, from its tensors by slot (on the CPU, finite) and its alpha, if it says one.

    Tensors are of any dtype; integers only where they are single numbers.
    """
    parameter: Literal["weight", "bias"] = "weight"
    """Which of the layer's parameters is changed."""
