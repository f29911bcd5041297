"""Opening safetensors files that others made: the header first, single tensors afterwards."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from webui.adapters.words import short
from webui.errors import BadFile

_UNREADABLE = (OSError, ValueError, RuntimeError, SafetensorError)
"""What safetensors and torch raise for files that are not what they say."""

_FLOATS = {
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
    *(torch.float8_e4m3fn, torch.float8_e5m2),
}
_NUMBERS = _FLOATS | {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}

_PICKLED = {".pt", ".pth", ".bin", ".ckpt", ".pkl"}


@dataclass(frozen=True, slots=True)
class TensorFile:
    """An open file, of which only the header was read. `shapes` and `metadata` are by name."""

    name: str
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    _handle: Any

    def read(self, tensor: str) -> Tensor:
        """One tensor in the file's dtype, on the CPU and its own copy: the file may change later.

        Raises BadFile for what is not floating point (but for single whole numbers), or not finite
        in float32.
        """
        found = self._copy(tensor)
        sound = _NUMBERS if found.numel() == 1 else _FLOATS
        if found.dtype not in sound or not found.float().isfinite().all():
            raise self._without_sense(tensor)
        return found

    def read_number(self, tensor: str) -> float:
        """A tensor of one number, whole ones too. Raises BadFile where it is not finite."""
        found = self._copy(tensor)
        if found.numel() != 1 or found.dtype not in _NUMBERS or not found.float().isfinite():
            raise self._without_sense(tensor)
        return float(found)

    def _copy(self, tensor: str) -> Tensor:
        try:
            return self._handle.get_tensor(tensor).clone()
        except _UNREADABLE:
            raise _damaged(self.name) from None

    def _without_sense(self, tensor: str) -> BadFile:
        return BadFile(
            f"{self.name} is damaged: {short(tensor)!r} holds values that are no numbers to"
            " calculate with. Download it again."
        )


@contextmanager
def opened(path: Path) -> Generator[TensorFile, None, None]:
    """Open for reading. Raises BadFile for anything that is not a whole safetensors file."""
    if path.suffix.lower() in _PICKLED:
        raise BadFile(
            f"{path.name} may hold program code, which would run while it is read. Convert it to"
            " safetensors, or look for a copy that ends in .safetensors."
        )
    with _handle(path) as handle:
        yield _described(path.name, handle)


def _handle(path: Path) -> Any:
    try:
        if not path.is_file():
            raise BadFile(f"{path.name} is not a file that can be read.")
        return safe_open(path, framework="pt", device="cpu")
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except _UNREADABLE:
        raise _damaged(path.name) from None


def _described(name: str, handle: Any) -> TensorFile:
    try:
        shapes = {key: tuple(handle.get_slice(key).get_shape()) for key in handle.keys()}  # noqa: SIM118
        return TensorFile(name, shapes, dict(handle.metadata() or {}), handle)
    except _UNREADABLE:
        raise _damaged(name) from None


def _damaged(name: str) -> BadFile:
    return BadFile(
        f"{name} is not a safetensors file, or its download was cut short. Download it again."
    )
