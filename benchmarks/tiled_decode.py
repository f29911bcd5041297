"""Developing 1024 × 1024 whole and in tiles, by pocket's VAE: python -m benchmarks.tiled_decode.

Peak memory, each way in a process of its own, and how far the two pictures are apart.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from webui.families.sd1 import Sd1
from webui.families.sd1.components import Sd1Components, load_components
from webui.settings import Settings

SIDE = 1024
WAYS = ("whole", "tiled")


def measure_tiled_decode() -> dict[str, float]:
    """MiB at the peak above what the loaded networks hold, and levels (of 255) of difference."""
    with tempfile.TemporaryDirectory() as folder:
        files = {way: Path(folder, way) for way in WAYS}
        peaks = {way: alone(way, files[way]) for way in WAYS}
        pictures = {way: torch.load(files[way]).int() for way in WAYS}
    apart = (pictures["whole"] - pictures["tiled"]).abs().float()
    return {
        "whole: peak MiB": peaks["whole"],
        "tiled: peak MiB": peaks["tiled"],
        "tiled / whole": peaks["tiled"] / peaks["whole"],
        "difference, levels on average": float(apart.mean()),
        "difference, levels at most": float(apart.max()),
    }


def alone(way: str, file: Path) -> float:
    """Develop in a process of its own. The picture goes into `file`; returns the peak in MiB."""
    command = [sys.executable, "-m", "benchmarks.tiled_decode", way, str(file)]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return float(out.split()[-1])


def develop(way: str, file: Path) -> float:
    """In this process, whose peak is counted anew once all is ready."""
    components = loaded()
    latents = components.read(a_picture(SIDE), tiled=True)
    components.decode(latents[..., :8, :8])
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    picture = components.decode(latents, tiled=way == "tiled")
    peak = resident("VmHWM") - before
    torch.save(picture, file)
    return peak / 1024


def loaded() -> Sd1Components:
    folder = Settings().models / "pocket"
    return load_components(folder, Sd1().facts(folder), torch.float32, torch.device("cpu"))


def a_picture(side: int) -> Tensor:
    """A sky, a sun, a ground with stripes: float32 [1, 3, side, side] in 0 to 1."""
    line = torch.linspace(0, 1, side)
    down, across = torch.meshgrid(line, line, indexing="ij")
    picture = torch.stack([0.3 + down * 0.5, 0.5 + down * 0.3, 0.9 - down * 0.4])
    sun = (down - 0.3) ** 2 + (across - 0.6) ** 2 < 0.02
    picture[:, sun] = torch.tensor([1.0, 0.8, 0.2])[:, None]
    stripes = (down > 0.65) & (torch.sin(across * 60 + down * 20) > 0)
    picture[:, stripes] = torch.tensor([0.2, 0.5, 0.2])[:, None]
    return picture[None]


def resident(name: str) -> int:
    """A line of what Linux says of this process, KiB."""
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


def main() -> None:
    if len(sys.argv) == 3:
        print(develop(sys.argv[1], Path(sys.argv[2])))
        return
    for what, value in measure_tiled_decode().items():
        print(f"  {what:<44} {value:10.3f}")


if __name__ == "__main__":
    main()
