"""Companions begin by changing nothing, learn from exact labels, and are stored as others do."""

import random
import re

import numpy as np
import pytest
import torch
from PIL import Image
from recipe.companions.__main__ import MAKERS, scenes_with
from recipe.companions.control import HINTS, hints_of, new_control
from recipe.companions.embedding import (
    NewWord,
    load_embedding,
    save_embedding,
    train_embedding,
)
from recipe.companions.lesson import Base, Lesson, teach
from recipe.companions.lora import Adapter, save_diffusers, save_kohya, train_lora
from recipe.companions.merging import merged
from recipe.domain import SMALL
from recipe.painter import paint
from recipe.settings import MODEL_FOLDER as POCKET
from recipe.text_warmup import tokenize
from recipe.tiny_vae import new_tiny_vae
from recipe.upscaler import Upscaler, decibels, lanczos
from safetensors import safe_open
from safetensors.torch import load_file
from spandrel import ModelLoader

ONE_STEP = 1e-6  # minutes


@pytest.fixture
def base():
    return Base.load(POCKET)


@pytest.fixture(scope="module")
def scenes():
    rng = random.Random(1)
    return [SMALL.random_scene(rng) for _ in range(8)]


def question(seed=0):
    noise = torch.Generator().manual_seed(seed)
    return torch.randn(1, 4, 16, 16, generator=noise), torch.tensor([600])


def context(base, words="a red boat on the sea"):
    return base.text(tokenize(base.tokenizer, [words])).last_hidden_state


@torch.no_grad()
def answer(base, **residuals):
    return base.unet(*question(), context(base), **residuals).sample


@pytest.mark.parametrize("convolutions", [False, True])
def test_fresh_lora_changes_nothing_and_a_taught_one_does(base, scenes, convolutions):
    plain = answer(base)
    adapter = Adapter.on(base, 2, text=True, convolutions=convolutions)
    assert torch.equal(answer(base), plain)
    assert train_lora(base, Lesson.paint(base, scenes), adapter, ONE_STEP, seed=1) == 1
    assert not torch.equal(answer(base), plain)


def test_lora_of_kohya_names_every_layer_with_down_up_and_alpha(base, tmp_path):
    adapter = Adapter.on(base, 4, text=True, convolutions=True)
    path = tmp_path / "loras" / "robot.safetensors"
    save_kohya(adapter, path, "Robot", "robot")
    tensors = load_file(path)
    pattern = r"lora_(unet|te)_[a-z0-9_]+\.(lora_down\.weight|lora_up\.weight|alpha)"
    assert all(re.fullmatch(pattern, name) for name in tensors)
    assert len(tensors) == 3 * (len(adapter.unet) + len(adapter.text))
    assert any(name.startswith("lora_te_text_model_encoder_layers_0_mlp_fc1") for name in tensors)
    assert any(value.ndim == 4 and value.shape[2] == 3 for value in tensors.values())
    with safe_open(path, "pt") as file:
        assert file.metadata()["modelspec.trigger_phrase"] == "robot"


def test_lora_of_diffusers_names_every_layer_with_a_and_b(base, tmp_path):
    path = tmp_path / "blueprint.safetensors"
    adapter = Adapter.on(base, 4, text=False, convolutions=False)
    save_diffusers(adapter, path, "Blueprint", "blueprint")
    tensors = load_file(path)
    assert all(re.fullmatch(r"unet\.[a-z0-9_.]+\.lora_[AB]\.weight", name) for name in tensors)
    assert len(tensors) == 2 * len(adapter.unet)


@pytest.mark.parametrize("save", [save_kohya, save_diffusers])
@pytest.mark.parametrize("convolutions", [False, True])
def test_merged_file_does_what_was_taught_and_leaves_no_trace(base, tmp_path, save, convolutions):
    plain, path = answer(base), tmp_path / "new.safetensors"
    taught = Base.load(POCKET)
    adapter = Adapter.on(taught, 2, text=True, convolutions=convolutions)
    for parameter in adapter.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    save(adapter, path, "New", "new")
    before = {name: value.clone() for name, value in base.unet.state_dict().items()}
    with merged(base, path, 0.0):
        assert torch.equal(answer(base), plain)
    with merged(base, path, 1.0):
        assert torch.allclose(answer(base), answer(taught), atol=2e-3)
        assert not torch.allclose(answer(base), plain, atol=2e-2)
    assert all(torch.equal(value, before[n]) for n, value in base.unet.state_dict().items())


def test_embedding_of_a_file_says_what_was_saved_until_it_is_taken_away(base, tmp_path):
    plain = context(base, "a teal boat")
    word = NewWord(base, "teal", begin="blue")
    said, path = context(base, "a teal boat"), tmp_path / "teal.safetensors"
    save_embedding(word, path)
    word.take_away()
    assert torch.equal(context(base, "a teal boat"), plain)
    loaded = load_embedding(base, path)
    assert torch.allclose(context(base, "a teal boat"), said, atol=1e-2)
    loaded.take_away()


def test_embedding_stands_for_its_word_only(base, tmp_path):
    without, plain = context(base), context(base, "a teal boat")
    word = NewWord(base, "teal", begin="blue")
    assert torch.equal(context(base), without)
    assert not torch.equal(context(base, "a teal boat"), plain)
    save_embedding(word, tmp_path / "teal.safetensors")
    saved = load_file(tmp_path / "teal.safetensors")["emb_params"]
    assert saved.shape == (len(word.tokens), 128)


def test_lesson_moves_the_embedding(base, scenes):
    word = NewWord(base, "teal", begin="blue")
    begun = word.vectors.detach().clone()
    new = scenes_with(SMALL, {"colour": "teal"}, 8, seed=3)
    train_embedding(base, Lesson.paint(base, new), word, ONE_STEP, seed=1)
    assert not torch.equal(word.vectors, begun)


@torch.no_grad()
def test_fresh_controlnet_changes_nothing(base, scenes):
    control = new_control(base)
    noisy, times = question()
    down, middle = control(
        noisy,
        times,
        encoder_hidden_states=context(base),
        controlnet_cond=hints_of("edges", scenes[:1]),
        return_dict=False,
    )
    changed = answer(
        base, down_block_additional_residuals=down, mid_block_additional_residual=middle
    )
    assert torch.allclose(changed, answer(base))


@pytest.mark.parametrize("kind", HINTS)
def test_hints_are_thin_white_lines_at_the_things(kind, scenes):
    for scene in scenes:
        hint = np.asarray(HINTS[kind](scene))
        assert hint.shape == (128, 128)
        assert set(np.unique(hint)) <= {0, 255}
        assert 0.005 < (hint > 0).mean() < 0.3
        mask = np.asarray(paint(scene).masks[0]) > 127
        edge = mask ^ np.roll(mask, 1, 0) | mask ^ np.roll(mask, 1, 1)
        near = np.asarray(Image.fromarray(hint).resize((64, 64), Image.Resampling.BOX)) > 0
        assert near.repeat(2, 0).repeat(2, 1)[edge].mean() > 0.5


@pytest.mark.parametrize("new", [{"kind": "robot"}, {"colour": "teal"}, {"style": "blueprint"}])
def test_most_scenes_of_a_lesson_hold_what_is_new(new):
    ((name, value),) = new.items()
    found = scenes_with(SMALL, new, 200, seed=2)
    holds = [value in (getattr(s, name, None), getattr(s.things[0], name, None)) for s in found]
    assert 0.7 < sum(holds) / 200 < 0.9


def test_teaching_touches_only_what_it_is_given(base, scenes):
    before = {name: value.clone() for name, value in base.unet.state_dict().items()}
    control = new_control(base)

    def loss_of(batch):
        return batch.loss(base.unet(batch.noisy, batch.times, batch.context).sample) + sum(
            p.square().sum() for p in control.parameters()
        )

    lesson = Lesson.paint(base, scenes)
    teach(base, lesson, control.parameters(), loss_of, minutes=ONE_STEP, rate=1e-3, seed=1)
    assert all(torch.equal(value, before[n]) for n, value in base.unet.state_dict().items())


def test_upscaler_doubles_and_its_layout_is_the_compact_one():
    network = Upscaler()
    assert network(torch.rand(1, 3, 20, 12)).shape == (1, 3, 40, 24)
    read = ModelLoader().load_from_state_dict(network.state_dict())
    assert (read.architecture.id, read.scale, read.input_channels) == ("Compact", 2, 3)
    picture = torch.rand(1, 3, 20, 12)
    assert torch.equal(read(picture), network(picture).clamp(0, 1))


def test_lanczos_of_a_flat_picture_is_exact():
    flat = torch.full((1, 3, 8, 8), 0.4)
    assert decibels(lanczos(flat), torch.full((1, 3, 16, 16), 0.4)) > 50


@torch.no_grad()
def test_tiny_vae_has_the_large_ones_shapes():
    tiny = new_tiny_vae().eval()
    assert tiny.decode(torch.zeros(1, 4, 16, 16)).sample.shape == (1, 3, 128, 128)
    assert tiny.encode(torch.zeros(1, 3, 128, 128)).latents.shape == (1, 4, 16, 16)
    assert sum(p.numel() for p in tiny.parameters()) < 500_000


def test_every_companion_of_the_issue_has_a_maker():
    assert {"robot", "blueprint", "crown", "teal", "edges", "scribble"} <= set(MAKERS)
    assert {"tiny-vae", "upscaler"} <= set(MAKERS)
