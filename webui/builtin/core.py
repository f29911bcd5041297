"""How the functions behind the tables are found, and called so that no other's can break a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from webui.builtin import hooks
from webui.builtin.families import FAMILIES
from webui.builtin.samplers import SAMPLERS
from webui.builtin.schedules import SCHEDULES
from webui.errors import ExtensionFailed, RequestRejected
from webui.extension.loading import Means, load
from webui.extension.registry import Registry, Transformer
from webui.request import Choices, ResolvedRequest, SamplerInfo, ScheduleInfo
from webui.request.choices import find

if TYPE_CHECKING:
    from torch import Tensor

    from webui.extension.guarding import Guard
    from webui.sampling import Noise, Sampling

__all__ = ["FAMILIES", "SAMPLERS", "SCHEDULES", "BuiltinTools", "Tools", "bound", "choices_of"]

_NONE: Mapping[str, float] = MappingProxyType({})


@cache
def builtin_registry() -> Registry:
    """What we ship and nothing else."""
    return load((), builtin=hooks, means=Means(installed=tuple))


@dataclass(frozen=True, slots=True)
class Tools:
    """Finds the functions behind a registry. Importing them loads torch.

    Those of extensions come out guarded: they fail by name, and what they give is checked.
    """

    registry: Registry = field(default_factory=builtin_registry)

    def sampler(self, name: str, options: Mapping[str, float] = _NONE) -> Any:
        """The sampler with these options of the request; those it does not have are left out.

        Raises RequestRejected for a name that is not in the table.
        """
        info = find(self.registry.samplers, name, "sampler")
        owner = self.registry.owner_of("sampler", info.id)
        if owner is None:
            return bound(info, options)
        from webui.sampling.guarding import SAMPLER_ADVICE, guarded

        guard = self.registry.guard(owner, f"The sampler {info.label!r}", SAMPLER_ADVICE)
        return guarded(guard.call(lambda: bound(info, options)), guard)

    def schedule(self, name: str, options: Mapping[str, float] = _NONE) -> Any:
        """The schedule, likewise."""
        info = find(self.registry.schedules, name, "schedule")
        owner = self.registry.owner_of("schedule", info.id)
        if owner is None:
            return bound(info, options)
        from webui.builtin.checking import checked_schedule

        advice = "Choose another schedule, or switch the extension off."
        guard = self.registry.guard(owner, f"The schedule {info.label!r}", advice)
        return checked_schedule(guard.call(lambda: bound(info, options)), guard)

    def preprocessor(self, name: str) -> Any:
        """From (pixels, a, b) to a map; None for one whose map a network makes.

        Raises RequestRejected for a name that is not in the table.
        """
        info = find(self.registry.preprocessors, name, "preprocessor")
        owner = self.registry.owner_of("preprocessor", info.id)
        if owner is None:
            return load_function(info.function) if info.function else None
        from webui.builtin.checking import checked_preprocessor

        guard = self._guard(owner, f"The preprocessor {info.label!r}", "preprocessor")
        return checked_preprocessor(guard.call(lambda: load_function(info.function)), guard)

    def upscaler(self, name: str) -> Any:
        """From pixels, float32 [1, 3, h, w] in 0 to 1, to larger ones; None for all but those of
        extensions, which need a file or none at all.
        """
        owner = self.registry.owner_of("upscaler", name)
        if owner is None:
            return None
        info = next(one for one in self.registry.upscalers if one.id == name)
        from webui.builtin.checking import checked_upscaler

        guard = self._guard(owner, f"The upscaler {info.label!r}", "upscaler")
        function = guard.call(lambda: load_function(str(info.function)))
        return checked_upscaler(function, info.scale, guard)

    def control_method(self, shapes: Mapping[str, tuple[int, ...]]) -> str | None:
        """The first method of an extension that knows a file by its tensors; None for none."""
        for one in self.registry.control_methods:
            owner = self.registry.owner_of("control_method", one.id)
            if owner is None:
                continue
            guard = self._guard(owner, f"The control method {one.label!r}", "model")
            with suppress(ExtensionFailed, RequestRejected):
                if guard.call(lambda path=str(one.recognises): load_function(path)(shapes)) is True:
                    return one.id
        return None

    def control(self, method: str) -> Any:
        """What loads a file of an extension's method: (path, dtype, device) -> its network."""
        owner = self.registry.owner_of("control_method", method)
        if owner is None:
            return None
        info = next(one for one in self.registry.control_methods if one.id == method)
        guard = self._guard(owner, f"The control method {info.label!r}", "model")

        def load(path: Path, dtype: Any, device: Any) -> Any:
            return guard.call(lambda: load_function(str(info.load))(path, dtype, device))

        return load

    def wrapped(self, sampler: Any, request: ResolvedRequest) -> Any:
        """The sampler with what the request's extensions put around it.

        Raises ExtensionFailed where one of them is not running here, or was changed after the
        request was resolved (but for one that is made again); so does `whole`.
        """
        self.registry.check_used(request.used, exact=request.exact)
        acting = self._acting("wrap_sampling", request)
        if not acting:
            return sampler
        from webui.extension.wrapping import wrapped_sampling

        def wrapping(x: Tensor, sigmas: Sequence[float], noise: Noise) -> Sampling:
            sampling = sampler(x, sigmas, noise)
            inputs, steps = request.extensions, len(sigmas) - 1
            return wrapped_sampling(sampling, acting, request, inputs, x, steps)

        return wrapping

    def whole(self, recipe: Any, request: ResolvedRequest) -> Any:
        """The recipe of a picture with what extensions put around it, and make of the picture."""
        self.registry.check_used(request.used, exact=request.exact)
        around = self._acting("wrap_recipe", request)
        after = self._acting("transform_image", request)
        if not (around or after):
            return recipe
        from webui.extension.wrapping import transformed_recipe, wrapped_recipe

        recipe = wrapped_recipe(recipe, around, request, request.extensions)
        return transformed_recipe(recipe, after, request, request.extensions)

    def _acting(self, hook: str, request: ResolvedRequest) -> list[tuple[str, Transformer]]:
        """The request's extensions, with the settings that it records."""
        return self.registry.transformers(hook, request.extensions, request.used)

    def _guard(self, owner: str, what: str, kind: str) -> Guard:
        return self.registry.guard(
            owner, what, f"Choose another {kind}, or switch the extension off."
        )


BuiltinTools = Tools
"""What we ship alone, as `Tools()` is."""


def bound(info: SamplerInfo | ScheduleInfo, options: Mapping[str, float]) -> Any:
    """The function of a sampler or schedule with its options set; s_tmax 0 is no limit."""
    has = dict(info.options)
    wanted = {name: value for name, value in options.items() if name in has}
    if wanted.get("s_tmax") == 0:
        wanted["s_tmax"] = inf
    return partial(load_function(info.function), **wanted)


def load_function(path: str) -> Any:
    """The function at "module:name"."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def choices_of(listing: Any, registry: Registry | None = None) -> Choices:
    """Everything that requests may name, given a look at the models folder."""
    there = registry or builtin_registry()
    checkpoints: Sequence[Any] = listing.checkpoints
    return Choices(
        there.samplers,
        there.schedules,
        tuple(checkpoint.info for checkpoint in checkpoints),
        listing.broken,
        preprocessors=there.preprocessors,
    )
