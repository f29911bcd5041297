"""The published folder: small, safetensors only, loaded by plain diffusers, true to its painter."""

import logging
import random
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from recipe import words
from recipe.domain import SMALL
from recipe.export import export
from recipe.painter import paint
from recipe.settings import MODEL_FOLDER as POCKET
from recipe.tokens import build_tokenizer
from recipe.vae import psnr, to_tensor

from webui.evaluating.judge import Judge
from webui.evaluating.prompts import read_prompts
from webui.evaluating.scores import scores

RECONSTRUCTION_DB = 28.0
PARTS = ("scheduler", "text_encoder", "tokenizer", "unet", "vae")


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    return load(POCKET)


def load(folder: Path) -> StableDiffusionPipeline:
    loaded = StableDiffusionPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
    )
    loaded.set_progress_bar_config(disable=True)
    return loaded


def test_folder_loads_without_a_warning(caplog):
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        load(POCKET)
    assert not caplog.records


def test_weights_are_safetensors_only_and_small():
    files = [p for part in PARTS for p in (POCKET / part).rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= {".safetensors", ".json"}
    assert sum(p.stat().st_size for p in files) < 25e6


def test_configuration_is_what_the_studio_expects(pipeline):
    assert pipeline.safety_checker is None
    assert pipeline.feature_extractor is None
    assert pipeline.scheduler.config.prediction_type == "v_prediction"
    assert pipeline.unet.config.sample_size == 16
    assert pipeline.vae_scale_factor == 8
    assert pipeline.vae.config.scaling_factor == 0.18215
    assert pipeline.tokenizer.model_max_length == 77


def test_every_known_word_is_one_token(pipeline):
    spelled = {"8-bit"}  # every CLIP tokenizer parts digits and hyphens from letters
    for word in set(words.vocabulary()) - spelled:
        assert len(pipeline.tokenizer(word).input_ids) == 3, word


def test_unknown_words_fall_to_letters_and_come_back(pipeline):
    ids = pipeline.tokenizer("Zeppelin über 42!").input_ids
    assert pipeline.tokenizer.unk_token_id not in ids[1:-1]
    assert pipeline.tokenizer.decode(ids[1:-1]).strip() == "zeppelin über 4 2 !"


def test_rebuilt_tokenizer_numbers_its_tokens_the_same_each_time():
    assert build_tokenizer().get_vocab() == build_tokenizer().get_vocab()


def test_vae_reconstructs_painter_pictures(pipeline):
    rng = random.Random(99)
    pictures = torch.cat([to_tensor(paint_array(rng)) for _ in range(16)])
    assert psnr(pipeline.vae, pictures) >= RECONSTRUCTION_DB


def test_latents_are_white(pipeline):
    rng = random.Random(98)
    pictures = torch.cat([to_tensor(paint_array(rng)) for _ in range(32)])
    with torch.no_grad():
        latents = pipeline.vae.encode(pictures).latent_dist.mode()
    latents = latents * pipeline.vae.config.scaling_factor
    assert latents.mean(dim=(0, 2, 3)).abs().max() < 0.4
    assert latents.std(dim=(0, 2, 3)).min() > 0.7
    assert latents.std(dim=(0, 2, 3)).max() < 1.4


# diffusers 0.42 hands numpy 2 a torch tensor in its solver.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_same_seed_samples_the_same_picture(pipeline):
    first, second = (
        pipeline(
            "a red boat on the sea",
            num_inference_steps=2,
            generator=torch.Generator().manual_seed(1),
            output_type="np",
        ).images
        for _ in range(2)
    )
    assert first.shape == (1, 128, 128, 3)
    assert (first == second).all()


# diffusers 0.42 hands numpy 2 a torch tensor in its solver.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_published_model_follows_its_prompts(pipeline):
    """A sample of the 500 that the card is about; the limits leave room for its size."""
    prompts = read_prompts(POCKET / "judge" / "prompts.json")
    chosen = (*prompts[:32], *prompts[-16:])
    images = []
    for start in range(0, len(chosen), 16):
        images += pipeline(
            [prompt.text for prompt in chosen[start : start + 16]],
            num_inference_steps=16,
            guidance_scale=3.5,
            generator=[torch.Generator().manual_seed(start + i) for i in range(16)],
        ).images
    seen = Judge.load(POCKET / "judge").look(images)
    found = scores([(p.wanted, s) for p, s in zip(chosen, seen, strict=True) if p.wanted])
    for name in ("object", "colour", "place", "time", "position"):
        assert found[name].share >= 0.85, (name, found[name])
    assert found["style"].share >= 0.75, found["style"]
    assert found["all objects"].share >= 0.7, found["all objects"]
    assert found["all colours bound"].share >= 0.6, found["all colours bound"]


def test_export_writes_the_same_weights_again(pipeline, tmp_path):
    export(pipeline, tmp_path / "pocket")
    for path in (path for part in PARTS for path in (POCKET / part).rglob("*.safetensors")):
        copy = tmp_path / "pocket" / path.relative_to(POCKET)
        assert copy.read_bytes() == path.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"pocket"}


def paint_array(rng: random.Random):
    return np.asarray(paint(SMALL.random_scene(rng)).image)[None]
