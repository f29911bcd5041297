"""Drawing a part of a picture: nothing but the mask changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.fakes import FACTS
from tests.recipes.hand import a_picture, of_kind, over, seen
from webui.calls import Decode, Denoise, EncodeImage
from webui.errors import RequestRejected
from webui.sampling import ImageNoise

SMALL = {"width": 32, "height": 48}


def a_mask(width: int = 64, height: int = 64) -> Any:
    """The right third."""
    mask = np.zeros((height, width), np.uint8)
    mask[:, -(width // 3) :] = 255
    return mask


@pytest.mark.parametrize("content", ["original", "fill", "latent_noise", "latent_nothing"])
@pytest.mark.parametrize("size", [(64, 64), (333, 517), (31, 19)])
@pytest.mark.parametrize("more", [{}, {"soft": True}, {"area": "masked", **SMALL}])
def test_pixels_outside_of_the_mask_are_the_inputs(
    content: str, size: tuple[int, int], more: dict[str, Any]
) -> None:
    picture, mask = a_picture(*size), a_mask(*size)
    fields = {"masked_content": content, "mask_blur": 2, **more}
    _, result = over(picture, mask, **fields)
    assert result.shape == picture.shape
    far = -(size[0] // 3) - 6  # three times the blur
    assert np.array_equal(result[:, :far], picture[:, :far])
    assert not np.array_equal(result[:, -4:], picture[:, -4:])


def test_what_is_kept_is_kept_in_the_latents_at_every_level() -> None:
    picture, mask = a_picture(), a_mask()
    calls, _ = over(picture, mask, mask_blur=0, sampler="euler")
    kept = seen(of_kind(calls, EncodeImage)[0].pixels)[..., :5]
    torch.testing.assert_close(of_kind(calls, Decode)[0].latents[..., :5], kept)


@pytest.mark.parametrize(("content", "expected"), [("latent_nothing", 0.0), ("latent_noise", None)])
def test_the_masked_part_begins_with_what_was_asked(content: str, expected: float | None) -> None:
    calls, _ = over(
        a_picture(), a_mask(), masked_content=content, seed=5, sampler="euler", mask_blur=0
    )
    first = of_kind(calls, Denoise)[0]
    noise = ImageNoise([5], (4, 8, 8))
    begun = first.x[:1] - noise.draw() * first.sigma
    wanted = noise.draw() if expected is None else torch.full_like(begun, expected)
    torch.testing.assert_close(begun[..., 6:], wanted[..., 6:], atol=1e-4, rtol=1e-4)
    latents = seen(of_kind(calls, EncodeImage)[0].pixels)
    torch.testing.assert_close(begun[..., :5], latents[..., :5], atol=1e-4, rtol=1e-4)


def test_what_is_filled_in_is_read_beside_the_original() -> None:
    calls, _ = over(a_picture(), a_mask(), masked_content="fill", mask_blur=0)
    original, filled = (call.pixels for call in of_kind(calls, EncodeImage))
    assert not torch.equal(original, filled)
    assert torch.equal(original[..., :40], filled[..., :40])


@pytest.mark.parametrize("level", [0, 255])
def test_a_mask_of_nothing_or_of_all_works(level: int) -> None:
    picture = a_picture()
    calls, result = over(picture, np.full((64, 64), level, np.uint8))
    assert np.array_equal(result, picture) == (level == 0)
    assert bool(of_kind(calls, Denoise)) == (level > 0)


def test_without_a_mask_what_is_transparent_is_drawn() -> None:
    picture = np.dstack([a_picture(), 255 - a_mask()])
    fields = {"kind": "inpaint", "mask_blur": 0}
    _, result = over(picture, **fields)
    assert np.array_equal(result[:, :43], picture[:, :43, :3])
    assert not np.array_equal(result[:, 43:], picture[:, 43:, :3])


@pytest.mark.parametrize("filling", ["edge", "noise"])
def test_outpainting_keeps_what_was_there_beyond_the_seam(filling: str) -> None:
    picture = a_picture(61, 43)
    size = {"width": 96, "height": 48, "out_width": 61 + 32, "out_height": 43}
    fields = {"kind": "outpaint", "left": 32, "seam": 8, "filling": filling, "strength": 1.0}
    _, result = over(picture, **{**size, **fields})
    assert result.shape == (43, 93, 3)
    assert np.array_equal(result[:, 32 + 8 :], picture[:, 8:])


def test_a_network_for_inpainting_draws_beyond_a_picture_whole_whatever_windows_fit() -> None:
    picture = a_picture(61, 43)
    size = {"width": 96, "height": 48, "out_width": 61 + 32, "out_height": 43}
    fields = {"kind": "outpaint", "left": 32, "strength": 1.0, "window": 64, "tiled_vae": True}
    windowed, _ = over(picture, **size, **fields)
    whole, result = over(picture, facts=replace(FACTS, beside=5), **size, **fields)
    assert {tuple(call.x.shape[2:]) for call in of_kind(windowed, Denoise)} == {(6, 8)}
    assert {tuple(call.x.shape[2:]) for call in of_kind(whole, Denoise)} == {(6, 12)}
    assert result.shape == (43, 93, 3)


def test_a_network_for_inpainting_refuses_windows_that_were_chosen() -> None:
    with pytest.raises(RequestRejected, match="draws a picture whole, not in windows"):
        over(a_picture(), a_mask(), facts=replace(FACTS, beside=5), window=64)
