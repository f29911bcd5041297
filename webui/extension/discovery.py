"""Finding extensions: folders with a manifest, and installed packages. Nothing is imported."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from webui.extension.manifest import Manifest, manifest_file, read_manifest
from webui.extension.problems import Unfit, package_of

GROUP = "webui.extensions"
"""The entry points of installed extensions: `id = "package"`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An extension that was found. `manifest` is None where `problem` says why.

    `id`: of its manifest, else the folder's name. `package`: as what it is imported; `installed`:
    whether Python itself finds it there.
    """

    id: str
    folder: Path
    package: str
    installed: bool
    manifest: Manifest | None
    problem: str = ""


def installed_packages() -> Sequence[EntryPoint]:
    """Those of installed extensions."""
    return tuple(entry_points(group=GROUP))


def discover(
    folders: Iterable[Path],
    installed: Callable[[], Iterable[EntryPoint]] = installed_packages,
) -> list[Candidate]:
    """Every extension below `folders`, by folder name, and the installed ones.

    A folder that has a manifest itself is an extension, and none are looked for in it.
    Of several with one id the first stays; the others say so as their problem.
    """
    found = [_of_folder(path) for folder in folders for path in _subfolders(folder)]
    found += [_of_package(point) for point in sorted(installed(), key=lambda one: one.name)]
    return list(_distinct(found))


def _subfolders(folder: Path) -> list[Path]:
    """Those that may be extensions, by name; none where the folder is not there."""
    if manifest_file(folder):
        return [folder]
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    paths = [folder / name for name in names if name[0] not in "._"]
    return [path for path in paths if path.is_dir()]


def _of_folder(folder: Path) -> Candidate:
    try:
        manifest = read_manifest(folder)
    except Unfit as unfit:
        return Candidate(_shown(folder.name), folder, "", False, None, unfit.message)
    return Candidate(manifest.id, folder, package_of(manifest.id), False, manifest)


def _of_package(point: EntryPoint) -> Candidate:
    package, name = point.value.strip(), _shown(point.name)
    folder = _folder_of(package)
    if folder is None:
        return Candidate(name, Path(), "", True, None, f"There is no package {package!r}.")
    try:
        manifest = read_manifest(folder)
    except Unfit as unfit:
        return Candidate(name, folder, "", True, None, unfit.message)
    if manifest.id != point.name:
        problem = f"Its entry point is called {point.name!r}, its manifest {manifest.id!r}."
        return Candidate(name, folder, "", True, None, problem)
    return Candidate(manifest.id, folder, package, True, manifest)


def _folder_of(package: str) -> Path | None:
    """Where an installed package lies, found without importing any of it."""
    top, *below = package.split(".")
    if not all(part.isidentifier() for part in (top, *below)):
        return None
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        folder = Path(place, *below)
        if folder.is_dir():
            return folder
    return None


def _distinct(found: Iterable[Candidate]) -> Iterator[Candidate]:
    first: dict[str, Candidate] = {}
    for one in found:
        before = first.get(one.id)
        if one.manifest is None or before is None:
            if one.manifest is not None:
                first[one.id] = one
            yield one
            continue
        problem = (
            f"There are two extensions with the id {one.id!r}: {before.folder} and {one.folder}."
            " The first is used. Remove one, or give it another id."
        )
        yield Candidate(one.id, one.folder, "", one.installed, None, problem)


def _shown(name: str) -> str:
    """A name of a folder that may hold anything, as one line of text."""
    text = name.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else "?" for c in text)[:100]
