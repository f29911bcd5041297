"""The manifest of an extension: its pyproject.toml, read before anything of it is imported."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from webui.extension.fields import Fields, OneField
from webui.extension.problems import Unfit
from webui.request.explain import shown

API = 1
"""The version of the contract between this program and extensions."""

FILES = ("webui.toml", "pyproject.toml")
"""Names of manifests; the first counts where both are there."""

OTHER = "extension:"
"""Begins a requirement that is another extension."""

_LARGEST = 256 * 1024
_MOST_TOLD = 5


def _is_module(text: str) -> str:
    if not all(part.isidentifier() for part in text.split(".")):
        raise ValueError('must name a module of the folder, such as "page" or "inner.page"')
    return text


_ID = r"^[a-z][a-z0-9-]{1,39}$"
_Id = Annotated[str, StringConstraints(pattern=_ID)]
_Module = Annotated[str, StringConstraints(max_length=200), AfterValidator(_is_module)]
_FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Named = Annotated[dict[_FieldName, OneField], Field(max_length=100)]
_Requirement = Annotated[str, StringConstraints(max_length=300)]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an extension says of itself. `requires`: PEP 508, or "extension:other-id"."""

    id: str
    name: str
    version: str
    description: str
    entry: str
    ui: str | None
    requires: tuple[str, ...]
    acts: Literal["asked", "always"]
    inputs: Fields
    settings: Fields


class _Project(BaseModel):
    model_config = ConfigDict(strict=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    version: Annotated[str, StringConstraints(max_length=100)] = "0"
    description: Annotated[str, StringConstraints(max_length=1000)] = ""


class _Webui(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    id: _Id
    api: int
    name: Annotated[str, StringConstraints(max_length=100)] = ""
    entry: _Module = "__init__"
    ui: _Module | None = None
    requires: Annotated[list[_Requirement], Field(max_length=50)] = []
    acts: Literal["asked", "always"] = "asked"
    inputs: _Named = {}
    settings: _Named = {}


def manifest_file(folder: Path) -> Path | None:
    """The manifest of a folder; None where there is none."""
    there = [folder / name for name in FILES if (folder / name).is_file()]
    return there[0] if there else None


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises Unfit that names the file and the fields."""
    path = manifest_file(folder)
    if path is None:
        raise Unfit(
            "manifest",
            f"{folder.name} holds no {FILES[-1]}, so it is no extension of this program."
            " Those of other web UIs cannot be used here.",
        )
    body = _parsed(folder, path)
    project = _checked(_Project, body.get("project"), "project", path.name)
    tool = body.get("tool")
    webui = tool.get("webui") if isinstance(tool, dict) else None
    _check_api(webui, path.name)
    own = _checked(_Webui, webui, "tool.webui", path.name)
    for requirement in own.requires:
        _check_requirement(requirement, path.name)
    where = f"extensions.{own.id}"
    return Manifest(
        id=own.id,
        name=_line(own.name or project.name),
        version=_line(project.version),
        description=_line(project.description),
        entry=own.entry,
        ui=own.ui,
        requires=tuple(own.requires),
        acts=own.acts,
        inputs=Fields(where, own.inputs),
        settings=Fields(where, own.settings),
    )


def _parsed(folder: Path, path: Path) -> dict[str, Any]:
    name = path.name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Unfit("manifest", f"{name} is a link that leads out of the folder.")
        if path.stat().st_size > _LARGEST:
            raise Unfit("manifest", f"{name} is larger than {_LARGEST // 1024} KiB.")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unfit("manifest", f"{name} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise Unfit("manifest", f"{name} is not TOML: {error}.") from None
    except (ValueError, RecursionError) as error:
        detail = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise Unfit("manifest", f"{name} is not TOML that can be read: {detail}.") from None
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unfit("manifest", f"{name} cannot be read: {reason}.") from None


def _check_api(webui: Any, file: str) -> None:
    """Said before all else: of another version, other fields may be right."""
    api = webui.get("api") if isinstance(webui, dict) else None
    if isinstance(api, int) and not isinstance(api, bool) and api != API:
        newer = "Update this program" if api > API else "Ask its author for a newer one"
        raise Unfit(
            "manifest",
            f"{file}: tool.webui.api is {shown(api)}, but this program has {API}. {newer}.",
        )


_M = TypeVar("_M", bound=BaseModel)


def _checked(model: type[_M], table: Any, name: str, file: str) -> _M:
    if not isinstance(table, dict):
        raise Unfit("manifest", f"{file}: the table [{name}] is missing.")
    try:
        return model.model_validate(table)
    except ValidationError as error:
        said = [f"{file}: {_said(name, one)}" for one in error.errors(include_url=False)]
    raise Unfit("manifest", "\n".join(said[:_MOST_TOLD])) from None


def _said(table: str, error: ErrorDetails) -> str:
    """One complaint of pydantic in our words."""
    place = [str(part) for part in error["loc"] if part not in ("int", "float", "str", "bool")]
    field = ".".join([table, *(part[:60] for part in place if part != "[key]")])
    if error["type"] == "missing":
        return f"{field} is missing."
    if error["type"] == "extra_forbidden":
        return f"{field} is not known."
    if error["type"] == "value_error":
        return f"{field}: {error['ctx']['error']}." if "ctx" in error else f"{field} is wrong."
    if error["type"] == "string_pattern_mismatch" and field == "tool.webui.id":
        return (
            f"{field} must be 2 to 40 small letters, digits and hyphens, beginning with a letter;"
            f" it is {shown(error['input'])}."
        )
    wrong = error["msg"].replace("Input should", "should")
    return f"{field} {wrong[0].lower()}{wrong[1:]}; it is {shown(error['input'])}."


def _check_requirement(text: str, file: str) -> None:
    if text.startswith(OTHER):
        if not re.match(_ID, text.removeprefix(OTHER)):
            raise Unfit("manifest", f"{file}: tool.webui.requires: {shown(text)} names no id.")
        return
    try:
        Requirement(text)
    except (InvalidRequirement, RecursionError):
        raise Unfit(
            "manifest",
            f"{file}: tool.webui.requires: {shown(text)} is no requirement. Write"
            ' "numpy>=2" or "extension:other-id".',
        ) from None


def _line(text: str) -> str:
    """The text in one line, without what cannot be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
