"""The hooks of an extension's modules, checked against ours by pluggy before any is called."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pluggy

from webui.extension import hooks
from webui.extension.problems import Unfit, line_of

_MARK = f"{hooks.PROJECT}_impl"
NAMES = (*hooks.CONTRIBUTORS, *hooks.TRANSFORMERS)


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook of one extension. `order`: -1 before the others, 1 after them."""

    name: str
    extension: str
    function: Any
    takes: tuple[str, ...]
    order: int

    @property
    def acts(self) -> bool:
        """Whether it changes or watches pictures."""
        return self.name in hooks.TRANSFORMERS

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Call it with those of the arguments that it names."""
        return self.function(**{name: given[name] for name in self.takes})


def new_manager() -> pluggy.PluginManager:
    """A manager that knows our hooks."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    return manager


def bind(
    manager: pluggy.PluginManager, extension: str, modules: Iterable[ModuleType]
) -> list[Hook]:
    """Register the modules of an extension and say which hooks they have.

    Raises Unfit for a hook that is not known, and for arguments that it is not given; nothing stays
    registered then.
    """
    modules = list(modules)
    for module in modules:
        _check(manager, module)
    try:
        for module in modules:
            manager.register(module, name=f"{extension}:{module.__name__}")
    except (ValueError, pluggy.PluginValidationError) as error:
        release(manager, extension)
        raise Unfit("hooks", f"Its hooks cannot be used: {' '.join(str(error).split())}") from None
    # One that a module took from another is still one.
    every = [hook for name in NAMES for hook in _of(manager, name, extension)]
    return [*{(hook.name, hook.function): hook for hook in every}.values()]


def release(manager: pluggy.PluginManager, extension: str) -> None:
    """Forget the modules of an extension."""
    for name, plugin in manager.list_name_plugin():
        if plugin is not None and name.startswith(f"{extension}:"):
            manager.unregister(plugin)


def _of(manager: pluggy.PluginManager, name: str, extension: str) -> list[Hook]:
    """The hooks of one name in the order of the modules (pluggy keeps the last one first)."""
    caller: pluggy.HookCaller = getattr(manager.hook, name)
    return [
        Hook(
            name, extension, one.function, tuple(one.argnames), int(one.trylast) - int(one.tryfirst)
        )
        for one in caller.get_hookimpls()
        if one.plugin_name.startswith(f"{extension}:")
    ]


def _check(manager: pluggy.PluginManager, module: ModuleType) -> None:
    for own_name, function in [*vars(module).items()]:
        marks: Any = getattr(function, _MARK, None) if inspect.isroutine(function) else None
        if not isinstance(marks, dict):
            continue
        name = marks.get("specname") or own_name
        at = f" ({line})" if (line := line_of(function)) else ""
        if name not in NAMES:
            close = difflib.get_close_matches(str(name), NAMES, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" There are: {', '.join(NAMES)}."
            raise Unfit("hooks", f"There is no hook {name!r}{at}.{hint}")
        if marks.get("wrapper") or marks.get("hookwrapper"):
            raise Unfit("hooks", f"The hook {name!r}{at} cannot be a wrapper around others.")
        _check_arguments(manager, name, function, at)


def _check_arguments(manager: pluggy.PluginManager, name: str, function: Any, at: str) -> None:
    given = tuple(getattr(manager.hook, name).spec.argnames)
    wanted = inspect.signature(function).parameters.values()
    there = f"It is given: {', '.join(given)}." if given else "It is given none."
    for one in wanted:
        if one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL, one.POSITIONAL_ONLY):
            raise Unfit("hooks", f"The hook {name!r}{at} must name its arguments plainly. {there}")
        if one.name not in given:
            raise Unfit("hooks", f"The hook {name!r}{at} wants an argument {one.name!r}. {there}")
        if one.default is not one.empty:
            raise Unfit(
                "hooks",
                f"The hook {name!r}{at} has a default for {one.name!r}, so it would never be"
                " given. Remove the default.",
            )
