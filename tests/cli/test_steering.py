"""`webui generate --control` and `--extension`."""

from pathlib import Path

import pytest
from PIL import Image

from tests.cli.test_listing import run
from webui.cli.steering import control_units, extension_inputs
from webui.errors import RequestRejected
from webui.request import read_png

ASKED = ("--seed", 3, "--steps", 2)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return tmp_path_factory.mktemp("outputs")


def test_units_are_read_with_their_pictures_and_numbers():
    units, pictures = control_units(["a.png,model=pocket-edges,weight=0.8", " b.png "])
    assert units == [{"model": "pocket-edges", "weight": 0.8}, {}]
    assert pictures == [Path("a.png"), Path("b.png")]


def test_inputs_are_switches_numbers_or_text():
    asked = extension_inputs(["seamless,sides=both", "x,on=true,n=3,f=0.5", "x,t=a b"])
    assert asked == {"seamless": {"sides": "both"}, "x": {"on": True, "n": 3, "f": 0.5, "t": "a b"}}


@pytest.mark.parametrize("text", ["a.png,colour=red", "a.png,weight"])
def test_what_is_no_field_of_a_unit_is_refused(text):
    with pytest.raises(RequestRejected, match="--control takes a picture"):
        control_units([text])


def test_a_picture_steers_and_the_request_says_so(tmp_path, outputs):
    Image.new("RGB", (128, 128), "black").save(tmp_path / "map.png")
    unit = f"{tmp_path / 'map.png'},model=pocket-edges,weight=0.5"
    out = tmp_path / "out.png"
    found = run("generate", "a boat", "-o", out, "--outputs", outputs, "--control", unit, *ASKED)
    assert found.exit_code == 0, found.output
    request = read_png(out).request
    assert [(one.model, one.weight) for one in request.controls] == [("pocket-edges", 0.5)]
    assert [file.name for file in request.of_role("control")] == ["pocket-edges"]


def test_an_extension_acts_and_the_request_says_so(tmp_path, outputs):
    out = tmp_path / "out.png"
    words = ("generate", "a boat", "-o", out, "--outputs", outputs, *ASKED)
    found = run(*words, "--extension", "seamless,sides=across")
    assert found.exit_code == 0, found.output
    request = read_png(out).request
    assert request.extensions["seamless"]["sides"] == "across"
    assert [one.id for one in request.used] == ["seamless"]
    refused = run(*words, "--extension", "seamless,sides=up")
    assert refused.exit_code == 2
    assert "sides" in refused.output
