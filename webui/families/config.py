"""Reading configuration files of a checkpoint into typed values."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from webui.errors import BadFile

_LARGEST = 1 << 20
_M = TypeVar("_M", bound=BaseModel)


def read_config(path: Path, kind: type[_M]) -> _M:
    """A JSON file as a value of `kind`. Raises BadFile that names the file and what is wrong."""
    name = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(f"{name} is too large to be a configuration.")
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadFile(f"{name} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        where = f" at {field!r}" if field else ""
        raise BadFile(f"{name} is wrong{where}: {first['msg']}.") from None
