"""Reference only, against an independent reading of how Lvmin Zhang's extension does it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from tests.families import networks, steering
from tests.families.steering import a_call, a_noise, answered
from webui.calls import Control, Denoise
from webui.errors import RequestRejected
from webui.families.sd1.components import Sd1Components

SIGMA, T = 3.0, 600.0


def reference(seed: int, **more: Any) -> Control:
    rest = {"weight": 1.0, "noise": a_noise(seed + 50), **more}
    return Control("reference_only", "", "", a_noise(seed), **rest)


@contextmanager
def forwards(unet: Any, act: Any) -> Generator[None]:
    """Replace what every self-attention does by `act(its module, its own forward, hidden)`."""
    found = [one for name, one in unet.named_modules() if name.endswith("attn1")]
    for module in found:
        own = module.forward
        module.forward = lambda hidden, own=own, module=module, **_: act(module, own, hidden)
    yield
    for module in found:
        del module.forward


def theirs(unet: Any, asked: Denoise, units: list[Control], fidelity: float) -> Tensor:
    """What the extension draws with units of weight 1: keep everything, then attend to it too."""
    scale, t = (SIGMA**2 + 1) ** -0.5, torch.full((2,), T)
    banks: dict[Any, list[Tensor]] = {}

    def write(module: Any, own: Any, hidden: Tensor) -> Tensor:
        banks.setdefault(module, []).append(hidden)
        return own(hidden)

    def read(module: Any, own: Any, hidden: Tensor) -> Tensor:
        seen = own(hidden, encoder_hidden_states=torch.cat([hidden, *banks[module]], dim=1))
        strict = seen.clone()
        strict[:1] = own(hidden)[:1]  # the row of the negative prompt
        return fidelity * strict + (1 - fidelity) * seen

    with torch.inference_mode():
        with forwards(unet, write):
            for unit in units:
                noisy = (unit.hint + SIGMA * unit.noise) * scale  # type: ignore[operator]
                unet(noisy.repeat(2, 1, 1, 1), t, asked.context)
        with forwards(unet, read):
            said = unet(asked.x * scale, t, asked.context).sample
    return asked.x - SIGMA * said


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("mode", "fidelity"), [("balanced", 0.5), ("prompt", 0.0), ("control", 1.0)]
)
def test_it_draws_what_the_extension_draws(count: int, mode: str, fidelity: float) -> None:
    units = [reference(seed, mode=mode) for seed in range(count)]
    asked = a_call(a_noise(3) * SIGMA, SIGMA, T, units)
    ours = answered(steering.components(), steering.controls(Path()), [asked])[0]
    expected = theirs(steering.unet(), asked, units, fidelity)
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=0)


def test_the_weight_says_in_how_many_attentions_it_acts() -> None:
    """Weights that choose the same attentions draw the same; from 1 on all of them act."""

    def drawn(weight: float) -> Tensor:
        asked = a_call(a_noise(3) * SIGMA, SIGMA, T, [reference(1, weight=weight)])
        return answered(steering.components(), steering.controls(Path()), [asked])[0]

    assert torch.equal(drawn(1.0), drawn(2.0))
    assert torch.equal(drawn(0.41), drawn(0.42))
    assert len({drawn(weight).sum().item() for weight in (0.05, 0.3, 0.6, 1.0)}) == 4


def test_references_of_different_weights_act_on_their_own_rows() -> None:
    """In one forward some rows have a second reference that acts in few attentions only."""
    calls = [
        a_call(a_noise(3) * SIGMA, SIGMA, T, [reference(1), reference(2, weight=0.3)]),
        a_call(a_noise(4) * SIGMA, SIGMA, T, [reference(3, weight=0.5), reference(4)]),
        a_call(a_noise(5) * SIGMA, SIGMA, T, [reference(3, mode="control"), reference(4)]),
    ]
    parts, loaded = steering.components(), steering.controls(Path())
    together = answered(parts, loaded, calls)
    for asked, said in zip(calls, together, strict=True):
        alone = answered(parts, loaded, [asked])[0]
        torch.testing.assert_close(said, alone, atol=1e-5, rtol=1e-4)


def test_a_network_without_self_attention_is_refused_in_words() -> None:
    network = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        mid_block_type=None,
        up_block_types=("UpBlock2D", "UpBlock2D"),
        cross_attention_dim=networks.WIDTH,
        norm_num_groups=4,
    )
    parts: Sd1Components = steering.components(network.eval())
    asked = a_call(a_noise(3), SIGMA, T, [reference(1)])
    with pytest.raises(RequestRejected, match="has no self-attention") as refused:
        answered(parts, steering.controls(Path()), [asked])
    assert refused.value.field == "controls"
