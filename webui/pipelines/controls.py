"""Controls: networks from files that steer, and what they do to the rows of packed calls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias
from weakref import ReferenceType, ref

import torch
from torch import Tensor

from webui.calls import Control, Denoise
from webui.families import Components, ControlNetwork, Steered
from webui.pipelines.control_files import ControlFiles
from webui.pipelines.control_hints import SeenHints

_MOST_LOADED = 5
"""Networks; a picture has no more units."""

_MOST_BYTES = 6 << 30
"""Of networks. Those that a call needs are loaded whatever they weigh."""

_Key: TypeAlias = tuple[str, int]
"""The sha256 of a file, and the components that it was loaded for."""


Loading: TypeAlias = Callable[[Path, torch.dtype, torch.device], ControlNetwork]
"""How an extension loads a file of its own kind; it then acts as its `method` says."""


def _nothing_further(method: str) -> Loading | None:
    return None


class Controls:
    """Loads networks and keeps those used last. Used by the engine's thread only.

    A network belongs to the components that it was loaded for: it is in their dtype, and was
    checked against their denoiser.
    """

    def __init__(
        self,
        files: ControlFiles,
        device: torch.device,
        further: Callable[[str], Loading | None] = _nothing_further,
    ) -> None:
        self._files = files
        self._further = further
        self._device = device
        self._loaded: OrderedDict[_Key, tuple[ControlNetwork, ReferenceType[Components]]] = (
            OrderedDict()
        )
        self._hints = SeenHints()

    def steered(self, components: Components, calls: Sequence[Denoise]) -> tuple[Steered, ...]:
        """One for each place in the calls' controls, over the rows of all calls in order.

        The calls of one pack have the same methods and files at the same places. Raises BadFile
        for a file that is gone, replaced or unfit; out of memory passes through.
        """
        self._forget_the_gone()
        needed = {(one.sha256, id(components)) for one in calls[0].controls}
        units: list[Steered] = []
        for place, first in enumerate(calls[0].controls):
            network = self._network(components, first, needed) if first.sha256 else None
            units.append(self._unit(network, calls, place, id(components)))
        return tuple(units)

    @property
    def nbytes(self) -> int:
        """Bytes held on the device."""
        return self._hints.nbytes + sum(one.nbytes() for one, _ in self._loaded.values())

    def close(self) -> None:
        """Let go of everything."""
        self._loaded.clear()
        self._hints.clear()

    def _network(
        self, components: Components, control: Control, needed: set[_Key]
    ) -> ControlNetwork:
        key = control.sha256, id(components)
        if key not in self._loaded:
            path = self._files.checked(control.name, control.sha256)
            self._make_room(needed)
            load = self._further(control.method)
            network = (
                load(path, components.dtype, self._device)
                if load
                else components.control(path, control.method)
            )
            self._loaded[key] = network, ref(components)
        self._loaded.move_to_end(key)
        return self._loaded[key][0]

    def _make_room(self, needed: set[_Key]) -> None:
        """Let go of what was used least recently, but for what the calls need."""
        free = [key for key in self._loaded if key not in needed]
        while free and (len(self._loaded) >= _MOST_LOADED or self.nbytes > _MOST_BYTES):
            self._drop(free.pop(0))

    def _forget_the_gone(self) -> None:
        """Networks whose components are no more are of use to nobody."""
        for key in [key for key, (_, owner) in self._loaded.items() if owner() is None]:
            self._drop(key)

    def _drop(self, key: _Key) -> None:
        del self._loaded[key]
        self._hints.forget(_name(key))

    def _unit(
        self, network: ControlNetwork | None, calls: Sequence[Denoise], place: int, owner: int
    ) -> Steered:
        controls = [call.controls[place] for call in calls]
        rows = [len(call.x) for call in calls]
        prompted = torch.cat([torch.arange(len(call.x)) >= call.unprompted for call in calls])
        weights = _spread([one.weight for one in controls], rows)
        alone = _spread([one.mode == "control" for one in controls], rows).bool()
        if network is not None and network.prompted_only:
            alone[:] = True
        seen = [self._seen(network, one, owner) for one in controls]
        return Steered(
            network=network,
            method=network.method if network else controls[0].method,
            seen=tuple(self._rows(part, rows) for part in zip(*seen, strict=True)),
            weights=weights * (prompted | ~alone),
            soft=_spread([one.mode != "balanced" for one in controls], rows).bool(),
            prompted=prompted,
            mask=self._masks([one.mask for one in controls], calls, rows),
            noise=self._each([one.noise for one in controls], rows),
        )

    def _seen(
        self, network: ControlNetwork | None, control: Control, owner: int
    ) -> tuple[Tensor, ...]:
        if network is None:
            return (control.hint,)
        return self._hints.of(_name((control.sha256, owner)), control.hint, network.see)

    def _masks(
        self, masks: Sequence[Tensor | None], calls: Sequence[Denoise], rows: Sequence[int]
    ) -> Tensor | None:
        """Where one call has none its unit acts everywhere."""
        if all(mask is None for mask in masks):
            return None
        everywhere = torch.ones(1, 1, *calls[0].x.shape[2:])
        return self._rows([everywhere if mask is None else mask for mask in masks], rows)

    def _each(self, parts: Sequence[Tensor | None], rows: Sequence[int]) -> Tensor | None:
        there = [part for part in parts if part is not None]
        return self._rows(there, rows) if there else None

    def _rows(self, parts: Sequence[Tensor], rows: Sequence[int]) -> Tensor:
        """What each call has, [1, ...], for each of its rows: [sum of rows, ...]."""
        spread = [
            part.to(self._device).expand(count, *part.shape[1:])
            for part, count in zip(parts, rows, strict=True)
        ]
        return spread[0] if len(spread) == 1 else torch.cat(spread)


def _spread(values: Sequence[float], rows: Sequence[int]) -> Tensor:
    """Float32 [sum of rows]: the value of each call for each of its rows."""
    spread = [value for value, n in zip(values, rows, strict=True) for _ in range(n)]
    return torch.tensor(spread, dtype=torch.float32)


def _name(key: _Key) -> str:
    return f"{key[0]} {key[1]}"
