"""SwarmUI: JSON {"sui_image_params": {…}} in the `parameters` chunk, or in EXIF."""

from __future__ import annotations

from collections.abc import Mapping

from webui.metadata import noise
from webui.metadata.comfy_text import take_prompts
from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint, take_sampler
from webui.metadata.networks import lack_lora, lack_vae
from webui.metadata.placing import PARAMETERS
from webui.metadata.values import (
    as_list,
    as_number,
    as_object,
    as_text,
    few,
    is_something,
    json_object,
)

_FIELDS = {
    "steps": "steps",
    "cfgscale": "cfg_scale",
    "seed": "seed",
    "width": "width",
    "height": "height",
}
_READ = {*_FIELDS, "prompt", "negativeprompt", "model", "sampler", "scheduler", "vae"} | {
    "loras",
    "loraweights",
    "clipstopatlayer",
    "aspectratio",
    "swarm_version",
    "date",
    "generation_time",
}


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read SwarmUI's JSON."""
    said = as_object(json_object(texts.get(PARAMETERS, "")).get("sui_image_params"))
    if not said:
        return False
    draft.tool = "SwarmUI"
    for key, name in _FIELDS.items():
        draft.take(name, said.get(key))
    prompts = [as_text(said.get(key)) for key in ("prompt", "negativeprompt")]
    take_prompts(draft, prompts[:1], prompts[1:])
    take_sampler(draft, as_text(said.get("sampler")), as_text(said.get("scheduler")))
    take_checkpoint(draft, as_text(said.get("model")))
    lack_vae(draft, as_text(said.get("vae")))
    if layer := as_number(said.get("clipstopatlayer")):
        draft.take("clip_skip", abs(layer))
    names, weights = as_list(said.get("loras")), as_list(said.get("loraweights"))
    for at, name in enumerate(few(names)):
        lack_lora(draft, as_text(name), weights[at] if at < len(weights) else None)
    noise.from_cpu(draft)
    for key, value in said.items():
        if key not in _READ and is_something(value):
            draft.leave(key, value)
    return True
