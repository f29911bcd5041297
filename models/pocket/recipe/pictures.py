"""Draws the training pictures once and keeps them in a file that is mapped, not read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from .painter import SIZE, Scene, paint, random_scene

MASK_SIDE = 16


def scenes(seed: int, count: int) -> list[Scene]:
    """The first `count` scenes of a seed."""
    rng = random.Random(seed)
    return [random_scene(rng) for _ in range(count)]


def draw_all(folder: Path, seed: int, count: int, workers: int) -> None:
    """Writes pixels.npy, masks.npy (the object's share of each latent cell) and scenes.json."""
    wanted = scenes(seed, count)
    done = folder / "scenes.json"
    if done.exists() and json.loads(done.read_text()) == [asdict(s) for s in wanted]:
        return
    pixels = np.lib.format.open_memmap(
        folder / "pixels.npy", "w+", np.uint8, (count, SIZE, SIZE, 3)
    )
    masks = np.lib.format.open_memmap(
        folder / "masks.npy", "w+", np.uint8, (count, MASK_SIDE, MASK_SIDE)
    )
    with Pool(workers) as pool:
        for i, (picture, mask) in enumerate(pool.imap(_arrays, wanted, chunksize=64)):
            pixels[i], masks[i] = picture, mask
    pixels.flush()
    masks.flush()
    done.write_text(json.dumps([asdict(s) for s in wanted]))


def load_scenes(folder: Path) -> list[Scene]:
    """The metadata of the drawn pictures, in their order."""
    return [Scene(**fields) for fields in json.loads((folder / "scenes.json").read_text())]


def load_pixels(folder: Path) -> np.ndarray:
    """The drawn pictures, (count, SIZE, SIZE, 3) bytes."""
    return np.load(folder / "pixels.npy", mmap_mode="r")


def load_masks(folder: Path) -> np.ndarray:
    """The object's share of each latent cell, (count, 16, 16) bytes."""
    return np.load(folder / "masks.npy")


def shuffled_batches(count: int, batch: int, seed: int) -> Iterator[np.ndarray]:
    """Endless index batches, each epoch in a new order."""
    order = np.random.default_rng(seed)
    while True:
        indices = order.permutation(count)
        for start in range(0, count - batch + 1, batch):
            yield indices[start : start + batch]


def _arrays(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    painting = paint(scene)
    cells = painting.mask.resize((MASK_SIDE, MASK_SIDE))
    return np.asarray(painting.image), np.asarray(cells)
