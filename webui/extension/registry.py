"""Everything that is there to use: what we ship and what extensions brought, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from webui.errors import ExtensionFailed, RequestRejected
from webui.extension.binding import Hook
from webui.extension.contributions import ControlMethod, Format, Panel, Route, Tab, Upscaler
from webui.extension.fields import Value
from webui.extension.guarding import SWITCH_OFF, Guard
from webui.extension.manifest import Manifest
from webui.extension.problems import Stage
from webui.request.choices import PreprocessorInfo, SamplerInfo, ScheduleInfo
from webui.request.explain import shown
from webui.request.resolved import ExtensionUsed

if TYPE_CHECKING:
    from webui.families import Family

Status = Literal["ready", "off", "failed"]


@dataclass(frozen=True, slots=True)
class Found:
    """An extension that was found, and how far it came.

    `stage`: where it ended; "contributions" for one that is ready. `problem`: in plain words, with
    the author's own line where there is one. `contributes`: "sampler My sampler", "hook
    transform_image". `digest`: sha256 over its files once it is ready.
    """

    id: str
    name: str
    version: str
    description: str
    folder: Path
    package: str
    manifest: Manifest | None
    status: Status
    stage: Stage
    problem: str = ""
    contributes: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Transformer:
    """A hook of an extension that acts on a picture; `settings` are the extension's own."""

    hook: Hook
    guard: Guard
    settings: Mapping[str, Value]

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """What the author's function makes of the arguments. Raises ExtensionFailed."""
        return self.guard.call(lambda: self.hook({**given, "settings": self.settings}))

    def within(self, seconds: float, given: Mapping[str, Any]) -> Any:
        """The same with a limit of time. Raises TooLate, too."""
        return self.guard.within(seconds, lambda: self.hook({**given, "settings": self.settings}))


@dataclass(frozen=True, slots=True)
class Registry:
    """What there is. Functions are "module:name", full names that can be imported.

    Tabs, panels and routes are there in the web process only; paths of routes are whole.
    """

    extensions: tuple[Found, ...] = ()
    samplers: tuple[SamplerInfo, ...] = ()
    schedules: tuple[ScheduleInfo, ...] = ()
    families: tuple[Family, ...] = ()
    lora_formats: tuple[Format, ...] = ()
    preprocessors: tuple[PreprocessorInfo, ...] = ()
    upscalers: tuple[Upscaler, ...] = ()
    control_methods: tuple[ControlMethod, ...] = ()
    tabs: tuple[Tab, ...] = ()
    panels: tuple[Panel, ...] = ()
    routes: tuple[Route, ...] = ()
    owners: Mapping[tuple[str, str], str | None] = field(
        default_factory=dict[tuple[str, str], str | None], repr=False
    )
    hooks: tuple[Hook, ...] = field(default=(), repr=False)
    settings: Mapping[str, Mapping[str, Value]] = field(
        default_factory=dict[str, Mapping[str, Value]], repr=False
    )

    def owner_of(self, kind: str, id: str) -> str | None:
        """The id of the extension that brought it; None for what we ship, and what is not there.

        `kind`: sampler, schedule, family, lora_format, preprocessor, upscaler, control_method,
        tab, panel or route ("GET /extensions/…").
        """
        return self.owners.get((kind, id))

    def extension(self, id: str) -> Found | None:
        """The extension with this id: the ready one, where several have it."""
        found = [one for one in self.extensions if one.id == id]
        return next((one for one in found if one.status == "ready"), found[0] if found else None)

    def acting(self, asked: Iterable[str]) -> tuple[str, ...]:
        """Those that act on a request that names `asked`: these, and who acts always.

        In the order of the extensions. What is not ready is left out; `inputs_of` speaks of it.
        """
        asked = set(asked)
        return tuple(
            one.id
            for one in self.extensions
            if one.status == "ready" and (one.id in asked or self._acts_always(one))
        )

    def inputs_of(self, asked: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Value]]:
        """All inputs of all extensions that act on a request, nothing left open.

        Raises RequestRejected for an extension that is not ready, and for what does not fit.
        """
        for id in asked:
            self._check_ready(id)
        found: dict[str, dict[str, Value]] = {}
        for id in self.acting(asked):
            one = self.extension(id)
            if one and one.manifest:
                found[id] = one.manifest.inputs.resolve(asked.get(id, {}))
        return found

    def transformers(
        self, hook: str, ids: Iterable[str], used: Iterable[ExtensionUsed] = ()
    ) -> list[tuple[str, Transformer]]:
        """The hooks of this name of the extensions `ids`, in the order in which they act.

        `used`: of a request, whose settings they get instead of those of this process. Raises
        ExtensionFailed for one that is not ready here: without it the picture would be another, in
        silence. (An observer changes no picture, and is left out.)
        """
        wanted, recorded = set(ids), {one.id: one.settings for one in used}
        if hook != "image_saved":
            for id in wanted:
                self._running(id)
        found = [one for one in self.hooks if one.name == hook and one.extension in wanted]
        found.sort(key=lambda one: one.order)
        return [(one.extension, self._transformer(one, recorded)) for one in found]

    def check_used(self, used: Iterable[ExtensionUsed], *, exact: bool = False) -> None:
        """Whether all who have a hand in a request run here, with the very files it names.

        `exact`: it is made again, and the person has been told of other files. Raises
        ExtensionFailed.
        """
        for one in used:
            here = self._running(one.id)
            if here.digest != one.digest and not exact:
                raise ExtensionFailed(
                    f"The extension {one.id!r} was changed since the studio started; start it"
                    " again, then ask for the picture anew.",
                    one.id,
                )

    def guard(self, extension: str, what: str, advice: str = SWITCH_OFF) -> Guard:
        """A guard around code of an extension; `what` says which: "The sampler 'My sampler'"."""
        one = self.extension(extension)
        whole = f"{what} of the extension {extension!r}"
        return Guard(extension, one.package if one else "", whole, advice)

    def _transformer(self, hook: Hook, recorded: Mapping[str, Mapping[str, Value]]) -> Transformer:
        guard, id = self.guard(hook.extension, f"{hook.name}"), hook.extension
        one = self.extension(id)
        if one and id in recorded:
            return Transformer(hook, guard, fitting_settings(one.manifest, recorded[id]))
        return Transformer(hook, guard, self.settings.get(id, {}))

    def _running(self, id: str) -> Found:
        """One that has a part in a picture. Raises ExtensionFailed if it is not ready."""
        one = self.extension(id)
        if one is None or one.status != "ready":
            why = f" {one.problem}" if one and one.problem else ""
            raise ExtensionFailed(
                f"The extension {id!r}, which has a part in this picture, is not running.{why}", id
            )
        return one

    def _acts_always(self, found: Found) -> bool:
        """Only what has a hook that acts: others would stand in every request for nothing."""
        if found.manifest is None or found.manifest.acts != "always":
            return False
        return any(one.extension == found.id and one.acts for one in self.hooks)

    def _check_ready(self, id: str) -> None:
        one, field = self.extension(id), f"extensions.{id}"
        if one is None:
            ready = ", ".join(one.id for one in self.extensions if one.status == "ready") or "none"
            raise RequestRejected(
                f"There is no extension {shown(id)} here. There is: {ready}.", field=field, value=id
            )
        if one.status != "ready":
            raise RequestRejected(
                f"The extension {id!r} cannot be used: {one.problem}", field=field, value=id
            )


def fitting_settings(manifest: Manifest | None, kept: Mapping[str, Any]) -> Mapping[str, Value]:
    """All settings of an extension: as they were kept, the usual ones for what no longer fits."""
    if manifest is None:
        return {}
    fields, fit = manifest.settings, dict[str, Any]()
    for name, value in kept.items():
        try:
            fields.resolve({name: value})
        except RequestRejected:
            continue
        fit[name] = value
    return MappingProxyType(fields.resolve(fit))
