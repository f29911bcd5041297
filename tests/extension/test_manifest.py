"""Manifests: what is read, and what is said of every way to be wrong. Nothing is imported."""

import os

import pytest

from webui.extension.manifest import read_manifest
from webui.extension.problems import Unfit

from .folders import manifest

GOOD = manifest(
    "my-sampler",
    """
    name = "My sampler"
    requires = ["numpy>=2", "extension:other"]
    acts = "always"
    [tool.webui.inputs.strength]
    type = "number"
    default = 0.5
    maximum = 1
    [tool.webui.settings.folder]
    type = "text"
    """,
)


def written(folder, text):
    folder.mkdir(exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "pyproject.toml").write_bytes(data)
    return folder


def problem(folder):
    with pytest.raises(Unfit) as unfit:
        read_manifest(folder)
    assert unfit.value.stage == "manifest"
    return unfit.value.message


def test_manifest_says_all_that_is_in_it(tmp_path):
    found = read_manifest(written(tmp_path / "x", GOOD))
    assert (found.id, found.name, found.version) == ("my-sampler", "My sampler", "1.2")
    assert (found.entry, found.ui, found.acts) == ("__init__", None, "always")
    assert found.requires == ("numpy>=2", "extension:other")
    assert found.inputs.resolve({}) == {"strength": 0.5}
    assert found.inputs.where == "extensions.my-sampler"
    assert found.settings.resolve({}) == {"folder": ""}


def test_other_tables_are_none_of_our_business(tmp_path):
    text = GOOD + '\n[tool.ruff]\nline-length = 100\n[build-system]\nrequires = ["setuptools"]\n'
    assert read_manifest(written(tmp_path / "x", text)).id == "my-sampler"


def test_folder_without_a_manifest_is_told_from_a_broken_one(tmp_path):
    (tmp_path / "sd-webui-thing").mkdir()
    assert "sd-webui-thing holds no pyproject.toml" in problem(tmp_path / "sd-webui-thing")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('id = "my-sampler"\n', "", "pyproject.toml: tool.webui.id is missing."),
        ('id = "my-sampler"', 'id = "My Sampler"', "tool.webui.id must be 2 to 40 small letters"),
        ('id = "my-sampler"', "id = 7", "tool.webui.id should be a valid string; it is 7."),
        ("api = 1", "api = 2", "tool.webui.api is 2, but this program has 1. Update this program."),
        ("api = 1", "api = 0", "Ask its author for a newer one."),
        ("api = 1", 'api = "1"', "tool.webui.api should be a valid integer"),
        ("api = 1\n", "", "tool.webui.api is missing."),
        ('acts = "always"', 'acts = "often"', "tool.webui.acts should be 'asked' or 'always'"),
        ('acts = "always"', 'entry = "../evil"', "tool.webui.entry: must name a module"),
        ('acts = "always"', 'ui = "a/b"', "tool.webui.ui: must name a module"),
        ('acts = "always"', "gpu = true", "tool.webui.gpu is not known."),
        ('"numpy>=2"', '"numpy>>2"', 'tool.webui.requires: "numpy>>2" is no requirement'),
        ('"extension:other"', '"extension:../x"', "names no id"),
        ('"extension:other"', "7", "tool.webui.requires.1 should be a valid string"),
        ('type = "number"', 'type = "colour"', "tool.webui.inputs.strength.type should be"),
        ("maximum = 1", "maximum = 0.1", "tool.webui.inputs.strength: default must be"),
        ("maximum = 1", "largest = 1", "tool.webui.inputs.strength.largest is not known."),
        ("inputs.strength", 'inputs."a b"', "tool.webui.inputs.a b"),
        ("[project]", "[projekt]", "the table [project] is missing."),
        ("[tool.webui]", "[tool.weebui]", "tool.webui.id is missing."),
        ("[tool.webui]", "[[tool.webui]]", "the table [tool.webui] is missing."),
        ('name = "my-sampler"\n', "", "project.name is missing."),
        ('version = "1.2"', "version = 1.2", "project.version should be a valid string"),
        ("[tool.webui]", "[tool", "pyproject.toml is not TOML"),
        ("api = 1", "api = 1\napi = 1", "is not TOML"),
    ],
)
def test_every_fault_names_the_file_and_the_field(tmp_path, before, after, said):
    assert before in GOOD
    message = problem(written(tmp_path / "x", GOOD.replace(before, after)))
    assert said in message
    assert message.startswith("pyproject.toml")


def test_several_faults_are_told_at_once(tmp_path):
    text = GOOD.replace("api = 1", 'api = 1\nentry = 3\ngpu = "h100"')
    message = problem(written(tmp_path / "x", text))
    assert "tool.webui.entry" in message
    assert "tool.webui.gpu" in message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x00\xff\xfe binary", "is not UTF-8 text"),
        (b"", "the table [project] is missing"),
        (b"a = 1\x00", "is not TOML"),
        (b"a = " + b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"a = " + b"{b=" * 50_000, "is not TOML"),
        (b"#" * 300_000, "is larger than 256 KiB"),
        (b"n = " + b"9" * 10_000, "is not TOML"),
        (b"d = 2000-99-99", "is not TOML"),
    ],
    ids=["binary", "empty", "nul", "deep", "deep tables", "huge", "huge number", "no date"],
)
def test_hostile_file_is_refused_in_words(tmp_path, data, said):
    assert said in problem(written(tmp_path / "x", data))


def test_numbers_beyond_all_measure_are_refused(tmp_path):
    for number in ("0x" + "f" * 5000, "1e400", "-inf", "nan"):
        text = GOOD.replace("maximum = 1", f"maximum = {number}")
        assert "tool.webui.inputs.strength" in problem(written(tmp_path / "x", text))


def test_mark_of_the_byte_order_at_the_beginning_is_skipped(tmp_path):
    assert read_manifest(written(tmp_path / "x", b"\xef\xbb\xbf" + GOOD.encode())).version == "1.2"


def test_link_out_of_the_folder_is_refused(tmp_path):
    written(tmp_path / "secret", GOOD)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "pyproject.toml").symlink_to(tmp_path / "secret" / "pyproject.toml")
    assert "a link that leads out of the folder" in problem(tmp_path / "x")


def test_folder_that_is_itself_a_link_is_used(tmp_path):
    written(tmp_path / "elsewhere", GOOD)
    (tmp_path / "x").symlink_to(tmp_path / "elsewhere")
    assert read_manifest(tmp_path / "x").id == "my-sampler"


def test_pipe_in_place_of_the_file_does_not_hang(tmp_path):
    (tmp_path / "x").mkdir()
    os.mkfifo(tmp_path / "x" / "pyproject.toml")
    assert "holds no pyproject.toml" in problem(tmp_path / "x")


def test_names_come_out_as_one_line(tmp_path):
    text = GOOD.replace('name = "My sampler"', 'name = "My\\n sampler \\u0007"')
    assert read_manifest(written(tmp_path / "x", text)).name == "My sampler"
