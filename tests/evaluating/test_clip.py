"""CLIP from a folder; here a tiny one of the very classes, with random weights."""

import pytest
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

from webui.errors import WebuiError
from webui.evaluating.clip import Clip, find_clip
from webui.settings import HOUSE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(HOUSE / "models/pocket/tokenizer")
    tower = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    ends = {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = CLIPConfig(
        text_config={**tower, **ends},
        vision_config={**tower, "image_size": 32, "patch_size": 8},
        projection_dim=8,
    )
    models = tmp_path_factory.mktemp("models")
    path = models / "clip" / "tiny"
    CLIPModel(config).save_pretrained(path)
    sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    CLIPProcessor(CLIPImageProcessor(**sizes), tokenizer).save_pretrained(path)
    return path


def test_folder_is_found_below_the_models(folder, tmp_path):
    assert find_clip(folder.parents[1]) == folder
    assert find_clip(tmp_path) is None


def test_features_are_unit_vectors(folder):
    features = Clip.load(folder).features([Image.new("RGB", (50, 40), "red")] * 2)
    assert features.shape == (2, 8)
    assert features.norm(dim=1).tolist() == pytest.approx([1, 1])


def test_score_is_the_mean_cosine_of_picture_and_prompt(folder):
    clip = Clip.load(folder)
    pictures = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    singly = [clip.score([picture], ["a red boat"]) for picture in pictures]
    assert 0 <= min(singly) <= max(singly) <= 100
    assert clip.score(pictures, ["a red boat"] * 2) == pytest.approx(sum(singly) / 2, rel=1e-4)


def test_folder_without_a_model_is_refused_in_words(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WebuiError, match="cannot be read"):
        Clip.load(tmp_path)
