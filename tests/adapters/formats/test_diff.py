"""Full differences of weights, biases and norms."""

import pytest
import torch

from tests.adapters.formats.definitions import applied, close, named, numbers, read_layer
from webui.adapters.formats import FORMATS
from webui.adapters.lora_layers import find_layers
from webui.errors import BadFile


@pytest.mark.parametrize(
    ("slot", "shape"),
    [
        *((("diff"), shape) for shape in ((6, 4), (6, 4, 3, 3), (6,))),
        *(("diff_b", (6,)), ("w_norm", (6,)), ("b_norm", (6,))),
    ],
)
def test_difference_times_strength_is_added_whatever_alpha_is(slot, shape):
    base, difference = numbers(*shape, seed=3), numbers(*shape)
    found, layer = applied({slot: difference}, FORMATS, base, -0.3, alpha=7.0)
    close(found, base.double() - 0.3 * difference.double())
    assert layer.rank is None


def test_weight_and_bias_of_a_layer_are_two_changes():
    shapes = {
        name: tuple(t.shape)
        for name, t in named(
            {"diff": numbers(6, 4), "diff_b": numbers(6), "alpha": torch.ones(())}
        ).items()
    }
    found = find_layers(shapes, "it", FORMATS).by_place
    assert {place[1]: layer.size for place, layer in found.items()} == {
        "mid_block_layer": (6, 4),
        "mid_block_layer_bias": (6,),
    }


def test_linear_difference_goes_onto_a_1x1_convolution_and_no_other():
    layer, _ = read_layer({"diff": numbers(6, 4)}, FORMATS)
    assert layer.fits((6, 4, 1, 1))
    assert not layer.fits((6, 4, 3, 3))
    assert not layer.fits((24,))


@pytest.mark.parametrize(
    ("slot", "shape"),
    [("diff", ()), ("diff", (0, 4)), ("diff", (2, 3, 4)), ("diff_b", (6, 1)), ("b_norm", (0,))],
)
def test_what_no_layer_has_is_damage(slot, shape):
    with pytest.raises(BadFile, match="a shape that no layer has"):
        read_layer({slot: torch.ones(shape)}, FORMATS)


def test_layer_that_is_changed_in_two_ways_is_refused():
    two = {
        "diff": numbers(6, 4),
        "lora_up__weight": numbers(6, 2),
        "lora_down__weight": numbers(2, 4),
    }
    with pytest.raises(BadFile, match=r"nothing explains its tensor '.*\.diff'"):
        read_layer(two, FORMATS)
