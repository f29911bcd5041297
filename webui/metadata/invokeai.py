"""InvokeAI: `invokeai_metadata` (version 3 and later), `sd-metadata` (2) and `Dream` (1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from webui.metadata import noise
from webui.metadata.compel import from_compel
from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint, take_sampler, take_schedule
from webui.metadata.networks import lack_control, lack_lora, lack_vae
from webui.metadata.values import (
    as_number,
    as_object,
    as_text,
    few,
    is_something,
    json_object,
)

_NUMBERS = ("seed", "steps", "cfg_scale", "width", "height")
_READ = {
    *_NUMBERS,
    "positive_prompt",
    "negative_prompt",
    "positive_style_prompt",
    "negative_style_prompt",
    "cfg_rescale_multiplier",
    "scheduler",
    "clip_skip",
    "model",
    "vae",
    "loras",
    "controlnets",
    "rand_device",
    "app_version",
    "generation_mode",
}
_OLD_READ = {*_NUMBERS, "prompt", "sampler", "type"}
_NEGATIVE = re.compile(r"\[([^\[\]]*)\]")
_OPTION = re.compile(r"\s-([A-Za-z])\s*([^\s\-]\S*)")
_TRIGGER = re.compile(r"<([\w\-. ]{1,100})>")
_DREAM = {"s": "steps", "S": "seed", "W": "width", "H": "height", "C": "cfg_scale"}


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read what InvokeAI of any version says."""
    if said := json_object(texts.get("invokeai_metadata", "")):
        _read_new(said, draft)
    elif said := json_object(texts.get("sd-metadata", "")):
        _read_old(said, draft)
    elif dream := texts.get("Dream", ""):
        _read_dream(dream, draft)
    else:
        return False
    draft.tool = "InvokeAI"
    return True


def _read_new(said: dict[str, object], draft: Draft) -> None:
    for name in _NUMBERS:
        draft.take(name, said.get(name))
    _take_prompts(as_text(said.get("positive_prompt")), as_text(said.get("negative_prompt")), draft)
    draft.take("cfg_rescale", said.get("cfg_rescale_multiplier"))
    if skipped := as_number(said.get("clip_skip")):
        draft.take("clip_skip", skipped + 1)
    _take_scheduler(as_text(said.get("scheduler")), draft)
    name, hash = _model(said.get("model"))
    take_checkpoint(draft, name, hash)
    _take_networks(said, draft)
    noise.from_gpu(draft) if said.get("rand_device") == "cuda" else noise.from_cpu(draft)
    for key, value in said.items():
        if key not in _READ and is_something(value):
            draft.leave(key.replace("_", " "), value)
    if not as_text(said.get("generation_mode") or "txt2img").endswith("txt2img"):
        draft.note("It was made from another picture, which is not kept in it.")


def _take_networks(said: dict[str, object], draft: Draft) -> None:
    lack_vae(draft, *_model(said.get("vae")))
    for item in few(said.get("loras")):
        lora = as_object(item)
        name, hash = _model(lora.get("model") or lora.get("lora"))
        lack_lora(draft, name, lora.get("weight"), hash)
    for item in few(said.get("controlnets")):
        control = as_object(item)
        name, _ = _model(control.get("control_model"))
        lack_control(draft, name)
        draft.leave("ControlNet", control)


def _model(value: object) -> tuple[str, str]:
    """The name and hash of a model's entry; the first version 3 called them otherwise."""
    model = as_object(value)
    name = as_text(model.get("name")) or as_text(model.get("model_name"))
    return name, as_text(model.get("hash"))


def _take_prompts(prompt: str, negative: str, draft: Draft) -> None:
    draft.take("prompt", _translated(prompt, draft))
    draft.take("negative_prompt", _translated(negative, draft))


def _translated(text: str, draft: Draft) -> str:
    """The text in our prompt language; what it wants and what is lost is said."""
    translated, note = from_compel(text)
    if note:
        draft.note(note)
    for trigger in _TRIGGER.finditer(text):
        draft.lack("embedding", trigger[1])
    return translated


def _take_scheduler(name: str, draft: Draft) -> None:
    """Set both; its names end with _k where they mean Karras, and mean Normal elsewhere."""
    bare = name.removesuffix("_k")
    take_sampler(draft, bare, "karras" if bare != name else "")
    if bare == name and name:
        take_schedule(draft, "normal")


def _read_old(said: dict[str, object], draft: Draft) -> None:
    image = as_object(said.get("image"))
    for name in _NUMBERS:
        draft.take(name, image.get(name))
    _take_bracketed(_old_parts(image.get("prompt")), draft)
    take_sampler(draft, as_text(image.get("sampler")))
    take_checkpoint(draft, as_text(said.get("model_weights")), as_text(said.get("model_hash")))
    noise.from_gpu(draft)
    for key, value in image.items():
        if key not in _OLD_READ and is_something(value) and value != 0:
            draft.leave(key.replace("_", " "), value)


def _old_parts(value: object) -> list[tuple[str, float]]:
    """The prompts and their weights; most have one, and some of these no list."""
    if isinstance(value, str):
        return [(value, 1.0)]
    parts = [as_object(part) for part in few(value)]
    weights = [as_number(part.get("weight")) for part in parts]
    return [
        (as_text(part.get("prompt")), 1.0 if weight is None else weight)
        for part, weight in zip(parts, weights, strict=True)
    ]


def _take_bracketed(parts: list[tuple[str, float]], draft: Draft) -> None:
    """Set both prompts. In these versions square brackets held what was not wanted."""
    unwanted = [found[1].strip() for text, _ in parts for found in _NEGATIVE.finditer(text)]
    wanted = [(_translated(_NEGATIVE.sub("", text).strip(), draft), w) for text, w in parts]
    if len(wanted) == 1:
        draft.take("prompt", wanted[0][0])
    else:
        draft.take("prompt", " AND ".join(f"{text} :{weight:g}" for text, weight in wanted))
    draft.take("negative_prompt", _translated(", ".join(unwanted), draft))


def _read_dream(dream: str, draft: Draft) -> None:
    """Read `"a prompt" -s 50 -S 123 -W 512 -H 512 -C 7.5 -A k_lms`."""
    words, _, options = dream.strip().rpartition('"')
    _take_bracketed([(words.removeprefix('"'), 1.0)], draft)
    for option in _OPTION.finditer(f" {options}"):
        if option[1] == "A":
            take_sampler(draft, option[2])
        elif name := _DREAM.get(option[1]):
            draft.take(name, option[2])
        else:
            draft.leave(f"-{option[1]}", option[2])
    noise.from_gpu(draft)
