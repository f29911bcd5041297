"""What extensions contribute, gathered so that no name means two things, all or nothing of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from webui.extension.binding import Hook
from webui.extension.converting import BUILTIN, Contributed, converted
from webui.extension.discovery import Candidate
from webui.extension.hooks import CONTRIBUTORS, OF_THE_PAGE
from webui.extension.problems import Unfit, line_of, told

_MOST = 500
"""Things that one hook may return."""


@dataclass(slots=True)
class Gathered:
    """All contributions so far, and who brought each name."""

    contributed: list[tuple[str, Contributed]] = field(default_factory=list[Any])
    hooks: list[Hook] = field(default_factory=list[Hook])
    names: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=dict[Any, Any])

    def add(self, extension: str, contributed: Sequence[Contributed], hooks: list[Hook]) -> None:
        """Take what one extension brought. Raises Unfit, with nothing of it taken.

        A sampler's schedule must be there by then.
        """
        names = {**self.names}
        for one in contributed:
            for name in {name.strip().casefold() for name in one.names}:
                own = (extension, one.id, one.label)
                before = names.setdefault((one.kind, name), own)
                if before != own:
                    raise Unfit("contributions", _clash(one, name, before))
        self._check_distinct(contributed)
        schedules = {name for kind, name in names if kind == "schedule"}
        for one in contributed:
            if one.kind == "sampler" and one.value.schedule.casefold() not in schedules:
                raise Unfit(
                    "contributions",
                    f"The sampler {one.id}: there is no schedule {one.value.schedule!r}.",
                )
        self.names = names
        self.contributed += [(extension, one) for one in contributed]
        self.hooks += hooks

    def _check_distinct(self, contributed: Iterable[Contributed]) -> None:
        seen: set[tuple[str, str]] = set()
        for one in contributed:
            if (one.kind, one.id) in seen:
                kind = one.kind.replace("_", " ")
                raise Unfit("contributions", f"The {kind} {one.id} is there twice.")
            seen.add((one.kind, one.id))

    def of_kind(self, kind: str) -> tuple[Any, ...]:
        """The values of one kind, those we ship first."""
        return tuple(one.value for _, one in self.contributed if one.kind == kind)

    @property
    def owners(self) -> dict[tuple[str, str], str | None]:
        """Who brought what; None for what we ship."""
        return {
            (one.kind, one.id): None if extension == BUILTIN else extension
            for extension, one in self.contributed
        }


def contributions_of(hooks: Iterable[Hook], source: Candidate, host: str) -> list[Contributed]:
    """What the contributors of one extension return, checked. Raises Unfit."""
    found: list[Contributed] = []
    for one in hooks:
        if one.name not in CONTRIBUTORS or (host != "web" and one.name in OF_THE_PAGE):
            continue
        found += [converted(one.name, value, source) for value in _returned(one, source)]
    return found


def _returned(hook: Hook, source: Candidate) -> Iterator[Any]:
    try:
        values = hook({})
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 (an author's code)
        raise Unfit("hooks", f"{hook.name}() failed: {told(error, source.package)}") from None
    if not isinstance(values, list | tuple) or len(values) > _MOST:
        at = f" ({line})" if (line := line_of(hook.function)) else ""
        wrong = f"a list of {len(values)}" if isinstance(values, list | tuple) else repr_of(values)
        raise Unfit(
            "contributions",
            f"{hook.name}(){at} must return a list of at most {_MOST}, not {wrong}.",
        )
    yield from values


def repr_of(value: Any) -> str:
    """What something is, without asking it: an author's own repr may fail."""
    return "None" if value is None else f"a {type(value).__name__}"


def _clash(one: Contributed, name: str, before: tuple[str, str, str]) -> str:
    kind = one.kind.replace("_", " ")
    if one.kind == "route":
        return f"The route {one.id} is there twice."
    owner, _, label = before
    whose = "is built in" if owner == BUILTIN else f"is of the extension {owner!r}"
    return (
        f"The {kind} {one.id}: the name {name!r} is taken by {label!r}, which {whose}. Choose"
        " another id, label or alias."
    )
