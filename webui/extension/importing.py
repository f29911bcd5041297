"""Importing an extension from its folder, as `webui_extensions.<id>`; `sys.path` stays as it is."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from webui.extension.discovery import Candidate
from webui.extension.problems import PACKAGE, Unfit


def module_file(folder: Path, module: str) -> Path | None:
    """The source of a module of the folder, `a.b` or `__init__`; None where there is none."""
    path = folder.joinpath(*module.split("."))
    for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def check_modules(candidate: Candidate) -> None:
    """Raises Unfit for an entry that the folder does not hold.

    One that has a page alone needs no `__init__.py`.
    """
    manifest = candidate.manifest
    if manifest is None or (manifest.ui and manifest.entry == "__init__"):
        fields = ("ui",)
    else:
        fields = ("entry", "ui")
    for field in fields:
        module = getattr(manifest, field)
        if module and module_file(candidate.folder, module) is None:
            raise Unfit("manifest", f"tool.webui.{field}: the folder holds no {module}.py.")


def import_modules(candidate: Candidate, host: str) -> list[ModuleType]:
    """The modules with hooks: the entry, and in the web process that of the page.

    Raises whatever the author's code raises.
    """
    manifest = candidate.manifest
    if manifest is None:
        return []
    if not candidate.installed:
        _root()
        forget_modules(candidate.package)
        _import_folder(candidate.package, candidate.folder)
    wanted = [manifest.entry, *([manifest.ui] if manifest.ui and host == "web" else [])]
    names = [
        candidate.package if name == "__init__" else f"{candidate.package}.{name}"
        for name in dict.fromkeys(wanted)
    ]
    return [importlib.import_module(name) for name in names]


def forget_modules(package: str) -> None:
    """What is left of an extension that could not be used, or is loaded anew."""
    for name in [*sys.modules]:
        if name == package or name.startswith(f"{package}."):
            sys.modules.pop(name, None)


def _root() -> None:
    """The package below which all lie: it has no folder of its own."""
    if PACKAGE not in sys.modules:
        root = ModuleType(PACKAGE, "Extensions, each imported from its folder.")
        root.__path__ = []
        sys.modules[PACKAGE] = root


def _import_folder(package: str, folder: Path) -> None:
    """Makes the folder a package; its `__init__.py` runs if there is one."""
    start = folder / "__init__.py"
    if start.is_file():
        spec = importlib.util.spec_from_file_location(
            package, start, submodule_search_locations=[str(folder)]
        )
    else:
        spec = ModuleSpec(package, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    if spec is None:
        raise ImportError(f"{start} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)
