"""The extensions of a machine in the web process: none keeps a request or the saver waiting."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from webui.errors import ExtensionFailed
from webui.extension.house import House
from webui.extension.switches import FILE, Switches
from webui.recipes.text_to_image import first_pass_key
from webui.request import ResolvedRequest, parse
from webui.request.frozen import Frozen
from webui.service.extending import Saved

from .folders import extension, loaded

NOBODY: frozenset[str] = frozenset()
HOOK = "from webui.extension import hook\n@hook\n"
LOUDER = (
    HOOK
    + """def transform_request(request):
    return request.model_copy(update={"prompt": request.prompt + "!"})
"""
)
SHARED = "import tests.extension.test_house as shared\n"
WAITING = SHARED + HOOK + "def transform_request(request): shared.end.wait()\n"
HEARING = (
    SHARED
    + HOOK
    + """def image_saved(image):
    shared.heard.append(image.id)
    shared.begun.set()
    if image.id in shared.stops:
        shared.end.wait()
"""
)
SETTING = """
[tool.webui.settings.folder]
type = "text"
default = "here"
"""
LONG = 60.0

begun, end = threading.Event(), threading.Event()
heard: list[str] = []
stops: set[str] = set()


@pytest.fixture(autouse=True)
def _fresh():
    begun.clear()
    end.clear()
    heard.clear()
    stops.clear()
    yield
    end.set()


def house(home: Path, *, settings: Any = None, **how: Any) -> House:
    registry = loaded(home, settings=settings or {})
    assert all(one.status == "ready" for one in registry.extensions), registry.extensions
    return House(registry, Switches(home / FILE), **how)


def troubles(here: House) -> dict[str, str]:
    return {one.id: one.trouble for one in here.views(NOBODY) if one.trouble}


# --- requests ---


def test_extension_that_is_asked_by_a_grid_changes_what_its_cells_share(tmp_path: Path) -> None:
    extension(tmp_path, "louder", LOUDER)
    base = {"kind": "text_to_image", "prompt": "a", "extensions": {"louder": {}}}
    grid = parse({"kind": "grid", "base": base, "x": {"field": "steps", "values": "3, 4"}})
    changed = house(tmp_path).transformed(grid, NOBODY)
    assert changed.kind == "grid"
    assert changed.base.prompt == "a!"
    assert changed.x == grid.x


def test_one_that_acts_always_gets_the_base_of_a_grid_and_never_a_map(
    tmp_path: Path, resolved: ResolvedRequest
) -> None:
    extension(tmp_path, "louder", LOUDER, 'acts = "always"\n')
    here = house(tmp_path)
    wish = parse({"kind": "map", "image": "ab" * 32, "preprocessor": "canny"})
    assert here.transformed(wish, NOBODY) is wish
    drawn = resolved.model_copy(update={"kind": "map"})
    assert here.extended(drawn, Frozen(), NOBODY).used == ()
    axis = {"field": "steps", "values": "3, 4"}
    grid = parse({"kind": "grid", "base": {"kind": "text_to_image", "prompt": "a"}, "x": axis})
    assert here.transformed(grid, NOBODY).base.prompt == "a!"


def test_one_that_takes_too_long_with_a_request_is_not_called_again(tmp_path: Path) -> None:
    extension(tmp_path, "waiting", WAITING)
    extension(tmp_path, "louder", LOUDER)
    here = house(tmp_path, seconds=0.05)
    request = parse({"prompt": "a", "extensions": {"waiting": {}}})
    with pytest.raises(ExtensionFailed, match=r"'waiting' took longer than 0\.05 s") as failed:
        here.transformed(request, NOBODY)
    assert troubles(here) == {"waiting": failed.value.message}
    end.set()  # now it would be quick
    with pytest.raises(ExtensionFailed, match="'waiting' took too long before"):
        here.transformed(request, NOBODY)
    other = parse({"prompt": "a", "extensions": {"louder": {}}})
    assert here.transformed(other, NOBODY).prompt == "a!"


# --- what is kept of them ---


def test_settings_stand_with_the_picture_and_tell_first_passes_apart(
    tmp_path: Path, resolved: ResolvedRequest
) -> None:
    extension(tmp_path, "louder", LOUDER, SETTING)
    asked = Frozen({"louder": Frozen[str, Any]({})})
    keys: set[str] = set()
    for folder in ("here", "there"):
        here = house(tmp_path, settings={"louder": {"folder": folder}})
        extended = here.extended(resolved, asked, NOBODY)
        assert extended.used[0].settings == {"folder": folder}
        whole = resolved.model_copy(update={"used": extended.used})
        assert ResolvedRequest.model_validate_json(whole.model_dump_json()).used == extended.used
        keys.add(first_pass_key(whole))
    assert len(keys) == 2


def test_settings_that_differ_from_those_here_need_no_warning(
    tmp_path: Path, resolved: ResolvedRequest
) -> None:
    extension(tmp_path, "louder", LOUDER, SETTING)
    asked = Frozen({"louder": Frozen[str, Any]({})})
    before = house(tmp_path, settings={"louder": {"folder": "there"}})
    used = before.extended(resolved, asked, NOBODY).used
    assert house(tmp_path).changed(resolved.model_copy(update={"used": used})) == ()


# --- observers ---


def saved(here: House, id: str) -> None:
    here.saved(Saved(id, "ann", Path("x.png"), None), NOBODY)  # type: ignore[arg-type]


def test_observers_hear_of_all_pictures_in_order(tmp_path: Path) -> None:
    extension(tmp_path, "hearing", HEARING)
    here = house(tmp_path)
    for id in "abc":
        saved(here, id)
    assert here.settle(LONG)
    assert heard == ["a", "b", "c"]
    saved(here, "d")
    assert here.settle(LONG)
    assert heard[-1] == "d"
    assert troubles(here) == {}


def test_saver_does_not_wait_for_an_observer_and_what_is_too_much_is_left_out(
    tmp_path: Path,
) -> None:
    extension(tmp_path, "hearing", HEARING)
    here = house(tmp_path, seconds=LONG, waiting=2)
    stops.add("a")
    saved(here, "a")
    assert begun.wait(LONG)
    for id in "bcd":
        saved(here, id)
    assert not here.settle(0.01)
    assert "too many were waiting" in troubles(here)["hearing"]
    end.set()
    assert here.settle(LONG)
    assert heard == ["a", "b", "c"]


def test_observer_that_takes_too_long_is_noted_and_not_told_again(tmp_path: Path) -> None:
    extension(tmp_path, "hearing", HEARING)
    listening = SHARED + HOOK + "def image_saved(image): shared.heard.append('other ' + image.id)"
    extension(tmp_path, "other", listening)
    here = house(tmp_path, seconds=0.2)
    stops.add("a")
    saved(here, "a")
    saved(here, "b")
    assert here.settle(LONG)
    saved(here, "c")
    assert here.settle(LONG)
    assert heard == ["a", "other a", "other b", "other c"]
    assert "image_saved of the extension 'hearing' took longer" in troubles(here)["hearing"]


def test_observer_that_raises_is_noted_and_told_again(tmp_path: Path) -> None:
    failing = HEARING + "    raise KeyboardInterrupt\n"
    extension(tmp_path, "hearing", failing)
    here = house(tmp_path)
    saved(here, "a")
    saved(here, "b")
    assert here.settle(LONG)
    assert heard == ["a", "b"]
    assert "failed: KeyboardInterrupt" in troubles(here)["hearing"]
