"""Draws the training pictures once and keeps them in a file that is mapped, not read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from .domain import Domain
from .painter import SIZE, Scene, Thing, paint

MASK_SIDE = 16
MOST_THINGS = 3


def scenes(domain: Domain, seed: int, count: int) -> list[Scene]:
    """The first `count` scenes of a seed."""
    rng = random.Random(seed)
    return [domain.random_scene(rng) for _ in range(count)]


def draw_all(folder: Path, wanted: list[Scene], workers: int) -> None:
    """Writes pixels.npy, masks.npy (each thing's share of each latent cell) and scenes.json."""
    done = folder / "scenes.json"
    if done.exists() and load_scenes(folder) == wanted:
        return
    count = len(wanted)
    shapes = {
        "pixels.npy": (count, SIZE, SIZE, 3),
        "masks.npy": (count, MOST_THINGS, MASK_SIDE, MASK_SIDE),
    }
    files = [
        np.lib.format.open_memmap(folder / name, "w+", np.uint8, shape)
        for name, shape in shapes.items()
    ]
    with Pool(workers) as pool:
        for i, arrays in enumerate(pool.imap(_arrays, wanted, chunksize=64)):
            for file, array in zip(files, arrays, strict=True):
                file[i] = array
    for file in files:
        file.flush()
    done.write_text(json.dumps([asdict(s) for s in wanted]))


def load_scenes(folder: Path) -> list[Scene]:
    """The metadata of the drawn pictures, in their order."""
    return [_scene(fields) for fields in json.loads((folder / "scenes.json").read_text())]


def load_pixels(folder: Path) -> np.ndarray:
    """The drawn pictures, (count, SIZE, SIZE, 3) bytes."""
    return np.load(folder / "pixels.npy", mmap_mode="r")


def load_masks(folder: Path) -> np.ndarray:
    """Each thing's share of each latent cell, (count, MOST_THINGS, 16, 16) bytes."""
    return np.load(folder / "masks.npy")


def shuffled_batches(count: int, batch: int, seed: int) -> Iterator[np.ndarray]:
    """Endless index batches, each epoch in a new order."""
    order = np.random.default_rng(seed)
    while True:
        indices = order.permutation(count)
        for start in range(0, count - batch + 1, batch):
            yield indices[start : start + batch]


def _scene(fields: dict) -> Scene:
    things = tuple(Thing(**thing) for thing in fields.pop("things"))
    return Scene(things=things, **fields)


def _arrays(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    painting = paint(scene)
    cells = np.zeros((MOST_THINGS, MASK_SIDE, MASK_SIDE), np.uint8)
    for i, mask in enumerate(painting.masks):
        cells[i] = np.asarray(mask.resize((MASK_SIDE, MASK_SIDE)))
    return np.asarray(painting.image), cells
