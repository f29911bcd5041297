"""Sent pictures: kept once, found by their hash, and swept when nobody needs them."""

import os
import threading
import time
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from webui.errors import BadFile, DiskTrouble, NotFound
from webui.images.content import content_hash, read_kept
from webui.service.inputs import Inputs

COLOURS = np.random.default_rng(5).integers(0, 256, (6, 9, 3), dtype=np.uint8)
CLEAR = np.random.default_rng(6).integers(0, 256, (6, 9, 4), dtype=np.uint8)
DAY = 86_400
HASH = "ab" * 32


@pytest.fixture
def inputs(tmp_path):
    return Inputs(tmp_path / "inputs")


def aged(path, seconds):
    """Let a file have been kept that many seconds before now. Returns now."""
    now = time.time()
    os.utime(path, (now - seconds, now - seconds))
    return now


# --- keeping ---


def test_a_kept_picture_is_found_by_its_hash_and_has_its_pixels(inputs):
    sha256 = inputs.keep(COLOURS)
    assert sha256 == content_hash(COLOURS)
    assert inputs.path(sha256) == inputs.folder / sha256[:2] / f"{sha256}.png"
    assert (read_kept(inputs.folder, sha256) == COLOURS).all()


def test_the_same_picture_is_written_once_and_is_as_new(inputs):
    path = inputs.path(inputs.keep(COLOURS))
    aged(path, 5 * DAY)
    before = path.stat()
    inputs.keep(COLOURS.copy())
    after = path.stat()
    assert after.st_ino == before.st_ino
    assert after.st_mtime > before.st_mtime + 4 * DAY
    assert len(list(inputs.folder.rglob("*.*"))) == 1


@pytest.mark.parametrize("damage", [b"", b"no picture", None])
def test_a_picture_that_was_damaged_is_written_anew(inputs, damage):
    sha256 = inputs.keep(COLOURS)
    path = inputs.path(sha256)
    path.write_bytes(path.read_bytes()[:50] if damage is None else damage)
    assert inputs.keep(COLOURS) == sha256
    assert (read_kept(inputs.folder, sha256) == COLOURS).all()


def test_what_is_no_picture_is_not_kept(inputs):
    with pytest.raises(ValueError, match="uint8"):
        inputs.keep(np.zeros((4, 4), np.uint8))
    assert not inputs.folder.exists()


def test_a_folder_that_cannot_be_made_is_disk_trouble(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskTrouble):
        Inputs(tmp_path / "file").keep(COLOURS)


def test_many_threads_keep_the_same_picture(inputs):
    kept = []
    threads = [
        threading.Thread(target=lambda: kept.append(inputs.keep(COLOURS))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [content_hash(COLOURS)] * 12
    assert [path.suffix for path in inputs.folder.rglob("*.*")] == [".png"]


def test_a_shelf_of_inputs_cannot_be_changed_and_equals_another_of_its_folder(inputs):
    assert inputs == Inputs(inputs.folder)
    with pytest.raises(FrozenInstanceError):
        inputs.folder = inputs.folder.parent


# --- finding ---


@pytest.mark.parametrize("name", [HASH, "", "../../etc/passwd", "ab\0", HASH + ".png"])
def test_what_was_never_sent_is_not_found(inputs, name):
    with pytest.raises(NotFound, match=r"sent|Send"):
        inputs.path(name)
    with pytest.raises(NotFound, match=r"sent|Send"):
        inputs.size(name)


@pytest.mark.parametrize(("pixels", "alpha"), [(COLOURS, False), (CLEAR, True)])
def test_size_is_width_height_and_whether_there_is_alpha(inputs, pixels, alpha):
    assert inputs.size(inputs.keep(pixels)) == (9, 6, alpha)


def test_size_reads_the_header_alone(inputs):
    sha256 = inputs.keep(COLOURS)
    path = inputs.path(sha256)
    path.write_bytes(path.read_bytes()[:33])
    assert inputs.size(sha256) == (9, 6, False)


@pytest.mark.parametrize("data", [b"", b"GIF89a" * 9, bytes(40)])
def test_size_of_what_was_changed_is_refused(inputs, data):
    sha256 = inputs.keep(COLOURS)
    inputs.path(sha256).write_bytes(data)
    with pytest.raises(BadFile, match="changed"):
        inputs.size(sha256)


# --- sweeping ---


def test_a_sweep_takes_what_is_old_and_unused(inputs):
    old, used, new = (inputs.keep(np.full((2, 2, 3), value, np.uint8)) for value in range(3))
    aged(inputs.path(old), DAY + 60)
    now = aged(inputs.path(used), DAY + 60)
    assert inputs.sweep([used], now) == 1
    assert inputs.path(used).is_file()
    assert inputs.path(new).is_file()
    with pytest.raises(NotFound):
        inputs.path(old)


def test_a_sweep_waits_as_long_as_it_is_told(inputs):
    sha256 = inputs.keep(COLOURS)
    now = aged(inputs.path(sha256), 100)
    assert inputs.sweep((), now, age=120) == 0
    assert inputs.sweep((), now, age=60) == 1


def test_a_sweep_takes_what_was_left_half_written(inputs):
    path = inputs.path(inputs.keep(COLOURS))
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(b"half")
    assert inputs.sweep((), time.time()) == 1
    assert path.is_file()
    assert not part.exists()


def test_a_sweep_of_no_folder_takes_nothing(inputs):
    assert inputs.sweep((), time.time()) == 0


def test_a_sweep_leaves_files_that_are_not_its_own(inputs):
    inputs.keep(COLOURS)
    others = [
        inputs.folder / "notes.txt",
        inputs.folder / f"{HASH}.png",
        inputs.folder / "ab" / "mine.png",
        inputs.folder / "abc" / f"{HASH}.png",
        inputs.folder / "ab" / f"{HASH}.txt",
    ]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(b"")
        aged(other, 9 * DAY)
    inputs.sweep((), time.time(), age=DAY)
    assert all(other.exists() for other in others)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_sweep_never_leaves_its_folder_through_links_which_windows_makes_with_rights_only(
    inputs, tmp_path
):
    outside = tmp_path / "outside"
    outside.mkdir()
    treasure = outside / f"{HASH}.png"
    treasure.write_bytes(b"")
    aged(treasure, 9 * DAY)
    inputs.keep(COLOURS)
    (inputs.folder / "ab").symlink_to(outside, target_is_directory=True)
    (inputs.folder / "cd").mkdir(exist_ok=True)
    (inputs.folder / "cd" / f"{'cd' * 32}.png").symlink_to(treasure)
    assert inputs.sweep((), time.time()) == 0
    assert treasure.exists()
