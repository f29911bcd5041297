"""`webui remake`: a saved picture made again from what it carries."""

import shutil

import pytest
from PIL import Image, PngImagePlugin

from tests.cli.test_listing import run
from webui.request import read_png
from webui.settings import HOUSE

ASKED = ("--seed", 3, "--steps", 2, "--width", 64, "--height", 64)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """One folder for all, so that this machine is measured only once."""
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture
def make(outputs, tmp_path):
    """Generate a picture and give its path."""

    def make(*words):
        path = tmp_path / "house.png"
        found = run("generate", "a red house", "-o", path, "--outputs", outputs, *ASKED, *words)
        assert found.exit_code == 0, found.stderr
        return path

    return make


@pytest.fixture
def remake(outputs):
    return lambda *words: run("remake", *words, "--outputs", outputs)


def rewritten(path, *, pixel=None, **changes):
    """The picture saved anew with a changed pixel, or with changed text chunks."""
    with Image.open(path) as image:
        info = PngImagePlugin.PngInfo()
        for key, text in {**image.text, **changes}.items():
            info.add_text(key, text)
        if pixel:
            image.putpixel((0, 0), pixel)
        image.save(path, pnginfo=info)
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["--exact"],
        ["--sampler", "euler_a"],
        ["--sampler", "dpmpp_sde", "--variation-strength", 0.4, "--noise-source", "nv"],
        ["--seed-resize-width", 32, "--cfg-scale", 1],
    ],
    ids=["exact", "ancestral", "brownian and varied", "resized"],
)
def test_picture_made_again_is_equal(make, remake, tmp_path, words):
    path = make(*words)
    found = remake(path, "-o", tmp_path / "again.png")
    assert (found.exit_code, found.stdout) == (0, "Equal: all 4,096 pixels are the same.\n")
    made = read_png(path)
    wanted = {"exact": True, "dtype": made.made_with["dtype"]}
    exactly = made.request.model_copy(update=wanted)
    assert read_png(tmp_path / "again.png").request == exactly


def test_second_picture_of_a_batch_is_made_again_alone(make, remake):
    path = make("--batch-count", 2)
    second = path.with_name("house-2.png")
    assert "Equal" in remake(second).stdout
    assert sorted(one.name for one in path.parent.iterdir()) == ["house-1.png", "house-2.png"]


def test_other_pixels_are_counted_and_the_command_says_so(make, remake):
    path = make()
    with Image.open(path) as image:
        red, green, blue = image.getpixel((0, 0))
    found = remake(rewritten(path, pixel=(red, (green + 100) % 256, blue)))
    gap = abs((green + 100) % 256 - green)
    assert found.exit_code == 1
    assert found.stdout == f"Not equal: 1 of 4,096 pixels differ, by at most {gap} of 255.\n"


def test_other_version_is_named_before_the_picture_is_made(make, remake):
    path = make()
    with Image.open(path) as image:
        chunk = image.text["darkroom"]
    made_with = read_png(path).made_with
    old = chunk.replace(f'"torch": "{made_with["torch"]}"', '"torch": "2.1.0"')
    assert remake(rewritten(path, darkroom=old)).stdout.startswith("It was made with torch 2.1.0; ")


def refused(found):
    assert found.exit_code == 2, found.exception or found.output
    assert found.stdout == ""
    assert "Traceback" not in found.stderr
    return " ".join(found.stderr.split())


def test_checkpoint_is_found_by_its_weights_under_another_name(make, outputs, tmp_path):
    path, models = make(), tmp_path / "models"
    shutil.copytree(HOUSE / "models/pocket", models / "renamed", ignore=_only_weights)
    assert "Equal" in run("remake", path, "--models", models, "--outputs", outputs).stdout


def test_checkpoint_that_is_not_here_is_named(make, outputs, tmp_path):
    (tmp_path / "models").mkdir()
    words = ("--models", tmp_path / "models", "--outputs", outputs)
    said = refused(run("remake", make(), *words))
    assert "made with the checkpoint pocket" in said
    assert "which is not here" in said


def test_checkpoint_with_other_weights_is_told_from_its_namesake(make, remake):
    path = make()
    wrong = "0" * 64
    sha256 = read_png(path).request.files[0].sha256
    with Image.open(path) as image:
        chunk = image.text["darkroom"].replace(sha256, wrong)
    assert "other weights" in refused(remake(rewritten(path, darkroom=chunk)))


def test_picture_of_another_program_is_refused(remake, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    assert "carries no request" in refused(remake(tmp_path / "plain.png"))


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_file_that_is_no_picture_is_refused(remake, tmp_path, data):
    (tmp_path / "x.png").write_bytes(data)
    assert "not a PNG" in refused(remake(tmp_path / "x.png"))


def test_picture_is_never_written_over_itself(make, remake):
    path = make()
    before = path.read_bytes()
    for name in (path, path.with_suffix("")):
        assert "overwrite the picture itself" in refused(remake(path, "-o", name))
    assert path.read_bytes() == before


def test_request_for_many_pictures_in_a_file_makes_only_its_own(make, remake):
    path = make()
    with Image.open(path) as image:
        chunk = image.text["darkroom"].replace('"batch_count": 1', '"batch_count": 3')
    assert "Equal" in remake(rewritten(path, darkroom=chunk)).stdout


def test_another_number_format_is_named_where_pixels_differ(make, remake):
    path = make()
    with Image.open(path) as image:
        chunk = image.text["darkroom"]
    dtype = read_png(path).made_with["dtype"]
    chunk = chunk.replace(f'"dtype": "{dtype}"', '"dtype": "float8"')
    found = remake(rewritten(path, pixel=(1, 2, 3), darkroom=chunk))
    assert found.stdout.endswith(f"made with the number format float8; here with {dtype}.\n")


def _only_weights(folder, names):
    return [name for name in names if name in ("recipe", "judge", "companions", "README.md")]
