"""LoRAs, embeddings and the like that a picture used, which the studio cannot load yet."""

from __future__ import annotations

import re
from collections.abc import Mapping

from webui.metadata.draft import Draft
from webui.metadata.found import MissingKind
from webui.metadata.names import split_title, stem
from webui.metadata.values import as_number, as_text, is_something

_TAG = re.compile(r"<(lora|lyco|hypernet):([^:<>]{1,200})[:>]")
_EMBEDDING = re.compile(r"\bembedding:([\w.\-/\\]{1,200})")
_KINDS: dict[str, MissingKind] = {
    "lora": "lora",
    "lyco": "lora",
    "lycoris": "lora",
    "locon": "lora",
    "dora": "lora",
    "hypernet": "hypernetwork",
    "hypernetwork": "hypernetwork",
    "embed": "embedding",
    "embedding": "embedding",
    "embeddings": "embedding",
    "textualinversion": "embedding",
    "vae": "vae",
    "controlnet": "controlnet",
    "upscaler": "upscaler",
}


def kind_of(word: str) -> MissingKind | None:
    """The kind of file that others call so."""
    return _KINDS.get(word.casefold())


def lack_tags(draft: Draft, prompt: str) -> None:
    """Say which files the tags of a prompt want. The tags stay in the prompt."""
    for tag in _TAG.finditer(prompt):
        draft.lack(_KINDS[tag[1]], tag[2])
    for embedding in _EMBEDDING.finditer(prompt):
        draft.lack("embedding", stem(embedding[1]))


def lack_hashes(draft: Draft, kind: MissingKind, text: str) -> None:
    """Say what a list like "name: hash, name: hash" wants."""
    for item in text.split(","):
        name, _, hash = item.partition(":")
        if name.strip():
            draft.lack(kind, name, hash.strip())


def lack_lora(draft: Draft, name: str, weight: object, hash: str = "") -> None:
    """Say that a LoRA is not here, which no tag in the prompt says, and how strong it was."""
    if is_something(name):
        amount = as_number(weight)
        known = stem(name)
        draft.lack("lora", known, hash)
        draft.leave("LoRA", known if amount is None else f"{known} at {amount:g}")


def lack_vae(draft: Draft, name: str, hash: str = "") -> None:
    """Say that a VAE of its own was used; not where it was the checkpoint's."""
    if is_something(name) and name.casefold() not in ("automatic", "default", "default (model)"):
        draft.lack("vae", stem(name), hash)


def lack_control(draft: Draft, title: str) -> None:
    """Say that a ControlNet is not here."""
    if is_something(title):
        name, hash = split_title(title)
        draft.lack("controlnet", stem(name), hash)


def lack_upscaler(draft: Draft, name: str) -> None:
    """Say that an upscaler is not here; those that are mere arithmetic are no file."""
    if is_something(name) and not name.startswith(("Latent", "Lanczos", "Nearest")):
        draft.lack("upscaler", stem(name))


def lack_named_hashes(draft: Draft, hashes: Mapping[str, object]) -> None:
    """Say what Civitai's {"lora:name": "hash", "model": …} wants besides the checkpoint."""
    for key, hash in hashes.items():
        word, colon, name = key.partition(":")
        kind = kind_of(word)
        if kind and colon and name.strip():
            draft.lack(kind, name, as_text(hash))
