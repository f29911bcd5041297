"""The `parameters` text of AUTOMATIC1111 and of all who write in its form.

These are Forge, reForge, SD.Next, Civitai's own generator, Fooocus if it is told to, nodes of
ComfyUI, and Darkroom itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from webui.metadata import noise
from webui.metadata.civitai import take_resources
from webui.metadata.draft import Draft
from webui.metadata.hires import take_hires
from webui.metadata.names import split_title, stem, take_checkpoint, take_sampler
from webui.metadata.networks import (
    lack_control,
    lack_hashes,
    lack_named_hashes,
    lack_tags,
    lack_vae,
)
from webui.metadata.placing import PARAMETERS
from webui.metadata.values import as_text, is_something, json_object
from webui.request.infotext_reading import KEYS_READ, fields_of, read_infotext

_NAMED = ("sampler", "schedule", "checkpoint")
_CPU_NOISE = ("ComfyUI", "Fooocus")
_SILENT = KEYS_READ | {
    "Model hash",
    "Version",
    "Lora hashes",
    "TI hashes",
    "VAE",
    "VAE hash",
    "Hashes",
    "Scheduler",
    "Civitai resources",
}
"""Keys that need no row among what could not be carried over."""

_USUAL = {
    "Noise Schedule": ("Default", "Zero Terminal SNR"),
    "Emphasis": ("Original", "No norm", "Ignore", "None"),
    "RNG": ("GPU", "CPU", "NV"),
}
"""Keys that are read, with the values that are; others get a row."""

_VERSION = re.compile(r"v?(\d{1,3})\.(\d{1,3})")
_EDITING = re.compile(r"\[[^\[\]]{0,500}:")
_SAYS_MORE = ("prompt", "workflow", "invokeai_metadata", "Comment")
"""Chunks that say more than a mere prompt does."""

_FROM_A_PICTURE = ("Mask blur", "Mask mode", "Inpaint area", "Init image hash")


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read a `parameters` text; one without any parameters is a prompt."""
    text = texts.get(PARAMETERS, "")
    if not text.strip() or json_object(text):
        return False
    pairs = read_infotext(text)
    if len(pairs) == 2 and any(key in texts for key in _SAYS_MORE):
        return False
    fields = fields_of(pairs)
    for name, value in fields.items():
        if name not in _NAMED:
            draft.take(name, value)
    lack_tags(draft, pairs["Prompt"])
    lack_tags(draft, pairs["Negative prompt"])
    if len(pairs) > 2:
        draft.tool = _tool(pairs)
        _take_names(pairs, fields, draft)
        _say_what_else(pairs, draft, take_hires(pairs, draft))
    return True


def _tool(pairs: Mapping[str, str]) -> str:
    version = pairs.get("Version", "")
    folded = version.casefold()
    rules = {
        "Darkroom": version.startswith("Darkroom"),
        "Fooocus": "fooocus" in folded,
        "ComfyUI": "comfyui" in folded,
        "Civitai": "Civitai resources" in pairs or "Civitai metadata" in pairs,
        "SD.Next": pairs.get("App") == "SD.Next" or "Backend" in pairs,
        "reForge": "reforge" in folded,
        "Forge": re.match(r"f\d", version) is not None or folded.startswith(("neo", "classic")),
    }
    return next((tool for tool, fits in rules.items() if fits), "AUTOMATIC1111")


def _take_names(pairs: Mapping[str, str], fields: Mapping[str, object], draft: Draft) -> None:
    schedule = as_text(fields.get("schedule")) or pairs.get("Scheduler", "")
    take_sampler(draft, as_text(fields.get("sampler")), schedule)
    hashes = json_object(pairs.get("Hashes", ""))
    hash = pairs.get("Model hash") or as_text(hashes.get("model"))
    take_checkpoint(draft, pairs.get("Model", ""), hash)
    lack_named_hashes(draft, hashes)
    lack_hashes(draft, "lora", pairs.get("Lora hashes", ""))
    lack_hashes(draft, "embedding", pairs.get("TI hashes", ""))
    lack_vae(draft, pairs.get("VAE", ""), pairs.get("VAE hash", ""))
    take_resources(draft, pairs.get("Civitai resources", ""))
    if is_something(refiner := pairs.get("Refiner", "")):
        name, hash = split_title(refiner)
        draft.lack("checkpoint", stem(name), hash)


def _say_what_else(pairs: Mapping[str, str], draft: Draft, read: frozenset[str]) -> None:
    """What has no place in a request. `read` are keys of which every value was read."""
    for key, value in pairs.items():
        if key in read:
            continue
        if key not in _SILENT or value not in _USUAL.get(key, (value,)):
            draft.leave(key, value)
        if key.startswith("ControlNet"):
            lack_control(draft, read_infotext(value).get("Model", ""))
    _say_noise(pairs, draft)
    _say_version(pairs, draft)
    is_hires = any(key.startswith("Hires") for key in pairs)
    if any(key in pairs for key in _FROM_A_PICTURE) or (
        "Denoising strength" in pairs and not is_hires
    ):
        draft.note("It was made from another picture, which is not kept in it.")


def _say_noise(pairs: Mapping[str, str], draft: Draft) -> None:
    """Where RNG is not said, it is the GPU in A1111 and its kin."""
    if draft.tool in _CPU_NOISE:
        noise.from_cpu(draft)
    elif "Seed" in pairs and "noise_source" not in draft.fields:
        noise.from_gpu(draft)


def _say_version(pairs: Mapping[str, str], draft: Draft) -> None:
    """What older versions meant otherwise; the texts themselves cannot be told apart."""
    if draft.tool != "AUTOMATIC1111":
        return
    version = _version(pairs)
    is_of_schedule = draft.fields.get("schedule") is None
    if version < (1, 9) and is_of_schedule and _own_schedule(draft) not in ("", "normal"):
        draft.note(
            "Before version 1.9 a sampler without a schedule in its name used Normal; here it"
            f" uses its own, {_own_schedule(draft)}. Choose Normal to come close."
        )
    if (0, 0) < version < (1, 6) and _EDITING.search(pairs["Prompt"]):
        draft.note("Before version 1.6 prompts that change on the way counted steps otherwise.")
    if (0, 0) < version < (1, 8) and "Refiner" in pairs:
        draft.note("Before version 1.8 the refiner's switch was counted in steps.")


def _version(pairs: Mapping[str, str]) -> tuple[int, int]:
    """(1, 9) for "v1.9.4"; (0, 0) where none is said, as in the oldest texts."""
    found = _VERSION.match(pairs.get("Version", ""))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _own_schedule(draft: Draft) -> str:
    id = draft.fields.get("sampler")
    return next((one.schedule for one in draft.choices.samplers if one.id == id), "")
