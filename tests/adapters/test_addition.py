"""What an addition adds is what its layers would do one after the other."""

import pytest
import torch
from torch.nn.functional import conv2d, linear

from webui.adapters import Addition

CPU = torch.device("cpu")


def numbers(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def test_linear_addition_is_up_after_down_times_scale():
    addition = Addition(numbers(5, 2), numbers(2, 4), None, 0.5)
    x = numbers(3, 4)
    expected = linear(linear(x, addition.down), addition.up) * 0.5
    torch.testing.assert_close(linear(x, addition.delta((5, 4), CPU)), expected)


def test_convolution_is_the_chain_of_both():
    addition = Addition(numbers(6, 2, 1, 1), numbers(2, 4, 3, 3), None, 2.0)
    x = numbers(1, 4, 8, 8)
    expected = conv2d(conv2d(x, addition.down), addition.up) * 2
    torch.testing.assert_close(conv2d(x, addition.delta((6, 4, 3, 3), CPU)), expected)


def test_middle_factor_is_the_chain_of_three():
    addition = Addition(numbers(6, 2, 1, 1), numbers(2, 4, 1, 1), numbers(2, 2, 3, 3), 1.0)
    x = numbers(1, 4, 8, 8)
    expected = conv2d(conv2d(conv2d(x, addition.down), addition.mid), addition.up)
    torch.testing.assert_close(conv2d(x, addition.delta((6, 4, 3, 3), CPU)), expected)


def test_delta_of_halves_is_calculated_in_float32():
    up, down = numbers(5, 2).half(), numbers(2, 4).half()
    delta = Addition(up, down, None, 1.0).delta((5, 4), CPU)
    assert delta.dtype == torch.float32
    assert torch.equal(delta, up.float() @ down.float())


@pytest.mark.parametrize(
    ("shape", "fits"),
    [((5, 4), True), ((5, 4, 1, 1), True), ((4, 5), False), ((5, 4, 3, 3), False), ((20,), False)],
)
def test_linear_layers_and_1x1_convolutions_take_each_others_additions(shape, fits):
    linear_one = Addition(numbers(5, 2), numbers(2, 4), None, 1.0)
    conv_one = Addition(numbers(5, 2, 1, 1), numbers(2, 4, 1, 1), None, 1.0)
    assert linear_one.fits(shape) is conv_one.fits(shape) is fits
    if fits:
        assert linear_one.delta(shape, CPU).shape == conv_one.delta(shape, CPU).shape == shape
