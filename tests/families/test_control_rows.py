"""What units do to the rows of one forward, and how they leave the network that they steered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import ControlNetModel
from torch import Tensor

from tests.families import steering
from tests.families.steering import a_call, a_control, a_hint, a_noise, answered, write
from webui.builtin import FAMILIES
from webui.calls import Control, Denoise
from webui.families.sd1.components import Sd1Components
from webui.pipelines import scan
from webui.pipelines.controls import Controls
from webui.settings import Settings

SIGMA, T = 3.0, 600.0
METHODS = ("controlnet", "t2i_adapter", "ip_adapter", "reference_only")
NAMES = {"controlnet": "edges", "t2i_adapter": "sketch", "ip_adapter": "look"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One network of each kind."""
    folder = tmp_path_factory.mktemp("models")
    steering.controlnet(1).save_pretrained(folder / "controlnets" / "edges")
    steering.adapter(2).save_pretrained(folder / "t2i_adapters" / "sketch")
    write(folder / "ip_adapters" / "look.safetensors", steering.ip_adapter(3))
    write(folder / "ip_adapters" / "plus.safetensors", steering.ip_adapter(4, plus=True))
    steering.image_encoder().save_pretrained(folder / "ip_adapters" / "image_encoder")
    return folder


@pytest.fixture(scope="module")
def parts() -> Sd1Components:
    return steering.components()


@pytest.fixture
def loaded(models: Path) -> Controls:
    return steering.controls(models)


@pytest.fixture
def unit(models: Path) -> Callable[..., Control]:
    """A unit of a method; `seed` is of its picture."""

    def make(method: str, seed: int = 1, **more: Any) -> Control:
        if method == "reference_only":
            latents, noise = a_noise(seed), a_noise(seed + 50)
            return Control(method, "", "", latents, **{"weight": 1.0, "noise": noise, **more})
        return a_control(models, method, NAMES[method], a_hint(seed), **more)

    return make


def call(*units: Control, seed: int = 3) -> Denoise:
    return a_call(a_noise(seed) * SIGMA, SIGMA, T, units)


def plain(parts: Sd1Components, asked: Denoise) -> Tensor:
    """Nothing steers."""
    rows = len(asked.x)
    sigma, t = torch.full((rows,), asked.sigma), torch.full((rows,), asked.t)
    return parts.denoise(asked.x, sigma, t, asked.context)


@pytest.mark.parametrize("method", METHODS)
def test_a_unit_changes_both_rows_and_repeats_itself(
    parts: Sd1Components, loaded: Controls, unit: Any, method: str
) -> None:
    asked = call(unit(method))
    first, second = (answered(parts, loaded, [asked])[0] for _ in range(2))
    assert torch.equal(first, second)
    assert bool(((first - plain(parts, asked)).abs().amax((1, 2, 3)) > 1e-3).all())


@pytest.mark.parametrize("method", METHODS)
def test_a_row_without_weight_is_exactly_that_of_the_network_alone(
    parts: Sd1Components, loaded: Controls, unit: Any, method: str
) -> None:
    asked = call(unit(method, mode="control"))
    said, alone = answered(parts, loaded, [asked])[0], plain(parts, asked)
    assert torch.equal(said[0], alone[0])
    assert not torch.allclose(said[1], alone[1], atol=1e-3)
    none = replace(asked, controls=(unit(method, weight=0.0),))
    assert torch.equal(answered(parts, loaded, [none])[0], alone)


@pytest.mark.parametrize("method", METHODS)
def test_rows_of_one_forward_have_their_own_maps_weights_modes_and_masks(
    parts: Sd1Components, loaded: Controls, unit: Any, method: str
) -> None:
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    calls = [
        call(unit(method, 1), seed=3),
        call(unit(method, 2, weight=0.4, mode="prompt"), seed=4),
        call(unit(method, 1, mode="control"), seed=5),
        call(unit(method, 4, mask=mask), seed=6),
        call(unit(method, 4, weight=0.0), seed=7),
    ]
    together = answered(parts, loaded, calls)
    for asked, said in zip(calls, together, strict=True):
        alone = answered(parts, loaded, [asked])[0]
        torch.testing.assert_close(said, alone, atol=1e-5, rtol=1e-4)
    assert len({said.sum().item() for said in together}) == len(calls)


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_mask_is_as_no_unit_and_a_full_one_as_no_mask(
    parts: Sd1Components, loaded: Controls, unit: Any, method: str
) -> None:
    whole, nowhere = torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    without, everywhere, none = (
        answered(parts, loaded, [call(unit(method, mask=mask))])[0]
        for mask in (None, whole, nowhere)
    )
    torch.testing.assert_close(everywhere, without, atol=1e-6, rtol=0)
    torch.testing.assert_close(none, plain(parts, call()), atol=1e-6, rtol=0)


def test_all_kinds_steer_one_forward_together(
    parts: Sd1Components, loaded: Controls, unit: Any
) -> None:
    units = [unit(method) for method in METHODS]
    whole = answered(parts, loaded, [call(*units)])[0]
    for without in range(len(units)):
        fewer = [one for number, one in enumerate(units) if number != without]
        assert not torch.allclose(whole, answered(parts, loaded, [call(*fewer)])[0], atol=1e-4)


def test_attentions_are_as_they_were_after_each_forward(
    parts: Sd1Components, loaded: Controls, unit: Any
) -> None:
    unet: Any = parts.modules["unet"]
    before = dict(unet.attn_processors)
    units = [unit(method) for method in METHODS]
    answered(parts, loaded, [call(*units)])
    assert all(unet.attn_processors[name] is one for name, one in before.items())
    asked = call(*units)
    broken = replace(asked, context=torch.zeros(2, 77, 5))
    with pytest.raises(RuntimeError):
        answered(parts, loaded, [broken])
    assert all(unet.attn_processors[name] is one for name, one in before.items())
    assert torch.equal(plain(parts, asked), plain(steering.components(), asked))


def test_a_controlnet_acts_less_on_the_finer_levels_where_the_prompt_counts_more(
    models: Path, parts: Sd1Components, loaded: Controls, unit: Any
) -> None:
    """Nine residuals and one: 0.825 to the twelfth for the finest, 1 for the middle."""
    asked = call(unit("controlnet", weight=0.5, mode="prompt"))
    net, unet = steering.controlnet(1), parts.modules["unet"]
    shown = asked.x / (SIGMA**2 + 1) ** 0.5
    t = torch.full((2,), T)
    with torch.inference_mode():
        down, middle = net(shown, t, asked.context, a_hint(1).repeat(2, 1, 1, 1), return_dict=False)
        count = len(down)
        scales = [0.5 * 0.825 ** (12 - 12 * level / count) for level in range(count + 1)]
        said = unet(
            shown,
            t,
            asked.context,
            down_block_additional_residuals=[
                one * scale for one, scale in zip(down, scales[:-1], strict=True)
            ],
            mid_block_additional_residual=middle * scales[-1],
        ).sample
    ours = answered(parts, loaded, [asked])[0]
    torch.testing.assert_close(ours, asked.x - SIGMA * said, atol=1e-4, rtol=0)


def test_a_t2i_adapter_acts_less_on_the_finer_levels_too(
    parts: Sd1Components, loaded: Controls, unit: Any
) -> None:
    asked = call(unit("t2i_adapter", weight=0.5, mode="prompt"))
    net, unet = steering.adapter(2), parts.modules["unet"]
    shown = asked.x / (SIGMA**2 + 1) ** 0.5
    with torch.inference_mode():
        seen = net(a_hint(1).repeat(2, 1, 1, 1))
        scaled = [one * scale * 0.5 for one, scale in zip(seen, (0.25, 0.62, 0.825), strict=True)]
        said = unet(
            shown,
            torch.full((2,), T),
            asked.context,
            down_intrablock_additional_residuals=scaled,
        ).sample
    ours = answered(parts, loaded, [asked])[0]
    torch.testing.assert_close(ours, asked.x - SIGMA * said, atol=1e-4, rtol=0)


def test_pictures_of_any_size_share_a_forward_with_an_ip_adapter(
    models: Path, parts: Sd1Components, loaded: Controls
) -> None:
    hints = [torch.rand(1, 3, 50, 90), torch.rand(1, 3, 32, 32)]
    units = [a_control(models, "ip_adapter", "plus", hint) for hint in hints]
    together = answered(parts, loaded, [call(units[0]), call(units[1])])
    assert not torch.allclose(together[0], together[1], atol=1e-3)
    middle = a_control(models, "ip_adapter", "plus", hints[0][..., 20:70])
    torch.testing.assert_close(answered(parts, loaded, [call(middle)])[0], together[0])


def test_a_network_for_inpainting_is_steered_as_well(models: Path, loaded: Controls) -> None:
    parts = steering.components(steering.unet(channels=9))
    generator = torch.Generator().manual_seed(8)
    asked, beside = call(), torch.randn(2, 5, 8, 8, generator=generator)
    sigma, t = torch.full((2,), SIGMA), torch.full((2,), T)
    alone = parts.denoise(asked.x, sigma, t, asked.context, beside)
    reference = Control("reference_only", "", "", a_noise(9), 1.0, noise=a_noise(10))
    for one in (a_control(models, "controlnet", "edges", a_hint(1)), reference):
        steered = loaded.steered(parts, [replace(asked, controls=(one,))])
        said = parts.denoise(asked.x, sigma, t, asked.context, beside, steered)
        assert said.shape == alone.shape
        assert not torch.allclose(said, alone, atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_networks_of_less_precision_are_steered_in_theirs(
    models: Path, parts: Sd1Components, loaded: Controls, unit: Any, method: str
) -> None:
    half = steering.components(steering.unet().to(torch.bfloat16))
    asked = call(unit(method))
    said, expected = (answered(one, loaded, [asked])[0] for one in (half, parts))
    assert said.dtype == torch.float32
    torch.testing.assert_close(said, expected, atol=0.25, rtol=0.1)


def test_units_that_are_there_twice_count_twice(
    parts: Sd1Components, loaded: Controls, unit: Any
) -> None:
    once = answered(parts, loaded, [call(unit("controlnet", weight=1.0))])[0]
    halves = unit("controlnet", weight=0.5)
    twice = answered(parts, loaded, [call(halves, halves)])[0]
    torch.testing.assert_close(twice, once, atol=1e-5, rtol=1e-5)


def test_pockets_own_controlnets_draw_by_diffusers_maths() -> None:
    """With real weights, and no attention in them at all."""
    folder = Settings().models
    checkpoint = scan(folder, FAMILIES).find("pocket")
    parts: Any = checkpoint.family.load(checkpoint.folder, torch.float32, steering.CPU)
    loaded, hint = steering.controls(folder), (a_hint(1, 128) > 0.9).float()
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(2, 4, 16, 16, generator=draw) * SIGMA
    context = torch.randn(2, 77, 128, generator=draw)
    for name in ("pocket-edges", "pocket-scribble"):
        one = a_control(folder, "controlnet", name, hint, weight=0.8)
        said = answered(
            parts, loaded, [Denoise(x, SIGMA, context, T, controls=(one,), unprompted=1)]
        )
        where = folder / "pocket" / "companions" / "controlnets" / name
        net: Any = ControlNetModel.from_pretrained(where, low_cpu_mem_usage=False)
        scale = scale_of(parts)
        with torch.inference_mode():
            t = torch.full((2,), T)
            down, middle = net(
                x * scale, t, context, hint.repeat(2, 1, 1, 1), 0.8, return_dict=False
            )
            noise = parts.modules["unet"](
                x * scale,
                t,
                context,
                down_block_additional_residuals=down,
                mid_block_additional_residual=middle,
            ).sample
        expected = x * scale**2 - noise * SIGMA * scale
        torch.testing.assert_close(said[0], expected, atol=1e-3, rtol=0)


def scale_of(parts: Any) -> float:
    """Of the network's input; pocket predicts v."""
    assert parts._facts.prediction == "v_prediction"
    return (SIGMA**2 + 1) ** -0.5
