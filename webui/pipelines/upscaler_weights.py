"""Reading the weights of an upscaler: tensors and nothing else, whoever made the file.

Most upscalers are shared as pickles, which can run any program when they are opened. torch's own
reader with `weights_only` builds nothing but tensors; what is not weights is refused, not skipped.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from webui.errors import BadFile
from webui.pipelines.safetensors_header import read_shapes

FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SafetensorError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
    zipfile.BadZipFile,
)
"""What readers and networks raise over a file that is broken or not what it seems."""

_MOST_UNPACKED = 4
"""Times the file's size; honest files hold their tensors uncompressed, a few of them twice."""

_LARGEST_INDEX = 9_999
"""Of a layer in a tensor's name: spandrel counts layers by the largest one."""


def read_weights(
    path: Path, canonical: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, torch.Tensor]:
    """Tensors by name, on the CPU. Raises BadFile; out of memory passes through.

    `canonical` takes off what training programs wrap around them.
    """
    try:
        held = _safetensors(path) if path.suffix.lower() == ".safetensors" else _unpickled(path)
        weights = dict(canonical(held)) if isinstance(held, dict) else {}
        problem = _problem(weights, path.stat().st_size)
    except FAILURES as error:
        if is_out_of_memory(error):
            raise
        raise BadFile(
            f"{path.name} cannot be read: it is damaged, or cut short. Download it again."
        ) from error
    if problem:
        raise BadFile(f"{path.name} is no upscaler: {problem}.")
    return weights


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was too small, in any of the ways that torch says so."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def _safetensors(path: Path) -> dict[str, Any]:
    read_shapes(path)  # says in plain words what is wrong
    return load_file(path)


def _unpickled(path: Path) -> Any:
    """Whatever torch's safe reader builds. Raises BadFile for more than weights, and FAILURES."""
    if zipfile.is_zipfile(path):
        _check_archive(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise BadFile(
            f"{path.name} was not opened: it is damaged, or it holds more than weights, and such"
            " files can run programs. Download it again, or better one that ends in .safetensors."
        ) from None


def _check_archive(path: Path) -> None:
    """Raises BadFile for TorchScript and for archives that unpack to many times their size."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if any(entry.filename.endswith("/constants.pkl") for entry in entries):
        raise BadFile(
            f"{path.name} is a program (TorchScript), which is not run here. Choose a file that"
            " holds weights, best one that ends in .safetensors."
        )
    if sum(entry.file_size for entry in entries) > _MOST_UNPACKED * path.stat().st_size:
        raise BadFile(f"{path.name} unpacks to many times its size, and was not opened.")


def _problem(weights: dict[Any, Any], size: int) -> str:
    """Why these cannot be the weights of a network; empty when they can. `size`: bytes on disk."""
    if not weights:
        return "it holds no weights"
    if not all(isinstance(name, str) and _is_plain(value) for name, value in weights.items()):
        return "it holds other things than weights"
    if sum(value.numel() * value.element_size() for value in weights.values()) > (
        _MOST_UNPACKED * size
    ):
        return "its weights claim to be larger than the file"
    if any(_index(part) > _LARGEST_INDEX for name in weights for part in name.split(".")):
        return "its layers have impossible numbers"
    return ""


def _is_plain(value: Any) -> bool:
    """Whether it is an ordinary tensor with numbers in it."""
    return (
        type(value) in (torch.Tensor, torch.nn.Parameter)
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and value.numel() > 0
    )


def _index(part: str) -> int:
    """The number of a layer in a part of a name, as `int` reads it; 0 where there is none."""
    try:
        return abs(int(part))
    except ValueError:
        return 0
