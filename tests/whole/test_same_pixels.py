"""The same request gives the same pixels: again, and as one of a batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from webui.request import read_png


def generate(target: Path, *words: str) -> None:
    command = [sys.executable, "-m", "webui", "generate", "a red boat on the sea"]
    folders = ["--outputs", str(target.parent / "outputs")]
    subprocess.run([*command, *words, *folders, "-o", str(target)], check=True)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture).astype(int)


@pytest.fixture(scope="module")
def boats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boats")
    generate(folder / "once.png", "--seed", "7")
    generate(folder / "again.png", "--seed", "7")
    generate(folder / "exact.png", "--seed", "7", "--exact")
    generate(folder / "exact-batch.png", "--seed", "6", "--batch-size", "4", "--exact")
    generate(folder / "batch.png", "--seed", "6", "--batch-size", "4")
    return folder


def test_same_request_gives_the_same_pixels_again(boats: Path) -> None:
    assert np.array_equal(pixels(boats / "once.png"), pixels(boats / "again.png"))


def test_exact_picture_of_a_batch_has_the_bits_of_the_one_alone(boats: Path) -> None:
    assert np.array_equal(pixels(boats / "exact.png"), pixels(boats / "exact-batch-2.png"))
    assert np.array_equal(pixels(boats / "exact.png"), pixels(boats / "once.png"))


def test_packed_picture_of_a_batch_differs_by_rounding_at_most(boats: Path) -> None:
    difference = np.abs(pixels(boats / "once.png") - pixels(boats / "batch-2.png"))
    assert difference.max() <= 2
    assert (difference > 0).mean() < 0.001


def test_picture_carries_both_chunks_and_its_own_seed(boats: Path) -> None:
    metadata = read_png(boats / "batch-2.png")
    assert metadata.request is not None
    assert (metadata.request.seed, metadata.request.pictures) == (7, 1)
    assert metadata.pairs["Seed"] == "7"
    assert metadata.request.files[0].sha256.startswith(metadata.pairs["Model hash"])
    assert read_png(boats / "once.png").request == metadata.request
