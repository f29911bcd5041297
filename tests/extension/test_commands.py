"""The commands about extensions: list, new, check, enable, disable."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from webui.cli import app
from webui.extension.starting import KINDS
from webui.settings import HOUSE
from webui.testing import check_extension

from .folders import extension


def run(*words):
    return CliRunner().invoke(app, ["extensions", *map(str, words)])


@pytest.mark.parametrize("kind", KINDS)
def test_new_extension_of_every_kind_is_good_as_it_is(tmp_path, kind):
    made = run("new", f"my-{kind}", "--kind", kind, "--extensions", tmp_path)
    assert made.exit_code == 0, made.output
    folder = tmp_path / f"my-{kind}"
    names = {path.name for path in folder.iterdir()}
    assert names >= {"pyproject.toml", "README.md", f"test_my_{kind}.py"}
    assert "$" not in "".join(path.read_text() for path in folder.iterdir())
    assert check_extension(folder) == []


def test_test_of_a_new_extension_passes_from_its_own_folder(tmp_path):
    run("new", "my-tab", "--kind", "preprocessor", "--extensions", tmp_path)
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    made = subprocess.run(
        program,
        cwd=tmp_path / "my-tab",
        env={"PYTHONPATH": str(HOUSE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_new_extension_never_overwrites_anything(tmp_path):
    (tmp_path / "mine").mkdir()
    made = run("new", "mine", "--extensions", tmp_path)
    assert (made.exit_code, [*(tmp_path / "mine").iterdir()]) == (2, [])
    assert "is there already" in made.stderr


@pytest.mark.parametrize("name", ["../evil", "My-Ext", "x", "/etc/x", "a" * 41, "a b", "1a"])
def test_name_that_is_no_id_is_refused(tmp_path, name):
    made = run("new", name, "--extensions", tmp_path)
    assert made.exit_code == 2
    assert "2 to 40 small letters" in made.stderr
    assert not [*tmp_path.iterdir()]


def test_kind_that_is_not_known_is_refused(tmp_path):
    made = run("new", "mine", "--kind", "magic", "--extensions", tmp_path)
    assert made.exit_code == 2
    assert "one of sampler, guidance, preprocessor, tab, not 'magic'" in made.stderr


def test_list_tells_what_is_there_and_what_is_wrong(tmp_path):
    home = tmp_path / "ext"
    extension(home, "good")
    extension(home, "bad", "1 / 0")
    found = run("list", "--extensions", home, "--outputs", tmp_path / "out")
    assert found.exit_code == 0
    assert found.output.startswith("bad 1.2  failed  bad\n    It cannot be imported")
    assert "good 1.2  ready  good\n    sampler My walk\n" in found.output
    assert "ZeroDivisionError: division by zero (__init__.py, line 1)" in found.output


def test_empty_folder_is_told_with_what_to_do(tmp_path):
    found = run("list", "--extensions", tmp_path, "--outputs", tmp_path / "out")
    assert "webui extensions new" in found.output


def test_switched_off_extension_is_listed_so_until_it_is_on_again(tmp_path):
    home, out = tmp_path / "ext", tmp_path / "out"
    extension(home, "mine")
    folders = ("--extensions", home, "--outputs", out)
    assert "mine is off from the next start on." in run("disable", "mine", *folders).output
    assert "It is switched off." in run("list", *folders).output
    assert run("enable", "mine", *folders).exit_code == 0
    assert "sampler My walk" in run("list", *folders).output


def test_enabling_gives_one_that_crashed_another_chance(tmp_path):
    home, out = tmp_path / "ext", tmp_path / "out"
    extension(home, "mine")
    folders = ("--extensions", home, "--outputs", out)
    marks = out / ".darkroom" / "extensions-loading"
    marks.mkdir(parents=True)
    (marks / "mine.999999999.1").touch()
    assert "It ended the program while it was loaded." in run("list", *folders).output
    run("enable", "mine", *folders)
    assert "sampler My walk" in run("list", *folders).output


def test_switching_what_is_not_there_is_refused(tmp_path):
    made = run("enable", "nope", "--extensions", tmp_path, "--outputs", tmp_path / "out")
    assert made.exit_code == 2
    assert "There is no extension 'nope'. There is: none." in made.stderr


def test_check_says_what_is_wrong_and_ends_with_one(tmp_path):
    good = extension(tmp_path, "good")
    bad = extension(tmp_path, "bad", "1 / 0")
    assert run("check", good).output == f"{good} is good.\n"
    found = run("check", bad)
    assert found.exit_code == 1
    assert found.output.startswith("import: It cannot be imported: ZeroDivisionError")
    assert run("check", tmp_path / "nowhere").exit_code == 1
