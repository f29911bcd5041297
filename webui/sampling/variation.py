"""Mixing the noise of two seeds, and noise that keeps its picture at another size."""

from __future__ import annotations

import torch
from torch import Tensor

_NEARLY_ONE = 0.9995
_NO_ARC = 0.1


def slerp(first: Tensor, second: Tensor, strength: float) -> Tensor:
    """From `first` (0) to `second` (1) along the arc between them, so that it stays noise.

    [batch, channels, height, width] both. As in A1111 each channel's columns are turned by
    themselves. Shoemake, "Animating Rotation with Quaternion Curves", SIGGRAPH 1985.
    """
    lengths = [noise.norm(dim=2, keepdim=True) for noise in (first, second)]
    cosine = (first / lengths[0] * second / lengths[1]).sum(2, keepdim=True)
    if cosine.mean() > _NEARLY_ONE:
        return first + (second - first) * strength
    angle = cosine.clamp(-1, 1).acos()
    sine = angle.sin()
    turned = ((1 - strength) * angle).sin() * first + (strength * angle).sin() * second
    straight = first + (second - first) * strength  # where there is no one arc between them
    return torch.where(sine > _NO_ARC, turned / sine.clamp_min(_NO_ARC), straight)


def centred(noise: Tensor, over: Tensor) -> Tensor:
    """`over` with `noise` laid on its middle; what stands out is cut off evenly.

    [batch, channels, height, width] both, the sizes differing.
    """
    result = over.clone()
    theirs, ours = [], []
    for small, large in zip(noise.shape[2:], over.shape[2:], strict=True):
        gap = (large - small) // 2 if large >= small else -((small - large) // 2)
        length = min(small, large)
        theirs.append(slice(max(-gap, 0), max(-gap, 0) + length))
        ours.append(slice(max(gap, 0), max(gap, 0) + length))
    result[:, :, ours[0], ours[1]] = noise[:, :, theirs[0], theirs[1]]
    return result
