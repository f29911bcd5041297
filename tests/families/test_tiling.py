"""Tiles: what a network makes of a picture piece by piece is what it makes of it whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import interpolate

from tests.families.test_sd1 import pocket
from webui.families.tiling import in_tiles
from webui.sampling import ImageNoise


def local(reach: int) -> Callable[[Tensor], Tensor]:
    """A network that looks `reach` pixels far, and beyond the edge sees nothing."""
    with torch.random.fork_rng([]):
        torch.manual_seed(3)
        layer = nn.Conv2d(2, 3, 2 * reach + 1, padding=reach)
    return torch.inference_mode()(layer)


def a_picture(height: int, width: int, channels: int = 2) -> Tensor:
    return ImageNoise([1], (channels, height, width)).draw()


def rim(part: Tensor) -> Tensor:
    """1 for the pixels of a tile that see beyond its edge when they look one pixel far."""
    inner = torch.zeros_like(part[:, :1, 1:-1, 1:-1])
    return nn.functional.pad(inner, (1, 1, 1, 1), value=1.0)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (61, 90), (17, 120), (200, 33), (16, 17)])
def test_a_local_network_makes_the_same_wherever_it_sees_no_edge_of_a_tile(
    height: int, width: int
) -> None:
    network, x = local(1), a_picture(height, width)
    whole, tiled = network(x), in_tiles(network, x, 16, 8)
    assert tiled.shape == whole.shape
    inside = (in_tiles(rim, x, 16, 8) == 0).expand_as(whole)
    assert float(inside.float().mean()) > 0.3
    torch.testing.assert_close(tiled[inside], whole[inside])
    # Elsewhere such a pixel is faded against those of other tiles, which see it better.
    assert float((tiled - whole).abs().mean()) < 0.03


@pytest.mark.parametrize(("height", "width"), [(64, 64), (61, 90), (5, 50), (8, 8)])
def test_a_network_that_looks_at_single_pixels_makes_the_same_everywhere(
    height: int, width: int
) -> None:
    x = a_picture(height, width)
    torch.testing.assert_close(in_tiles(torch.tanh, x, 16, 8), torch.tanh(x))


@settings(deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(0, 39))
def test_tiles_of_any_size_cover_pictures_of_any_size(
    height: int, width: int, tile: int, overlap: int
) -> None:
    x, seen = a_picture(height, width, 1), list[tuple[int, ...]]()

    def look(part: Tensor) -> Tensor:
        seen.append(tuple(part.shape[2:]))
        return part * 2

    result = in_tiles(look, x, tile, min(overlap, tile // 2))
    torch.testing.assert_close(result, x * 2)
    assert set(seen) == {(min(tile, height), min(tile, width))}


@pytest.mark.parametrize("sides", [(16, 16), (40, 24), (13, 29), (48, 100)])
def test_networks_that_enlarge_and_that_shrink_by_8(sides: tuple[int, int]) -> None:
    height, width = sides
    latents = a_picture(height, width)
    large = interpolate(latents, scale_factor=8, mode="nearest")
    enlarged = in_tiles(lambda x: interpolate(x, scale_factor=8, mode="nearest"), latents, 12, 4)
    torch.testing.assert_close(enlarged, large)
    shrunk = in_tiles(lambda x: x[:, :, 3::8, 5::8], large, 12 * 8, 4 * 8)
    torch.testing.assert_close(shrunk, latents)


def test_what_fits_into_one_tile_is_not_touched() -> None:
    x = a_picture(16, 9)
    assert in_tiles(lambda part: part, x, 16, 8) is x


def test_every_row_is_tiled() -> None:
    x = ImageNoise([1, 2, 3], (2, 30, 30)).draw()
    torch.testing.assert_close(in_tiles(torch.sin, x, 16, 8), torch.sin(x))


def test_tiles_of_half_precision_are_blended_in_full() -> None:
    x = a_picture(30, 30).bfloat16()
    tiled = in_tiles(lambda part: part, x, 16, 8)
    assert tiled.dtype == torch.float32
    torch.testing.assert_close(tiled, x.float())


def some_pixels(side: int) -> Tensor:
    """Large shapes and a slope of colour: [1, 3, side, side] in 0 to 1."""
    line = torch.linspace(0, 1, side)
    down, across = torch.meshgrid(line, line, indexing="ij")
    circle = ((down - 0.4) ** 2 + (across - 0.55) ** 2 < 0.06).float()
    stripes = (torch.sin(across * 40 + down * 9) > 0.4).float() * (down > 0.7)
    return torch.stack([down, across * 0.7, 0.8 - down * 0.5])[None] * (1 - circle) * (
        1 - stripes
    ) + circle * torch.tensor([0.9, 0.2, 0.1]).view(1, 3, 1, 1)


@pytest.mark.parametrize("shown", ["picture", "noise"])
def test_decoding_in_tiles_differs_by_less_than_two_levels_on_average(shown: str) -> None:
    """At 1024 it is the same but slow: see benchmarks/tiled_decode.py."""
    components = pocket()._components
    latents = (
        components.read(some_pixels(512))
        if shown == "picture"
        else ImageNoise([3], (4, 64, 64)).draw()
    )
    whole, tiled = (components.decode(latents, tiled=tiled).int() for tiled in (False, True))
    assert 0 < float((tiled - whole).abs().float().mean()) < 2
