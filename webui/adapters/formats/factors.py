"""Products of factors, float32 on the device of the weight that they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def float32(tensor: Tensor, beside: Tensor) -> Tensor:
    """In float32 on the device of `beside`. Sent as it is in the file: most are halves of that."""
    return tensor.to(beside.device).float()


def through_core(core: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Tucker's form, [out, in, height, width].

    `core` [l, r, height, width], `left` [out, l], `right` [r, in].
    """
    outwards = left @ core.flatten(1)
    height, width = core.shape[2:]
    by_place = outwards.reshape(len(left), core.shape[1], height * width).transpose(1, 2)
    return (by_place @ right).transpose(1, 2).reshape(len(left), -1, height, width)
