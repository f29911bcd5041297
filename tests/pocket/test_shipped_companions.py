"""The shipped companions do what they are for; the card has the numbers of more pictures."""

import numpy as np
import pytest
from PIL import Image
from recipe.companions import proofs
from recipe.companions.control import HINTS
from recipe.companions.control_proofs import overlap, overlaps
from recipe.companions.merging import merged
from recipe.proofs import open_bench
from recipe.settings import MODEL_FOLDER as POCKET
from recipe.upscaler import compare
from safetensors import safe_open
from spandrel import ModelLoader

# diffusers reads torch tensors with np.array, in the way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:__array_wrap__ must accept:DeprecationWarning",
)

COMPANIONS = POCKET / "companions"
COUNT = 12


@pytest.fixture(scope="module")
def bench():
    return open_bench(POCKET, cfg=3.5, count=1)


@pytest.fixture(scope="module")
def drawn(bench):
    """The pictures of a LoRA's own prompts by weight, None being the plain base."""

    def draw(trial, weight):
        prompts = proofs.prompts_for(trial, COUNT)
        if weight is None:
            return bench.draw(prompts, bench.cfg)
        with merged(proofs.base_of(bench), COMPANIONS / trial.file, weight):
            return bench.draw(prompts, bench.cfg)

    return draw


@pytest.mark.parametrize("name", proofs.LORAS)
def test_lora_brings_its_new_thing_at_one_nothing_at_zero_and_less_at_half(bench, drawn, name):
    trial = proofs.LORAS[name]
    plain, none, half, full = (drawn(trial, weight) for weight in (None, 0.0, 0.5, 1.0))
    assert proofs.share(bench, plain, trial) <= 0.1
    assert proofs.share(bench, full, trial) >= 0.75
    assert proofs.distance(plain, none) == 0
    assert 0 < proofs.distance(plain, half) < proofs.distance(plain, full)


def test_embedding_brings_its_colour(bench):
    without, made = proofs.with_and_without(bench, COMPANIONS, proofs.TEAL, COUNT)
    assert made >= without + 0.5


@pytest.mark.parametrize("kind", HINTS)
def test_controlnet_puts_edges_where_the_hint_has_them(bench, kind):
    with_hint, without = overlaps(bench, COMPANIONS, kind, COUNT)
    assert with_hint > 2 * without


def test_tiny_vae_shows_what_the_large_one_shows(bench):
    small, full = proofs.decoders(bench, COMPANIONS, 16)
    assert small > 20
    assert full >= 28


def test_spandrel_reads_the_upscaler_and_it_beats_lanczos():
    read = ModelLoader().load_from_file(COMPANIONS / "upscalers" / "pocket-x2.safetensors")
    assert (read.architecture.id, read.scale) == ("Compact", 2)
    quality = compare(read.model.float(), count=8)
    assert quality["upscaler"] > quality["lanczos"] + 2


def test_files_say_what_they_are():
    for name in proofs.LORAS:
        with safe_open(COMPANIONS / proofs.LORAS[name].file, "pt") as file:
            assert file.metadata()["modelspec.trigger_phrase"] == name


def test_pocket_and_its_companions_are_small():
    files = [f for f in POCKET.rglob("*") if f.suffix in (".safetensors", ".bin", ".pt")]
    assert sum(file.stat().st_size for file in files) < 40e6


def test_overlap_is_one_for_the_hint_itself_and_nothing_elsewhere():
    lines = np.zeros((128, 128), np.uint8)
    lines[40] = 255
    hint = Image.fromarray(lines)
    there = Image.fromarray(np.repeat((np.arange(128) < 40)[:, None] * np.uint8(255), 128, 1))
    nowhere = Image.new("RGB", (128, 128))
    assert overlap(there.convert("RGB"), hint) == pytest.approx(1, abs=0.35)
    assert overlap(nowhere, hint) == 0
