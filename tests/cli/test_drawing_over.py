"""`webui generate --init` and `webui upscale`: pictures that begin with pictures."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.cli.test_listing import run
from webui.request import read_png


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """One folder for all, so that this machine is measured only once."""
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A picture with odd sides."""
    picture = Image.new("RGB", (75, 61), (110, 170, 240))
    ImageDraw.Draw(picture).rectangle((0, 30, 75, 61), fill=(80, 160, 60))
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    picture.save(path)
    return path


def made(outputs, *words):
    """What a command said, after it worked."""
    found = run(*words, "--outputs", outputs)
    assert found.exit_code == 0, found.output
    return found.output


def refused(outputs, *words):
    found = run(*words, "--outputs", outputs)
    assert found.exit_code == 2, found.output
    assert "Traceback" not in found.output
    return found.output


def pixels(path):
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


def size(path):
    with Image.open(path) as picture:
        return picture.size


def test_picture_is_drawn_over_at_its_own_size_and_can_be_made_again(tmp_path, outputs, scene):
    path = tmp_path / "over.png"
    words = ("generate", "a house", "--init", scene, "--strength", 0.5, "--steps", 4)
    made(outputs, *words, "--seed", 3, "-o", path)
    assert size(path) == (75, 61)
    request = read_png(path).request
    assert (request.kind, request.strength, request.init_width) == ("image_to_image", 0.5, 75)
    assert "Equal" in made(outputs, "remake", path)


def test_strength_0_gives_the_picture_back(tmp_path, outputs, scene):
    path = tmp_path / "same.png"
    made(outputs, "generate", "a house", "--init", scene, "--strength", 0, "-o", path)
    assert np.array_equal(pixels(path), pixels(scene))


def test_mask_alone_is_drawn_anew(tmp_path, outputs, scene):
    mask, path = Image.new("L", (75, 61)), tmp_path / "star.png"
    ImageDraw.Draw(mask).rectangle((40, 5, 60, 20), fill=255)
    mask.save(tmp_path / "mask.png")
    words = ("--mask", tmp_path / "mask.png", "--steps", 4, "--set", "mask_blur=0")
    made(outputs, "generate", "a red star", "--init", scene, *words, "-o", path)
    changed = (pixels(path) != pixels(scene)).any(axis=2)
    assert changed[5:21, 40:61].any()
    changed[5:21, 40:61] = False
    assert not changed.any()


def test_empty_mask_is_told(tmp_path, outputs, scene):
    Image.new("L", (75, 61)).save(tmp_path / "mask.png")
    words = ("--init", scene, "--mask", tmp_path / "mask.png", "-o", tmp_path / "x.png")
    assert "mask is empty" in made(outputs, "generate", "a star", *words)


def test_canvas_grows_by_pixels_and_to_a_ratio(tmp_path, outputs, scene):
    path = tmp_path / "wide.png"
    words = ("generate", "a meadow", "--init", scene, "--steps", 4, "-o", path)
    made(outputs, *words, "--outpaint", "left=24,top=8")
    assert size(path) == (99, 69)
    made(outputs, *words, "--outpaint", "ratio=2:1")
    assert size(path) == (122, 61)


def test_every_picture_of_a_folder_is_drawn_over(tmp_path, outputs, scene):
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, sides in enumerate([(32, 32), (48, 32)]):
        Image.fromarray(pixels(scene)).resize(sides).save(folder / f"{number}.jpg")
    (folder / "notes.txt").write_text("not a picture")
    words = ("--init", folder, "--steps", 2, "-o", tmp_path / "all.png")
    made(outputs, "generate", "a house", *words)
    sizes = [size(tmp_path / f"all-{number}.png") for number in (1, 2)]
    assert sizes == [(32, 32), (48, 32)]


def test_upscale_takes_files_and_a_network(tmp_path, outputs, scene):
    path = tmp_path / "large.png"
    made(outputs, "upscale", scene, "-o", path, "--scale", 3, "--upscaler", "pocket-x2")
    assert size(path) == (225, 183)
    assert "Equal" in made(outputs, "remake", path)
    assert "pocket-x2" in made(outputs, "upscale", scene, "-o", path) + run("upscalers").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mask", "m.png"), "--init"),
        (("--outpaint", "left=8"), "--init"),
        (("--init", "SCENE", "--outpaint", "up=8"), "left=64"),
        (("--init", "SCENE", "--outpaint", "left=many"), "left must be a whole number"),
        (("--init", "SCENE", "--outpaint", "left=8", "--mask", "SCENE"), "--mask"),
        (("--init", "missing.png"), "missing.png"),
        (("--init", "SCENE", "--strength", "2"), "strength must be a number from 0 to 1"),
        (("--init", "SCENE", "--set", "loops=0"), "loops must be a whole number"),
        (("--init", "SCENE", "--mask", "alpha"), "no transparent part"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(tmp_path, outputs, scene, words, said):
    given = [scene if word == "SCENE" else word for word in words]
    found = refused(outputs, "generate", "a house", "-o", tmp_path / "x.png", *given)
    assert said in " ".join(found.split())
    assert not (tmp_path / "x.png").exists()


def test_a_file_that_is_no_picture_is_refused_by_its_name(tmp_path, outputs):
    (tmp_path / "letter.png").write_text("dear all")
    words = ("upscale", tmp_path / "letter.png", "-o", tmp_path / "x.png")
    assert "letter.png" in refused(outputs, *words)
