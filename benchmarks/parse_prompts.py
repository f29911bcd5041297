"""Seconds for reading many different prompts whole: python -m benchmarks.parse_prompts.

Each goes the way from what is typed to what the text encoder is given: notes, drawing, tags, AND,
the texts of 20 steps, emphasis. Seconds of one core, whatever else the machine does; no torch.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from webui.prompting import Wildcards, expand, readings

PROMPTS = 10_000
STEPS = 20

_SUBJECTS = ("a red boat on the sea", "portrait of an old fisherman", "1girl, solo, long hair")
_WORDS = (
    "masterpiece", "best quality", "(highly detailed:1.2)", "intricate", "sharp focus",
    "((volumetric light))", "[blurry]", "by Alphonse Mucha", "oil on canvas", "golden hour",
    "(bokeh, depth of field:0.9)", r"fate \(series\)", "8k uhd", "soft shadows", "film grain",
)  # fmt: skip
_NOW_AND_THEN = (
    "[a mountain:a lake:0.25]", "[cat|dog]", "{red|blue|green} house", "__colours__ sky",
    "<lora:detail:0.6>", "{2$$fog|rain|snow}", "BREAK", "[sketch::4]", "# try without\n",
)  # fmt: skip


def prompts() -> Iterator[str]:
    """Different ones, of 20 to 30 phrases, as people write them; one in eight has an AND."""
    random = Random(0)
    for number in range(PROMPTS):
        phrases = [random.choice(_SUBJECTS), *random.choices(_WORDS, k=random.randint(16, 24))]
        phrases += random.sample(_NOW_AND_THEN, random.randint(0, 4))
        text = ", ".join(phrases)
        joined = " AND a green tree:0.7" if number % 8 == 0 else ""
        yield f"{text}, number {number}{joined}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "colours.txt").write_text("red\n3::blue\n{pale|dark} green\n")
        wildcards, texts = Wildcards(Path(folder)), list(prompts())
        start = time.process_time()
        found = sum(
            len(readings(expand(text, wildcards, seed), STEPS)) for seed, text in enumerate(texts)
        )
        seconds = time.process_time() - start
    mean = sum(map(len, texts)) / PROMPTS
    print(f"{PROMPTS:,} prompts of {mean:.0f} characters, {found:,} texts: {seconds:.2f} s")


if __name__ == "__main__":
    main()
