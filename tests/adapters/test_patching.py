"""LoRAs are put into weights and taken out, and nothing of them stays."""

from pathlib import Path

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModel
from transformers.utils import logging

from tests.adapters.files import (
    COMPANIONS,
    CONV,
    LINEAR,
    TEXT,
    diffusers,
    factors,
    kohya,
    networks,
    patched,
    same_bits,
    saved,
    weights,
)
from webui.adapters import Patcher, Worn, read_lora
from webui.adapters.formats import FORMATS, LoraFormat
from webui.errors import BadFile

KINDS = [
    {"dtype": torch.float32},
    {"dtype": torch.bfloat16},
    {"dtype": torch.float32, "memory": torch.channels_last},
    {"dtype": torch.bfloat16, "memory": torch.channels_last},
]
CHANGED = {f"unet.{LINEAR}.weight", f"unet.{CONV}.weight", f"text_encoder.{TEXT}.weight"}


@pytest.fixture
def lora(tmp_path):
    return read_lora(saved(tmp_path, kohya(factors(), alpha=1), "lora"))


@pytest.fixture
def other(tmp_path):
    return read_lora(saved(tmp_path, diffusers(factors(rank=3, seed=5)), "other"))


def delta(of, layer, alpha):
    """What is added at weight 1, worked out from the factors by hand."""
    down, up = (factor.float().flatten(1) for factor in of[layer])
    return alpha / down.shape[0] * up @ down


@pytest.mark.parametrize("kinds", KINDS)
@pytest.mark.parametrize("weight", [0.5, 1.0, -1.0])
def test_weight_times_the_delta_is_added_in_float32(lora, kinds, weight):
    before, after = weights(networks(**kinds)), patched(Worn(lora, weight, weight), **kinds)
    for part, layer in (("unet", LINEAR), ("unet", CONV), ("text_encoder", TEXT)):
        base = before[f"{part}.{layer}.weight"]
        expected = base.float() + weight * delta(factors(), layer, 1).reshape(base.shape)
        assert torch.equal(after[f"{part}.{layer}.weight"], expected.to(base.dtype))
    assert {name for name in after if not torch.equal(before[name], after[name])} == CHANGED


@pytest.mark.parametrize("kinds", KINDS)
def test_taken_off_every_bit_is_as_before(lora, other, kinds):
    modules = networks(**kinds)
    before, patcher = weights(modules), Patcher(modules)
    for worn in (
        [Worn(lora, 1, 1)],
        [Worn(other, 0.3, 0), Worn(lora, 0.7, 2)],
        [Worn(other, 1, 1)],
    ):
        patcher.wear(worn)
        assert not same_bits(before, weights(modules))
        assert patcher.nbytes() > 0
    patcher.wear(())
    assert same_bits(before, weights(modules))
    assert patcher.nbytes() == 0


@pytest.mark.parametrize("kinds", KINDS)
def test_weights_stay_where_they_lie_in_memory_and_keep_their_layout(lora, kinds):
    modules = networks(**kinds)
    conv = modules["unet"].get_submodule(CONV)
    address, strides = conv.weight.data_ptr(), conv.weight.stride()
    patcher = Patcher(modules)
    for worn in ([Worn(lora, 1, 1)], []):
        patcher.wear(worn)
        assert (conv.weight.data_ptr(), conv.weight.stride()) == (address, strides)


def test_kohya_and_diffusers_forms_of_the_same_give_the_same_weights(tmp_path):
    forms = kohya(factors(), alpha=2), diffusers(factors())
    one, two = (read_lora(saved(tmp_path, form, f"f{i}")) for i, form in enumerate(forms))
    assert same_bits(patched(Worn(one, 0.8, 0.6)), patched(Worn(two, 0.8, 0.6)))


def test_text_encoders_match_with_and_without_their_prefix(lora):
    plain = patched(Worn(lora, 1, 1))[f"text_encoder.{TEXT}.weight"]
    nested = patched(Worn(lora, 1, 1), text=f"text_model.{TEXT}")
    assert torch.equal(plain, nested[f"text_encoder.text_model.{TEXT}.weight"])


def test_two_loras_sum_in_any_order(lora, other):
    base = weights(networks())
    both = patched(Worn(lora, 0.5, 1), Worn(other, 2, 1))
    assert same_bits(both, patched(Worn(other, 2, 1), Worn(lora, 0.5, 1)))
    mine, theirs = patched(Worn(lora, 0.5, 1)), patched(Worn(other, 2, 1))
    for name in CHANGED:
        expected = mine[name] + theirs[name] - base[name]
        torch.testing.assert_close(both[name], expected)
        assert not torch.equal(both[name], mine[name])


def test_changing_what_is_worn_is_as_wearing_it_afresh(lora, other):
    modules = networks()
    patcher = Patcher(modules)
    for worn in ([Worn(other, 1, 1)], [Worn(lora, 1, 1), Worn(other, 1, 1)], [Worn(lora, 0.5, 1)]):
        patcher.wear(worn)
        assert same_bits(weights(modules), patched(*worn))


def test_parts_have_weights_of_their_own_and_zero_changes_nothing(lora):
    modules = networks()
    before, patcher = weights(modules), Patcher(modules)
    patcher.wear([Worn(lora, 0, 1)])
    after = weights(modules)
    assert {n for n in after if not torch.equal(after[n], before[n])} == {
        f"text_encoder.{TEXT}.weight"
    }
    patcher.wear([Worn(lora, 0, 0)])
    assert same_bits(before, weights(modules))
    assert patcher.nbytes() == 0


def test_wearing_the_same_again_touches_no_weight(lora, other):
    modules = networks()
    patcher = Patcher(modules)
    patcher.wear([Worn(lora, 1, 1), Worn(other, 1, 1)])
    weight = modules["unet"].get_submodule(LINEAR).weight
    version = weight._version
    patcher.wear([Worn(other, 1, 1), Worn(lora, 1, 1)])
    assert weight._version == version
    patcher.wear([Worn(other, 1, 1)])
    assert weight._version > version


def test_networks_to_be_trained_and_inference_tensors_are_patched_alike(lora):
    with torch.inference_mode():
        modules = networks()
        before, patcher = weights(modules), Patcher(modules)
    patcher.wear([Worn(lora, 1, 1)])
    assert same_bits(weights(modules), patched(Worn(lora, 1, 1)))
    patcher.wear(())
    assert same_bits(weights(modules), before)

    trained = networks()
    Patcher(trained).wear([Worn(lora, 1, 1)])
    linear = trained["unet"].get_submodule(LINEAR)
    linear(torch.ones(1, 4)).sum().backward()
    assert linear.weight.grad is not None


def test_layers_that_the_network_has_not_are_listed(tmp_path, lora):
    tensors = kohya(factors())
    tensors["lora_unet_conv_in.lora_down.weight"] = torch.ones(1, 3)
    tensors["lora_unet_conv_in.lora_up.weight"] = torch.ones(2, 1)
    file = read_lora(saved(tmp_path, tensors, "more"))
    patcher = Patcher(networks())
    assert patcher.unmatched(file) == ("unet.conv_in",)
    assert patcher.unmatched(lora) == ()
    patcher.wear([Worn(file, 1, 1)])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("lora_unet_input_blocks_1", "none of the layers that it changes in unet"),
        ("lora_te2_text_model_encoder_fc1", "none of the layers that it changes in text_encoder_2"),
        ("lora_unet_conv_out", "is for 9 × 8, and this checkpoint's is 2 × 2"),
    ],
)
def test_lora_of_another_family_is_refused_and_what_is_worn_stays(tmp_path, lora, name, says):
    tensors = {f"{name}.lora_down.weight": torch.ones(1, 8)}
    tensors[f"{name}.lora_up.weight"] = torch.ones(9, 1)
    file = read_lora(saved(tmp_path, tensors, "strange"))
    modules = networks()
    patcher = Patcher(modules)
    patcher.wear([Worn(lora, 1, 1)])
    before = weights(modules)
    with pytest.raises(BadFile, match="was made for another family") as caught:
        patcher.wear([Worn(lora, 0.5, 1), Worn(file, 1, 1)])
    assert says in caught.value.message
    with pytest.raises(BadFile, match="was made for another family"):
        patcher.unmatched(file)
    assert same_bits(before, weights(modules))


@pytest.mark.parametrize("weight", [1e38, 1e300, float("nan"), float("inf")])
def test_numbers_without_bounds_take_all_off_and_say_so(lora, other, weight):
    modules = networks()
    before, patcher = weights(modules), Patcher(modules)
    patcher.wear([Worn(other, 1, 1)])
    if weight == 1e38:
        weight = 3e38 / delta(factors(), LINEAR, 1).abs().max().item() * 2
    with pytest.raises(BadFile, match="numbers without bounds"):
        patcher.wear([Worn(other, 1, 1), Worn(lora, weight, 0)])
    assert same_bits(before, weights(modules))
    patcher.wear([Worn(other, 1, 1)])
    assert same_bits(weights(modules), patched(Worn(other, 1, 1)))


@pytest.fixture(scope="module")
def pocket():
    logging.disable_progress_bar()
    folder = Path("models/pocket")
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", low_cpu_mem_usage=False)
    return {
        "unet": unet.to(memory_format=torch.channels_last),
        "text_encoder": CLIPTextModel.from_pretrained(folder / "text_encoder"),
    }


@pytest.mark.parametrize("name", ["pocket-robot", "pocket-crown", "pocket-blueprint"])
def test_shipped_loras_change_every_layer_that_they_name_and_come_off_again(pocket, name):
    path = Path(COMPANIONS) / "loras" / f"{name}.safetensors"
    file, patcher, before = read_lora(path), Patcher(pocket), weights(pocket)
    assert patcher.unmatched(file) == ()
    patcher.wear([Worn(file, 1, 1)])
    after = weights(pocket)
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert len(changed) == len(file.layers)
    by_hand = _first_delta(load_file(path))
    key = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight"
    torch.testing.assert_close(after[key], before[key] + by_hand)
    patcher.wear(())
    assert same_bits(before, weights(pocket))


def _first_delta(tensors):
    """Of down_blocks.1.attentions.0…attn1.to_q; alpha is the rank in all shipped files."""
    named = {name.replace(".", "_"): value.float() for name, value in tensors.items()}
    start = "unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q"
    if f"lora_{start}_lora_up_weight" in named:
        return named[f"lora_{start}_lora_up_weight"] @ named[f"lora_{start}_lora_down_weight"]
    return named[f"{start}_lora_B_weight"] @ named[f"{start}_lora_A_weight"]


NUMBERS = torch.Generator().manual_seed(11)


def five(folder):
    """LoRAs of every kind that the house reads, over all layers, biases too."""
    linear, conv, text = (
        "lora_unet_mid_block_attn_to_q",
        "lora_unet_down_blocks_0_resnets_0_conv1",
        "lora_te_text_model_encoder_fc1",
    )

    def few(*shape):
        return torch.randn(shape, generator=NUMBERS)

    forms = (
        kohya(factors(seed=1), alpha=1),
        diffusers(factors(rank=3, seed=2)),
        {**kohya(factors(seed=3)), f"{linear}.dora_scale": few(5, 1)},
        {**kohya(factors(seed=4)), f"{text}.dora_scale": few(1, 3), f"{linear}.diff_b": few(5)},
        {f"{linear}.diff": few(5, 4), f"{conv}.diff": few(6, 4, 3, 3), f"{conv}.diff_b": few(6)},
    )
    return [read_lora(saved(folder, form, f"f{at}")) for at, form in enumerate(forms)]


@pytest.mark.parametrize("kinds", KINDS)
def test_hundred_changes_of_five_loras_leak_nothing(tmp_path, kinds):
    loras, modules = five(tmp_path), networks(**kinds)
    before, patcher = weights(modules), Patcher(modules)
    draw = torch.Generator().manual_seed(5)
    for turn in range(100):
        picks = torch.randperm(5, generator=draw)[: turn % 4]
        amounts = torch.rand(5, generator=draw).tolist()
        worn = [Worn(loras[at], amounts[at], 1 - amounts[at]) for at in picks.tolist()]
        patcher.wear(worn)
        if turn % 20 == 7:
            assert same_bits(weights(modules), patched(*worn, **kinds))
    patcher.wear(())
    assert same_bits(before, weights(modules))
    assert patcher.nbytes() == 0


def test_dora_and_lora_on_one_layer_sum_from_the_base_in_any_order(tmp_path):
    _, plain, decomposed, *_ = five(tmp_path)
    both = patched(Worn(plain, 0.5, 1), Worn(decomposed, 0.7, 1))
    assert same_bits(both, patched(Worn(decomposed, 0.7, 1), Worn(plain, 0.5, 1)))
    name, base = f"unet.{LINEAR}.weight", weights(networks())
    alone = patched(Worn(plain, 0.5, 1))[name], patched(Worn(decomposed, 0.7, 1))[name]
    torch.testing.assert_close(both[name], alone[0] + alone[1] - base[name])


def test_lora_with_the_names_of_sdxls_files_is_told_so(tmp_path):
    tensors = {"lora_unet_input_blocks_4_1_proj_in.lora_down.weight": torch.ones(1, 8)}
    tensors["lora_unet_input_blocks_4_1_proj_in.lora_up.weight"] = torch.ones(8, 1)
    file = read_lora(saved(tmp_path, tensors))
    with pytest.raises(BadFile, match=r"the files that SDXL was published with \(input_blocks"):
        Patcher(networks()).unmatched(file)


class _Careless:
    """A change that breaks both promises of the contract."""

    def delta(self, base, strength):
        base.zero_()
        return torch.ones(3)


def test_careless_format_is_named_and_ruins_nothing(tmp_path):
    careless = LoraFormat(
        id="careless",
        label="Careless",
        endings={".careless": "x"},
        claims=bool,
        check=lambda shapes: None,
        size=lambda shapes: (5, 4),
        fits=lambda shapes, shape: True,
        rank=lambda shapes: None,
        read=lambda tensors, alpha: _Careless(),
    )
    path = saved(tmp_path, {"lora_unet_mid_block_attn_to_q.careless": torch.ones(1)})
    file = read_lora(path, (*FORMATS, careless))
    modules = networks()
    before, patcher = weights(modules), Patcher(modules)
    with pytest.raises(BadFile, match="Careless made 3 of the layer 'mid_block_attn_to_q', which"):
        patcher.wear([Worn(file, 1, 1)])
    assert same_bits(before, weights(modules))
