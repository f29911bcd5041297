"""Random numbers as an NVIDIA GPU draws them, made on the CPU: the "NV" source of other tools.

Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC11) with CUDA's way
of counting, and the sine half of Box and Muller's transform: what `torch.randn` gives on a CUDA
device for up to some hundred thousand numbers, wherever it runs.
"""

from __future__ import annotations

from math import prod
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Words: TypeAlias = NDArray[np.uint32]

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint32(0x9E3779B9), np.uint32(0xBB67AE85))
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF_WORD = np.uint64(32)


class Philox:
    """A stream of standard normal numbers; each draw follows the one before."""

    def __init__(self, seed: int) -> None:
        """`seed`: 0 to 2**64 - 1."""
        self._seed = seed
        self._draws = 0

    def randn(self, shape: tuple[int, ...]) -> Tensor:
        """The next numbers, float32."""
        count = prod(shape)
        zero = np.zeros(count, np.uint32)
        counter = (zero + np.uint32(self._draws), zero, np.arange(count, dtype=np.uint32), zero)
        self._draws += 1
        return torch.from_numpy(_normal(*_philox(counter, self._seed))).reshape(shape)


def _philox(counter: tuple[Words, Words, Words, Words], seed: int) -> tuple[Words, Words]:
    """The first two of the four words of each counter, after all rounds."""
    a, b, c, d = counter
    low, high = np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)
    with np.errstate(over="ignore"):
        for _ in range(_ROUNDS):
            first, second = a * _MULTIPLIERS[0], c * _MULTIPLIERS[1]
            a, b, c, d = (
                _upper(second) ^ b ^ low,
                _lower(second),
                _upper(first) ^ d ^ high,
                _lower(first),
            )
            low, high = low + _WEYL[0], high + _WEYL[1]
    return a, b


def _upper(product: NDArray[np.uint64]) -> Words:
    return (product >> _HALF_WORD).astype(np.uint32)


def _lower(product: NDArray[np.uint64]) -> Words:
    return (product & _LOW).astype(np.uint32)


def _normal(first: Words, second: Words) -> NDArray[np.float32]:
    """Box and Muller's transform of two uniform words."""
    radius = (first + 0.5) * 2.0**-32
    angle = (second + 0.5) * (2.0**-32 * 2 * np.pi)
    return (np.sqrt(-2.0 * np.log(radius)) * np.sin(angle)).astype(np.float32)
