"""A mapping that does not change: requests are values, and values have a hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Frozen(Mapping[_Key, _Value]):
    """What a dict holds, for good. Pydantic reads and writes it as an object."""

    __slots__ = ("_known",)

    def __init__(self, known: Mapping[_Key, _Value] | None = None) -> None:
        self._known: dict[_Key, _Value] = dict(known or {})

    def __getitem__(self, key: _Key) -> _Value:
        return self._known[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __hash__(self) -> int:
        return hash(frozenset(self._known.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    def __repr__(self) -> str:
        return repr(self._known)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """As a dict of the same keys and values."""
        held = handler.generate_schema(dict[get_args(source) or (Any, Any)])  # type: ignore[misc]
        opened = core_schema.no_info_before_validator_function(_opened, held)
        return core_schema.no_info_after_validator_function(
            cls, opened, serialization=core_schema.plain_serializer_function_ser_schema(_plain)
        )


def _opened(value: Any) -> Any:
    return dict(value) if isinstance(value, Frozen) else value


def _plain(value: Any) -> Any:
    """Dicts all the way down."""
    return (
        {key: _plain(held) for key, held in value.items()} if isinstance(value, Mapping) else value
    )
