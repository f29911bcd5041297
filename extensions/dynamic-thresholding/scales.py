"""Scales that change while a picture is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True, slots=True)
class Scale:
    """`highest` at its beginning ("down") or end ("up"), `lowest` at the other; or it stays.

    Cosines stay high for long: "cosine down" falls late, "cosine up" rises late.
    """

    highest: float
    mode: str = "constant"
    lowest: float = 0.0

    def at(self, gone: float) -> float:
        """The scale when `gone`, 0 to 1, of the way is behind. It never rises above `highest`."""
        lowest = min(self.lowest, self.highest)
        return lowest + (self.highest - lowest) * _share(self.mode, gone)


def _share(mode: str, gone: float) -> float:
    if mode == "linear down":
        return 1 - gone
    if mode == "cosine down":
        return cos(gone * pi / 2)
    if mode == "linear up":
        return gone
    return 1 - cos(gone * pi / 2) if mode == "cosine up" else 1.0
