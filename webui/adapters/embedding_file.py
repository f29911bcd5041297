"""Reading textual inversions: a few word vectors for what words cannot say.

Gal et al. 2022, arXiv:2208.01618.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from webui.adapters.tensor_file import opened, short
from webui.errors import BadFile

_MOST_VECTORS = 1024
_MOST_CHANNELS = 8192


def read_embedding(path: Path) -> Tensor:
    """The vectors of a file, [vectors, channels] float32 on the CPU.

    Layouts: A1111's `emb_params` (whatever else is beside it), A1111's `string_to_param` made flat,
    and diffusers' single tensor by the name of the token. Raises BadFile for others.
    """
    with opened(path) as file:
        name = _tensor_name(file.shapes, file.name)
        shape = file.shapes[name]
        if not _are_vectors(shape):
            raise BadFile(
                f"{file.name} is not an embedding: its {short(name)!r} is of shape {shape}, and"
                " word vectors are of (vectors, channels)."
            )
        return file.read(name).float().reshape(-1, shape[-1])


def _tensor_name(shapes: Mapping[str, tuple[int, ...]], file: str) -> str:
    """The tensor with the vectors."""
    if "emb_params" in shapes:
        return "emb_params"
    if {"clip_l", "clip_g"} <= shapes.keys():
        raise BadFile(
            f"{file} is an embedding for SDXL, with vectors for two text encoders; this version"
            " reads those for one."
        )
    names = [name for name in shapes if name.startswith("string_to_param.")] or list(shapes)
    if len(names) != 1:
        raise BadFile(
            f"{file} is not an embedding: it holds {len(names):,} tensors, an embedding holds one."
        )
    return names[0]


def _are_vectors(shape: tuple[int, ...]) -> bool:
    """Of reasonable sizes; one vector may come without its first axis."""
    vectors, channels = (1, *shape)[-2:] if len(shape) in (1, 2) else (0, 0)
    return 0 < vectors <= _MOST_VECTORS and 0 < channels <= _MOST_CHANNELS
