"""What extensions need: installed packages of some version, and other extensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from webui.extension.discovery import Candidate
from webui.extension.manifest import OTHER
from webui.extension.problems import Unfit


def needed_by(candidate: Candidate) -> tuple[str, ...]:
    """The ids of the extensions that one needs."""
    requires = candidate.manifest.requires if candidate.manifest else ()
    return tuple(text.removeprefix(OTHER) for text in requires if text.startswith(OTHER))


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those that are needed before those that need them; else as they came.

    Of a circle the first stays in its place: it fails then, as what it needs is not ready.
    """
    todo = {one.id: one for one in candidates}
    order: list[Candidate] = []
    while todo:
        free = [one for one in todo.values() if not any(id in todo for id in needed_by(one))]
        chosen = free[0] if free else next(iter(todo.values()))
        order.append(todo.pop(chosen.id))
    return order


def check_requirements(candidate: Candidate, ready: Mapping[str, str]) -> None:
    """`ready`: what is the matter with each other extension; "" for those that are ready.

    Raises Unfit for the first requirement that is not met.
    """
    for id in needed_by(candidate):
        if id not in ready:
            raise Unfit("requirements", f"It needs the extension {id!r}, which is not ready here.")
        if ready[id]:
            raise Unfit("requirements", f"It needs the extension {id!r}, which is {ready[id]}.")
    requires = candidate.manifest.requires if candidate.manifest else ()
    for text in requires:
        if not text.startswith(OTHER):
            _check_package(text)


def _check_package(text: str) -> None:
    requirement = Requirement(text)
    if requirement.marker and not requirement.marker.evaluate():
        return
    add = f'Install it: .venv/bin/python -m pip install "{text}"'
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        raise Unfit("requirements", f"It needs {text}, which is not installed. {add}") from None
    if requirement.url or _fits(requirement, installed):
        return
    raise Unfit("requirements", f"It needs {text}; here is {requirement.name} {installed}. {add}")


def _fits(requirement: Requirement, installed: str) -> bool:
    try:
        # A test version of what is installed is for its owner to judge.
        return requirement.specifier.contains(Version(installed), prereleases=True)
    except InvalidVersion:
        return not requirement.specifier
