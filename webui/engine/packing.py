"""Packing: which calls share one forward, and how many of them pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias, TypeVar

from webui.calls import Call, Control, Decode, Denoise, Detect, EncodeImage, EncodePrompt, Enlarge

Key: TypeAlias = str
"""Calls with equal keys may share a forward."""

WIDEST = 16
"""Calls. Beyond it a forward takes so long that cancel and order suffer."""

_SAMPLES = 3
_WORTH_IT = 0.95
"""A wider pack must save this much per call, or it only makes everyone wait."""


def key_of(checkpoint: str, call: Call) -> Key:
    """Everything tensor-shaped, what is in the weights (LoRAs), and which networks steer. Prompt,
    seed, step, sampler, sigma, CFG scale and the weights of controls are per row.
    """
    if isinstance(call, Denoise):
        worn = "".join(map(repr, call.loras))
        steered = "".join(map(_structure, call.controls))
        return f"{step_key(checkpoint, call.x.shape)}{call.context.shape[1]}{worn}{steered}"
    if isinstance(call, Decode):
        return f"{checkpoint}|decode{'|tiled' * call.tiled}|{_sides(call.latents.shape)}"
    if isinstance(call, EncodeImage):
        return f"{checkpoint}|read{'|tiled' * call.tiled}|{_sides(call.pixels.shape)}"
    if isinstance(call, Enlarge):
        return f"{enlarge_key(call.upscaler)}{_sides(call.pixels.shape)}"
    if isinstance(call, Detect):
        return f"detect {call.preprocessor}|{_sides(call.pixels.shape)}"
    assert isinstance(call, EncodePrompt)
    return f"{checkpoint}|encode{''.join(map(repr, call.loras))}"


def _structure(control: Control) -> str:
    """What of a control cannot be per row: which network, and the size of what it is shown."""
    # What an IP-Adapter sees of a picture is of one size, whatever the picture's is.
    size = "" if control.method == "ip_adapter" else _sides(control.hint.shape)
    return f"|{control.method} {control.name}@{control.sha256} {size}"


def step_key(checkpoint: str, shape: Sequence[int]) -> str:
    """The part of a step's key that is known before anything is computed: no prompt length."""
    return f"{checkpoint}|denoise|{_sides(shape)}|"


def enlarge_key(upscaler: str) -> str:
    """The part of the key of a tile that is known before: which upscaler."""
    return f"enlarge {upscaler}|"


def _sides(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


@dataclass(slots=True)
class Widths:
    """Seconds of forwards by key and number of calls, and from them the widest useful pack.

    Packs are tried by doubling, on real work: no time is spent on measuring alone. Once a width
    has three samples its time is settled and kept.
    """

    seconds: dict[Key, dict[int, list[float]]] = field(default_factory=dict)
    cap: dict[Key, int] = field(default_factory=dict)

    def observe(self, key: Key, calls: int, seconds: float) -> bool:
        """Note one forward. Returns True when this settles a width."""
        samples = self.seconds.setdefault(key, {}).setdefault(calls, [])
        if len(samples) >= _SAMPLES:
            return False
        samples.append(seconds)
        return len(samples) == _SAMPLES

    def widest(self, key: Key) -> int:
        """How many calls of this key may share the next forward."""
        limit = min(WIDEST, self.cap.get(key, WIDEST))
        width = 1
        while width * 2 <= limit:
            now, wider = self._per_call(key, width), self._per_call(key, width * 2)
            if now is None:
                return width
            if wider is None:
                return width * 2
            if wider > now * _WORTH_IT:
                return width
            width *= 2
        return width

    def narrow(self, key: Key, calls: int) -> None:
        """Memory ran out with so many calls: never that many again."""
        self.cap[key] = max(1, calls // 2)

    def predict(self, key: Key, calls: int = 1) -> float | None:
        """Seconds of a forward of so many calls, None if nothing of this key ran yet."""
        known = self.seconds.get(key)
        if not known:
            return None
        nearest = min(known, key=lambda width: abs(width - calls))
        return median(known[nearest]) * calls / nearest

    def predict_step(self, step: str) -> float | None:
        """Seconds of a step whose key begins with `step`, at any prompt length."""
        known = next((key for key in self.seconds if key.startswith(step)), None)
        return self.predict(known) if known else None

    def _per_call(self, key: Key, calls: int) -> float | None:
        samples = self.seconds.get(key, {}).get(calls, [])
        # The least of several is what the device can do; the rest is what else it was doing.
        return min(samples) / calls if len(samples) >= _SAMPLES else None


_T = TypeVar("_T")


def pack(first: _T, others: Iterable[tuple[_T, Key]], key: Key, widest: int) -> list[_T]:
    """`first` and those of `others` with the same key, in their order, at most `widest`."""
    chosen = [first]
    for other, other_key in others:
        if len(chosen) >= widest:
            break
        if other_key == key:
            chosen.append(other)
    return chosen
