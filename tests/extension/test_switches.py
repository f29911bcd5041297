"""Switches and settings: a small file that survives damage; crash marks."""

import json

import pytest

from webui.errors import DiskTrouble
from webui.extension.crashes import CrashMarks
from webui.extension.switches import Switches


def test_extension_is_off_until_it_is_switched_on_again(tmp_path):
    path = tmp_path / "state" / "extensions.json"
    Switches(path).switch("mine", on=False)
    Switches(path).switch("other", on=False)
    assert Switches(path).off == {"mine", "other"}
    Switches(path).switch("mine", on=True)
    assert Switches(path).off == {"other"}
    assert json.loads(path.read_text())["off"] == ["other"]


def test_settings_are_kept_beside_the_switches_and_so_is_what_we_do_not_know(tmp_path):
    path = tmp_path / "extensions.json"
    path.write_text('{"off": ["x"], "later": 7}')
    Switches(path).set("mine", {"folder": "there"})
    Switches(path).set("mine", {"folder": "here"})
    assert Switches(path).settings == {"mine": {"folder": "here"}}
    assert json.loads(path.read_text()) == {
        "later": 7,
        "off": ["x"],
        "settings": {"mine": {"folder": "here"}},
    }


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "[" * 100_000, '{"off": 3, "settings": 4}', "\x00"]
)
def test_damaged_file_counts_as_empty_and_is_mended(tmp_path, text):
    path = tmp_path / "extensions.json"
    path.write_text(text)
    assert (Switches(path).off, Switches(path).settings) == (frozenset(), {})
    Switches(path).switch("mine", on=False)
    assert Switches(path).off == {"mine"}


def test_folder_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskTrouble, match=r"extensions\.json cannot be written"):
        Switches(tmp_path / "file" / "extensions.json").switch("mine", on=False)


def test_mark_is_there_only_while_an_extension_is_loaded(tmp_path):
    marks = CrashMarks(tmp_path)
    with marks.marked("mine"):
        (mark,) = (tmp_path / "extensions-loading").iterdir()
        assert mark.name.startswith("mine.")
        assert marks.crashed() == frozenset()
    assert not mark.exists()


def test_mark_of_a_process_that_is_gone_is_a_crash_until_it_is_forgotten(tmp_path):
    folder = tmp_path / "extensions-loading"
    folder.mkdir()
    for name in ("mine.999999999.5", "mine.1.5", "other.nonsense", "third"):
        (folder / name).touch()
    marks = CrashMarks(tmp_path)
    assert marks.crashed() == {"mine", "other", "third"}
    for name in ("mine", "other", "third"):
        marks.forget(name)
    assert marks.crashed() == frozenset()
    assert not [*folder.iterdir()]


def test_without_a_state_folder_nothing_is_noted(tmp_path):
    marks = CrashMarks(None)
    with marks.marked("mine"):
        assert marks.crashed() == frozenset()
