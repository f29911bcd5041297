"""Draw Things (iOS, macOS): JSON in the comment of an XMP packet."""

from __future__ import annotations

from collections.abc import Mapping

from webui.metadata import noise
from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint, take_sampler
from webui.metadata.networks import lack_lora
from webui.metadata.placing import DRAW_THINGS
from webui.metadata.values import as_object, as_text, few, is_something, json_object

_FIELDS = {"c": "prompt", "uc": "negative_prompt", "steps": "steps", "scale": "cfg_scale"} | {
    "seed": "seed"
}
_READ = {*_FIELDS, "size", "model", "sampler", "lora", "seed_mode", "v2", "strength"}
_SEED_MODES = {"torch cpu compatible": "cpu", "nvidia gpu compatible": "nv"}


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read Draw Things' JSON."""
    said = json_object(texts.get(DRAW_THINGS, ""))
    if not said:
        return False
    draft.tool = "Draw Things"
    for key, name in _FIELDS.items():
        draft.take(name, said.get(key))
    width, _, height = as_text(said.get("size")).partition("x")
    draft.take("width", width or None)
    draft.take("height", height or None)
    take_sampler(draft, as_text(said.get("sampler")))
    take_checkpoint(draft, as_text(said.get("model")))
    for item in few(said.get("lora")):
        lora = as_object(item)
        lack_lora(draft, as_text(lora.get("model")), lora.get("weight"))
    if source := _SEED_MODES.get(as_text(said.get("seed_mode")).casefold()):
        draft.fields["noise_source"] = source
    else:
        noise.unknown(draft)
    for key, value in said.items():
        if key not in _READ and is_something(value):
            draft.leave(key.replace("_", " "), value)
    if said.get("strength") not in (None, 1, 1.0):
        draft.note("It was made from another picture, which is not kept in it.")
    return True
