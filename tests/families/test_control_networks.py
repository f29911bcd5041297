"""Networks that steer SD 1.x: the same latents as diffusers' own pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    StableDiffusionAdapterPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
)
from PIL import Image
from torch import Tensor

from tests.families import steering
from tests.families.steering import a_control, a_hint, drawn, theirs, write

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning"),
]


def close(ours: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(ours, expected, atol=1e-3, rtol=0)


def steered(models: Path, units: list[Any], network: Any = None) -> Tensor:
    parts = steering.components(network)
    return drawn(parts, steering.controls(models), units)


def test_one_controlnet_draws_what_diffusers_draws(tmp_path: Path) -> None:
    net = steering.controlnet(1)
    net.save_pretrained(tmp_path / "controlnets" / "edges")
    ours = steered(tmp_path, [a_control(tmp_path, "controlnet", "edges", a_hint(1), weight=0.7)])
    expected = theirs(
        StableDiffusionControlNetPipeline,
        steering.unet(),
        {"controlnet": net},
        image=a_hint(1),
        controlnet_conditioning_scale=0.7,
    )
    close(ours, expected)
    plain = theirs(StableDiffusionPipeline, steering.unet(), {})
    assert (expected - plain).abs().max() > 0.1


def test_several_controlnets_draw_what_diffusers_draws(tmp_path: Path) -> None:
    nets = [steering.controlnet(seed) for seed in (1, 2)]
    for name, net in zip(("edges", "depth"), nets, strict=True):
        net.save_pretrained(tmp_path / "controlnets" / name)
    units = [
        a_control(tmp_path, "controlnet", "edges", a_hint(1), weight=0.6),
        a_control(tmp_path, "controlnet", "depth", a_hint(2), weight=0.9),
    ]
    expected = theirs(
        StableDiffusionControlNetPipeline,
        steering.unet(),
        {"controlnet": nets},
        image=[a_hint(1), a_hint(2)],
        controlnet_conditioning_scale=[0.6, 0.9],
    )
    close(steered(tmp_path, units), expected)


@pytest.mark.parametrize("prefix", ["control_model.", ""])
def test_the_original_layout_is_read_as_the_one_of_diffusers(tmp_path: Path, prefix: str) -> None:
    net = steering.controlnet(3)
    net.save_pretrained(tmp_path / "controlnets" / "folder")
    tensors = steering.original_controlnet(net, prefix)
    if prefix:
        tensors["model.diffusion_model.out.2.bias"] = torch.zeros(4)
    write(tmp_path / "controlnets" / "file.safetensors", tensors)
    one, other = (
        steered(tmp_path, [a_control(tmp_path, "controlnet", name, a_hint(1))])
        for name in ("folder", "file")
    )
    assert torch.equal(one, other)


def test_a_single_file_in_the_layout_of_diffusers_needs_no_configuration(tmp_path: Path) -> None:
    net = steering.controlnet(
        4, down_block_types=("DownBlock2D",) * 3, mid_block_type="UNetMidBlock2D"
    )
    net.save_pretrained(tmp_path / "controlnets" / "folder")
    write(tmp_path / "controlnets" / "file.safetensors", net.state_dict())
    one, other = (
        steered(tmp_path, [a_control(tmp_path, "controlnet", name, a_hint(1))])
        for name in ("folder", "file")
    )
    assert torch.equal(one, other)


def test_a_controlnet_for_shuffled_pictures_says_the_same_everywhere(tmp_path: Path) -> None:
    """Only where the prompt is read, as diffusers does it too."""
    net = steering.controlnet(5, global_pool_conditions=True)
    net.save_pretrained(tmp_path / "controlnets" / "shuffle")
    ours = steered(tmp_path, [a_control(tmp_path, "controlnet", "shuffle", a_hint(1))])
    expected = theirs(
        StableDiffusionControlNetPipeline,
        steering.unet(),
        {"controlnet": net},
        image=a_hint(1),
        controlnet_conditioning_scale=1.0,
    )
    close(ours, expected)


def test_a_controlnet_that_reads_blue_first_is_shown_it_so(tmp_path: Path) -> None:
    net = steering.controlnet(6, controlnet_conditioning_channel_order="bgr")
    net.save_pretrained(tmp_path / "controlnets" / "swapped")
    ours = steered(tmp_path, [a_control(tmp_path, "controlnet", "swapped", a_hint(1))])
    parts = {"controlnet": net}
    close(
        ours,
        theirs(StableDiffusionControlNetPipeline, steering.unet(), parts, image=a_hint(1)),
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"in_channels": 1},
        {"adapter_type": "light_adapter", "channels": [16, 32], "num_res_blocks": 4},
    ],
)
def test_a_t2i_adapter_draws_what_diffusers_draws(tmp_path: Path, options: Any) -> None:
    net = steering.adapter(7, **options)
    net.save_pretrained(tmp_path / "t2i_adapters" / "sketch")
    ours = steered(tmp_path, [a_control(tmp_path, "t2i_adapter", "sketch", a_hint(1), weight=0.8)])
    expected = theirs(
        StableDiffusionAdapterPipeline,
        steering.unet(),
        {"adapter": net},
        image=a_hint(1)[:, : net.config.in_channels],
        adapter_conditioning_scale=0.8,
    )
    close(ours, expected)


def test_the_original_layout_of_a_t2i_adapter_is_read(tmp_path: Path) -> None:
    net = steering.adapter(8)
    net.save_pretrained(tmp_path / "t2i_adapters" / "folder")
    write(tmp_path / "t2i_adapters" / "file.safetensors", steering.original_adapter(net))
    one, other = (
        steered(tmp_path, [a_control(tmp_path, "t2i_adapter", name, a_hint(1))])
        for name in ("folder", "file")
    )
    assert torch.equal(one, other)


@pytest.mark.parametrize("plus", [False, True])
def test_an_ip_adapter_draws_what_diffusers_draws(tmp_path: Path, *, plus: bool) -> None:
    tensors = steering.ip_adapter(9, plus=plus)
    write(tmp_path / "ip_adapters" / "faces.safetensors", tensors)
    encoder = steering.image_encoder()
    encoder.save_pretrained(tmp_path / "ip_adapters" / "image_encoder")
    hint = (a_hint(1, size=32) * 255).round() / 255
    ours = steered(tmp_path, [a_control(tmp_path, "ip_adapter", "faces", hint, weight=0.6)])

    def put_in(pipe: Any) -> None:
        pipe.load_ip_adapter(
            str(tmp_path / "ip_adapters"),
            subfolder="",
            weight_name="faces.safetensors",
            image_encoder_folder=None,
            low_cpu_mem_usage=False,
        )
        pipe.set_ip_adapter_scale(0.6)

    levels = (hint[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    expected = theirs(
        StableDiffusionPipeline,
        steering.unet(),
        {"image_encoder": encoder},
        ip_adapter_image=Image.fromarray(levels),
        before=put_in,
    )
    close(ours, expected)
    plain = theirs(StableDiffusionPipeline, steering.unet(), {})
    assert (expected - plain).abs().max() > 0.1
