"""Other tools' names of samplers, schedules and checkpoints, found among what is here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from webui.metadata.draft import Draft
from webui.metadata.values import is_something
from webui.request import CheckpointInfo, SamplerInfo, ScheduleInfo

_SAMPLERS = {
    # ComfyUI, and Fooocus, SwarmUI and others that are built on it
    "euler_ancestral": "euler_a",
    "dpm_2_ancestral": "dpm_2_a",
    "dpmpp_2s_ancestral": "dpmpp_2s_a",
    "uni_pc": "unipc",
    "uni_pc_bh2": "unipc",
    # InvokeAI
    "kdpm_2": "dpm_2",
    "kdpm_2_a": "dpm_2_a",
    "pndm": "plms",
    "k_dpmpp_2": "dpmpp_2m",
    "k_dpmpp_2_a": "dpmpp_2s_a",
    # NovelAI and Draw Things
    "ddim_v3": "ddim",
    "dpm++ 2s ancestral": "dpmpp_2s_a",
    "dpm2 ancestral": "dpm_2_a",
}
"""Names that are no sampler's own name, label or alias here."""

_SCHEDULES = {
    "native": "normal",
    "discrete": "normal",
    "sgm uniform": "sgm_uniform",
    "ays sd1": "align_your_steps",
    "align your steps": "align_your_steps",
}
_AUTOMATIC = ("auto", "automatic")
_ENDINGS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".sft", ".gguf")
_TITLE = re.compile(r"(.*\S)\s*\[([0-9a-fA-F]{8,64})\]\s*\Z", re.DOTALL)
_SHORT_HASH = re.compile(r"[0-9a-f]{10,64}")
"""At least as long as A1111's; its older ones of 8 digits are no part of a sha256."""


def take_sampler(draft: Draft, name: str, schedule: str = "") -> None:
    """Set the sampler by any tool's name; "DPM++ 2M Karras" sets the schedule too.

    `schedule` as in `take_schedule`; unless automatic, it counts more than one in the name.
    """
    if is_something(name):
        found = _sampler(draft, name)
        if found is None:
            draft.lack("sampler", name)
        else:
            draft.fields["sampler"] = found[0]
            if found[1]:
                draft.fields["schedule"] = found[1]
                schedule = "" if schedule.strip().casefold() in _AUTOMATIC else schedule
        if name.casefold().endswith("_gpu"):
            draft.note(f"{name} drew its noise on the way on the GPU; here the CPU draws it.")
    take_schedule(draft, schedule)


def take_schedule(draft: Draft, name: str) -> None:
    """Set the schedule by any tool's name. One that says nothing sets nothing."""
    if not is_something(name):
        return
    folded = name.strip().casefold()
    if folded in _AUTOMATIC:
        draft.fields["schedule"] = "auto"
    elif found := _among(draft.choices.schedules, _SCHEDULES.get(folded, folded)):
        draft.fields["schedule"] = found
    else:
        draft.lack("schedule", name)


def _sampler(draft: Draft, name: str) -> tuple[str, str] | None:
    """The ids of the sampler and of the schedule ("" for none) in its name."""
    folded = name.strip().casefold()
    if found := _sampler_alone(draft, folded):
        return found, ""
    for schedule in draft.choices.schedules:
        for ending in _names(schedule):
            head = folded.removesuffix(f" {ending.casefold()}")
            if head != folded and (found := _sampler_alone(draft, head.rstrip())):
                return found, schedule.id
    return None


def _sampler_alone(draft: Draft, folded: str) -> str:
    bare = folded.removesuffix("_gpu").removesuffix(" gpu")
    for spelling in (bare, _SAMPLERS.get(bare, ""), bare.removeprefix("k_")):
        if found := _among(draft.choices.samplers, _SAMPLERS.get(spelling, spelling)):
            return found
    return ""


def _among(choices: Sequence[SamplerInfo | ScheduleInfo], folded: str) -> str:
    """The id of what is called so; "" where nothing is."""
    for choice in choices:
        if folded in (name.casefold() for name in _names(choice)):
            return choice.id
    return ""


def _names(choice: SamplerInfo | ScheduleInfo) -> Iterator[str]:
    yield from (choice.id, choice.label, *choice.aliases)


def take_checkpoint(draft: Draft, name: str, hash: str = "") -> None:
    """Set the checkpoint: the one of that hash, else of that name; or say that it is missing.

    `name` may have a folder, an ending, or A1111's "[hash]" behind it; `hash` is the beginning
    of the file's sha256.
    """
    here = sorted(draft.choices.checkpoints, key=lambda info: info.name != name)
    if not here or here[0].name != name:
        name, hash = split_title(name, hash)
    digits = hash.casefold() if _SHORT_HASH.fullmatch(hash.casefold()) else ""
    for info in here:
        if digits and draft.hashes.get(info.name, "").casefold().startswith(digits):
            draft.fields["checkpoint"] = info.name
            return
    found = _named(here, name) if is_something(name) else None
    if found is None:
        if is_something(name) or digits:
            draft.lack("checkpoint", name or "a checkpoint without a name", hash)
        return
    draft.fields["checkpoint"] = found.name
    if digits and draft.hashes.get(found.name):
        draft.note(
            f"The checkpoint {found.name} here has other weights than the one of that name that"
            f" made this (its sha256 begins with {digits[:10]})."
        )


def _named(checkpoints: Sequence[CheckpointInfo], name: str) -> CheckpointInfo | None:
    wanted = stem(name).casefold()
    for info in checkpoints:
        if info.name == name:
            return info
    for info in checkpoints:
        if wanted in (stem(known).casefold() for known in (info.name, info.title, *info.aliases)):
            return info
    return None


def split_title(name: str, hash: str = "") -> tuple[str, str]:
    """A1111's "name [hash]" taken apart; a hash that is given as well counts more."""
    title = _TITLE.fullmatch(name)
    return (title[1], hash or title[2]) if title else (name.strip(), hash)


def stem(name: str) -> str:
    """A file's name without its folder (either kind of slash) and without its ending."""
    bare = PurePosixPath(name.strip().replace("\\", "/")).name
    return next((bare[: -len(end)] for end in _ENDINGS if bare.casefold().endswith(end)), bare)
