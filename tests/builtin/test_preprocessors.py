"""The table of preprocessors."""

import inspect
import subprocess
import sys

import pytest

from webui.builtin.core import load_function
from webui.builtin.preprocessors import PREPROCESSORS
from webui.images.preprocessors.weights import WEIGHTS, missing
from webui.request.choices import find


def test_no_name_means_two_things():
    names = []
    for info in PREPROCESSORS:
        names += {name.casefold() for name in (info.id, info.label, *info.aliases)}
    assert len(names) == len(set(names))


def test_none_comes_first():
    assert PREPROCESSORS[0].id == "none"


@pytest.mark.parametrize("info", PREPROCESSORS, ids=lambda info: info.id)
def test_each_has_a_function_or_a_folder_of_weights(info):
    assert bool(info.function) != bool(info.needs)
    if info.function:
        assert list(inspect.signature(load_function(info.function)).parameters) == [
            "pixels",
            "a",
            "b",
        ]
    else:
        assert info.needs in WEIGHTS


@pytest.mark.parametrize("info", PREPROCESSORS, ids=lambda info: info.id)
def test_each_says_what_it_does_and_its_options_are_possible(info):
    assert info.help.endswith(".")
    fields = [option.field for option in info.options]
    assert fields == ["threshold_a", "threshold_b"][: len(fields)]
    for option in info.options:
        assert option.minimum <= option.default <= option.maximum
        assert option.step > 0


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Canny", "canny"),
        ("lineart_standard (from white bg & black line)", "lineart_standard"),
        ("depth_midas", "depth"),
        ("depth_anything_v2", "depth"),
        ("t2ia_color_grid", "color_grid"),
        ("normal_midas", "normal_depth"),
        ("hed", "softedge_hed"),
        ("inpaint_global_harmonious", "inpaint"),
        ("None", "none"),
    ],
)
def test_names_of_other_tools_are_known(name, meant):
    assert find(PREPROCESSORS, name, "preprocessor").id == meant


def test_importing_the_table_imports_no_opencv():
    script = "import sys, webui.builtin.preprocessors; assert 'cv2' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def put(folder, *files):
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file).touch()


def test_what_needs_no_weights_misses_none(tmp_path):
    assert missing(tmp_path, find(PREPROCESSORS, "canny", "")) == ""


def test_missing_weights_are_named_with_their_folder(tmp_path):
    info = find(PREPROCESSORS, "depth", "")
    assert "models/preprocessors/depth (config.json, " in missing(tmp_path, info)
    put(tmp_path / "preprocessors" / "depth", "config.json", "model.safetensors")
    assert "(preprocessor_config.json is missing)" in missing(tmp_path, info)
    put(tmp_path / "preprocessors" / "depth", "preprocessor_config.json")
    assert missing(tmp_path, info) == ""


def test_pickled_weights_are_as_good_as_none(tmp_path):
    put(tmp_path / "preprocessors" / "softedge", "ControlNetHED.pth")
    assert "a .safetensors is missing" in missing(tmp_path, find(PREPROCESSORS, "hed", ""))


def test_a_pose_needs_two_models(tmp_path):
    info = find(PREPROCESSORS, "openpose", "")
    files = ("config.json", "preprocessor_config.json", "model.safetensors")
    put(tmp_path / "preprocessors" / "pose" / "people", *files)
    assert "pose/joints" in missing(tmp_path, info)
    assert "pose/people" not in missing(tmp_path, info)
    put(tmp_path / "preprocessors" / "pose" / "joints", *files)
    assert missing(tmp_path, info) == ""
