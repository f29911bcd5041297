"""The lessons of the training: exact labels in the right places, and a clock that stops."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from recipe.dataset import Dataset, cache_latents
from recipe.diffusion import Trainer, stratified_times
from recipe.domain import SMALL
from recipe.networks import new_text_encoder, new_unet
from recipe.object_maps import KINDS, PAINTS, class_maps, classes_of
from recipe.painter import Scene, Thing
from recipe.pictures import draw_all, load_masks, load_scenes, scenes
from recipe.polish import polish_decoder
from recipe.settings import CPU_PLAN
from recipe.settings import MODEL_FOLDER as POCKET
from recipe.text_warmup import EACH, NOTHING, WHOLE, Readers, labels, warm_up
from recipe.tokens import build_tokenizer
from recipe.vae import HELD_OUT, new_vae
from safetensors.torch import load_file

TWO = Scene(
    (Thing("boat", "red", "big", "left"), Thing("star", "blue", "small", "right")),
    *("sea", "night", "pixel", 5),
)
PLAN = replace(CPU_PLAN, batch=4, unet_minutes=1e9)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A few drawn and encoded pictures."""
    folder = tmp_path_factory.mktemp("training")
    draw_all(folder, scenes(SMALL, 3, HELD_OUT + 8), workers=2)
    vae = new_vae().eval()
    vae.save_pretrained(folder / "vae")
    cache_latents(folder, vae)
    return folder


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


@pytest.fixture
def trainer(tokenizer):
    torch.manual_seed(0)
    return Trainer(new_text_encoder(tokenizer), new_unet(), tokenizer, PLAN)


def test_drawn_pictures_are_kept_with_their_scenes(work):
    assert load_scenes(work) == scenes(SMALL, 3, HELD_OUT + 8)
    assert load_masks(work).shape == (HELD_OUT + 8, 3, 16, 16)


def test_labels_say_what_stands_where_and_what_does_not():
    found = labels([TWO])
    assert found["kind"].tolist() == [
        [EACH["kind"].index(kind) for kind in ("boat", "nothing", "star")]
    ]
    assert found["colour"][0, 1] == found["size"][0, 1] == NOTHING
    assert WHOLE["time"][found["time"][0]] == "night"


def test_maps_share_every_cell_among_things_and_nothing():
    masks = np.zeros((1, 3, 16, 16), np.uint8)
    masks[0, 0, :, :4], masks[0, 1, :, 12:] = 255, 51
    kinds, paints = classes_of([TWO], 3)
    maps = class_maps(masks, kinds, len(KINDS))
    assert torch.allclose(maps.sum(1), torch.ones(1, 16, 16))
    assert maps[0, KINDS.index("boat"), 0].tolist() == [1] * 4 + [0] * 12
    assert maps[0, KINDS.index("star"), 0, 15] == pytest.approx(0.2)
    assert maps[0, 0, 0, 15] == pytest.approx(0.8)
    assert PAINTS[paints[0, 1]] == "blue"


def test_times_are_one_of_each_slice():
    times = stratified_times(10, 1000)
    assert [int(t) // 100 for t in times] == list(range(10))


def test_readers_answer_for_three_places_and_the_whole():
    scores = Readers(32)(torch.randn(5, 7, 32))
    assert scores["kind"].shape == (5, 3, len(EACH["kind"]))
    assert scores["style"].shape == (5, len(WHOLE["style"]))


def test_warm_up_teaches_the_text_encoder(tokenizer, capsys):
    torch.manual_seed(0)
    encoder = new_text_encoder(tokenizer)
    warm_up(encoder, tokenizer, scenes(SMALL, 1, 300), steps=100, seed=1)
    losses = [
        float(line.split("loss ")[1].split()[0]) for line in capsys.readouterr().out.split("\n")[:2]
    ]
    assert losses[1] < losses[0]


def test_stopped_training_goes_on_where_it_was(work, trainer, tokenizer, tmp_path):
    data = Dataset.load(work)
    trainer._train_step(data, np.arange(4))
    trainer.step, trainer.seconds = 1, 7.0
    trainer.save(tmp_path / "unet.pt")
    again = Trainer(new_text_encoder(tokenizer), new_unet(), tokenizer, PLAN)
    again.resume(tmp_path / "unet.pt")
    assert (again.step, again.seconds) == (1, 7.0)
    for name, value in trainer.networks.state_dict().items():
        assert torch.equal(again.networks.state_dict()[name], value)
    assert [p.name for p in tmp_path.iterdir()] == ["unet.pt"]


def test_step_of_training_moves_the_networks_and_a_little_the_average(work, trainer):
    before = trainer.networks["unet"].conv_in.weight.detach().clone()
    trainer._train_step(Dataset.load(work), np.arange(4))
    moved = (trainer.networks["unet"].conv_in.weight - before).abs().max()
    followed = (trainer.average["unet"].conv_in.weight - before).abs().max()
    assert moved > 0
    assert 0 < followed <= moved


def test_polishing_keeps_the_encoder(work):
    before = load_file(work / "vae" / "diffusion_pytorch_model.safetensors")
    polish_decoder(work, 1e-6, seed=1)
    after = load_file(work / "vae" / "diffusion_pytorch_model.safetensors")
    changed = {name.split(".")[0] for name in after if not torch.equal(after[name], before[name])}
    assert changed <= {"decoder", "post_quant_conv"}
    assert "decoder" in changed


def test_published_parts_are_what_the_recipe_builds(tokenizer):
    for network, part in ((new_unet(), "unet"), (new_text_encoder(tokenizer), "text_encoder")):
        (path,) = (POCKET / part).glob("*.safetensors")
        published = load_file(path)
        own = {name: value.shape for name, value in network.state_dict().items()}
        assert {name: value.shape for name, value in published.items()} == {
            name: own[name] for name in published
        }
