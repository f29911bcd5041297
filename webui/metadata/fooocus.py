"""Fooocus: JSON in the `parameters` chunk, or in EXIF; its other form is A1111's text.

Its older log files have the same things under labels: "Base Model" for `base_model`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from webui.metadata import noise
from webui.metadata.comfy_text import take_prompts
from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint, take_sampler
from webui.metadata.networks import lack_lora, lack_vae
from webui.metadata.placing import PARAMETERS
from webui.metadata.values import as_list, as_text, few, is_something, json_object

_FIELDS = {"steps": "steps", "guidance_scale": "cfg_scale", "seed": "seed"}
_READ = {*_FIELDS, "prompt", "negative_prompt", "full_prompt", "full_negative_prompt"} | {
    "resolution",
    "sampler",
    "scheduler",
    "base_model",
    "base_model_hash",
    "loras",
    "vae",
    "version",
    "metadata_scheme",
    "prompt_expansion",
    "clip_skip",
}
_SIZE = re.compile(r"\(?'?(\d{1,5})'?\s*[,x×*]\s*'?(\d{1,5})'?\)?")
_SPLIT = " : "


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read Fooocus' JSON."""
    json = json_object(texts.get(PARAMETERS, ""))
    said = {key.casefold().replace(" ", "_"): value for key, value in json.items()}
    if "base_model" not in said and "metadata_scheme" not in said:
        return False
    draft.tool = "Fooocus"
    for key, name in _FIELDS.items():
        draft.take(name, said.get(key))
    take_prompts(draft, _prompt(said, "prompt"), _prompt(said, "negative_prompt"))
    if size := _SIZE.match(as_text(said.get("resolution"))):
        draft.take("width", size[1])
        draft.take("height", size[2])
    take_sampler(draft, as_text(said.get("sampler")), as_text(said.get("scheduler")))
    take_checkpoint(draft, as_text(said.get("base_model")), as_text(said.get("base_model_hash")))
    draft.take("clip_skip", said.get("clip_skip"))
    lack_vae(draft, as_text(said.get("vae")))
    _lack_loras(said, draft)
    noise.from_cpu(draft)
    for key, value in said.items():
        if key not in _READ and not key.startswith("lora_") and is_something(value):
            draft.leave(key.replace("_", " "), value)
    return True


def _prompt(said: dict[str, object], key: str) -> list[str]:
    """The prompt with the styles around it; each of its texts is encoded apart there."""
    texts = [text for text in few(said.get(f"full_{key}")) if isinstance(text, str)]
    return texts or [as_text(said.get(key))]


def _lack_loras(said: dict[str, object], draft: Draft) -> None:
    for item in few(said.get("loras")):
        name, weight, hash, *_ = [*as_list(item), "", "", ""]
        lack_lora(draft, as_text(name), weight, as_text(hash))
    if not said.get("loras"):
        for key, value in said.items():
            if key.startswith("lora_"):
                name, _, weight = as_text(value).rpartition(_SPLIT)
                lack_lora(draft, name.rpartition(_SPLIT)[2], weight)
