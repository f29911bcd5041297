"""LoHa, LoKr, GLoRA and IA3 do what their definitions say, worked out in float64."""

import importlib.util
import sys
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from tests.adapters.files import networks, same_bits, saved, weights
from tests.adapters.formats.definitions import (
    CONV,
    LINEAR,
    NAME,
    applied,
    close,
    decomposed,
    low_rank,
    named,
    numbers,
    read_layer,
)
from webui.adapters import Patcher, Worn, read_lora
from webui.adapters import formats as house
from webui.errors import BadFile
from webui.settings import HOUSE


def from_folder(name):
    """The module `formats` of a bundled extension, as a package of its own."""
    folder = HOUSE / "extensions" / name
    package = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(f"bundled_{name}", loader=None, is_package=True)
    )
    package.__path__ = [str(folder)]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.formats")


EXTENSION = from_folder("lycoris")
FORMATS = (*house.FORMATS, *EXTENSION.FORMATS)
RANK = 2
STRENGTHS = (1.0, 0.3, -1.0)


def loha_slots(shape, *, tucker=False):
    out, into, *kernel = shape
    slots = {}
    for number in (1, 2):
        a, b = (
            ((RANK, out), (RANK, into))
            if tucker
            else ((out, RANK), (RANK, into * 9 ** bool(kernel)))
        )
        slots[f"hada_w{number}_a"] = numbers(*a, seed=number)
        slots[f"hada_w{number}_b"] = numbers(*b, seed=number)
        if tucker:
            slots[f"hada_t{number}"] = numbers(RANK, RANK, *kernel, seed=number)
    return slots


def loha_delta(slots):
    halves = []
    for number in (1, 2):
        a, b, core = (
            slots[name].double() if name in slots else None
            for name in (f"hada_w{number}_a", f"hada_w{number}_b", f"hada_t{number}")
        )
        halves.append(a @ b if core is None else torch.einsum("ijkl,jr,ip->prkl", core, b, a))
    return halves[0] * halves[1]


@pytest.mark.parametrize(
    ("shape", "tucker", "strength"),
    list(product((LINEAR, CONV), (False,), STRENGTHS)) + [(CONV, True, 1.0), (CONV, True, -0.5)],
)
def test_loha_is_the_product_of_two_loras_number_by_number(shape, tucker, strength):
    slots, base = loha_slots(shape, tucker=tucker), numbers(*shape, seed=3)
    found, layer = applied(slots, FORMATS, base, strength, alpha=1.0)
    close(found, base.double() + strength / RANK * loha_delta(slots).reshape(shape))
    assert (layer.format.label, layer.rank) == ("LoHa", RANK)


def lokr_slots(shape, *, first, second):
    """Of (out, in) = (2·3, 2·2): `first` is 2 × 2, `second` 3 × 2."""
    kernel = tuple(shape[2:])
    flat = 2 * (9 if kernel else 1)
    return {
        **{
            "whole": {"lokr_w1": numbers(2, 2)},
            "factors": {"lokr_w1_a": numbers(2, RANK), "lokr_w1_b": numbers(RANK, 2)},
        }[first],
        **{
            "whole": {"lokr_w2": numbers(3, 2, *kernel)},
            "factors": {"lokr_w2_a": numbers(3, RANK), "lokr_w2_b": numbers(RANK, flat)},
            "shaped": {"lokr_w2_a": numbers(3, RANK), "lokr_w2_b": numbers(RANK, 2, *kernel)},
            "tucker": {
                "lokr_t2": numbers(RANK, RANK, *kernel),
                "lokr_w2_a": numbers(RANK, 3),
                "lokr_w2_b": numbers(RANK, 2),
            },
        }[second],
    }


def lokr_delta(slots, shape):
    there = {slot.removeprefix("lokr_"): tensor.double() for slot, tensor in slots.items()}
    first = there["w1"] if "w1" in there else there["w1_a"] @ there["w1_b"]
    if "w2" in there:
        second = there["w2"]
    elif "t2" in there:
        second = torch.einsum("ijkl,ip,jr->prkl", there["t2"], there["w2_a"], there["w2_b"])
    else:
        second = (there["w2_a"] @ there["w2_b"].flatten(1)).reshape(3, 2, *shape[2:])
    whole = torch.zeros(shape, dtype=torch.float64)
    for row, column in product(range(6), range(4)):
        whole[row, column] = first[row // 3, column // 2] * second[row % 3, column % 2]
    return whole


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("first", ["whole", "factors"])
@pytest.mark.parametrize(
    ("shape", "second"),
    [
        *product((LINEAR, CONV), ("whole", "factors")),
        (CONV, "shaped"),
        (CONV, "tucker"),
    ],
)
def test_lokr_is_the_product_of_kronecker(shape, first, second, strength):
    slots, base = lokr_slots(shape, first=first, second=second), numbers(*shape, seed=3)
    found, layer = applied(slots, FORMATS, base, strength, alpha=1.0)
    has_rank = (first, second) != ("whole", "whole")
    scale = strength / RANK if has_rank else strength  # of two whole matrices alpha says nothing
    close(found, base.double() + scale * lokr_delta(slots, shape))
    assert (layer.format.label, layer.rank) == ("LoKr", RANK if has_rank else None)


@pytest.mark.parametrize(("scale", "axis"), [((6, 1), 0), ((1, 4), 1)])
@pytest.mark.parametrize(
    ("slots", "delta", "label"),
    [
        (loha_slots(LINEAR), loha_delta(loha_slots(LINEAR)), "LoHa with DoRA"),
        (
            lokr_slots(LINEAR, first="whole", second="whole"),
            lokr_delta(lokr_slots(LINEAR, first="whole", second="whole"), LINEAR),
            "LoKr with DoRA",
        ),
    ],
)
def test_both_also_have_learned_lengths(slots, delta, label, scale, axis):
    base, lengths = numbers(*LINEAR, seed=3), numbers(*scale).abs() + 0.5
    found, layer = applied({**slots, "dora_scale": lengths}, FORMATS, base, 0.6)
    close(found, decomposed(base, delta, lengths, axis, 0.6))
    assert layer.format.label == label


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("shape", [LINEAR, CONV])
def test_glora_adds_what_is_left_of_the_weight_itself(shape, strength):
    ones = (1,) * len(shape[2:])
    slots = {
        "a1__weight": numbers(4, RANK, *ones),
        "a2__weight": numbers(RANK, 4, *ones),
        "b1__weight": numbers(6, RANK, *ones),
        "b2__weight": numbers(RANK, 4, *shape[2:]),
    }
    base = numbers(*shape, seed=3)
    found, layer = applied(slots, FORMATS, base, strength, alpha=1.0)
    a = slots["a1__weight"].double().flatten(1) @ slots["a2__weight"].double().flatten(1)
    through = torch.einsum("oi...,ij->oj...", base.double(), a)
    beside = low_rank(slots["b2__weight"], slots["b1__weight"])
    close(found, base.double() + strength / RANK * (through + beside))
    assert (layer.format.label, layer.size) == ("GLoRA", (*shape, *(1,) * (4 - len(shape))))


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("on_input", [False, True])
@pytest.mark.parametrize("shape", [LINEAR, CONV])
def test_ia3_scales_outputs_or_inputs(shape, on_input, strength):
    count = 4 if on_input else 6
    scales = numbers(*((1, count, 1, 1) if len(shape) == 4 else (count,)))
    slots = {"weight": scales, "on_input": torch.tensor(int(on_input))}
    base = numbers(*shape, seed=3)
    found, layer = applied(slots, FORMATS, base, strength)
    along = "oi...,i->oi..." if on_input else "oi...,o->oi..."
    scaled = torch.einsum(along, base.double(), scales.double().flatten())
    close(found, base.double() + strength * scaled)
    assert layer.format.label == "IA3"


def test_ia3_of_the_other_axis_is_refused_when_it_is_used():
    layer, change = read_layer({"weight": numbers(4), "on_input": torch.tensor(0)}, FORMATS)
    assert layer.fits(LINEAR)
    with pytest.raises(BadFile, match="scales 4 outputs of a layer that has 6"):
        change.delta(numbers(*LINEAR), 1.0)


def test_one_file_may_have_a_format_for_each_layer_and_comes_off_to_the_bit(tmp_path):
    slots = {
        "lora_unet_mid_block_attn_to_q": {
            "hada_w1_a": numbers(5, RANK),
            "hada_w1_b": numbers(RANK, 4),
            "hada_w2_a": numbers(5, RANK),
            "hada_w2_b": numbers(RANK, 4),
        },
        "lora_unet_down_blocks_0_resnets_0_conv1": {
            "lokr_w1": numbers(2, 2),
            "lokr_w2": numbers(3, 2, 3, 3),
        },
        "lora_unet_conv_out": {"diff": numbers(2, 2, 1, 1), "diff_b": numbers(2)},
        "lora_te_text_model_encoder_fc1": {
            "lora_up.weight": numbers(7, RANK),
            "lora_down.weight": numbers(RANK, 3),
            "dora_scale": numbers(7, 1),
        },
    }
    tensors = {f"{layer}.{slot}": t for layer, own in slots.items() for slot, t in own.items()}
    file = read_lora(saved(tmp_path, tensors), FORMATS)
    labels = {layer.format.label for layer in file.layers.values()}
    assert labels == {"LoHa", "LoKr", "full differences", "differences of biases", "DoRA"}
    modules = networks()
    before, patcher = weights(modules), Patcher(modules)
    assert patcher.unmatched(file) == ()
    patcher.wear([Worn(file, 1, 1)])
    after = weights(modules)
    unchanged = {name for name in after if torch.equal(after[name], before[name])}
    assert unchanged == {name for name in after if name.endswith("bias") and "conv_out" not in name}
    patcher.wear(())
    assert same_bits(before, weights(modules))


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ({"hada_w1_a": (6, 2), "hada_w1_b": (2, 4)}, "lacks one of its factors"),
        ({"lokr_w1": (2, 2)}, "twice or not at all"),
        ({"lokr_w1": (2, 2), "lokr_w2": (3, 2), "lokr_t2": (2, 2, 3, 3)}, "twice or not at all"),
        ({"lokr_w1": (2, 2), "lokr_w2_a": (3, 2), "lokr_w2_b": (3, 2)}, "do not fit each other"),
        ({"lokr_w1": (2, 2, 3, 3), "lokr_w2": (3, 2)}, "a shape that no layer has"),
        ({"a1.weight": (4, 2), "b1.weight": (6, 2)}, "lacks one of its factors"),
        ({"weight": (6,)}, "nothing explains its tensor"),
        ({"weight": (6, 4), "on_input": ()}, "a shape that no layer has"),
        ({"weight": (6,), "on_input": (2,)}, "does not say whether"),
    ],
)
def test_layers_that_cannot_be_are_damage(slots, says):
    with pytest.raises(BadFile) as caught:
        read_layer({slot: torch.ones(shape) for slot, shape in slots.items()}, FORMATS)
    assert says in caught.value.message


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "any.safetensors"


_SLOTS = st.sampled_from([ending for one in EXTENSION.FORMATS for ending in one.endings])
_SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 4]), max_size=4)


@settings(deadline=None, max_examples=300)
@given(tensors=st.dictionaries(_SLOTS, _SHAPES, min_size=1, max_size=6))
def test_any_shapes_are_refused_or_do_what_they_promise(scratch, tensors):
    scratch.write_bytes(save({f"{NAME}{end}": torch.ones(shape) for end, shape in tensors.items()}))
    try:
        file = read_lora(scratch, FORMATS)
    except BadFile as error:
        assert "any.safetensors" in error.message
        return
    for place, change in file.changes.items():
        layer = file.layers[place]
        for shape in product((1, 2, 3, 4, 6, 9, 16), repeat=2):
            if layer.fits(shape) and layer.format.id != "ia3":
                assert change.delta(torch.ones(shape), 1.0).shape == shape


def test_header_of_any_of_them_is_looked_at_without_reading_it():
    for slots in (loha_slots(CONV, tucker=True), lokr_slots(CONV, first="whole", second="whole")):
        assert read_layer(slots, FORMATS)[0].size == CONV
    assert named({"hada_t1": torch.ones(1)}).keys() == {f"{NAME}.hada_t1"}
