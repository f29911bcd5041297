"""Measures Darkroom beside plain diffusers: python -m benchmarks [--only NAME] [--json FILE]."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.clients import measure_clients
from benchmarks.picture import measure_picture
from benchmarks.start import measure_memory, measure_start

MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "start": measure_start,
    "picture": measure_picture,
    "clients": measure_clients,
    "memory": measure_memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=sorted(MEASURES))
    parser.add_argument("--json", type=Path)
    words = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    for name, measure in MEASURES.items():
        if words.only in (None, name):
            results[name] = measure()
            print(f"\n{name}")
            for what, value in results[name].items():
                print(f"  {what:<44} {value:10.3f}")
    if words.json:
        words.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
