"""Sixty-four prompts in people's words, eight by eight: to look at, critically.

Run as a module it draws them with the studio and writes one picture.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from webui.evaluating.drawing import draw
from webui.request import parse
from webui.settings import HOUSE, Settings

COLUMNS = 8
PROMPTS = """
a red boat on the sea
a yellow house in the snow at night
a small blue car in the desert at sunset
a pink cat in a field
a purple balloon over the water at sunset
a red mushroom in the meadow
an orange fish in the sea, pixel art
a white cup on a plain background
a green tree in the field, watercolor
a yellow star in the snow at night
a blue umbrella on the sea at sunset
a red heart on a plain background
a white boat at sea, at night
a big red house in the desert
a pink car in the snow, watercolor
an orange cat at night
a red boat and a yellow star on the sea at night
a blue house and a green tree in the snow
a pink cat and a red balloon in a field
a white cup and an orange mushroom in the desert at sunset
a purple fish and a blue boat at sea
a yellow car and a red house in the field by day
a red umbrella and a blue cup, in a studio
a green star and a pink heart at night
watercolor of a blue boat on the ocean at sunset
pixel art of a red car in the desert
a watercolor of a yellow house in a meadow
pixel art of a white cat in the snow at night
a watercolor painting of a purple mushroom in the grass
pixel art of an orange boat at sea, sunset
a watercolor of a pink balloon on the left, field
pixel art of a green fish and a red star, night
red boat, sea, sunset
blue cat, snow, night
yellow balloon, desert
green car, field, sunset, watercolor
pink house, snow, pixel art
purple star, sea, night
orange tree, field, sunset
white umbrella, sea
a tiny red mushroom on the right, in the field
a huge yellow star at night by the sea
a small green boat on the left, on the sea at sunset
a big blue fish in the ocean
a little pink heart on the right in the snow
a large orange balloon in the middle, in the desert
a small purple house on the left in a snowy landscape
a big white cat on a plain background
a crimson sailboat at dusk
a golden kitten in the grass
an emerald cottage in winter
a violet toadstool in the moonlight
a scarlet parasol in the dunes
an azure mug on a plain background
a rose ship on the ocean in the evening
a golden star on the sand at night
a red cat and a blue cat in the snow
a green tree and a purple tree in a field at sunset
a yellow boat and a white boat on the sea
a blue balloon and a pink balloon at night, watercolor
a red house and a white star, snow, night, pixel art
an orange cup and a green umbrella in the desert, watercolor
a purple car next to a yellow tree in the field
a pink fish with a blue heart on the sea at sunset
""".strip().splitlines()


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """All pictures side by side, without gaps."""
    side = pictures[0].width
    whole = Image.new("RGB", (COLUMNS * side, -(-len(pictures) // COLUMNS) * side))
    for i, picture in enumerate(pictures):
        whole.paste(picture, (i % COLUMNS * side, i // COLUMNS * side))
    return whole


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.recipe.contact_sheet")
    parser.add_argument("--models", type=Path, default=HOUSE / "models")
    parser.add_argument("--out", type=Path, default=HOUSE / "docs/images/pocket.webp")
    options = parser.parse_args()
    requests = [parse({"prompt": text, "seed": 10 + i}) for i, text in enumerate(PROMPTS)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(models=options.models.resolve())
        pictures = list(draw(requests, settings, Path(folder)))
    sheet(pictures).save(options.out, quality=88)


if __name__ == "__main__":
    main()
