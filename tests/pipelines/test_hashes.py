"""sha256 of checkpoints: once for each state of a file, kept, and never trusted blindly."""

import json
import os
import shutil
import threading

import pytest

from tests.pipelines.folders import TinyFamily, safetensors, write_checkpoint
from webui.errors import BadFile
from webui.pipelines import Hashes, scan
from webui.pipelines.keep import keep_json, kept_json


@pytest.fixture
def checkpoint(tmp_path):
    write_checkpoint(tmp_path / "models" / "house")
    return scan(tmp_path / "models", (TinyFamily(),)).find("house")


@pytest.fixture
def read(monkeypatch):
    """The files whose contents are read."""
    import hashlib

    files = []
    real = hashlib.file_digest
    monkeypatch.setattr(
        hashlib, "file_digest", lambda file, kind: (files.append(file.name), real(file, kind))[1]
    )
    return files


def test_hash_is_64_digits_and_the_same_each_time(checkpoint, tmp_path):
    first = Hashes(tmp_path / "hashes.json").of(checkpoint)
    assert len(first) == 64
    assert set(first) <= set("0123456789abcdef")
    assert Hashes(None).of(checkpoint) == first


def test_files_are_read_once_and_not_again_after_a_restart(checkpoint, tmp_path, read):
    path = tmp_path / "state" / "hashes.json"
    hashes = Hashes(path)
    first = hashes.of(checkpoint)
    assert len(read) == len(checkpoint.weights())
    read.clear()
    assert hashes.of(checkpoint) == first
    assert Hashes(path).of(checkpoint) == first
    assert read == []


def weights(checkpoint):
    return checkpoint.folder / "unet" / "model.safetensors"


def test_changed_size_is_noticed(checkpoint, tmp_path):
    hashes = Hashes(tmp_path / "hashes.json")
    first = hashes.of(checkpoint)
    weights(checkpoint).write_bytes(safetensors({"conv_in.weight": [4, 8]}))
    assert hashes.of(checkpoint) != first


def test_changed_content_of_the_same_size_is_noticed_by_its_time(checkpoint, tmp_path, read):
    hashes = Hashes(tmp_path / "hashes.json")
    first = hashes.of(checkpoint)
    file, content = weights(checkpoint), weights(checkpoint).read_bytes()
    time = file.stat().st_mtime_ns
    file.write_bytes(content[:-1] + b"\1")
    os.utime(file, ns=(time + 1, time + 1))
    read.clear()
    assert hashes.of(checkpoint) != first
    assert read == [str(file)]


def test_configuration_is_part_of_the_hash(checkpoint):
    first = Hashes(None).of(checkpoint)
    (checkpoint.folder / "scheduler" / "config.json").write_text('{"beta_start": 1}')
    assert Hashes(None).of(checkpoint) != first


def test_place_of_the_folder_is_no_part_of_the_hash(checkpoint, tmp_path):
    first = Hashes(None).of(checkpoint)
    shutil.move(tmp_path / "models", tmp_path / "elsewhere")
    moved = scan(tmp_path / "elsewhere", (TinyFamily(),)).find("house")
    assert Hashes(None).of(moved) == first


def test_swapped_files_give_another_hash(checkpoint):
    (checkpoint.folder / "vae" / "config.json").write_text('{"a": 1}')
    first = Hashes(None).of(checkpoint)
    one, two = (checkpoint.folder / part / "config.json" for part in ("vae", "unet"))
    content = one.read_bytes(), two.read_bytes()
    one.write_bytes(content[1])
    two.write_bytes(content[0])
    assert Hashes(None).of(checkpoint) != first


DAMAGED = [
    b"",
    b"nonsense",
    b"[]",
    b"null",
    b"5",
    b"\xff\xfe",
    b'{"a":' * 50_000,
    b'{"a": {"b": [1]}}',
    b'{"": ""}',
]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:16])[2:-1])
def test_damaged_cache_is_passed_over_and_written_anew(checkpoint, tmp_path, content):
    path = tmp_path / "hashes.json"
    path.write_bytes(content)
    assert Hashes(path).of(checkpoint) == Hashes(None).of(checkpoint)
    assert len(json.loads(path.read_text())) >= len(checkpoint.weights())


@pytest.mark.parametrize("value", [None, 5, "", "nonsense", ["a"], "AB" * 32, "x" * 64])
def test_value_in_the_cache_that_is_no_hash_is_not_used(checkpoint, tmp_path, value):
    path = tmp_path / "hashes.json"
    right = Hashes(path).of(checkpoint)
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), value)))
    assert Hashes(path).of(checkpoint) == right


@pytest.mark.parametrize("place", ["file/hashes.json", "folder", "file/deeper/hashes.json"])
def test_cache_that_cannot_be_written_costs_only_time(checkpoint, tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    hashes = Hashes(tmp_path / place)
    assert hashes.of(checkpoint) == hashes.of(checkpoint) == Hashes(None).of(checkpoint)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "models"]


@pytest.mark.parametrize("how", ["all", "one", "dangling"])
def test_checkpoint_that_has_vanished_is_told_in_words(checkpoint, how):
    if how == "all":
        shutil.rmtree(checkpoint.folder)
    else:
        weights(checkpoint).unlink()
        if how == "dangling":
            weights(checkpoint).symlink_to("nowhere")
        else:
            weights(checkpoint).mkdir()
    with pytest.raises(BadFile, match="house"):
        Hashes(None).of(checkpoint)


def test_several_threads_get_the_same_hash(checkpoint, tmp_path):
    hashes, found = Hashes(tmp_path / "hashes.json"), []
    threads = [
        threading.Thread(target=lambda: found.append(hashes.of(checkpoint))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_kept_file_is_replaced_whole_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "new" / "kept.json"
    keep_json(path, {"a": 1})
    keep_json(path, {"b": [1, "é"]})
    assert kept_json(path) == {"b": [1, "é"]}
    assert [file.name for file in path.parent.iterdir()] == ["kept.json"]


def test_nothing_is_kept_without_a_place():
    keep_json(None, {"a": 1})
    assert kept_json(None) == {}
