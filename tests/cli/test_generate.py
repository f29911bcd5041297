"""`webui generate`: pictures without a running studio, with the model that ships inside."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from tests.cli.test_listing import run
from webui.request import read_png
from webui.settings import HOUSE

ASKED = ("--exact", "--seed", 3, "--steps", 2, "--width", 64, "--height", 64)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """One folder for all, so that this machine is measured only once."""
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture
def generate(outputs):
    def generate(*words):
        return run("generate", "a red house", "--outputs", outputs, *words)

    return generate


def refused(found):
    """The message of a command that was refused in words."""
    assert found.exit_code == 2, found.exception or found.output
    assert isinstance(found.exception, SystemExit)
    assert found.stdout == ""
    assert "Traceback" not in found.stderr
    return " ".join(found.stderr.split())


def pixels(path):
    with Image.open(path, formats=("PNG",)) as image:
        return image.size, image.tobytes()


def test_command_writes_a_picture_that_can_be_made_again_from_what_it_carries(
    tmp_path, outputs, generate
):
    path = tmp_path / "new folder" / "house.png"
    words = ["generate", "a red house", "-o", path, "--outputs", outputs, "--json", *ASKED]
    found = subprocess.run(
        [sys.executable, "-m", "webui", *map(str, words)],
        cwd=HOUSE,
        capture_output=True,
        timeout=200,
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"},
        check=False,
    )
    assert (found.returncode, found.stderr.decode()) == (0, "")
    assert json.loads(found.stdout) == [{"path": str(path), "seed": 3}]
    metadata = read_png(path)
    request = metadata.request
    assert (request.prompt, request.seed, request.checkpoint) == ("a red house", 3, "pocket")
    assert len(request.files[0].sha256) == 64
    assert metadata.pairs["Prompt"] == "a red house"
    assert metadata.made_with["dtype"]

    again = generate(
        *("-o", tmp_path / "again.png", "--sampler", request.sampler, "--exact"),
        *("--schedule", request.schedule, "--cfg-scale", request.cfg_scale),
        *("--steps", request.steps, "--seed", request.seed),
        *("--width", request.width, "--height", request.height),
    )
    assert again.exit_code == 0
    assert again.stdout == f"{tmp_path / 'again.png'}  (seed 3)\n"
    assert pixels(tmp_path / "again.png") == pixels(path)
    assert read_png(tmp_path / "again.png").request == request


def test_several_pictures_are_numbered_and_each_carries_its_own_seed(tmp_path, generate):
    found = generate("-o", tmp_path / "house", "--batch-count", 2, "--json", *ASKED)
    assert found.exit_code == 0, found.stderr
    made = json.loads(found.stdout)
    assert made == [
        {"path": str(tmp_path / "house-1.png"), "seed": 3},
        {"path": str(tmp_path / "house-2.png"), "seed": 4},
    ]
    assert [read_png(tmp_path / f"house-{n}.png").request.seed for n in (1, 2)] == [3, 4]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house-1.png", "house-2.png"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", 0], "steps must be a whole number from 1 to 150; you gave 0."),
        (["--width", 7], "width must be a whole number from 16 to 4096, a multiple of 8"),
        (["--cfg-scale", "nan"], "cfg_scale must be a number from 0 to 30; you gave NaN."),
        (["--cfg-scale", "1e400"], "cfg_scale must be a number from 0 to 30"),
        (["--seed", "9" * 30], "seed must be a whole number from -1 to 9007199254740991"),
        (["--seed", "9" * 4000], "seed must be a whole number from -1 to 9007199254740991"),
        (["--batch-size", 17], "batch_size must be a whole number from 1 to 16"),
        (["--sampler", "nonsense"], 'sampler "nonsense" is not known. There is: dpmpp_2m'),
        (["--schedule", "nonsense"], 'schedule "nonsense" is not known. There is: normal'),
        (["--checkpoint", "sdxl"], 'checkpoint "sdxl" is not known. There is: pocket.'),
        (["--negative-prompt", "x" * 100_000], "negative_prompt must be text of at most 20,000"),
        (["--negative-prompt", "\udcff"], "negative_prompt must be text"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_wish_is_refused_in_words_and_writes_nothing(tmp_path, generate, words, said):
    assert said in refused(generate("-o", tmp_path / "x.png", *words))
    assert list(tmp_path.iterdir()) == []


def test_long_prompt_is_refused(tmp_path, outputs):
    found = run("generate", "x" * 100_000, "-o", tmp_path / "x.png", "--outputs", outputs)
    assert "prompt must be text of at most 20,000 characters" in refused(found)


@pytest.mark.parametrize("name", ["house.jpg", "house.webp", "house.txt"])
def test_name_of_another_kind_of_picture_is_refused(tmp_path, generate, name):
    assert ".png" in refused(generate("-o", tmp_path / name, *ASKED))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["folder", "folder.png", "folder v1.5"])
def test_folder_instead_of_a_file_is_refused(tmp_path, generate, name):
    (tmp_path / name).mkdir()
    assert "is a folder" in refused(generate("-o", tmp_path / name, *ASKED))
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("place", ["/", ".", ".."])
def test_folder_without_a_name_is_refused(tmp_path, generate, monkeypatch, place):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "is a folder" in refused(generate("-o", place, *ASKED))
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_file_in_the_way_of_the_folder_is_told_before_any_work(tmp_path, generate):
    (tmp_path / "file").write_text("in the way")
    assert str(tmp_path / "file") in refused(generate("-o", tmp_path / "file" / "x.png", *ASKED))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["x" * 300 + ".png", "half \udcff.png"], ids=["long", "half"])
def test_impossible_name_of_the_picture_ends_in_words(tmp_path, generate, name):
    found = generate("-o", tmp_path / name, *ASKED)
    if found.exit_code:
        refused(found)
    else:
        assert (tmp_path / name).exists()


def test_empty_models_folder_is_told_in_words(tmp_path, generate):
    said = refused(generate("-o", tmp_path / "x.png", "--models", tmp_path))
    assert said == "There is no checkpoint that can be used."


BROKEN = [
    "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
    "tokenizer/tokenizer.json",
    "vae/config.json",
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("part", BROKEN)
@pytest.mark.parametrize("how", ["cut", "garbage"])
def test_checkpoint_with_a_broken_part_ends_in_words(tmp_path, outputs, part, how):
    models = tmp_path / "models"
    shutil.copytree(
        HOUSE / "models" / "pocket", models / "broken", ignore=shutil.ignore_patterns("recipe")
    )
    file = models / "broken" / part
    file.write_bytes(file.read_bytes()[:100] if how == "cut" else b'{"garbage": [' * 50)
    found = run(
        *("generate", "a", "-o", tmp_path / "x.png", "--models", models, "--outputs", outputs)
    )
    assert "broken" in refused(found)
    assert not (tmp_path / "x.png").exists()
