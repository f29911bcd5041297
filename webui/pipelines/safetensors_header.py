"""Reading the header of a safetensors file without loading it, and without trusting it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, RootModel, TypeAdapter

from webui.errors import BadFile

_LARGEST_HEADER = 16 << 20


class _Tensor(BaseModel):
    """One tensor of a header."""

    model_config = ConfigDict(strict=True)

    dtype: str
    shape: tuple[NonNegativeInt, ...]
    data_offsets: tuple[NonNegativeInt, NonNegativeInt]


class _Header(RootModel[dict[str, _Tensor | dict[str, str]]]):
    """Tensors by name, and `__metadata__`."""


_HEADER = TypeAdapter(_Header)


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Tensor name → shape. Raises BadFile for anything that is not a whole safetensors file."""
    try:
        if not path.is_file():
            raise BadFile(f"{path.name} is not a file that can be read.")
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, _LARGEST_HEADER):
                raise BadFile(
                    f"{path.name} is not a safetensors file, or its download was cut short."
                    " Download it again."
                )
            header = file.read(length)
        tensors = _HEADER.validate_json(header).root
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise BadFile(f"{path.name} is not a safetensors file. Download it again.") from None
    if any(isinstance(value, dict) for name, value in tensors.items() if name != "__metadata__"):
        raise BadFile(f"{path.name} is not a safetensors file. Download it again.")
    entries = {name: tensor for name, tensor in tensors.items() if isinstance(tensor, _Tensor)}
    end = max((tensor.data_offsets[1] for tensor in entries.values()), default=0)
    if size < 8 + length + end:
        raise BadFile(
            f"{path.name} is cut short: {size:,} bytes of {8 + length + end:,}. Download it again."
        )
    return {name: tensor.shape for name, tensor in entries.items()}
