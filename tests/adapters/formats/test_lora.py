"""What a LoRA adds is what its layers would do one after the other."""

import pytest
import torch
from torch.nn.functional import conv2d, linear

from tests.adapters.formats.definitions import (
    CONV,
    LINEAR,
    applied,
    close,
    low_rank,
    numbers,
    read_layer,
)
from webui.adapters.formats import FORMATS
from webui.adapters.formats.lora import Addition

SLOTS = {
    LINEAR: {"lora_down__weight": numbers(2, 4), "lora_up__weight": numbers(6, 2)},
    CONV: {"lora_down__weight": numbers(2, 4, 3, 3), "lora_up__weight": numbers(6, 2, 1, 1)},
}


def test_linear_addition_is_up_after_down_times_scale():
    addition = Addition(numbers(5, 2), numbers(2, 4), None, 0.5)
    x = numbers(3, 4)
    expected = linear(linear(x, addition.down), addition.up) * 0.5
    torch.testing.assert_close(linear(x, addition.delta(torch.zeros(5, 4), 1)), expected)


def test_convolution_is_the_chain_of_both():
    addition = Addition(numbers(6, 2, 1, 1), numbers(2, 4, 3, 3), None, 2.0)
    x = numbers(1, 4, 8, 8)
    expected = conv2d(conv2d(x, addition.down), addition.up) * 2
    torch.testing.assert_close(conv2d(x, addition.delta(torch.zeros(6, 4, 3, 3), 1)), expected)


def test_middle_factor_is_the_chain_of_three():
    addition = Addition(numbers(6, 2, 1, 1), numbers(2, 4, 1, 1), numbers(2, 2, 3, 3), 1.0)
    x = numbers(1, 4, 8, 8)
    expected = conv2d(conv2d(conv2d(x, addition.down), addition.mid), addition.up)
    torch.testing.assert_close(conv2d(x, addition.delta(torch.zeros(6, 4, 3, 3), 1)), expected)


def test_delta_of_halves_is_calculated_in_float32():
    up, down = numbers(5, 2).half(), numbers(2, 4).half()
    delta = Addition(up, down, None, 1.0).delta(torch.zeros(5, 4), 1)
    assert delta.dtype == torch.float32
    assert torch.equal(delta, up.float() @ down.float())


@pytest.mark.parametrize("alpha", [None, 1.0, 3.0])
@pytest.mark.parametrize("strength", [1.0, 0.4, -1.0])
@pytest.mark.parametrize("shape", SLOTS)
def test_weight_is_that_of_the_definition(shape, strength, alpha):
    base, slots = numbers(*shape, seed=3), SLOTS[shape]
    found, layer = applied(slots, FORMATS, base, strength, alpha)
    scale = strength * (1 if alpha is None else alpha / 2)
    close(found, base.double() + low_rank(*slots.values(), scale=scale))
    assert (layer.format.id, layer.rank) == ("lora", 2)


def test_weight_with_a_middle_is_that_of_the_definition():
    down, up, mid = numbers(2, 4, 1, 1), numbers(6, 2, 1, 1), numbers(2, 2, 3, 3)
    slots = {"lora_down__weight": down, "lora_up__weight": up, "lora_mid__weight": mid}
    base = numbers(*CONV)
    found, layer = applied(slots, FORMATS, base, 0.7, 1.0)
    close(found, base.double() + low_rank(down, up, mid, 0.35))
    assert layer.size == CONV


@pytest.mark.parametrize(
    ("shape", "fits"),
    [((6, 4), True), ((6, 4, 1, 1), True), ((4, 6), False), ((6, 4, 3, 3), False), ((24,), False)],
)
def test_linear_layers_and_1x1_convolutions_take_each_others_additions(shape, fits):
    slots = SLOTS[LINEAR]
    as_conv = {slot: tensor[..., None, None] for slot, tensor in slots.items()}
    linear_layer, linear_one = read_layer(slots, FORMATS)
    conv_layer, conv_one = read_layer(as_conv, FORMATS)
    assert linear_layer.fits(shape) is conv_layer.fits(shape) is fits
    if fits:
        base = torch.zeros(shape)
        assert torch.equal(linear_one.delta(base, 1), conv_one.delta(base, 1))
