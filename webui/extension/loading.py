"""Loading extensions: found, imported, registered. What goes wrong is the extension's status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal

import pluggy

from webui.extension.binding import NAMES, Hook, bind, new_manager, release
from webui.extension.converting import BUILTIN, Contributed
from webui.extension.crashes import CrashMarks
from webui.extension.digest import digest_of
from webui.extension.discovery import Candidate, discover, installed_packages
from webui.extension.gathering import Gathered, contributions_of
from webui.extension.hooks import TRANSFORMERS
from webui.extension.importing import check_modules, forget_modules, import_modules
from webui.extension.problems import Unfit, told
from webui.extension.registry import Found, Registry, fitting_settings
from webui.extension.requirements import check_requirements, in_order
from webui.extension.watching import TooLong, cause_of, watched

Host = Literal["web", "worker"]
SECONDS = 30.0
"""An extension that takes longer to import, or to say what it contributes, is not used."""


@dataclass(frozen=True, slots=True)
class Means:
    """What loading is given by tests: how long an extension may take, and what is installed."""

    seconds: float = SECONDS
    installed: Callable[[], Iterable[EntryPoint]] = installed_packages


@dataclass(frozen=True, slots=True)
class _Loading:
    """How extensions are loaded: in which process, how long each may take, where marks lie."""

    host: Host
    seconds: float
    marks: CrashMarks
    switched_off: AbstractSet[str]

    @property
    def late(self) -> str:
        return f"It took longer than {self.seconds:g} seconds"


_MEANS = Means()
_NO_SETTINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def load(
    folders: Iterable[Path],
    switched_off: AbstractSet[str] = frozenset(),
    host: Host = "web",
    state: Path | None = None,
    builtin: ModuleType | None = None,
    *,
    settings: Mapping[str, Mapping[str, Any]] = _NO_SETTINGS,
    means: Means = _MEANS,
) -> Registry:
    """Everything in `builtin` and in the extensions below `folders`, and how each of them fared.

    `state`: where it is noted which extension is just being loaded, so that one that ends the
    program is off the next time. `settings`: of extensions, as stored; those that no longer fit
    their manifest are the usual ones. Never raises for what an extension does.
    """
    manager, gathered = new_manager(), Gathered()
    if builtin is not None:
        _add_builtin(manager, gathered, builtin)
    candidates = discover(folders, means.installed)
    how = _Loading(host, means.seconds, CrashMarks(state), switched_off)
    fared: dict[str, Found] = {}
    for one in in_order(one for one in candidates if one.manifest):
        fared[one.id] = _load_one(one, manager, gathered, fared, how)
    found = tuple(fared[one.id] if one.manifest else _failed(one) for one in candidates)
    order = {id: at for at, id in enumerate(fared)}
    return _registry(
        gathered, tuple(sorted(found, key=lambda one: order.get(one.id, len(order)))), settings
    )


def _load_one(
    candidate: Candidate,
    manager: pluggy.PluginManager,
    gathered: Gathered,
    before: Mapping[str, Found],
    how: _Loading,
) -> Found:
    """Load one extension as far as it goes."""
    found = _plain(candidate)
    try:
        if candidate.id in how.switched_off:
            return replace(found, status="off", problem="It is switched off.")
        if candidate.id in how.marks.crashed():
            return replace(found, status="off", stage="import", problem=_crashed(candidate.id))
        check_modules(candidate)
        check_requirements(candidate, _ready(before))
        with how.marks.marked(candidate.id):
            contributed = _taken(candidate, manager, gathered, how)
    except Unfit as unfit:
        release(manager, candidate.id)
        if not candidate.installed:
            forget_modules(candidate.package)
        return replace(found, status="failed", stage=unfit.stage, problem=unfit.message)
    hooks = [f"hook {one.name}" for one in gathered.hooks if one.extension == candidate.id]
    acts = [name for name in dict.fromkeys(hooks) if name.removeprefix("hook ") in TRANSFORMERS]
    said = [f"{one.kind.replace('_', ' ')} {one.label}" for one in contributed]
    return replace(
        found,
        status="ready",
        stage="contributions",
        contributes=(*said, *acts),
        digest=digest_of(candidate.folder),
    )


def _taken(
    candidate: Candidate, manager: pluggy.PluginManager, gathered: Gathered, how: _Loading
) -> list[Contributed]:
    """Import an extension and take its contributions. Raises Unfit, with nothing of it taken."""
    try:
        modules = watched(lambda: import_modules(candidate, how.host), how.seconds)
    except TooLong:
        raise Unfit("import", f"{how.late} to be imported.") from None
    except Exception as error:  # noqa: BLE001 (an author's code may raise anything)
        raise Unfit("import", _not_imported(cause_of(error), candidate)) from None
    hooks = _bound(manager, candidate, modules, how)
    if not hooks and not _is_all_of_the_page(candidate, how):
        raise Unfit(
            "hooks",
            "It has no hook. Write `from webui.extension import hook` and `@hook` above a function"
            f" called {', '.join(NAMES[:2])}, ….",
        )
    try:
        contributed = watched(lambda: contributions_of(hooks, candidate, how.host), how.seconds)
    except TooLong:
        raise Unfit("hooks", f"{how.late} to say what it contributes.") from None
    except Unfit:
        raise
    except Exception as error:  # noqa: BLE001 (objects of an author may fail when looked at)
        said = told(cause_of(error), candidate.package)
        raise Unfit("contributions", f"What it contributes cannot be read: {said}.") from None
    gathered.add(candidate.id, contributed, hooks)
    return contributed


def _bound(
    manager: pluggy.PluginManager,
    candidate: Candidate,
    modules: Iterable[ModuleType],
    how: _Loading,
) -> list[Hook]:
    """As `bind`. Raises Unfit also for objects of an author that fail when they are looked at."""
    try:
        return watched(lambda: bind(manager, candidate.id, modules), how.seconds)
    except TooLong:
        raise Unfit("hooks", f"{how.late} to show its hooks.") from None
    except Unfit:
        raise
    except Exception as error:  # noqa: BLE001 (an author's code may raise anything)
        said = told(cause_of(error), candidate.package)
        raise Unfit("hooks", f"Its hooks cannot be looked for: {said}.") from None


def _is_all_of_the_page(candidate: Candidate, how: _Loading) -> bool:
    """Whether it may well have nothing for the worker."""
    return how.host == "worker" and candidate.manifest is not None and bool(candidate.manifest.ui)


def _not_imported(error: BaseException, candidate: Candidate) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    said = f"It cannot be imported: {told(error, candidate.package)}."
    if missing and not missing.startswith(candidate.package):
        return f"{said} Is {missing.split('.')[0]} installed? Name it in tool.webui.requires."
    return said


def _ready(before: Mapping[str, Found]) -> dict[str, str]:
    """What is the matter with those that were loaded before; "" for nothing."""
    words = {"ready": "", "off": "switched off", "failed": "not working"}
    return {id: words[one.status] for id, one in before.items()}


def _crashed(id: str) -> str:
    return (
        f"It ended the program while it was loaded. To try again: `webui extensions enable {id}`."
    )


def _plain(candidate: Candidate) -> Found:
    manifest = candidate.manifest
    return Found(
        id=candidate.id,
        name=manifest.name if manifest else candidate.id,
        version=manifest.version if manifest else "",
        description=manifest.description if manifest else "",
        folder=candidate.folder,
        package=candidate.package,
        manifest=manifest,
        status="failed",
        stage="manifest",
        problem=candidate.problem,
    )


def _failed(candidate: Candidate) -> Found:
    return _plain(candidate)


def _add_builtin(manager: pluggy.PluginManager, gathered: Gathered, builtin: ModuleType) -> None:
    """What we ship, through the same hooks. It is ours: what is wrong with it is raised."""
    source = Candidate(BUILTIN, Path(), builtin.__name__, True, None)
    hooks = bind(manager, BUILTIN, [builtin])
    gathered.add(BUILTIN, contributions_of(hooks, source, "web"), hooks)


def _registry(
    gathered: Gathered, found: tuple[Found, ...], settings: Mapping[str, Mapping[str, Any]]
) -> Registry:
    return Registry(
        extensions=found,
        samplers=gathered.of_kind("sampler"),
        schedules=gathered.of_kind("schedule"),
        families=gathered.of_kind("family"),
        lora_formats=gathered.of_kind("lora_format"),
        preprocessors=gathered.of_kind("preprocessor"),
        upscalers=gathered.of_kind("upscaler"),
        control_methods=gathered.of_kind("control_method"),
        tabs=gathered.of_kind("tab"),
        panels=gathered.of_kind("panel"),
        routes=gathered.of_kind("route"),
        owners=MappingProxyType(gathered.owners),
        hooks=tuple(gathered.hooks),
        settings=MappingProxyType(
            {
                one.id: fitting_settings(one.manifest, settings.get(one.id, {}))
                for one in found
                if one.manifest
            }
        ),
    )
