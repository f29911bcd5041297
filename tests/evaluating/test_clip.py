"""CLIP from a folder; here a tiny one of the very classes, with random weights."""

import pytest
from PIL import Image

from webui.errors import WebuiError
from webui.evaluating.clip import Clip, find_clip


def test_folder_is_found_below_the_models(clip_folder, tmp_path):
    assert find_clip(clip_folder.parents[1]) == clip_folder
    assert find_clip(tmp_path) is None


def test_features_are_unit_vectors(clip_folder):
    features = Clip.load(clip_folder).features([Image.new("RGB", (50, 40), "red")] * 2)
    assert features.shape == (2, 8)
    assert features.norm(dim=1).tolist() == pytest.approx([1, 1])


def test_score_is_the_mean_cosine_of_picture_and_prompt(clip_folder):
    clip = Clip.load(clip_folder)
    pictures = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    singly = [clip.score([picture], ["a red boat"]) for picture in pictures]
    assert 0 <= min(singly) <= max(singly) <= 100
    assert clip.score(pictures, ["a red boat"] * 2) == pytest.approx(sum(singly) / 2, rel=1e-4)


def test_folder_without_a_model_is_refused_in_words(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WebuiError, match="cannot be read"):
        Clip.load(tmp_path)
