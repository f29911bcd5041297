"""The schema of the body of a request, for the description of the API."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from webui.request import Request


def request_body() -> dict[str, Any]:
    """Every kind of request, with nothing referred to: its parts stand where they are used."""
    schema = TypeAdapter[Request](Request).json_schema()
    kinds = schema.pop("$defs")
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _whole(schema, kinds)}},
        }
    }


def _whole(part: Any, kinds: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_whole(one, kinds) for one in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name:
        return _whole(kinds[name], kinds)
    return {key: _whole(value, kinds) for key, value in part.items()}
