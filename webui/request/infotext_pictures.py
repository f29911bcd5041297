"""What the A1111 `parameters` text says of a picture that was drawn over, or enlarged."""

from __future__ import annotations

from collections.abc import Sequence

from webui.request.choices import Choices, SamplerInfo, ScheduleInfo
from webui.request.infotext_keys import HIRES, MASKED_CONTENT, STRENGTH, UPSCALERS
from webui.request.resolved import ResolvedRequest

_PAIRS = dict[str, object]
_RESIZES = {
    "crop": "Crop and Resize",
    "fill": "Resize and Fill",
    "stretch": "Just Resize",
}
_MODES = {
    "balanced": "Balanced",
    "prompt": "My prompt is more important",
    "control": "ControlNet is more important",
}


def picture_pairs(request: ResolvedRequest, choices: Choices) -> _PAIRS:
    """Keys as others write them; none for a picture drawn from words alone, once."""
    steered = control_pairs(request)
    if request.kind == "text_to_image":
        return steered | (_hires_pairs(request, choices) if request.hires_width else {})
    pairs: _PAIRS = {**steered, STRENGTH: _plain(request.strength)}
    if request.kind == "inpaint":
        pairs |= _mask_pairs(request)
    if request.kind == "upscale":
        pairs |= enlarging_pairs(request)
    pairs["Init image hash"] = request.init[:10]
    return pairs


def enlarging_pairs(request: ResolvedRequest) -> _PAIRS:
    """As the extras of others write them."""
    pairs: _PAIRS = {
        "Postprocess upscale by": _plain(request.scale),
        "Postprocess upscaler": UPSCALERS.get(request.upscaler, request.upscaler),
    }
    if request.upscaler_2:
        pairs["Postprocess upscaler 2"] = UPSCALERS.get(request.upscaler_2, request.upscaler_2)
        pairs["Postprocess upscaler 2 visibility"] = _plain(request.blend)
    return pairs


def control_pairs(request: ResolvedRequest) -> _PAIRS:
    """A key for every unit, with what the extension of others writes into it, in its order."""
    hashes = {file.name: file.sha256[:8] for file in request.of_role("control")}
    pairs: _PAIRS = {}
    for number, unit in enumerate(request.controls):
        said: dict[str, object] = {
            "Module": unit.preprocessor,
            "Model": f"{unit.model} [{hashes[unit.model]}]" if unit.model in hashes else unit.model,
            "Weight": _plain(unit.weight),
            "Resize Mode": _RESIZES[unit.resize],
            **({"Processor Res": unit.resolution} if unit.resolution else {}),
            "Threshold A": _plain(unit.threshold_a),
            "Threshold B": _plain(unit.threshold_b),
            "Guidance Start": _plain(unit.start),
            "Guidance End": _plain(unit.end),
            "Pixel Perfect": unit.resolution is None,
            "Control Mode": _MODES[unit.mode],
        }
        pairs[f"ControlNet {number}"] = ", ".join(f"{key}: {said[key]}" for key in said)
    return pairs


def map_pairs(request: ResolvedRequest) -> _PAIRS:
    """Of a picture that is the map of another."""
    return {"Module": request.controls[0].preprocessor, "Init image hash": request.init[:10]}


def _mask_pairs(request: ResolvedRequest) -> _PAIRS:
    pairs: _PAIRS = {"Mask blur": request.mask_blur}
    if request.mask_invert:
        pairs["Mask mode"] = "Inpaint not masked"
    if request.masked_content != "original":
        pairs["Masked content"] = MASKED_CONTENT[request.masked_content]
    if request.area == "masked":
        pairs |= {"Inpaint area": "Only masked", "Masked area padding": request.padding}
    if request.soft:
        pairs["Soft inpainting enabled"] = "True"
    return pairs


def _hires_pairs(request: ResolvedRequest, choices: Choices) -> _PAIRS:
    upscaler = request.hires_upscaler
    pairs: _PAIRS = {
        STRENGTH: _plain(request.hires_strength),
        "Hires upscale": _plain(request.hires_scale),
        "Hires upscaler": UPSCALERS.get(upscaler, upscaler),
    }
    for field, key in HIRES.items():
        value: object = getattr(request, field)
        if value not in (None, ""):
            pairs[key] = _plain(value) if isinstance(value, float) else value
    if request.hires_sampler:
        pairs["Hires sampler"] = _label(choices.samplers, request.hires_sampler)
    if request.hires_schedule:
        pairs["Hires schedule type"] = _label(choices.schedules, request.hires_schedule)
    return pairs


def _label(known: Sequence[SamplerInfo | ScheduleInfo], name: str) -> str:
    """Its label; its id where it is no longer there."""
    return next((one.label for one in known if one.id == name), name)


def _plain(number: float) -> str:
    """A number as short as it is exact."""
    return repr(float(number)).removesuffix(".0")
