"""Names of wildcards stay inside their folder, and files are read carefully."""

import os

import pytest

from webui.errors import RequestRejected
from webui.prompting import Wildcards
from webui.prompting.wildcards import LARGEST, fits


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "wildcards"
    (home / "animals").mkdir(parents=True)
    (home / "colour.txt").write_text("red")
    (home / "animals" / "cat.txt").write_text("tabby")
    (home / "notes.md").write_text("no")
    (home / ".hidden.txt").write_text("no")
    (tmp_path / "secret.txt").write_text("secret")
    return home


def test_names_are_those_of_text_files_below_the_folder(folder):
    assert Wildcards(folder).names() == ["animals/cat", "colour"]


def test_folder_that_does_not_exist_has_no_wildcards(tmp_path):
    assert Wildcards(tmp_path / "none").names() == []
    assert not Wildcards(tmp_path / "none").has("a")


def test_file_is_found_and_read(folder):
    assert Wildcards(folder).has("animals/cat")
    assert not Wildcards(folder).has("animals/dog")
    assert not Wildcards(folder).has("animals")
    assert Wildcards(folder).text("animals/cat") == "tabby"


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/passwd",
        "animals/../../secret",
        "animals//cat",
        "./colour",
        ".hidden",
        "a\\b",
        "c:/x",
        "nul\0",
        "",
        "x" * 201,
    ],
)
def test_name_that_could_lead_out_is_refused(folder, name):
    for ask in (Wildcards(folder).has, Wildcards(folder).text):
        with pytest.raises(RequestRejected, match="no name of a wildcard") as caught:
            ask(name)
        assert caught.value.field == "prompt"


def test_link_that_leads_out_is_not_there(folder):
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "outside").symlink_to(folder.parent, target_is_directory=True)
    (folder / "round.txt").symlink_to(folder / "round.txt")
    wildcards = Wildcards(folder)
    assert wildcards.names() == ["animals/cat", "colour"]
    for name in ("out", "outside/secret", "round"):
        assert not wildcards.has(name)
        with pytest.raises(RequestRejected):
            wildcards.text(name)


def test_link_inside_the_folder_is_followed(folder):
    (folder / "color.txt").symlink_to(folder / "colour.txt")
    assert "color" in Wildcards(folder).names()
    assert Wildcards(folder).text("color") == "red"


def test_folder_beside_with_a_longer_name_is_outside(folder):
    beside = folder.parent / "wildcards2"
    beside.mkdir()
    (beside / "x.txt").write_text("x")
    (folder / "x.txt").symlink_to(beside / "x.txt")
    assert not Wildcards(folder).has("x")


def test_pipe_in_place_of_a_file_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe.txt")
    assert not Wildcards(folder).has("pipe")


def test_file_that_is_too_large_is_refused(folder):
    (folder / "big.txt").write_bytes(b"a\n" * (LARGEST // 2) + b"a")
    with pytest.raises(RequestRejected, match="larger than 4 MB"):
        Wildcards(folder).text("big")


def test_file_in_another_encoding_is_refused_in_words(folder):
    (folder / "latin.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(RequestRejected, match=r"latin\.txt is not UTF-8 text; save it as UTF-8"):
        Wildcards(folder).text("latin")


def test_byte_order_mark_is_no_text(folder):
    (folder / "bom.txt").write_text("a", "utf-8-sig")
    assert Wildcards(folder).text("bom") == "a"


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("animals/cat", "animals/*", True),
        ("animals/big/cat", "animals/*", False),
        ("animals/big/cat", "animals/**", True),
        ("animals/big/cat", "**cat", True),
        ("cat", "*", True),
        ("animals/cat", "*", False),
        ("animals/cat", "*/c?t", True),
        ("Cat", "cat*", False),
    ],
)
def test_star_stays_in_its_folder_and_two_do_not(name, pattern, expected):
    assert fits(name, pattern) is expected


def test_pattern_made_of_stars_takes_no_time():
    assert not fits("a" * 200, "*a" * 99 + "b")
