"""The tab Palette: the colours of the latest picture of each owner, as swatches and words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from tests.engine.fakes import a_request
from tests.extensions.bundled import EXTENSIONS, loaded, module, ready
from webui.extension import SavedImage
from webui.testing import check_extension

ID = "example-tab"
REGISTRY = loaded("web")
PACKAGE = module(REGISTRY, ID)
COLOURS = module(REGISTRY, ID, "palette")


def a_picture(**shares: int) -> Image.Image:
    """A picture of columns of colours by name, each so many wide."""
    columns = [
        np.full((40, width, 3), COLOURS._NAMES[name.replace("_", " ")], np.uint8)
        for name, width in shares.items()
    ]
    return Image.fromarray(np.concatenate(columns, axis=1))


def test_the_whole_extension_is_good() -> None:
    assert check_extension(EXTENSIONS / ID) == []


def test_it_brings_a_tab_a_route_and_a_panel_to_the_page_alone() -> None:
    assert ready(REGISTRY, ID).contributes == (
        "tab Palette",
        "panel Palette",
        "route GET /extensions/example-tab/palette",
        "hook image_saved",
    )
    assert ready(loaded("worker"), ID).contributes == ("hook image_saved",)


def test_the_largest_colour_comes_first_and_shares_add_up() -> None:
    found = COLOURS.palette(a_picture(sand=25, navy_blue=60, coral=15))
    assert [one.word for one in found] == ["navy blue", "sand", "coral"]
    assert [one.share for one in found] == pytest.approx([0.6, 0.25, 0.15], abs=0.02)
    assert found[0].hex == "#16205a"


def test_specks_are_left_out_and_words_are_not_said_twice() -> None:
    picture = a_picture(teal=200, red=1)
    assert COLOURS.words_for(COLOURS.palette(picture)) == "teal"


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
@pytest.mark.parametrize("size", [(1, 1), (3, 500), (200, 2)])
def test_any_picture_has_a_palette(mode: str, size: tuple[int, int]) -> None:
    found = COLOURS.palette(Image.new(mode, size))
    assert [(one.word, one.share) for one in found] == [("black", 1.0)]


@pytest.mark.parametrize(
    ("rgb", "word"),
    [
        ((255, 255, 255), "white"),
        ((0, 0, 0), "black"),
        ((30, 30, 200), "blue"),
        ((250, 0, 0), "red"),
    ],
)
def test_a_colour_has_the_nearest_word(rgb: tuple[int, int, int], word: str) -> None:
    assert COLOURS.word_for(rgb) == word


def a_client(registry: Any, owner: str) -> TestClient:
    """The extension's routes as the studio mounts them, for an owner whom the guard let in."""
    app = FastAPI()
    for one in registry.routes:
        app.add_api_route(one.path, one.function, methods=[one.method])

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "darkroom.owner": owner}, receive, send)

    return TestClient(guarded)


def test_everyone_is_told_about_the_own_latest_picture(tmp_path: Path) -> None:
    registry = loaded("web")
    saved = module(registry, ID).image_saved
    for name, owner, shares in (
        ("first", "ann", {"red": 10}),
        ("second", "ann", {"navy_blue": 60, "sand": 40}),
        ("third", "ben", {"green": 10}),
    ):
        path = tmp_path / f"{name}.png"
        a_picture(**shares).save(path)
        saved(SavedImage(name, owner, path, a_request()))
    told = a_client(registry, "ann").get("/extensions/example-tab/palette").json()
    assert told["words"] == "navy blue, sand"
    assert [one["word"] for one in told["colours"]] == ["navy blue", "sand"]
    assert "background:#16205a;flex:0.6" in told["html"]
    assert (
        a_client(registry, "ben").get("/extensions/example-tab/palette").json()["words"] == "green"
    )


def test_without_a_picture_it_says_what_to_do(tmp_path: Path) -> None:
    registry = loaded("web")
    path = tmp_path / "gone.png"
    module(registry, ID).image_saved(SavedImage("a", "ann", path, a_request()))
    for owner in ("ann", "nobody"):
        told = a_client(registry, owner).get("/extensions/example-tab/palette").json()
        assert told["colours"] == []
        assert "Make a picture first" in told["html"]


def test_it_needs_no_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import webui.builtin; from pathlib import Path; from webui.extension.loading import load;"
        "registry = load([Path(sys.argv[2])], builtin=webui.builtin);"
        "assert registry.extension('example-tab').status == 'ready';"
        "assert 'torch' not in sys.modules, 'torch is imported'"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(EXTENSIONS.parent), str(EXTENSIONS)], check=True
    )
