"""The shelf: LoRA and embedding files by the names that prompts say."""

import hashlib

import pytest

from webui.errors import BadFile, NotFound
from webui.pipelines import Hashes, Shelf
from webui.settings import HOUSE


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path, Hashes(None))


def put(path, data=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_names_are_those_of_files_in_any_folder_and_of_what_checkpoints_bring(shelf, tmp_path):
    put(tmp_path / "loras" / "inks" / "Blue.safetensors")
    put(tmp_path / "loras" / "red.safetensors")
    put(tmp_path / "loras" / "notes.txt")
    put(tmp_path / "pocket" / "companions" / "loras" / "crown.safetensors")
    put(tmp_path / "embeddings" / "teal.safetensors")
    assert shelf.names("lora") == ("Blue", "crown", "red")
    assert shelf.names("embedding") == ("teal",)


def test_a_name_is_found_whatever_its_case_folder_or_ending(shelf, tmp_path):
    path = put(tmp_path / "loras" / "inks" / "Blue.safetensors")
    for name in ("Blue", "blue", "inks/Blue", "inks\\blue.safetensors", " Blue "):
        assert shelf.find("lora", name) == path


def test_an_exact_name_and_peoples_own_files_come_first(shelf, tmp_path):
    put(tmp_path / "loras" / "A.safetensors")
    lower = put(tmp_path / "loras" / "b" / "a.safetensors")
    put(tmp_path / "pocket" / "companions" / "loras" / "a.safetensors")
    assert shelf.find("lora", "a") == lower


@pytest.mark.parametrize("name", ["none", "", "../secret", "/etc/passwd", "a\0b", ".."])
def test_what_is_not_there_is_told_and_no_other_folder_is_reached(shelf, tmp_path, name):
    put(tmp_path.parent / "secret.safetensors")
    with pytest.raises(NotFound):
        shelf.find("lora", name)


def test_a_file_that_was_replaced_is_not_taken_for_the_one_that_was_meant(shelf, tmp_path):
    path = put(tmp_path / "loras" / "a.safetensors", b"first")
    meant = hashlib.sha256(b"first").hexdigest()
    assert shelf.checked("lora", "a", meant) == path
    put(path, b"second")
    with pytest.raises(BadFile, match="was replaced"):
        shelf.checked("lora", "a", meant)
    path.unlink()
    with pytest.raises(BadFile, match="no lora called 'a'"):
        shelf.checked("lora", "a", meant)


def test_vectors_are_counted_from_the_header_and_broken_files_are_left_out(tmp_path):
    shelf = Shelf(HOUSE / "models", Hashes(None))
    assert shelf.vectors() == {"teal": 2}
    put(tmp_path / "embeddings" / "bad.safetensors")
    assert Shelf(tmp_path, Hashes(None)).vectors() == {}


def test_a_file_cut_short_has_a_hash_or_says_that_it_cannot_be_read(shelf, tmp_path):
    path = put(tmp_path / "loras" / "a.safetensors", b"\xff" * 9)
    assert shelf.hashes.of_file(path) == hashlib.sha256(b"\xff" * 9).hexdigest()
    with pytest.raises(BadFile, match="cannot be read"):
        shelf.hashes.of_tensors(path)
    with pytest.raises(BadFile, match="cannot be read"):
        shelf.hashes.of_file(tmp_path / "none")
