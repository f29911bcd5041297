"""The A1111 `parameters` text: written for others to read, and read back into fields.

Form: the prompt; `Negative prompt: …` if there is one; one line of `Key: value, Key: value`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from webui.request.choices import Choices, SamplerInfo, ScheduleInfo
from webui.request.resolved import ResolvedRequest

# Every part is bounded or ends at its first stop, so that no text takes more than linear time.
_PAIR = re.compile(r'(\w[\w \-/]{1,80}):\s*("(?:\\.|[^\\"])*"|\{[^{}]*\}|[^,]*)(?:,|$)')
_SCHEDULES = {"Automatic": "auto"}
_NEGATIVE = "Negative prompt:"
_LONGEST = 200_000
_FEWEST_PAIRS = 3


def _value(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[,:\n]|^"', text) else text


def _label(choices: Sequence[SamplerInfo | ScheduleInfo], name: str) -> str:
    """The label of what was used; its id where it is no longer there. A picture is never lost."""
    return next((choice.label for choice in choices if choice.id == name), name)


def write_infotext(request: ResolvedRequest, choices: Choices, version: str) -> str:
    """The `parameters` text of one picture's request."""
    pairs: dict[str, object] = {
        "Steps": request.steps,
        "Sampler": _label(choices.samplers, request.sampler),
        "Schedule type": _label(choices.schedules, request.schedule),
        "CFG scale": repr(request.cfg_scale).removesuffix(".0"),
        "Seed": request.seed,
        "Size": f"{request.width}x{request.height}",
        "Model hash": request.files[0].sha256[:10],
        "Model": request.checkpoint,
        **_seed_pairs(request),
        "Version": f"Darkroom {version}",
    }
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"{_NEGATIVE} {request.negative_prompt}")
    lines.append(", ".join(f"{key}: {_value(value)}" for key, value in pairs.items()))
    return "\n".join(lines).strip()


def _seed_pairs(request: ResolvedRequest) -> dict[str, object]:
    """What else the noise came from. "RNG" is left out by others only for a GPU's own numbers."""
    pairs: dict[str, object] = {}
    if request.is_varied:
        strength = repr(request.variation_strength).removesuffix(".0")
        pairs |= {
            "Variation seed": request.variation_seed,
            "Variation seed strength": strength,
        }
    if request.seed_resize_width and request.seed_resize_height:
        pairs["Seed resize from"] = f"{request.seed_resize_width}x{request.seed_resize_height}"
    return {**pairs, "RNG": request.noise_source.upper()}


def read_infotext(text: str) -> dict[str, str]:
    """Split a `parameters` text into its keys; "Prompt" and "Negative prompt" among them.

    Never fails: text that holds no parameters is a prompt. Time is linear in the length; what
    lies beyond 200,000 characters is not read.
    """
    lines = text[:_LONGEST].strip().split("\n")
    pairs = {match[1].strip(): match[2].strip() for match in _PAIR.finditer(lines[-1])}
    if len(pairs) < _FEWEST_PAIRS:
        pairs = {}
    else:
        lines.pop()
    start = next((i for i, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    negative = "\n".join(lines[start:]).removeprefix(_NEGATIVE).strip()
    unquoted = {key: _unquote(value) for key, value in pairs.items()}
    return {**unquoted, "Prompt": "\n".join(lines[:start]), "Negative prompt": negative}


def _unquote(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value


def _number(value: str | None, kind: type[int] | type[float]) -> int | float | None:
    try:
        return None if value is None else kind(value)
    except ValueError:
        return None


def _side(value: str) -> int | float | None:
    """A length; None for the 0 or -1 that others write where there is none."""
    side = _number(value, int)
    return side if side and side > 0 else None


def fields_of(pairs: Mapping[str, str]) -> dict[str, object]:
    """The request fields that the keys of a `parameters` text say. Unknown keys are left out."""
    width, _, height = pairs.get("Size", "").partition("x")
    resize_width, _, resize_height = pairs.get("Seed resize from", "").partition("x")
    found: dict[str, object] = {
        "prompt": pairs.get("Prompt", ""),
        "negative_prompt": pairs.get("Negative prompt", ""),
        "steps": _number(pairs.get("Steps"), int),
        "cfg_scale": _number(pairs.get("CFG scale"), float),
        "seed": _number(pairs.get("Seed"), int),
        "variation_seed": _number(pairs.get("Variation seed"), int),
        "variation_strength": _number(pairs.get("Variation seed strength"), float),
        "seed_resize_width": _side(resize_width),
        "seed_resize_height": _side(resize_height),
        "noise_source": {"NV": "nv", "CPU": "cpu"}.get(pairs.get("RNG", "")),
        "width": _number(width, int),
        "height": _number(height, int),
        "sampler": pairs.get("Sampler"),
        "schedule": _SCHEDULES.get(pairs.get("Schedule type", ""), pairs.get("Schedule type")),
        "checkpoint": pairs.get("Model"),
    }
    return {name: value for name, value in found.items() if value is not None}
