"""Whether a whole extension is one: loaded as the studio does it, and everything tried out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from webui import builtin
from webui.builtin.core import bound, load_function
from webui.errors import WebuiError
from webui.extension import Tab
from webui.extension.acting import transformed_image, transformed_request
from webui.extension.fields import Value
from webui.extension.loading import Means, load
from webui.extension.registry import Found, Registry
from webui.extension.wrapping import wrapped_recipe, wrapped_sampling
from webui.request import FileUsed, ResolvedRequest, parse
from webui.sampling import TrainedSigmas, euler, karras
from webui.testing.data import Gaussian
from webui.testing.driving import drive, fake_noise
from webui.testing.pictures import check_preprocessor, check_upscaler, small_pictures
from webui.testing.samplers import check_sampler
from webui.testing.schedules import check_schedule


def check_extension(folder: Path) -> list[str]:
    """What is wrong with the extension in `folder`; nothing, if it is good.

    It is imported into this very process. Extensions that it needs are looked for beside it.
    """
    whole = Path(folder).resolve()
    registry = load([whole], builtin=builtin, means=Means(installed=tuple))
    if any(one.stage == "requirements" for one in registry.extensions):
        registry = load([whole.parent], builtin=builtin, means=Means(installed=tuple))
    found = next((one for one in registry.extensions if one.folder.resolve() == whole), None)
    if found is None:
        return [f"{whole} is no folder of an extension."]
    if found.status != "ready":
        return [f"{found.stage}: {line}" for line in found.problem.splitlines()]
    own = registry.owner_of
    tabs = [one for one in registry.tabs if own("tab", one.id) == found.id]
    return [
        *_contributions(registry, found.id),
        *_transformers(registry, found),
        *chain.from_iterable(_built(tab) for tab in tabs),
    ]


def _built(tab: Tab) -> Iterator[str]:
    """A tab, built on a page of its own.

    Gradio wants an event loop, and would leave one of its own behind.
    """
    import gradio as gr

    async def build() -> None:
        with gr.Blocks():
            tab.build()

    try:
        asyncio.run(build())
    except Exception as error:  # noqa: BLE001 (an author's code may raise anything)
        yield f"The tab {tab.id} cannot be built: {type(error).__name__}: {error}."


def _contributions(registry: Registry, id: str) -> Iterator[str]:
    """Every function that it brought."""

    def own(kind: str, infos: tuple[Any, ...]) -> Iterator[Any]:
        return (info for info in infos if registry.owner_of(kind, info.id) == id)

    try:
        for info in own("sampler", registry.samplers):
            yield from check_sampler(bound(info, {}), info.id)
        for info in own("schedule", registry.schedules):
            yield from check_schedule(bound(info, {}), info.id)
        for info in own("preprocessor", registry.preprocessors):
            function = load_function(info.function)
            yield from check_preprocessor(function, info.id, info.options)
        for info in own("upscaler", registry.upscalers):
            yield from check_upscaler(load_function(info.function), info.scale, info.id)
        for info in own("lora_format", registry.lora_formats):
            load_function(info.value)
    except Exception as error:  # noqa: BLE001 (importing an author's module may raise anything)
        yield f"A function that it names cannot be found: {type(error).__name__}: {error}."


def _transformers(registry: Registry, found: Found) -> Iterator[str]:
    """Every hook that acts on pictures, with the usual inputs; observers are not called."""
    usual: dict[str, Value] = found.manifest.inputs.resolve({}) if found.manifest else {}
    inputs = {found.id: usual}
    for check in (_request, _image, _sampling, _recipe):
        try:
            check(registry, found.id, inputs)
        except WebuiError as error:
            yield error.message
        except AssertionError as error:
            yield str(error)


def _request(registry: Registry, id: str, inputs: dict[str, Any]) -> None:
    acting = registry.transformers("transform_request", [id])
    transformed_request(parse({"prompt": "a red house", "seed": 1}), acting, inputs)


def _image(registry: Registry, id: str, inputs: dict[str, Any]) -> None:
    acting = registry.transformers("transform_image", [id])
    for pixels in small_pictures():
        made, again = (
            transformed_image(pixels, acting, sample_request(), inputs) for _ in range(2)
        )
        if not np.array_equal(made, again):
            raise AssertionError("transform_image makes another picture of the same one each time.")


def _sampling(registry: Registry, id: str, inputs: dict[str, Any]) -> None:
    acting = registry.transformers("wrap_sampling", [id])
    sigmas = karras(7, TrainedSigmas.from_betas())
    ends: list[torch.Tensor] = []
    for _ in range(2):
        noise = fake_noise()
        x = noise.draw() * sigmas[0]
        sampling = euler(x, sigmas, noise)
        around = wrapped_sampling(sampling, acting, sample_request(), inputs, x, 7)
        ends.append(drive(around, Gaussian()))
    if not torch.equal(*ends):
        raise AssertionError("wrap_sampling gives other pixels for the same seed each time.")


def _recipe(registry: Registry, id: str, inputs: dict[str, Any]) -> None:
    acting = registry.transformers("wrap_recipe", [id])
    picture = torch.zeros(1, 16, 16, 3, dtype=torch.uint8)

    def recipe() -> Any:
        yield from ()
        return picture

    around = wrapped_recipe(recipe(), acting, sample_request(), inputs)
    try:
        next(around)  # what it asks for further, no test can answer
    except StopIteration:
        return
    finally:
        around.close()


def sample_request() -> ResolvedRequest:
    """A request as hooks of the worker see it, with nothing left open."""
    return ResolvedRequest.model_validate(
        {
            "prompt": "a red house",
            "negative_prompt": "rain",
            "sampler": "euler",
            "schedule": "karras",
            "steps": 7,
            "cfg_scale": 5.0,
            "width": 64,
            "height": 64,
            "seed": 1,
            "batch_size": 1,
            "batch_count": 1,
            "checkpoint": "pocket",
            "lane": "normal",
            "exact": False,
            "files": (FileUsed(role="checkpoint", name="pocket", sha256="ab" * 32),),
        }
    )
