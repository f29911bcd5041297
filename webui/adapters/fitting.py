"""Whether the layers of a LoRA fit those of a checkpoint. Importing needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webui.adapters.lora_layers import Layer
from webui.adapters.lora_names import Place, is_original
from webui.adapters.words import short, size_words

_ORIGINAL_NAMES = (
    " It names them as in the files that SDXL was published with (input_blocks, output_blocks);"
    " this version knows them only by their names in diffusers (down_blocks, up_blocks)."
)


def unfit(
    title: str, layers: Mapping[Place, Layer], ours: Mapping[Place, Sequence[int]]
) -> str | None:
    """Why it cannot be worn, in plain words; None if it can. `ours`: shapes of weights.

    It can when of every part that the file names something matches, and all that matches has the
    size of the checkpoint's. Layers that the checkpoint has not are left out, as in other tools.
    """
    matched = sorted(place for place in layers if place in ours)
    strange = {part for part, _ in layers} - {part for part, _ in matched}
    if strange:
        return (
            f"The LoRA {title!r} was made for another family: this checkpoint has none of the"
            f" layers that it changes in {' and '.join(sorted(strange))}."
            + (_ORIGINAL_NAMES if any(map(is_original, layers)) else "")
        )
    wrong = next((place for place in matched if not layers[place].fits(ours[place])), None)
    if wrong is None:
        return None
    return (
        f"The LoRA {title!r} was made for another family: its layer {short(wrong[1])!r} is for"
        f" {size_words(layers[wrong].size)}, and this checkpoint's is {size_words(ours[wrong])}."
    )
