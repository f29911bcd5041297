"""The A1111 `parameters` text, written for others to read.

Form: the prompt; `Negative prompt: …` if there is one; one line of `Key: value, Key: value`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from webui.request.choices import Choices, SamplerInfo, ScheduleInfo
from webui.request.infotext_keys import (
    EMPHASIS,
    ETA_DDIM,
    GUIDANCE,
    NEGATIVE,
    OPTION_KEYS,
    ZERO_SNR,
)
from webui.request.infotext_pictures import enlarging_pairs, map_pairs, picture_pairs
from webui.request.limits import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.request.resolved import ResolvedRequest, SheetAxis


def write_infotext(request: ResolvedRequest, choices: Choices, version: str) -> str:
    """The `parameters` text of one picture's request."""
    pairs = {**_drawn_pairs(request, choices), "Version": f"Darkroom {version}"}
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"{NEGATIVE} {request.negative_prompt}")
    lines.append(_line(pairs))
    return "\n".join(lines).strip()


def _line(pairs: Mapping[str, object]) -> str:
    return ", ".join(f"{key}: {_value(value)}" for key, value in pairs.items())


def _drawn_pairs(request: ResolvedRequest, choices: Choices) -> dict[str, object]:
    file = request.checkpoint_file
    if file is None:
        return map_pairs(request) if request.kind == "map" else enlarging_pairs(request)
    width, height = request.final_size if request.init else (request.width, request.height)
    return {
        "Steps": request.steps,
        "Sampler": _label(choices.samplers, request.sampler),
        "Schedule type": _label(choices.schedules, request.schedule),
        "CFG scale": _plain(request.cfg_scale),
        "Seed": request.seed,
        "Size": f"{width}x{height}",
        "Model hash": file.sha256[:10],
        "Model": request.checkpoint,
        **_seed_pairs(request),
        **picture_pairs(request, choices),
        **_extra_pairs(request, choices),
        **_hash_pairs(request),
        **_sheet_pairs(request),
    }


def _value(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[,:\n]|^["\[{]', text) else text


def _plain(number: float) -> str:
    """A number as short as it is exact."""
    return repr(number).removesuffix(".0")


def _label(choices: Sequence[SamplerInfo | ScheduleInfo], name: str) -> str:
    """The label of what was used; its id where it is no longer there. A picture is never lost."""
    return next((choice.label for choice in choices if choice.id == name), name)


def _seed_pairs(request: ResolvedRequest) -> dict[str, object]:
    """What else the noise came from. "RNG" is left out by others only for a GPU's own numbers."""
    pairs: dict[str, object] = {}
    if request.is_varied:
        pairs |= {
            "Variation seed": request.variation_seed,
            "Variation seed strength": _plain(request.variation_strength),
        }
    if request.seed_resize_width and request.seed_resize_height:
        pairs["Seed resize from"] = f"{request.seed_resize_width}x{request.seed_resize_height}"
    if request.clip_skip > 1:
        pairs["Clip skip"] = request.clip_skip
    if request.seed_delta:
        pairs["ENSD"] = request.seed_delta
    return {**pairs, "RNG": request.noise_source.upper()}


def _extra_pairs(request: ResolvedRequest, choices: Choices) -> dict[str, object]:
    """What differs from the usual; others call these the extra parameters."""
    own = _own(choices.samplers, request.sampler) | _own(choices.schedules, request.schedule)
    pairs: dict[str, object] = {}
    for field in (*SAMPLER_OPTIONS, *SCHEDULE_OPTIONS):
        value: float | None = getattr(request, field)
        if value is not None and value != own.get(field):
            is_ddim = field == "eta" and request.sampler in ETA_DDIM
            pairs["Eta DDIM" if is_ddim else OPTION_KEYS[field]] = _plain(value)
    if request.emphasis != "original":
        pairs["Emphasis"] = EMPHASIS[request.emphasis]
    if request.zero_terminal_snr:
        pairs[ZERO_SNR[0]] = ZERO_SNR[1]
    for field, (key, usual) in GUIDANCE.items():
        number: float = getattr(request, field)
        if number != usual:
            pairs[key] = _plain(number)
    return pairs


def _own(choices: Sequence[SamplerInfo | ScheduleInfo], name: str) -> dict[str, float | None]:
    """The options' own values; none where the choice is no longer there, so all are written."""
    return next((dict(choice.options) for choice in choices if choice.id == name), {})


def _hash_pairs(request: ResolvedRequest) -> dict[str, object]:
    """LoRAs and embeddings with the hashes by which others know them."""
    pairs: dict[str, object] = {}
    for key, role in (("Lora hashes", "lora"), ("TI hashes", "embedding")):
        files = [file for file in request.files if file.role == role]
        if files:
            pairs[key] = ", ".join(f"{_bare(file.name)}: {file.short_hash}" for file in files)
    return pairs


def _bare(name: str) -> str:
    """A name without what parts one from the next."""
    return re.sub("[,:]", "", name)


def _sheet_pairs(request: ResolvedRequest) -> dict[str, object]:
    """The axes of a grid, on its sheet."""
    if request.sheet is None:
        return {}
    pairs: dict[str, object] = {"Script": "X/Y/Z plot"}
    for side in ("x", "y", "z"):
        axis: SheetAxis | None = getattr(request.sheet, side)
        if axis:
            pairs[f"{side.upper()} Type"] = axis.field
            pairs[f"{side.upper()} Values"] = axis.values
    return pairs
