"""The extensions of this machine as the studio needs them: who acts, who is off, who failed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from webui.errors import ExtensionFailed, NotFound, RequestRejected
from webui.extension.acting import transformed_request
from webui.extension.contributions import Route, Tab
from webui.extension.fields import Fields, Value
from webui.extension.guarding import TooLate
from webui.extension.hooks import SavedImage
from webui.extension.observing import MOST_WAITING, Observers
from webui.extension.registry import Found, Registry
from webui.extension.switches import Switches
from webui.extension.watching import SECONDS
from webui.request import Choices, Request, ResolvedRequest
from webui.request.from_picture import AnyDrawing
from webui.request.frozen import Frozen
from webui.request.grid import Grid
from webui.request.limits import ExtensionInputs
from webui.request.make_map import MAP, MakeMap
from webui.request.resolve import Extended
from webui.request.resolved import ExtensionUsed
from webui.service.extending import ExtensionView, FieldView, Saved

_UNKNOWN = "0" * 64


class House:
    """`registry`: what was loaded at the start; `switches`: what is kept for the next start.

    `seconds`: that a hook may take here; `waiting`: pictures that may wait for slow observers.
    """

    def __init__(
        self,
        registry: Registry,
        switches: Switches,
        *,
        seconds: float = SECONDS,
        waiting: int = MOST_WAITING,
    ) -> None:
        self._registry = registry
        self._switches = switches
        self._seconds = seconds
        self._late: set[str] = set()
        self._observers = Observers(self.note, seconds, waiting)
        self._troubles: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def tabs(self) -> Sequence[Tab]:
        return self._registry.tabs

    @property
    def routes(self) -> Sequence[Route]:
        return self._registry.routes

    def views(self, off: AbstractSet[str]) -> tuple[ExtensionView, ...]:
        """Every one that was found, in the order in which they act."""
        off_here, kept = self._switches.off, self._switches.settings
        return tuple(
            self._view(one, one.id in off, one.id in off_here, kept.get(one.id, {}))
            for one in self._registry.extensions
        )

    def choices(self, choices: Choices, off: AbstractSet[str]) -> Choices:
        """Without what those that are off have brought."""
        if not off:
            return choices

        def on(kind: str, id: str) -> bool:
            return self._registry.owner_of(kind, id) not in off

        return replace(
            choices,
            samplers=tuple(one for one in choices.samplers if on("sampler", one.id)),
            schedules=tuple(one for one in choices.schedules if on("schedule", one.id)),
            preprocessors=tuple(one for one in choices.preprocessors if on("preprocessor", one.id)),
            upscalers=tuple(one for one in choices.upscalers if on("upscaler", one)),
        )

    def transformed(self, request: Request, off: AbstractSet[str]) -> Request:
        """The request as extensions change it, one after the other; of a grid what its cells share.

        Maps are left alone. One that takes too long is not called again until the next start.
        """
        if isinstance(request, MakeMap):
            return request
        if isinstance(request, Grid):
            return request.model_copy(update={"base": self._transformed(request.base, off)})
        return self._transformed(request, off)

    def extended(
        self, request: ResolvedRequest, asked: ExtensionInputs, off: AbstractSet[str]
    ) -> Extended:
        """Whose inputs act, and everybody who has a hand in it."""
        # A map is what a preprocessor sees: nobody acts on it, also not who acts always.
        inputs = {} if request.kind == MAP else self._inputs(asked, off)
        ids = dict.fromkeys((*inputs, *self._contributors(request)))
        return Extended(
            Frozen({id: Frozen(values) for id, values in inputs.items()}),
            tuple(self._used(id) for id in ids),
        )

    def changed(self, request: ResolvedRequest) -> tuple[str, ...]:
        """How those that had a hand in a picture differ from those here, in words."""
        words: list[str] = []
        for used in request.used:
            here = self._registry.extension(used.id)
            if here is None or here.status != "ready":
                raise ExtensionFailed(
                    f"This picture was made with the extension {used.id} {used.version}, which is"
                    " not running here. Put it into the extensions folder, or switch it on.",
                    used.id,
                )
            if here.digest != used.digest:
                words.append(
                    f"It was made with {used.id} {used.version}; here is {here.version or '?'} with"
                    " other files."
                )
        return tuple(words)

    def saved(self, image: Saved, off: AbstractSet[str]) -> None:
        """Have every observer told, soon; one that fails or is slow is noted, no more."""
        ready = (one.id for one in self._registry.extensions if one.status == "ready")
        ids = [id for id in ready if id not in off]
        seen = SavedImage(image.id, image.owner, image.path, image.request)
        self._observers.tell(seen, self._registry.transformers("image_saved", ids))

    def settle(self, seconds: float) -> bool:
        """Wait until observers were told of everything. Gives whether they were in time."""
        return self._observers.settle(seconds)

    def note(self, extension: str, message: str) -> None:
        """Remember what one did wrong, until the next start."""
        with self._lock:
            self._troubles[extension] = message

    def note_tab(self, tab: str, message: str) -> None:
        """Remember what is wrong with a tab, of the extension that brought it."""
        owner = self._registry.owner_of("tab", tab)
        if owner:
            self.note(owner, message)

    def switch(self, extension: str, *, on: bool) -> None:
        """On this machine, from the next start on."""
        self._found(extension)
        self._switches.switch(extension, on=on)

    def set(self, extension: str, values: Mapping[str, Any]) -> None:
        """Settings, from the next start on."""
        found = self._found(extension)
        if found.manifest is None:
            raise NotFound(f"The extension {extension!r} has no settings that can be read.")
        self._switches.set(extension, found.manifest.settings.resolve(values))

    def _transformed(self, request: AnyDrawing, off: AbstractSet[str]) -> AnyDrawing:
        asked: Mapping[str, Any] = getattr(request, "extensions", {})
        inputs = self._inputs(asked, off)
        acting = self._registry.transformers("transform_request", inputs)
        for id, transformer in acting:
            if id in self._late:
                transformer.guard.wrong(
                    "took too long before, so it is not called until the studio is started again."
                )
        try:
            return transformed_request(request, acting, inputs, self._seconds)
        except TooLate as late:
            self._late.add(late.extension)
            self.note(late.extension, late.message)
            raise

    def _inputs(
        self, asked: Mapping[str, Mapping[str, Any]], off: AbstractSet[str]
    ) -> dict[str, dict[str, Value]]:
        """Of those that act and are on. Raises RequestRejected for one that is asked and off."""
        for id in asked:
            if id in off:
                raise RequestRejected(
                    f"You have switched the extension {id!r} off. Switch it on in the tab"
                    " Extensions, or leave it out.",
                    field=f"extensions.{id}",
                    value=id,
                )
        found = self._registry.inputs_of({id: dict(values) for id, values in asked.items()})
        return {id: values for id, values in found.items() if id not in off}

    def _contributors(self, request: ResolvedRequest) -> list[str]:
        """Those whose samplers, schedules, preprocessors or upscalers it uses."""
        used = [
            *(("sampler", name) for name in (request.sampler, request.hires_sampler)),
            *(("schedule", name) for name in (request.schedule, request.hires_schedule)),
            *(("upscaler", name) for name in (request.upscaler, request.upscaler_2)),
            ("upscaler", request.hires_upscaler),
            *(("preprocessor", unit.preprocessor) for unit in request.controls),
            *(("control_method", unit.method) for unit in request.controls),
        ]
        owners = (self._registry.owner_of(kind, name) for kind, name in used)
        return [owner for owner in owners if owner]

    def _used(self, id: str) -> ExtensionUsed:
        found = self._found(id)
        return ExtensionUsed(
            id=id,
            version=found.version,
            digest=found.digest or _UNKNOWN,
            settings=Frozen(self._registry.settings.get(id, {})),
        )

    def _found(self, id: str) -> Found:
        found = self._registry.extension(id)
        if found is None:
            raise NotFound(f"There is no extension {id!r} here.")
        return found

    def _view(
        self, found: Found, is_off: bool, is_off_here: bool, kept: Mapping[str, Value]
    ) -> ExtensionView:
        manifest = found.manifest
        hooks = [one.removeprefix("hook ") for one in found.contributes if one.startswith("hook ")]
        panels = (
            one.html
            for one in self._registry.panels
            if self._registry.owner_of("panel", one.id) == found.id
        )
        return ExtensionView(
            id=found.id,
            name=found.name,
            version=found.version,
            description=found.description,
            status=found.status,
            stage=found.stage,
            problem=found.problem,
            trouble=self._troubles.get(found.id, ""),
            contributes=found.contributes,
            acts=manifest.acts if manifest else "asked",
            transforms=any(name != "image_saved" for name in hooks),
            inputs=_views(manifest.inputs, {}) if manifest else (),
            settings=_views(manifest.settings, kept) if manifest else (),
            panels=tuple(panels),
            is_on=not is_off,
            is_on_here=not is_off_here,
        )


def _views(fields: Fields, kept: Mapping[str, Value]) -> tuple[FieldView, ...]:
    return tuple(
        FieldView(
            name=name,
            type=one.type,
            title=one.title or name.replace("_", " ").capitalize(),
            help=one.help,
            default=one.usual,
            value=kept[name] if name in kept and not one.refused(kept[name]) else one.usual,
            minimum=one.minimum,
            maximum=one.maximum,
            step=one.step,
            choices=one.choices,
        )
        for name, one in fields.named.items()
    )
