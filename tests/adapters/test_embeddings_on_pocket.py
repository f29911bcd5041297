"""Embeddings act in the prompt and in the negative prompt, whatever the layout of their file."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.adapters.files import COMPANIONS, saved
from webui.adapters import read_embedding
from webui.families.sd1.family import Sd1
from webui.phrases import Phrase

TEAL = Path(COMPANIONS) / "embeddings" / "teal.safetensors"
FOLDER = Path("models/pocket")


@pytest.fixture(scope="module")
def components():
    return Sd1().load(FOLDER, torch.float32, torch.device("cpu"))


def guided(components, prompt, negative, words):
    """One guided prediction for a fixed noise: the negative prompt is led away from."""
    states = components.encode([(Phrase(negative),), (Phrase(prompt),)], words=words)
    x = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1)) * 10
    sigma, t = torch.tensor([10.0, 10.0]), torch.tensor([950.0, 950.0])
    away, towards = components.denoise(x.repeat(2, 1, 1, 1), sigma, t, states)
    return away + 4 * (towards - away)


def colour(components, latents):
    """Mean of red, green and blue."""
    return components.decode(latents[None]).float().mean((0, 1, 2))


@pytest.mark.parametrize("layout", ["emb_params", "<teal>", "string_to_param.*"])
def test_every_layout_leads_to_teal_and_in_the_negative_prompt_away(tmp_path, components, layout):
    vectors = load_file(TEAL)["emb_params"]
    assert len(vectors) == 2
    words = {"teal": read_embedding(saved(tmp_path, {layout: vectors}))}
    plain = colour(components, guided(components, "a house", "", words))
    led = colour(components, guided(components, "a teal house", "", words))
    away = colour(components, guided(components, "a house", "a teal house", words))

    def redness(shown):
        return float(shown[0] - (shown[1] + shown[2]) / 2)

    assert redness(led) < redness(plain) < redness(away)


def test_without_its_file_the_word_is_only_a_word(components):
    words = {"teal": read_embedding(TEAL)}
    with_it = components.encode([(Phrase("a teal house"),)], words=words)
    without = components.encode([(Phrase("a teal house"),)])
    assert not torch.equal(with_it, without)
