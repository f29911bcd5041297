"""Reading a request from plain data or JSON, and resolving whatever kind it is."""

from __future__ import annotations

import json
from typing import Any, TypeAlias, cast

from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.request.choices import Choices
from webui.request.explain import explain, shown
from webui.request.from_picture import KINDS, AnyDrawing
from webui.request.grid import Grid
from webui.request.make_map import MakeMap, resolve_map
from webui.request.resolve import Here, resolve_one
from webui.request.resolve_grid import resolve_grid
from webui.request.resolve_picture import resolve_from_picture
from webui.request.resolved import ResolvedRequest
from webui.request.text_to_image import TextToImage

Request: TypeAlias = AnyDrawing | Grid | MakeMap
"""Every request we know, told apart by `kind`; without one it is text to image."""

_KINDS: dict[str, type[AnyDrawing] | type[Grid] | type[MakeMap]] = {
    **KINDS,
    "grid": Grid,
    "map": MakeMap,
}


def parse(fields: Any) -> Request:
    """Read a request from plain data. Raises RequestRejected in plain words."""
    model = _model(fields)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise explain(error, model) from None


def parse_json(text: str | bytes) -> Request:
    """Read a request from JSON text. Raises RequestRejected in plain words."""
    try:
        model = _model(json.loads(text))
    except (ValueError, RecursionError):
        model = TextToImage  # which says what is wrong with the JSON
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise explain(error, model) from None


def parse_map(text: str | bytes) -> MakeMap:
    """Read a request for a map from JSON text. Raises RequestRejected in plain words."""
    try:
        return MakeMap.model_validate_json(text)
    except ValidationError as error:
        raise explain(error, MakeMap) from None


def resolve(request: Request, choices: Choices, here: Here) -> ResolvedRequest:
    """Make every open choice. Raises RequestRejected for names that are not known."""
    if isinstance(request, Grid):
        return resolve_grid(request, choices, here)
    if isinstance(request, MakeMap):
        return resolve_map(request, choices, here)
    if isinstance(request, TextToImage):
        return resolve_one(request, choices, here)
    return resolve_from_picture(request, choices, here)


def _model(fields: Any) -> type[AnyDrawing] | type[Grid] | type[MakeMap]:
    kind = cast(dict[str, Any], fields).get("kind") if isinstance(fields, dict) else None
    if kind is None or not isinstance(kind, str):
        return TextToImage
    if kind not in _KINDS:
        raise RequestRejected(
            f"kind must be one of {', '.join(_KINDS)}; you gave {shown(kind)}.",
            field="kind",
            value=kind,
        )
    return _KINDS[kind]
