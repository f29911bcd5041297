"""What Civitai's own generator adds to the `parameters` text: a list of what was used.

Form: `Civitai resources: [{"type": "checkpoint", "modelName": …, "modelVersionName": …,
"weight": …}]`. It names files by its own pages; their hashes are not said.
"""

from __future__ import annotations

from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint
from webui.metadata.networks import kind_of, lack_lora
from webui.metadata.values import as_object, as_text, few, json_list


def take_resources(draft: Draft, text: str) -> None:
    """Set the checkpoint unless it is known already, and say which other files are not here."""
    for item in few(json_list(text)):
        resource = as_object(item)
        name, version = (as_text(resource.get(key)) for key in ("modelName", "modelVersionName"))
        word, title = as_text(resource.get("type")), f"{name} {version}".strip()
        kind = kind_of(word)
        if kind == "lora":
            lack_lora(draft, title, resource.get("weight"))
        elif kind and name:
            draft.lack(kind, title)
        elif word.casefold() in ("checkpoint", "model") and name and not _has_checkpoint(draft):
            take_checkpoint(draft, title)


def _has_checkpoint(draft: Draft) -> bool:
    is_missing = any(kind == "checkpoint" for kind, _ in draft.missing)
    return "checkpoint" in draft.fields or is_missing
