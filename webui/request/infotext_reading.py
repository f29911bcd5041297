"""Reading the A1111 `parameters` text: into its keys, and from those into fields of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from webui.request.infotext_keys import EMPHASIS, GUIDANCE, NEGATIVE, OPTION_KEYS, ZERO_SNR

# Every part is bounded or ends at its first stop, so that no text takes more than linear time.
_KEY = re.compile(r"(\w[\w \-/]{1,80}):\s*")
_QUOTED = re.compile(r'"(?:\\.|[^\\"])*"')
_PIECE_OF_JSON = re.compile(rf'{_QUOTED.pattern}|[{{}}\[\]]|[^"{{}}\[\]]+')
_STOP = re.compile(r"\s*(?:,|\Z)")
_MOST_UNCLOSED = 8
"""JSON values without an end that are looked through; each look may take the whole line."""

_LONGEST = 200_000
_FEWEST_PAIRS = 3

_WHOLE = {
    "steps": "Steps",
    "seed": "Seed",
    "variation_seed": "Variation seed",
    "seed_delta": "ENSD",
    "clip_skip": "Clip skip",
    "solver_order": "Solver order",
}
_NUMBERS = {
    "cfg_scale": "CFG scale",
    "variation_strength": "Variation seed strength",
    **{field: key for field, (key, _) in GUIDANCE.items()},
    **{field: key for field, key in OPTION_KEYS.items() if field not in _WHOLE},
}
_WORDS = (
    "Prompt",
    NEGATIVE.removesuffix(":"),
    "Sampler",
    "Schedule type",
    "Size",
    "Seed resize from",
    "Model",
    "RNG",
    "Emphasis",
    "Eta DDIM",
)
KEYS_READ = frozenset({*_WORDS, *_WHOLE.values(), *_NUMBERS.values()})
"""The keys that `fields_of` turns into fields."""

_SUFFIXES = (
    "Karras",
    "Exponential",
    "Polyexponential",
    "SGM Uniform",
    "SGMUniform",
    "Uniform",
    "KL Optimal",
    "Align Your Steps",
    "Simple",
    "Normal",
    "Beta",
    "Turbo",
)
"""Schedules that stand behind the sampler in texts from before "Schedule type" (version 1.9)."""


def read_infotext(text: str) -> dict[str, str]:
    """Split a `parameters` text into its keys; "Prompt" and "Negative prompt" among them.

    Never fails: text that holds no parameters is a prompt. Time is linear in the length; what
    lies beyond 200,000 characters is not read.
    """
    lines = _lines(text[:_LONGEST].strip())
    pairs = dict(_pairs(lines[-1]))
    if len(pairs) < _FEWEST_PAIRS:
        pairs = {}
    else:
        lines.pop()
    start = next((i for i, line in enumerate(lines) if line.startswith(NEGATIVE)), len(lines))
    negative = "\n".join(lines[start:]).removeprefix(NEGATIVE).strip()
    unquoted = {key: _unquote(value) for key, value in pairs.items()}
    return {**unquoted, "Prompt": "\n".join(lines[:start]), "Negative prompt": negative}


def _lines(text: str) -> list[str]:
    """The lines; at least one. Windows ends count where all are so: a prompt may hold one."""
    if text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    *lines, last = text.split("\n")
    return [*lines, *_torn(last)]


def _torn(line: str) -> list[str]:
    """The lines that a web page ran together into one: "… Negative prompt: … Steps: …"."""
    words, _, rest = line.rpartition("Steps: ")
    at = words.find(NEGATIVE)
    if at < 0 or not rest[:1].isdigit():
        return [line]
    return [*([words[:at].rstrip()] if at else []), words[at:].rstrip(), f"Steps: {rest}"]


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    at, unclosed = 0, 0
    while key := _KEY.search(line, at):
        start = key.end()
        is_json = line[start : start + 1] in ("{", "[") and unclosed < _MOST_UNCLOSED
        end = _end_of_json(line, start) if is_json else _end_of_quoted(line, start)
        unclosed += is_json and not end
        at = end or line.find(",", start)
        if at < 0:
            at = len(line)
        yield key[1].strip(), line[start:at].strip()


def _end_of_quoted(line: str, start: int) -> int:
    """Where the quoted value ends that begins here; 0 where none does, or more follows it."""
    quoted = _QUOTED.match(line, start)
    return quoted.end() if quoted and _STOP.match(line, quoted.end()) else 0


def _end_of_json(line: str, start: int) -> int:
    """Where the brackets close that open here; 0 where they do not, or more follows them."""
    depth = 0
    while piece := _PIECE_OF_JSON.match(line, start):
        start = piece.end()
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(piece[0], 0)
        if depth == 0:
            return start if _STOP.match(line, start) else 0
    return 0


def _unquote(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value


def fields_of(pairs: Mapping[str, str]) -> dict[str, object]:
    """The request fields that the keys of a `parameters` text say. Unknown keys are left out.

    A key that is absent gives no field, so the request's own value holds; what others mean by
    its absence (RNG: a GPU's numbers) is for `webui.metadata` to say.
    """
    width, _, height = pairs.get("Size", "").partition("x")
    resize_width, _, resize_height = pairs.get("Seed resize from", "").partition("x")
    sampler, schedule = _sampler_and_schedule(pairs)
    found: dict[str, object] = {
        "prompt": pairs.get("Prompt", ""),
        "negative_prompt": pairs.get("Negative prompt", ""),
        **{field: _number(pairs.get(key), int) for field, key in _WHOLE.items()},
        **{field: _number(pairs.get(key), float) for field, key in _NUMBERS.items()},
        "seed_resize_width": _side(resize_width),
        "seed_resize_height": _side(resize_height),
        "noise_source": {"NV": "nv", "CPU": "cpu"}.get(pairs.get("RNG", "")),
        "width": _number(width, int),
        "height": _number(height, int),
        "sampler": sampler,
        "schedule": schedule,
        "checkpoint": pairs.get("Model"),
        "emphasis": {label: name for name, label in EMPHASIS.items()}.get(
            pairs.get("Emphasis", "")
        ),
        "zero_terminal_snr": pairs.get(ZERO_SNR[0]) == ZERO_SNR[1] or None,
    }
    if found["eta"] is None:
        found["eta"] = _number(pairs.get("Eta DDIM"), float)
    return {name: value for name, value in found.items() if value is not None}


def _sampler_and_schedule(pairs: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Both names. "DPM++ 2M Karras" is both at once where no schedule is said."""
    sampler, schedule = pairs.get("Sampler"), pairs.get("Schedule type")
    if schedule is not None or sampler is None:
        return sampler, "auto" if schedule == "Automatic" else schedule
    for suffix in _SUFFIXES:
        if sampler.casefold().endswith(f" {suffix.casefold()}"):
            return sampler[: -len(suffix)].rstrip(), suffix
    return sampler, None


def _number(value: str | None, kind: type[int] | type[float]) -> int | float | None:
    try:
        return None if value is None else kind(value)
    except ValueError:
        return None


def _side(value: str) -> int | float | None:
    """A length; None for the 0 or -1 that others write where there is none."""
    side = _number(value, int)
    return side if side and side > 0 else None
