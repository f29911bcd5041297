"""Having other attention processors in the UNet for the time of a forward."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from torch import Tensor

_PARTS = ("down", "mid", "up")
"""Of the UNet, in the order that they act."""


class Processor(Protocol):
    """What diffusers calls for an attention: its arguments by these names."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor: ...


@contextmanager
def wearing(unet: Any, wrap: Mapping[str, Callable[[Any], Processor]]) -> Generator[None]:
    """Put `wrap[name](its own processor)` into each attention; take it out whatever happens."""
    modules = [(unet.get_submodule(name), put) for name, put in wrap.items()]
    own = [(module, module.processor) for module, _ in modules]
    try:
        for module, put in modules:
            module.set_processor(put(module.processor))
        yield
    finally:
        for module, processor in own:
            module.set_processor(processor)


def self_attentions(unet: Any) -> list[str]:
    """Names of the attentions of pictures to themselves, the widest first, then the earliest."""
    found = [
        (-module.query_dim, _PARTS.index(name.partition("_")[0]), name)
        for name, module in unet.named_modules()
        if name.endswith(".attn1") and not module.is_cross_attention
    ]
    found.sort(key=lambda one: one[:2])
    return [name for *_, name in found]


def cross_attentions(unet: Any) -> list[tuple[int, str]]:
    """The attentions to the prompt, each with its number among all attentions."""
    names = [name.removesuffix(".processor") for name in unet.attn_processors]
    return [(number, name) for number, name in enumerate(names) if name.endswith(".attn2")]
