"""docs/extensions.md: every hook is there with its very signature, and every example works."""

import inspect
import re

import pytest

from webui import extension, testing
from webui.extension import contributions, hooks
from webui.extension.fields import OneField
from webui.extension.manifest import _Webui
from webui.settings import HOUSE
from webui.testing import check_extension

from .folders import manifest

TEXT = (HOUSE / "docs" / "extensions.md").read_text("utf-8")
NAMES = (*hooks.CONTRIBUTORS, *hooks.TRANSFORMERS)


def sections():
    """Every part of the page by its heading."""
    parts = re.split(r"^(?:##|###) (.*)$", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def files_of(section):
    """The files that a part of the page shows, by the name in their first line."""
    blocks = re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```", section, re.MULTILINE | re.S)
    return dict(blocks)


def signature(name):
    names = inspect.signature(getattr(hooks, name)).parameters
    return f"{name}({', '.join(names)})"


def test_every_hook_has_its_part_with_the_very_arguments_and_no_other_has():
    told = [heading for heading in sections() if heading.endswith(")")]
    assert told == [signature(name) for name in NAMES]


def test_every_hook_says_what_it_is_for():
    assert all(inspect.getdoc(getattr(hooks, name)) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_example_of_every_hook_works_as_an_extension(name, tmp_path):
    files = files_of(sections()[signature(name)])
    assert any(f"@hook\ndef {name}(" in text for text in files.values())
    id = "an-example"
    found = re.search(r'^id = "(.*)"', files.get("pyproject.toml", ""), re.MULTILINE)
    folder = tmp_path / (found[1] if found else id)
    folder.mkdir()
    for file, text in {"pyproject.toml": manifest(id), **files}.items():
        (folder / file).write_text(text, "utf-8")
    assert check_extension(folder) == []


def test_ten_minutes_lead_to_a_sampler_that_works(tmp_path):
    folder = tmp_path / "my-sampler"
    folder.mkdir()
    files = files_of(sections()["Ten minutes to a sampler"]) | files_of(sections()["Testing"])
    for file, text in files.items():
        (folder / file).write_text(text, "utf-8")
    assert check_extension(folder) == []
    told = {"__file__": str(folder / "test_my_sampler.py")}
    exec(files["test_my_sampler.py"], told)
    for name in [name for name in told if name.startswith("test_")]:
        told[name]()


@pytest.mark.parametrize(
    "name",
    [name for name in contributions.__dict__ if name in extension.__all__ and name[0].isupper()],
)
def test_every_contribution_is_told_with_its_fields(name):
    if name == "PreprocessorOption":
        assert "PreprocessorOption(" in TEXT
        return
    fields = inspect.signature(getattr(contributions, name)).parameters.values()
    told = ", ".join(
        one.name if one.default is one.empty else f"{one.name}={one.default!r}".replace("'", '"')
        for one in fields
    )
    assert f"`{name}({told})`" in TEXT.replace("\n", " ")


def test_every_key_of_the_manifest_is_told():
    for key in [*_Webui.model_fields, *OneField.model_fields]:
        assert f"`{key}`" in TEXT


def test_everything_for_tests_is_told():
    told = sections()["Testing"]
    assert all(f"`{name}" in told for name in testing.__all__)


def test_everything_that_authors_import_is_told():
    for name in extension.__all__:
        assert name in TEXT or name == "SavedImage"
