"""DoRA: learned lengths of rows or columns, by output or by input."""

import pytest
import torch

from tests.adapters.formats.definitions import (
    CONV,
    LINEAR,
    applied,
    close,
    decomposed,
    low_rank,
    numbers,
    read_layer,
)
from tests.adapters.formats.test_lora import SLOTS
from webui.adapters.formats import FORMATS
from webui.errors import BadFile


def lengths(*shape):
    return numbers(*shape).abs() + 0.5


@pytest.mark.parametrize("strength", [1.0, 0.3, -0.5])
@pytest.mark.parametrize(
    ("shape", "slot", "scale", "axis"),
    [
        (LINEAR, "dora_scale", (6, 1), 0),
        (LINEAR, "dora_scale", (1, 4), 1),
        (LINEAR, "dora_scale", (6,), 0),
        (LINEAR, "lora_magnitude_vector", (6,), 0),
        (LINEAR, "lora_magnitude_vector__weight", (6,), 0),
        (CONV, "dora_scale", (6, 1, 1, 1), 0),
        (CONV, "dora_scale", (1, 4, 1, 1), 1),
        (CONV, "lora_magnitude_vector", (1, 6, 1, 1), 0),
    ],
)
def test_weight_is_that_of_the_definition(shape, slot, scale, axis, strength):
    base, learned = numbers(*shape, seed=3), lengths(*scale)
    slots = {**SLOTS[shape], slot: learned}
    found, layer = applied(slots, FORMATS, base, strength, alpha=1.0)
    delta = low_rank(*SLOTS[shape].values(), scale=0.5)
    close(found, decomposed(base, delta, learned, axis, strength))
    assert (layer.format.label, layer.rank) == ("DoRA", 2)


def test_at_strength_one_every_row_is_as_long_as_was_learned():
    learned = lengths(6, 1)
    found, _ = applied({**SLOTS[LINEAR], "dora_scale": learned}, FORMATS, numbers(*LINEAR))
    torch.testing.assert_close(found.norm(dim=1, keepdim=True), learned)


def test_rows_of_nothing_stay_nothing():
    nothing = {slot: torch.zeros_like(tensor) for slot, tensor in SLOTS[LINEAR].items()}
    found, _ = applied({**nothing, "dora_scale": lengths(6, 1)}, FORMATS, torch.zeros(LINEAR))
    assert torch.equal(found, torch.zeros(LINEAR))


@pytest.mark.parametrize("scale", [(5, 1), (1, 5), (4,), (1, 6)])
def test_lengths_for_another_layer_do_not_fit(scale):
    layer, _ = read_layer({**SLOTS[LINEAR], "dora_scale": lengths(*scale)}, FORMATS)
    assert not layer.fits(LINEAR)


@pytest.mark.parametrize("scale", [(), (0,), (2, 3), (6, 1, 2), (1, 1, 6), (6, 4)])
def test_what_are_no_lengths_is_damage(scale):
    with pytest.raises(BadFile, match="lengths \\(DoRA\\) that no layer has"):
        read_layer({**SLOTS[LINEAR], "dora_scale": torch.ones(scale)}, FORMATS)


def test_lengths_said_twice_and_alone_are_damage():
    twice = {"dora_scale": lengths(6, 1), "lora_magnitude_vector": lengths(6)}
    with pytest.raises(BadFile, match="lengths"):
        read_layer({**SLOTS[LINEAR], **twice}, FORMATS)
    with pytest.raises(BadFile, match="nothing explains its tensor"):
        read_layer({"dora_scale": lengths(6, 1)}, FORMATS)
