"""Which block a layer belongs to, and how much of a LoRA each gets."""

import re
from pathlib import Path

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from tests.adapters.files import CONV, LINEAR, TEXT, factors, kohya, patched, same_bits, saved
from webui.adapters import Worn, read_lora
from webui.adapters.blocks import BLOCKS, block_of
from webui.adapters.lora_names import place_of
from webui.pipelines.safetensors_header import read_shapes


@pytest.mark.parametrize(
    ("layer", "block"),
    [
        ("conv_in", "IN00"),
        ("down_blocks.0.resnets.0.conv1", "IN01"),
        ("down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_q", "IN02"),
        ("down_blocks.0.downsamplers.0.conv", "IN03"),
        ("down_blocks.1.attentions.0.proj_in", "IN04"),
        ("down_blocks.1.attentions.1.proj_in", "IN05"),
        ("down_blocks.2.attentions.0.proj_in", "IN07"),
        ("down_blocks.2.attentions.1.proj_in", "IN08"),
        ("down_blocks.3.resnets.1.conv2", "IN11"),
        ("mid_block.attentions.0.proj_out", "M00"),
        ("up_blocks.0.resnets.0.conv1", "OUT00"),
        ("up_blocks.0.upsamplers.0.conv", "OUT02"),
        ("up_blocks.1.attentions.0.proj_in", "OUT03"),
        ("up_blocks.2.attentions.1.proj_in", "OUT07"),
        ("up_blocks.3.attentions.2.proj_in", "OUT11"),
    ],
)
def test_layers_of_sd1_are_in_the_blocks_of_its_published_files(layer, block):
    assert BLOCKS[block_of(place_of("unet", f"{layer}.weight"))] == block


@pytest.mark.parametrize("layer", ["time_embedding.linear_1", "conv_norm_out", "conv_out", "xyz"])
def test_layers_outside_all_blocks_are_in_none(layer):
    assert block_of(place_of("unet", f"{layer}.weight")) is None


@pytest.mark.parametrize("number", [12, 99, 10**6])
def test_levels_that_no_network_has_are_in_none(number):
    assert block_of(("unet", f"down_blocks_{number}_resnets_0_conv1")) is None


def test_text_encoders_are_the_base():
    assert block_of(("text_encoder", "encoder_layers_0_mlp_fc1")) == 0
    assert block_of(("text_encoder_2", "down_blocks_0_resnets_0")) == 0


def test_sd1_has_each_block_and_its_attention_where_lists_of_17_have_it():
    with torch.device("meta"):
        unet = UNet2DConditionModel()
    places = [place_of("unet", name) for name, _ in unet.named_parameters()]
    blocks = {block_of(place) for place in places} - {None}
    attentive = {block_of(place) for place in places if "attn1" in place[1]}
    assert blocks == set(range(1, 26))
    listed = "IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10"
    assert {BLOCKS[block] for block in attentive} == {*listed.split(), "OUT11"}


def test_pocket_keeps_the_numbers_of_its_depths():
    shapes = read_shapes(Path("models/pocket/unet/diffusion_pytorch_model.safetensors"))
    places = [place_of("unet", name) for name in shapes]
    attentive = {BLOCKS[block_of(place) or 0] for place in places if "attn1" in place[1]}
    assert attentive == {"IN04", "IN07", "M00", "OUT00", "OUT01", "OUT03", "OUT04"}
    outside = {
        re.split("_(weight|bias|linear)", place[1])[0] for place in places if not block_of(place)
    }
    assert outside == {"time_embedding", "conv_norm_out", "conv_out"}


def only(*names):
    return tuple(1.0 if block in names else 0.0 for block in BLOCKS)


@pytest.fixture
def lora(tmp_path):
    return read_lora(saved(tmp_path, kohya(factors(), alpha=1), "lora"))


@pytest.mark.parametrize(
    ("block", "layer"),
    [
        ("M00", f"unet.{LINEAR}"),
        ("IN01", f"unet.{CONV}"),
        ("BASE", f"text_encoder.{TEXT}"),
    ],
)
def test_only_the_layers_of_a_block_are_changed(lora, block, layer):
    whole, plain = patched(Worn(lora, 0.7, 0.7)), patched()
    some = patched(Worn(lora, 0.7, 0.7, only(block)))
    changed = {name for name in some if not torch.equal(some[name], plain[name])}
    assert changed == {f"{layer}.weight"}
    assert torch.equal(some[f"{layer}.weight"], whole[f"{layer}.weight"])


def test_weights_of_blocks_multiply_those_of_parts(lora):
    halves = tuple(0.5 for _ in BLOCKS)
    assert same_bits(patched(Worn(lora, 0.8, 0.4, halves)), patched(Worn(lora, 0.4, 0.2)))
    assert same_bits(patched(Worn(lora, 0.8, 0.4, only(*BLOCKS))), patched(Worn(lora, 0.8, 0.4)))
