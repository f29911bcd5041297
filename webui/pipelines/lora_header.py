"""The header of an adapter's file: shapes, what trainers wrote beside them, and single numbers.

Nothing else of the file is read, and importing needs no torch.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from webui.errors import BadFile
from webui.pipelines.safetensors_header import read_shapes

_FORMS = {"F64": "<d", "F32": "<f", "F16": "<e", "I64": "<q", "I32": "<i", "I16": "<h", "U8": "<B"}
_MOST_NUMBERS = 20_000


@dataclass(frozen=True, slots=True)
class LoraHeader:
    """`shapes` by tensor, `metadata` as it was written, `numbers` of tensors that hold only one."""

    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    numbers: Mapping[str, float]


def read_header(path: Path, numbers: str = ".alpha") -> LoraHeader:
    """Read it, and the tensors of one number whose names end so. Raises BadFile."""
    shapes = read_shapes(path)
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            whole = json.loads(file.read(length))
            found = _numbers(file, whole, 8 + length, numbers)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError, OverflowError, struct.error):
        raise BadFile(f"{path.name} changed while it was read. Try again.") from None
    said = whole.get("__metadata__") or {}
    return LoraHeader(shapes, {key: str(value) for key, value in said.items()}, found)


def _numbers(file: BinaryIO, whole: dict[str, Any], start: int, ending: str) -> dict[str, float]:
    wanted = sorted(name for name in whole if name.endswith(ending) and name != "__metadata__")
    found: dict[str, float] = {}
    for name in wanted[:_MOST_NUMBERS]:
        first, last = whole[name]["data_offsets"]
        if last - first <= 8:
            file.seek(start + first)
            number = _number(file.read(last - first), whole[name]["dtype"])
            found.update({} if number is None else {name: number})
    return found


def _number(data: bytes, dtype: str) -> float | None:
    """The number in a few bytes; None for types and sizes that are not one."""
    if dtype == "BF16":  # the first half of a float32
        dtype, data = "F32", b"\0\0" + data
    form = _FORMS.get(dtype)
    if form is None or struct.calcsize(form) != len(data):
        return None
    return float(struct.unpack(form, data)[0])
