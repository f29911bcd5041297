"""Our files in diffusers' loader, and diffusers' files in ours, have the same effect.

Its loader wants PEFT, which the program does not; the test tools have it.
"""

import pytest
import torch
from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_lora_to_diffusers
from diffusers.loaders.lora_pipeline import StableDiffusionLoraLoaderMixin
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from transformers import CLIPTextConfig, CLIPTextModel
from transformers.utils import logging

from tests.adapters.files import saved
from webui.adapters import Patcher, Worn, read_lora

pytestmark = pytest.mark.filterwarnings("ignore")

RANK, ALPHA = 4, 2.0


@pytest.fixture(autouse=True)
def quiet():
    """The loaders print tables of what they did not find."""
    logging.set_verbosity_error()
    diffusers_logging.set_verbosity_error()


def networks():
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=12,
        attention_head_dim=4,
        norm_num_groups=4,
    )
    config = CLIPTextConfig(
        vocab_size=50,
        hidden_size=12,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
    )
    return {"unet": unet.eval(), "text_encoder": CLIPTextModel(config).eval()}


class Theirs(StableDiffusionLoraLoaderMixin):
    """As much of a pipeline as its loader needs."""

    _exclude_from_cpu_offload = ()
    hf_device_map = None

    def __init__(self, unet, text_encoder):
        self.unet, self.text_encoder = unet, text_encoder
        self.components = {"unet": unet, "text_encoder": text_encoder}


@torch.no_grad()
def outcome(parts):
    """What both networks say of a fixed question."""
    draw = torch.Generator().manual_seed(1)
    words = torch.arange(2, 12)[None]
    states = parts["text_encoder"](words).last_hidden_state
    x = torch.randn(1, 4, 8, 8, generator=draw)
    return parts["unet"](x, torch.tensor([30.0]), encoder_hidden_states=states).sample


def layers(parts):
    """Those that trainers change: (part, name, layer).

    With `out_proj`: diffusers knows the names of CLIP's attention only where that is among them.
    """
    wanted = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.2", "q_proj", "out_proj", "fc1")
    for part, module in parts.items():
        for name, layer in module.named_modules():
            is_conv = isinstance(layer, torch.nn.Conv2d) and "resnets" in name
            if is_conv or (name.endswith(wanted) and isinstance(layer, torch.nn.Linear)):
                yield part, name, layer


def kohya_file():
    """As kohya's trainer writes it, with an alpha that is not the rank."""
    draw, tensors = torch.Generator().manual_seed(2), {}
    for part, name, layer in layers(networks()):
        out, into, *kernel = layer.weight.shape
        before = "lora_unet_" if part == "unet" else "lora_te_text_model_"
        key = before + name.replace(".", "_")
        down = torch.randn((RANK, into, *kernel), generator=draw) * 0.3
        up = torch.randn((out, RANK, *(1 for _ in kernel)), generator=draw) * 0.3
        tensors |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up}
        tensors[f"{key}.alpha"] = torch.tensor(ALPHA)
    return tensors


def test_names_that_diffusers_makes_of_kohyas_are_read_as_the_same_layers(tmp_path):
    tensors = kohya_file()
    made, alphas = _convert_non_diffusers_lora_to_diffusers(dict(tensors))
    one = read_lora(saved(tmp_path, tensors, "kohya"))
    other = read_lora(saved(tmp_path, made, "diffusers"))
    assert other.layers.keys() == one.layers.keys()
    assert set(alphas.values()) == {ALPHA}  # which diffusers keeps beside the tensors
    for place, change in other.changes.items():
        assert torch.equal(change.down, one.changes[place].down)
        assert torch.equal(change.up, one.changes[place].up)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_kohya_files_have_the_effect_that_they_have_in_diffusers(tmp_path, strength):
    path, ours, theirs = saved(tmp_path, kohya_file()), networks(), networks()
    plain = outcome(ours)
    file, patcher = read_lora(path), Patcher(ours)
    assert patcher.unmatched(file) == ()
    patcher.wear([Worn(file, strength, strength)])
    loaded = Theirs(**theirs)
    loaded.load_lora_weights(str(tmp_path), weight_name=path.name, adapter_name="one")
    loaded.set_adapters("one", strength)
    torch.testing.assert_close(outcome(ours), outcome(theirs), rtol=1e-4, atol=1e-5)
    assert (outcome(ours) - plain).abs().max() > 0.01


@pytest.mark.parametrize("options", [{}, {"use_dora": True}, {"use_rslora": True}])
def test_files_of_diffusers_have_the_effect_that_they_have_there(tmp_path, options):
    from peft import LoraConfig

    ours, theirs = networks(), networks()
    for part, module in theirs.items():
        names = [name for own, name, _ in layers(theirs) if own == part]
        config = LoraConfig(
            r=RANK, lora_alpha=ALPHA, target_modules=names, init_lora_weights=False, **options
        )
        module.add_adapter(config)
        _shake(module)
    _save(theirs, tmp_path)
    file, patcher = read_lora(tmp_path / "pytorch_lora_weights.safetensors"), Patcher(ours)
    assert patcher.unmatched(file) == ()
    plain = outcome(ours)
    patcher.wear([Worn(file, 1, 1)])
    torch.testing.assert_close(outcome(ours), outcome(theirs), rtol=1e-4, atol=1e-5)
    assert (outcome(ours) - plain).abs().max() > 0.01
    label = "DoRA" if "use_dora" in options else "LoRA"
    assert {layer.format.label for layer in file.layers.values()} == {label}


@torch.no_grad()
def _shake(module):
    """Lengths that are not those of the base."""
    draw = torch.Generator().manual_seed(3)
    for name, parameter in module.named_parameters():
        if "magnitude" in name:
            parameter.mul_(0.8 + 0.4 * torch.rand(parameter.shape, generator=draw))


def _save(parts, folder):
    from diffusers.training_utils import _collate_lora_metadata
    from peft import get_peft_model_state_dict

    states = {part: get_peft_model_state_dict(module) for part, module in parts.items()}
    StableDiffusionLoraLoaderMixin.save_lora_weights(
        folder,
        unet_lora_layers=states["unet"],
        text_encoder_lora_layers=states["text_encoder"],
        **_collate_lora_metadata(dict(parts)),
    )
