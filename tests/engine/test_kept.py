"""Latents that were kept: found again after a restart, never trusted when damaged, bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.engine.easel import some_latents
from webui.engine.kept import KeptLatents

PACKS = [(2, 1), (2, 1), (1, 0)]


def kept_in(folder: Path, key: str = "a") -> KeptLatents:
    kept = KeptLatents(folder)
    kept.put(key, some_latents(), PACKS, 2)
    return kept


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("on_disk", [False, True])
def test_what_was_kept_is_found(tmp_path: Path, *, on_disk: bool) -> None:
    kept = KeptLatents(tmp_path if on_disk else None)
    assert kept.get("a") is None
    kept.put("a", some_latents(), PACKS, 2)
    found = kept.get("a")
    assert found
    assert torch.equal(found.latents, some_latents())
    assert (found.packs, found.asks) == (tuple(PACKS), 2)
    assert kept.get("b") is None


@pytest.mark.parametrize("packs", [PACKS, [(1, 0)] * 4, []])
def test_it_outlives_the_program_with_its_company(
    tmp_path: Path, packs: list[tuple[int, int]]
) -> None:
    """Its calls may be more than its steps: networks for inpainting read a picture first."""
    KeptLatents(tmp_path / "new").put("a", some_latents(0.25), packs, 3)
    found = KeptLatents(tmp_path / "new").get("a")
    assert found
    assert torch.equal(found.latents, some_latents(0.25))
    assert (list(found.packs), found.asks) == (packs, 3)


def test_what_is_kept_is_not_changed_from_outside() -> None:
    kept, latents = KeptLatents(), some_latents()
    kept.put("a", latents, PACKS, 2)
    latents.zero_()
    found = kept.get("a")
    assert found
    assert torch.equal(found.latents, some_latents())


def test_a_view_of_a_wide_forward_lets_go_of_the_others(tmp_path: Path) -> None:
    kept, wide = KeptLatents(tmp_path), torch.zeros(16, 4, 8, 8)
    kept.put("a", wide[3:4], PACKS, 2)
    found = kept.get("a")
    assert found
    assert found.latents.untyped_storage().nbytes() == 4 * 4 * 8 * 8
    assert the_file(tmp_path).stat().st_size < 2 * 4 * 4 * 8 * 8


def test_latents_of_half_precision_are_kept_as_they_are(tmp_path: Path) -> None:
    KeptLatents(tmp_path).put("a", some_latents().bfloat16(), PACKS, 2)
    found = KeptLatents(tmp_path).get("a")
    assert found
    assert found.latents.dtype == torch.bfloat16


@pytest.mark.parametrize("length", [0, 5, 8, 100, -1, -500])
def test_a_file_that_was_cut_off_is_ignored_and_made_again(tmp_path: Path, length: int) -> None:
    kept_in(tmp_path)
    path = the_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:length])
    again = KeptLatents(tmp_path)
    assert again.get("a") is None
    again.put("a", some_latents(), PACKS, 2)
    assert len(path.read_bytes()) == len(whole)
    assert KeptLatents(tmp_path).get("a")


def test_no_byte_of_a_file_can_change_unnoticed(tmp_path: Path) -> None:
    """Neither in the latents nor in what is noted beside them."""
    kept_in(tmp_path)
    path = the_file(tmp_path)
    whole = path.read_bytes()
    places = [*range(0, 400, 3), *range(400, len(whole), 37), len(whole) - 1]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x11
        path.write_bytes(damaged)
        found = KeptLatents(tmp_path).get("a")
        if found:  # a space of the header, say
            assert torch.equal(found.latents, some_latents())
            assert (found.packs, found.asks) == (tuple(PACKS), 2)


@pytest.mark.parametrize(
    "notes",
    [
        None,
        {},
        {"asks": "2", "company": ""},
        {"asks": "99999999999", "calls": "99999999999", "company": "", "check": "0" * 32},
        {"asks": "x", "calls": "", "company": "", "check": ""},
    ],
)
def test_files_of_others_are_ignored(tmp_path: Path, notes: dict[str, str] | None) -> None:
    save_file({"latents": torch.zeros(3, dtype=torch.int64)}, tmp_path / "a.safetensors", notes)
    save_file({"weights": torch.zeros(3)}, tmp_path / "b.safetensors", notes)
    (tmp_path / "c.safetensors").write_bytes(b"\xff" * 64)
    (tmp_path / "d.safetensors").mkdir()
    kept = KeptLatents(tmp_path)
    assert [kept.get(key) for key in "abcd"] == [None] * 4


def test_a_disk_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = kept_in(tmp_path / "file")
    assert kept.get("a")
    assert KeptLatents(tmp_path / "file").get("a") is None


def test_names_of_files_are_safe_whatever_the_key(tmp_path: Path) -> None:
    kept_in(tmp_path, "../../a b/c\0d")
    assert the_file(tmp_path).suffix == ".safetensors"
    assert KeptLatents(tmp_path).get("../../a b/c\0d")


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    size = 4 * 4 * 8 * 8
    kept = KeptLatents(most_bytes=3 * size)
    for number in range(3):
        kept.put(str(number), some_latents(float(number)), PACKS, 2)
    assert kept.get("0")  # used again, so the second is now the oldest
    kept.put("3", some_latents(), PACKS, 2)
    assert [bool(kept.get(str(number))) for number in range(4)] == [True, False, True, True]
    for number in range(50):
        kept.put(f"more {number}", some_latents(), PACKS, 2)
    assert len(kept._known) == 3
    assert kept._bytes == 3 * size


def test_reading_from_disk_is_bounded_in_memory_too(tmp_path: Path) -> None:
    for number in range(6):
        kept_in(tmp_path, str(number))
    kept = KeptLatents(tmp_path, most_bytes=2 * 4 * 4 * 8 * 8)
    assert all(kept.get(str(number)) for number in range(6))
    assert len(kept._known) == 2


def test_the_disk_is_bounded_and_what_was_used_last_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_in(tmp_path, "first")
    size = the_file(tmp_path).stat().st_size
    monkeypatch.setattr("webui.engine.kept._MOST_ON_DISK", 3 * size + 100)
    for number in range(1, 3):
        kept_in(tmp_path, f"{number} th")
    for age, path in enumerate(sorted(tmp_path.iterdir(), reverse=True)):
        os.utime(path, (1e9 - age, 1e9 - age))  # "1 th" is the oldest, "first" the youngest
    assert KeptLatents(tmp_path).get("1 th")  # and now it is the youngest
    kept_in(tmp_path, "3 th")
    left = {path.stem for path in tmp_path.iterdir()}
    assert left == {"first", "1_th", "3_th"}


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    kept_in(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]
