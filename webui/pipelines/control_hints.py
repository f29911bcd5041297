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
_MOST_KNOWN_BYTES = 256 << 20
"""Of these maps, which are held so that nothing else comes to lie there."""


class SeenHints:
    """Keeps by the content of maps, so that pictures of one map share what was seen of it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Seen] = OrderedDict()
        self._contents: OrderedDict[tuple[object, ...], tuple[str, Tensor]] = OrderedDict()
        self._seen_bytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all that is held: what was seen, and the maps themselves."""
        return self._seen_bytes + self._content_bytes()

    def of(self, network: str, hint: Tensor, see: Callable[[Tensor], Seen]) -> Seen:
        """What the `network` (a name for it) sees of `hint`; `see` tells if it is not known."""
        key = network, self._content(hint)
        if key not in self._kept:
            self._kept[key] = see(hint)
            self._seen_bytes += _bytes(self._kept[key])
            while self._seen_bytes > _MOST_BYTES and len(self._kept) > 1:
                self._seen_bytes -= _bytes(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(key)
        return self._kept[key]

    def forget(self, network: str) -> None:
        """Let go of what a network saw, and of maps that no other has seen."""
        for key in [key for key in self._kept if key[0] == network]:
            self._seen_bytes -= _bytes(self._kept.pop(key))
        seen = {content for _, content in self._kept}
        for place in [place for place, known in self._contents.items() if known[0] not in seen]:
            del self._contents[place]

    def clear(self) -> None:
        """Let go of everything."""
        self._kept.clear()
        self._contents.clear()
        self._seen_bytes = 0

    def _content(self, hint: Tensor) -> str:
        """A hash, computed once for a tensor: while it is held, nothing else lies there."""
        place = hint.data_ptr(), tuple(hint.shape), hint.stride(), hint.dtype
        if place in self._contents:
            self._contents.move_to_end(place)
            return self._contents[place][0]
        whole = hint.contiguous().cpu()
        digest = sha256(whole.numpy().tobytes()).hexdigest() + f"{tuple(hint.shape)}"
        self._contents[place] = digest, hint
        while len(self._contents) > _MOST_KNOWN or self._content_bytes() > _MOST_KNOWN_BYTES:
            self._contents.popitem(last=False)
        return digest

    def _content_bytes(self) -> int:
        """Of the maps that are held. Windows of one map hold it whole, and all hold the same."""
        storages = (hint.untyped_storage() for _, hint in self._contents.values())
        return sum({one.data_ptr(): one.nbytes() for one in storages}.values())


def _bytes(seen: Seen) -> int:
    return sum(one.numel() * one.element_size() for one in seen)
