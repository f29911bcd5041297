"""What the judge sees in pictures that pocket drew over: python -m benchmarks.redrawing.

Every line is one way of asking, over scenes of all places and times of day. Figures are shares of
the pictures where they do not say otherwise.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.redrawing import given
from benchmarks.redrawing.desk import Bench, Desk, Row
from benchmarks.redrawing.inpainting import adding, removing, replacing
from benchmarks.redrawing.outpainting import outpainting
from benchmarks.redrawing.whole import enlarging, recolouring
from webui.evaluating.judge import Judge
from webui.inline_studio import inline_studio
from webui.service import DatedFiles
from webui.settings import Settings

MEASURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "add": adding,
    "remove": removing,
    "background": replacing,
    "outpaint": outpainting,
    "recolour": recolouring,
    "enlarge": enlarging,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redrawing", description=__doc__)
    parser.add_argument("--count", type=int, default=64, help="pictures of each line")
    parser.add_argument("--only", choices=MEASURES)
    parser.add_argument("--sheets", type=Path, help="a folder for all pictures, line by line")
    words = parser.parse_args()
    if words.sheets:
        words.sheets.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(outputs=Path(folder))
        with inline_studio(settings, DatedFiles(settings.outputs)) as studio:
            desk, judge = Desk(studio), Judge.load(settings.models / "pocket" / "judge")
            wanted = given.scenes(words.count)
            drawn, painted = given.drawn(desk, wanted), given.painted(desk, wanted)
            bench = Bench(desk, judge, drawn, painted, words.sheets)
            for name, measure in MEASURES.items():
                if words.only in (None, name):
                    for row in measure(bench):
                        _show(*row)


def _show(name: str, figures: dict[str, float]) -> None:
    print(
        f"{name:<44}",
        "   ".join(f"{what} {value:.2f}" for what, value in figures.items()),
        flush=True,
    )


if __name__ == "__main__":
    main()
