"""What a LoRA file is and whether it fits is told from headers, without torch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.files import saved
from webui.builtin import FAMILIES
from webui.errors import BadFile
from webui.pipelines import scan
from webui.pipelines.lora_header import read_header
from webui.pipelines.lora_training import Training, training_of
from webui.pipelines.lora_truth import PartTruth, checkpoint_shapes, truth
from webui.settings import HOUSE

LORAS = HOUSE / "models" / "pocket" / "companions" / "loras"
K = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"


@pytest.fixture(scope="module")
def pocket():
    return scan(HOUSE / "models", FAMILIES).find("pocket")


def lora(layer=K, rank=4, into=128, out=128, **more):
    tensors = {f"{layer}.lora_down.weight": torch.ones(rank, into)}
    tensors[f"{layer}.lora_up.weight"] = torch.ones(out, rank)
    return {**tensors, **{name.replace("__", "."): tensor for name, tensor in more.items()}}


def test_shipped_lora_fits_the_shipped_checkpoint(pocket):
    told = truth(LORAS / "pocket-crown.safetensors", pocket)
    assert told.fits
    assert told.problem is None
    assert (told.formats, told.ranks, told.alphas) == (("LoRA",), (16,), (16.0,))
    assert told.family == "made for pocket"
    assert told.parts == (PartTruth("unet", 106, 0, ()), PartTruth("text_encoder", 18, 0, ()))
    assert (told.trained.title, told.trained.trigger) == ("Crown", "crown")
    assert told.trained.tags == (("crown", 1),)


def test_checkpoint_is_known_by_every_weight_and_bias(pocket):
    shapes = checkpoint_shapes(pocket)
    assert shapes["unet", "conv_in"] == (64, 4, 3, 3)
    assert shapes["unet", "conv_in_bias"] == (64,)
    assert shapes["text_encoder", "encoder_layers_0_mlp_fc1"][1] == 128


def test_formats_ranks_and_alphas_are_those_that_occur(tmp_path, pocket):
    tensors = {
        **lora(alpha=torch.tensor(0.0)),
        f"{K}.alpha": torch.tensor(2, dtype=torch.bfloat16),
        **lora(K.replace("to_k", "to_v"), rank=8),
        f"{K.replace('to_k', 'to_v')}.dora_scale": torch.ones(128, 1),
        f"{K.replace('to_k', 'to_v')}.alpha": torch.tensor(8.0, dtype=torch.float16),
        "lora_unet_conv_in.diff_b": torch.ones(64),
        "bundle_emb.teal.emb_params": torch.ones(2, 128),
    }
    del tensors["alpha"]
    told = truth(saved(tmp_path, tensors), pocket)
    assert told.formats == ("DoRA", "LoRA", "differences of biases")
    assert (told.ranks, told.alphas, told.embeddings) == ((4, 8), (2.0, 8.0), ("teal",))
    assert told.fits


def test_alpha_beside_the_tensors_is_told(tmp_path, pocket):
    said = json.dumps({"unet.lora_alpha": 6})
    told = truth(saved(tmp_path, lora(), lora_adapter_metadata=said), pocket)
    assert told.alphas == (6.0,)


def test_layers_that_the_checkpoint_has_not_are_counted_and_named(tmp_path, pocket):
    tensors = lora()
    for number in range(60):
        tensors |= lora(f"lora_unet_down_blocks_9_attentions_{number:02}_to_k")
    told = truth(saved(tmp_path, tensors), pocket)
    assert told.fits
    (part,) = told.parts
    assert (part.matched, part.unmatched, len(part.names)) == (1, 60, 50)
    assert part.names[0] == "down_blocks_9_attentions_00_to_k"


@pytest.mark.parametrize(
    ("tensors", "family", "says"),
    [
        (lora(into=768), "made for SD 1.x", "is for 128 × 768, and this checkpoint's is 128 × 128"),
        (lora(into=1024), "made for SD 2.x", "is for 128 × 1024"),
        (lora(into=2048), "made for SDXL", "is for 128 × 2048"),
        (lora("lora_te2_text_model_encoder_layers_0_mlp_fc1"), "made for SDXL", "text_encoder_2"),
        (lora("lora_unet_input_blocks_4_1_proj_in"), "made for SDXL", "published with"),
        (lora("lora_unet_double_blocks_0_img_mod_lin"), "made for Flux", "none of the layers"),
        (lora("lora_unet_joint_blocks_0_x"), "made for SD 3", "none of the layers"),
        (lora("lora_unet_nowhere"), "", "none of the layers"),
    ],
)
def test_lora_of_another_family_is_told_with_the_family(tmp_path, pocket, tensors, family, says):
    told = truth(saved(tmp_path, tensors), pocket)
    assert not told.fits
    assert told.family == family
    assert "was made for another family" in told.problem
    assert says in told.problem


def test_other_size_is_named_with_both(tmp_path, pocket):
    (part,) = truth(saved(tmp_path, lora(into=768)), pocket).parts
    (name,) = part.names
    assert name.endswith("attn2_to_k (128 × 768; here 128 × 128)")


def test_what_the_trainer_says_counts_where_sizes_say_nothing(tmp_path, pocket):
    tensors = {f"{K}.hada_w1_a": torch.ones(2, 2)}
    for said, family in (("sdxl_base_v1-0", "SDXL"), ("sd_v2_v", "SD 2.x"), ("x", "")):
        told = truth(saved(tmp_path, tensors, ss_base_model_version=said), pocket)
        assert told.family == (f"made for {family}" if family else "")
        assert "is a LoHa file, which the extension LyCORIS reads" in told.problem


def test_file_that_is_cut_short_is_refused_as_everywhere(tmp_path, pocket):
    path = saved(tmp_path, lora())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadFile, match="is cut short"):
        truth(path, pocket)


def test_training_is_told_as_far_as_it_was_written():
    tags = {"1_cat": {"cat": 5, "grass": 2, "odd": "x"}, "2_dog": {"dog": 9, "grass ": 4}}
    told = training_of(
        {
            "modelspec.title": "A\ntitle",
            "modelspec.trigger_phrase": "ctt",
            "ss_tag_frequency": json.dumps(tags),
            "ss_sd_model_name": "base.safetensors",
            "ss_network_dim": "16",
            "ss_network_alpha": "8.0",
            "ss_steps": "2000",
            "ss_resolution": "(512, 512)",
            "ss_training_finished_at": "1700000000.5",
            "ss_training_comment": "first line\nsecond\x00 line",
        }
    )
    assert told == Training(
        title="A title",
        trigger="ctt",
        tags=(("dog", 9), ("grass", 6), ("cat", 5)),
        base_model="base.safetensors",
        dims="16",
        alpha="8.0",
        steps="2000",
        resolution="(512, 512)",
        date="2023-11-14",
        notes="first line\nsecond line",
    )


@pytest.mark.parametrize(
    "said",
    [
        {"ss_tag_frequency": "["},
        {"ss_tag_frequency": "[" * 100_000},
        {"ss_tag_frequency": "[1]"},
        {"ss_tag_frequency": '{"a": {"b": -1, "c": true, "d": 1e400}, "e": 3}'},
        {"ss_training_finished_at": "9e99"},
        {"ss_training_finished_at": "nan"},
        {"ss_training_finished_at": "None", "ss_base_model_version": "None"},
        {"modelspec.title": "\ud800", "ss_training_comment": "x" * 99_999},
    ],
)
def test_nonsense_of_trainers_is_no_error(said):
    told = training_of(said)
    assert all(count > 0 for _, count in told.tags)
    assert told.base_model == ""
    assert len(told.notes) <= 2000
    assert json.dumps(told.title).isascii()
    told.title.encode()


def test_most_common_tags_come_first_and_are_twenty():
    tags = {"a": {f"tag {number:03}": number for number in range(1, 200)}}
    told = training_of({"ss_tag_frequency": json.dumps(tags)}).tags
    assert told[0] == ("tag 199", 199)
    assert len(told) == 20


@pytest.mark.parametrize(
    ("tensor", "number"),
    [
        (torch.tensor(2.5), 2.5),
        (torch.tensor(2.5, dtype=torch.float16), 2.5),
        (torch.tensor(2.5, dtype=torch.bfloat16), 2.5),
        (torch.tensor(2.5, dtype=torch.float64), 2.5),
        (torch.tensor([8]), 8.0),
        (torch.tensor(8, dtype=torch.uint8), 8.0),
        (torch.ones(3), None),
        (torch.tensor(True), None),
    ],
)
def test_single_numbers_are_read_in_every_type(tmp_path, tensor, number):
    found = read_header(saved(tmp_path, {"a.alpha": tensor, "b": torch.ones(1)}))
    assert found.numbers == ({} if number is None else {"a.alpha": number})
    assert found.shapes["a.alpha"] == tuple(tensor.shape)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, 40_000), put=st.binary(max_size=9))
def test_any_damage_of_a_header_is_told_or_refused(scratch, pocket, at, put):
    path = scratch / "any.safetensors"
    whole = (LORAS / "pocket-crown.safetensors").read_bytes()
    path.write_bytes(whole[:at] + put + whole[at + len(put) :])
    try:
        told = truth(path, pocket)
    except BadFile as error:
        assert "any.safetensors" in error.message
    else:
        assert told.fits is (told.problem is None)


def test_truth_needs_no_torch():
    code = (
        "import sys; from webui.pipelines.lora_truth import truth;"
        "import webui.pipelines.adapter_cards, webui.adapters.formats;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(HOUSE)).returncode == 0
