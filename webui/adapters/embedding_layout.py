"""Where the vectors of an embedding are, from its header alone. Importing needs no torch."""

from __future__ import annotations

from collections.abc import Mapping

from webui.adapters.words import short
from webui.errors import BadFile

_MOST_VECTORS = 1024
_MOST_CHANNELS = 8192
_PAIR = {"clip_l", "clip_g"}


def vectors_name(shapes: Mapping[str, tuple[int, ...]], what: str) -> str:
    """The tensor with the vectors. Raises BadFile, which begins with `what`."""
    if "emb_params" in shapes:
        return "emb_params"
    if shapes.keys() >= _PAIR:
        raise BadFile(
            f"{what} is an embedding for SDXL, with vectors for two text encoders; this version"
            " reads those for one."
        )
    names = [name for name in shapes if name.startswith("string_to_param.")] or list(shapes)
    if len(names) != 1:
        raise BadFile(
            f"{what} is not an embedding: it holds {len(names):,} tensors, an embedding holds one."
        )
    return names[0]


def vectors_shape(shapes: Mapping[str, tuple[int, ...]], name: str, what: str) -> tuple[int, int]:
    """(vectors, channels); one vector may come without its first axis. Raises BadFile."""
    shape = shapes[name]
    vectors, channels = (1, *shape)[-2:] if len(shape) in (1, 2) else (0, 0)
    if not 0 < vectors <= _MOST_VECTORS or not 0 < channels <= _MOST_CHANNELS:
        raise BadFile(
            f"{what} is not an embedding: its {short(name)!r} is of shape {shape}, and word vectors"
            " are of (vectors, channels)."
        )
    return vectors, channels
