"""Reading pictures: what the VAE sees in an input, and that it looks only once."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.families import networks
from tests.families.test_sd1 import pocket, reference
from tests.families.test_tiling import some_pixels
from tests.recipes.hand import INIT, a_picture, a_request
from webui.builtin import BuiltinTools
from webui.calls import Decode, EncodeImage
from webui.engine.loop import EngineLoop
from webui.events import Event
from webui.families import Facts
from webui.pipelines.pipeline import Pipeline
from webui.recipes import Planner


def test_latents_are_the_mean_that_diffusers_sees() -> None:
    pixels, vae = some_pixels(128), reference().vae
    with torch.inference_mode():
        seen = vae.encode(pixels * 2 - 1).latent_dist.mean * vae.config.scaling_factor
    torch.testing.assert_close(pocket().answer([EncodeImage(pixels)])[0], seen, atol=1e-4, rtol=0)


def test_a_picture_that_is_read_and_developed_is_nearly_itself() -> None:
    pixels = some_pixels(128)
    latents = pocket().answer([EncodeImage(pixels)])[0]
    assert latents.shape == (1, 4, 16, 16)
    picture = pocket().answer([Decode(latents)])[0]
    wanted = pixels.permute(0, 2, 3, 1) * 255
    assert float((picture.float() - wanted).abs().mean()) < 15


@pytest.mark.parametrize(("height", "width"), [(16, 16), (72, 136), (40, 264), (400, 88)])
@pytest.mark.parametrize("tiled", [False, True])
def test_any_size_that_is_a_multiple_of_eight_is_read(
    height: int, width: int, *, tiled: bool
) -> None:
    pixels = some_pixels(400)[..., :height, :width]
    latents = pocket().answer([EncodeImage(pixels, tiled)])[0]
    assert latents.shape == (1, 4, height // 8, width // 8)
    assert bool(latents.isfinite().all())


def test_latents_that_are_read_in_tiles_develop_into_nearly_the_same_picture() -> None:
    pixels = some_pixels(512)
    whole, tiled = (pocket().answer([EncodeImage(pixels, tiled)])[0] for tiled in (False, True))
    assert not torch.equal(whole, tiled)
    pictures = [pocket().answer([Decode(latents)])[0].float() for latents in (whole, tiled)]
    assert float((pictures[0] - pictures[1]).abs().mean()) < 2


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> tuple[Pipeline, list[bool]]:
    """Pocket with nothing read yet and tiny networks, and whether each reading was in tiles."""
    pipeline, read = copy.copy(pocket()), list[bool]()
    pipeline._pictures = OrderedDict()
    components = networks.components()
    really = components.read

    def noted(pixels: Tensor, *, tiled: bool = False) -> Tensor:
        read.append(tiled)
        return really(pixels, tiled=tiled)

    monkeypatch.setattr(components, "read", noted)
    pipeline._components = components
    return pipeline, read


def test_an_unchanged_picture_is_read_once(reading: tuple[Pipeline, list[bool]]) -> None:
    pipeline, read = reading
    first, again = (pipeline.answer([EncodeImage(some_pixels(32))])[0] for _ in range(2))
    assert torch.equal(first, again)
    assert read == [False]


def test_other_pixels_another_shape_and_tiles_are_read_anew(
    reading: tuple[Pipeline, list[bool]],
) -> None:
    pipeline, read = reading
    pixels = some_pixels(32)
    nearly = pixels.clone()
    nearly[0, 0, 0, 0] += 1 / 255
    for call in (
        EncodeImage(pixels),
        EncodeImage(nearly),
        EncodeImage(pixels.reshape(1, 3, 16, 64)),
        EncodeImage(pixels, tiled=True),
        EncodeImage(pixels.clone()),
    ):
        pipeline.answer([call])
    assert read == [False, False, False, True]


def test_pictures_that_are_kept_do_not_grow_without_end(
    reading: tuple[Pipeline, list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.pipelines.pipeline._PICTURES_KEPT", 2)
    pipeline, read = reading
    pictures = [torch.full((1, 3, 16, 16), level) for level in (0.1, 0.2, 0.3)]
    for number in (0, 1, 0, 2, 0, 1):
        pipeline.answer([EncodeImage(pictures[number])])
    assert len(read) == 4  # the second was the one used longest ago when the third came
    assert len(pipeline._pictures) == 2


def test_what_did_not_fit_whole_is_read_in_tiles_from_then_on(
    reading: tuple[Pipeline, list[bool]],
) -> None:
    pipeline, read = reading
    pipeline.tiled_decode = True
    pipeline.answer([EncodeImage(some_pixels(32))])
    assert read == [True]


class Lender:
    """Lends one pipeline for whatever is asked."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def facts(self, name: str) -> Facts:
        return self._pipeline.checkpoint.facts

    @contextmanager
    def lease(self, name: str, sha256: str | None = None, dtype: Any = None) -> Iterator[Pipeline]:
        yield self._pipeline


def test_an_unchanged_input_is_read_once_over_two_jobs_and_their_pictures(
    reading: tuple[Pipeline, list[bool]],
) -> None:
    pipeline, read = reading
    said, inputs = list[Event](), {INIT: a_picture(), "9" * 64: a_picture(seed=1)}
    loop = EngineLoop(
        Lender(pipeline),
        Planner(BuiltinTools()),
        said.append,
        read_input=inputs.__getitem__,
    )
    # The tiny networks have nothing to read texts with.
    pipeline._encode = lambda call: networks.texts(len(call.texts))  # type: ignore[method-assign]
    usual = {"kind": "image_to_image", "init": INIT, "steps": 3}
    loop.submit("a", "ann", a_request(**usual, strength=0.7, batch_size=2))
    loop.submit("b", "bob", a_request(**usual, strength=0.4, seed=9, sampler="heun"))
    while loop.tick():
        pass
    assert [event.kind for event in said].count("picture") == 3
    assert read == [False]
    loop.submit("c", "ann", a_request(**{**usual, "init": "9" * 64}))
    while loop.tick():
        pass
    assert read == [False, False]
