"""How long a page of cards takes with ten thousand LoRAs.

    python -m benchmarks.adapter_cards [FILES]

Makes so many tiny files in a temporary folder, in 40 folders, a tenth of them with a picture and
notes beside them, and asks for pages.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from webui.pipelines.adapter_cards import AdapterCards, CardPage


def _header(name: str) -> bytes:
    start, tensors = 0, {}
    for ending, shape in (("lora_down.weight", (4, 768)), ("lora_up.weight", (320, 4))):
        size = 2 * shape[0] * shape[1]
        key = f"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.{ending}"
        tensors[key] = {"dtype": "F16", "shape": shape, "data_offsets": (start, start + size)}
        start += size
    said = {"modelspec.title": name, "ss_base_model_version": "sd_v1"}
    header = json.dumps({"__metadata__": said, **tensors}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(start)


def _make(folder: Path, count: int) -> None:
    for number in range(count):
        here = folder / "loras" / f"folder {number % 40:02}"
        here.mkdir(parents=True, exist_ok=True)
        name = f"lora {number:05}"
        (here / f"{name}.safetensors").write_bytes(_header(name))
        if number % 10 == 0:
            (here / f"{name}.preview.png").touch()
            (here / f"{name}.json").write_text(json.dumps({"activation text": name}))


def _timed(what: str, ask: Callable[[], CardPage]) -> None:
    start = time.perf_counter()
    page = ask()
    took = 1000 * (time.perf_counter() - start)
    print(f"{what:42} {took:8.1f} ms   {len(page.cards)} of {page.total:,}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as temporary:
        models, index = Path(temporary), Path(temporary) / "index.json"
        _make(models, count)
        cards = AdapterCards(models, index)
        _timed("first page, nothing known", lambda: cards.page("lora"))
        _timed("the same page again", lambda: cards.page("lora"))
        _timed("newest first, page 50", lambda: cards.page("lora", sort="newest", offset=3000))
        _timed("search", lambda: cards.page("lora", search="folder 07 99"))
        for offset in range(0, count, 500):
            cards.page("lora", offset=offset, limit=500)
        _timed("first page, every header known", lambda: cards.page("lora"))
        _timed("first page of a new start", lambda: AdapterCards(models, index).page("lora"))


if __name__ == "__main__":
    main()
