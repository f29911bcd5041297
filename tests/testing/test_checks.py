"""The checks for authors: what we ship passes, and every kind of mistake is found and told."""

from __future__ import annotations

from itertools import pairwise
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import torch

from tests.extension.folders import extension
from webui.builtin import SAMPLERS, Tools
from webui.sampling import Ask, euler, karras
from webui.testing import (
    Gaussian,
    Points,
    check_extension,
    check_preprocessor,
    check_sampler,
    check_schedule,
    check_upscaler,
    drive,
    fake_noise,
)

OTHERS = {"lcm", "dpm_adaptive"}
"""One for other networks; one that asks for each image of a batch by itself."""


@pytest.mark.parametrize("id", [info.id for info in SAMPLERS if info.id not in OTHERS])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")
def test_our_samplers_are_good(id: str) -> None:
    assert check_sampler(Tools().sampler(id), id) == []


def test_sampler_for_other_networks_is_checked_for_the_rest() -> None:
    lcm = Tools().sampler("lcm")
    assert "gives pixels of" in check_sampler(lcm, "lcm")[0]
    assert check_sampler(lcm, "lcm", converges=False) == []


def walk(x, sigmas, noise):
    for sigma, sigma_next in pairwise(sigmas):
        x0 = yield x, sigma
        x = x + (x - x0) / sigma * (sigma_next - sigma)
    return x


def chancy(x, sigmas, noise):
    last = yield from walk(x, sigmas, noise)
    return last + torch.randn_like(last) / 100


def sociable(x, sigmas, noise):
    last = yield from walk(x, sigmas, noise)
    return last - last.mean() / 10


def biased(x, sigmas, noise):
    last = yield from walk(x, sigmas, noise)
    return last + 0.1


def wrong(x, sigmas, noise):
    last = yield from walk(x, sigmas, noise)
    return last * 2


def noisy(x, sigmas, noise):
    for sigma, sigma_next in pairwise(sigmas):
        x0 = yield x, sigma
        x = x0 + noise.draw() * (sigma_next + 0.5)
    return x


def needs_two(x, sigmas, noise):
    yield x, sigmas[1]
    return x


def stubborn(x, sigmas, noise):
    for sigma, sigma_next in pairwise(sigmas):
        try:
            x0 = yield x, sigma
        except GeneratorExit:
            x0 = yield x, sigma
        x = x + (x - x0) / sigma * (sigma_next - sigma)
    return x


@pytest.mark.parametrize(
    ("sampler", "said"),
    [
        (chancy, "chancy gives other pixels for the same seed: draw only from `noise`."),
        (sociable, "sociable gives an image other pixels when another is beside it."),
        (biased, "biased does not come nearer to the known solution with more steps"),
        (wrong, "wrong ends "),
        (noisy, "noisy gives pixels of "),
        (needs_two, "The sampler needs_two asked at the noise level 0; it must be above 0."),
        (stubborn, "cannot be closed after 1 questions: RuntimeError: generator ignored"),
        (lambda x, s, n: x, "its function must `yield`"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_mistake_of_a_sampler_is_found(sampler: Any, said: str) -> None:
    assert said in check_sampler(sampler)[0]


def test_sampler_without_mistakes_is_good() -> None:
    assert check_sampler(walk) == []


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (lambda steps, trained: [3.0] * (steps + 1), "do not fall after 3"),
        (lambda steps, trained: [1.0, 0.0], "gave 2 levels for 2 steps; it must give 3."),
        (lambda steps, trained: [i + 0.1 for i in range(steps, -1, -1)], "ends at 0.1 with 1 step"),
        (lambda steps, trained: [1e9 * i for i in range(steps, -1, -1)], "begins at 1e+09, where"),
        (lambda steps, trained: [float("nan")] * (steps + 1), "below 0, infinite, or not numbers"),
        (lambda steps, trained: None, "TypeError"),
    ],
)
def test_mistake_of_a_schedule_is_found(schedule: Any, said: str) -> None:
    assert said in check_schedule(schedule)[0]


def test_our_schedules_are_good() -> None:
    assert check_schedule(karras) == []


@pytest.mark.parametrize(
    ("maker", "said"),
    [
        (lambda pixels, a, b: pixels[:1, :1], "gave a map of [1, 1, 3] for a picture of [1, 9, 3]"),
        (lambda pixels, a, b: pixels.astype(float), "gave float64"),
        (lambda pixels, a, b: 1 // (len(pixels) - 1), "ZeroDivisionError"),
        (
            lambda pixels, a, b: np.random.default_rng().integers(0, 256, pixels.shape, np.uint8),
            "gives another map of the same picture",
        ),
    ],
)
def test_mistake_of_a_preprocessor_is_found(maker: Any, said: str) -> None:
    assert said in check_preprocessor(maker)[0]


def test_mistake_of_an_upscaler_is_found() -> None:
    assert "must be a float32 tensor [1, 3, 2, 2]" in check_upscaler(lambda pixels: pixels, 2)[0]
    assert "no float32 numbers" in check_upscaler(lambda pixels: pixels * float("nan"), 1)[0]
    assert check_upscaler(lambda pixels: pixels, 1) == []


HOOK = "from webui.extension import *\n@hook\n"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("1 / 0", "import: It cannot be imported"),
        (
            HOOK + "def transform_image(pixels): return pixels[0]",
            "transform_image of the extension",
        ),
        (
            "import numpy as np\n" + HOOK + "def transform_image(pixels):\n"
            " return np.random.default_rng().integers(0, 256, pixels.shape, np.uint8)",
            "makes another picture of the same one each time",
        ),
        (HOOK + "def transform_request(request): return 3", "gave a int; it must give a TextToIm"),
        (HOOK + "def wrap_sampling(sampling): yield 3", "asked with a int"),
        (HOOK + "def wrap_recipe(recipe): return (yield from ())", "returned a NoneType"),
        (
            HOOK + "def samplers(): return [Sampler('a', 'A', 'methods:gone')]",
            "the folder holds no methods.py",
        ),
        (
            HOOK + "def samplers(): return [Sampler('a', 'A', 'broken:f')]",
            "A function that it names cannot be found: ZeroDivisionError",
        ),
        (
            HOOK + "def tabs():\n def build(): 1 / 0\n return [Tab('a', 'A', build)]",
            "The tab a cannot be built: ZeroDivisionError",
        ),
    ],
)
def test_mistake_anywhere_in_an_extension_is_found(tmp_path: Any, entry: str, said: str) -> None:
    broken = "1 / 0\ndef f(x, sigmas, noise): yield"
    folder = extension(tmp_path, "mine", dedent(entry), broken=broken)
    assert said in check_extension(folder)[0]


def test_extension_is_found_good_together_with_what_it_needs(tmp_path: Any) -> None:
    extension(tmp_path, "other")
    more = 'requires = ["extension:other"]\n'
    mine = extension(tmp_path, "mine", HOOK + "def image_saved(image): ...", more)
    assert check_extension(mine) == []


def test_folder_that_is_none_is_told(tmp_path: Any) -> None:
    assert "is no folder of an extension" in check_extension(tmp_path / "nowhere")[0]
    (tmp_path / "empty").mkdir()
    assert check_extension(tmp_path / "empty") != []


def test_hand_drives_pairs_and_asks_alike() -> None:
    noise = fake_noise((1, 4, 4))
    x, sigmas = noise.draw() * 10, (10.0, 3.0, 0.0)

    def double(x, sigmas, noise):
        both = yield Ask(x, 10.0, unguided=True)
        return both[1:]

    data = Gaussian()
    torch.testing.assert_close(
        drive(walk(x, sigmas, noise), data), drive(euler(x, sigmas, noise), data)
    )
    assert torch.equal(drive(double(x, sigmas, noise), data), data(x, 10.0))


def test_points_are_seen_sharply_without_noise_and_as_their_mean_in_noise() -> None:
    data, x = Points((-1.0, 3.0)), torch.tensor([[[[-0.9, 2.8]]]])
    torch.testing.assert_close(data(x, 0.01), torch.tensor([[[[-1.0, 3.0]]]]))
    torch.testing.assert_close(data(x, 1e4), torch.full((1, 1, 1, 2), 1.0), atol=1e-3, rtol=0)


def test_flow_of_a_gaussian_follows_its_denoiser() -> None:
    data, x = Gaussian(), torch.linspace(-3, 3, 8, dtype=torch.float64)
    sigma, step = 2.0, 1e-6
    slope = (x - data(x, sigma)) / sigma
    torch.testing.assert_close(
        (data.flow(x, sigma, sigma + step) - x) / step, slope, atol=1e-5, rtol=0
    )


def test_noise_is_the_same_every_time_and_each_image_has_its_own() -> None:
    first, again = fake_noise(seeds=(1, 2)).draw(), fake_noise(seeds=(1, 2)).draw()
    assert torch.equal(first, again)
    assert torch.equal(first[:1], fake_noise(seeds=(1,)).draw())
    assert not torch.equal(first[0], first[1])
