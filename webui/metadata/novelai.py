"""NovelAI: PNG chunks Software, Description and Comment (JSON); in WebP all of it in one JSON."""

from __future__ import annotations

from collections.abc import Mapping

from webui.metadata import noise
from webui.metadata.draft import Draft
from webui.metadata.names import take_sampler
from webui.metadata.novelai_weights import from_novelai
from webui.metadata.values import as_object, as_text, few, is_something, json_object

_FIELDS = {
    "steps": "steps",
    "scale": "cfg_scale",
    "cfg_rescale": "cfg_rescale",
    "width": "width",
    "height": "height",
}
_READ = {*_FIELDS, "seed", "prompt", "uc", "sampler", "noise_schedule", "v4_prompt"} | {
    "v4_negative_prompt",
    "signed_hash",
    "request_type",
    "version",
    "n_samples",
}
_TEXT_TO_IMAGE = "PromptGenerateRequest"


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read NovelAI's JSON. Others use a Comment too; its keys tell."""
    said = json_object(texts.get("Comment", ""))
    description, source = texts.get("Description", ""), texts.get("Source", "")
    if inner := json_object(as_text(said.get("Comment"))):
        description, source = as_text(said.get("Description")), as_text(said.get("Source"))
        said = inner
    if "uc" not in said and "v4_prompt" not in said:
        return False
    draft.tool = "NovelAI"
    prompt = _caption(said, "v4_prompt", draft) or as_text(said.get("prompt")) or description
    negative = _caption(said, "v4_negative_prompt", draft) or as_text(said.get("uc"))
    draft.take("prompt", from_novelai(prompt))
    draft.take("negative_prompt", from_novelai(negative))
    for key, name in _FIELDS.items():
        draft.take(name, said.get(key))
    draft.take("seed", said.get("seed"))
    take_sampler(draft, as_text(said.get("sampler")), as_text(said.get("noise_schedule")))
    if source:
        draft.lack("checkpoint", source)
    _say_what_else(said, draft)
    return True


def _caption(said: dict[str, object], key: str, draft: Draft) -> str:
    """The caption of version 4 for the whole picture; those of its figures are left."""
    caption = as_object(as_object(said.get(key)).get("caption"))
    for item in few(caption.get("char_captions")):
        if text := as_text(as_object(item).get("char_caption")):
            what = "Character" if key == "v4_prompt" else "Character, not wanted"
            draft.leave(what, text)
    return as_text(caption.get("base_caption"))


def _say_what_else(said: dict[str, object], draft: Draft) -> None:
    for key, value in said.items():
        if key not in _READ and is_something(value):
            draft.leave(key.replace("_", " "), value)
    noise.unknown(draft)
    draft.note("NovelAI's later checkpoints are not published, so the picture can only be near.")
    if as_text(said.get("request_type") or _TEXT_TO_IMAGE) != _TEXT_TO_IMAGE:
        draft.note("It was made from another picture, which is not kept in it.")
