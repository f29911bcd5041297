"""What holds for all extensions that we ship."""

from __future__ import annotations

import tomllib

import pytest

from tests.extensions.bundled import EXTENSIONS, loaded, module
from webui.builtin.plugging import formats_of
from webui.testing import check_extension

FOLDERS = sorted(path.parent for path in EXTENSIONS.glob("*/pyproject.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_it_is_good_and_lies_in_a_folder_of_its_name(folder) -> None:
    assert check_extension(folder) == []
    manifest = tomllib.loads((folder / "pyproject.toml").read_text())
    assert manifest["tool"]["webui"]["id"] == folder.name


def test_the_list_names_all_of_them() -> None:
    told = (EXTENSIONS / "README.md").read_text()
    assert [folder.name for folder in FOLDERS if f"`{folder.name}`" not in told] == []


def test_every_format_of_lycoris_is_registered_under_its_own_id() -> None:
    registry = loaded("worker")
    ids = {one.id for one in module(registry, "lycoris", "formats").FORMATS}
    registered = [one for one in registry.lora_formats if registry.owner_of("lora_format", one.id)]
    assert {one.id for one in registered} == ids
    assert ids <= {one.id for one in formats_of(registry)}


def test_the_registered_ids_are_those_of_the_values() -> None:
    registry = loaded("worker")
    assert [one.id for one in formats_of(registry)] == [one.id for one in registry.lora_formats]
