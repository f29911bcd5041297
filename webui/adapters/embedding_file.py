"""Reading textual inversions: a few word vectors for what words cannot say.

Gal et al. 2022, arXiv:2208.01618.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from webui.adapters.embedding_layout import vectors_name, vectors_shape
from webui.adapters.tensor_file import TensorFile, opened


def read_embedding(path: Path) -> Tensor:
    """The vectors of a file, [vectors, channels] float32 on the CPU.

    Layouts: A1111's `emb_params` (whatever else is beside it), A1111's `string_to_param` made flat,
    and diffusers' single tensor by the name of the token. Raises BadFile for others.
    """
    with opened(path) as file:
        return vectors_in(file, {name: name for name in file.shapes}, file.name)


def vectors_in(file: TensorFile, names: Mapping[str, str], what: str) -> Tensor:
    """The vectors among tensors of a file: its own name of each by the name in the layout.

    Raises BadFile, which begins with `what`, where there are none.
    """
    own = {layout: file.shapes[name] for layout, name in names.items()}
    name = vectors_name(own, what)
    shape = vectors_shape(own, name, what)
    return file.read(names[name]).float().reshape(shape)
