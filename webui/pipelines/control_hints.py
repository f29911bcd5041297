"""What networks saw of maps, kept: a map is the same in every step of a picture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import TypeAlias

from torch import Tensor

Seen: TypeAlias = tuple[Tensor, ...]

_MOST_BYTES = 512 << 20
_MOST_KNOWN = 24
"""Maps whose content is known by where they lie in memory."""


class SeenHints:
    """Keeps by the content of maps, so that pictures of one map share what was seen of it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Seen] = OrderedDict()
        self._contents: OrderedDict[tuple[object, ...], tuple[str, Tensor]] = OrderedDict()
        self.nbytes = 0

    def of(self, network: str, hint: Tensor, see: Callable[[Tensor], Seen]) -> Seen:
        """What the `network` (a name for it) sees of `hint`; `see` tells if it is not known."""
        key = network, self._content(hint)
        if key not in self._kept:
            self._kept[key] = see(hint)
            self.nbytes += _bytes(self._kept[key])
            while self.nbytes > _MOST_BYTES and len(self._kept) > 1:
                self.nbytes -= _bytes(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(key)
        return self._kept[key]

    def forget(self, network: str) -> None:
        """Let go of what a network saw."""
        for key in [key for key in self._kept if key[0] == network]:
            self.nbytes -= _bytes(self._kept.pop(key))

    def clear(self) -> None:
        """Let go of everything."""
        self._kept.clear()
        self._contents.clear()
        self.nbytes = 0

    def _content(self, hint: Tensor) -> str:
        """A hash, computed once for a tensor: while it is held, nothing else lies there."""
        place = hint.data_ptr(), tuple(hint.shape), hint.stride(), hint.dtype
        if place not in self._contents:
            whole = hint.contiguous().cpu()
            digest = sha256(whole.numpy().tobytes()).hexdigest() + f"{tuple(hint.shape)}"
            self._contents[place] = digest, hint
            if len(self._contents) > _MOST_KNOWN:
                self._contents.popitem(last=False)
        self._contents.move_to_end(place)
        return self._contents[place][0]


def _bytes(seen: Seen) -> int:
    return sum(one.numel() * one.element_size() for one in seen)
