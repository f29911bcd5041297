"""What each way of making a picture has beside the common form: its picture, and its own fields.

Every part says by a class for which kinds of request it is there; the style sheet shows those of
the kind that is open.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from webui.request import Choices
from webui.request.intents import INTENTS
from webui.request.resolve_hires import LATENT_UPSCALERS
from webui.ui.fields import choice_field, number_field, slider_field, switch_field, text_field
from webui.ui.form import limits
from webui.ui.parts import Tab, auto_pairs, fold
from webui.ui.picture_texts import CHOICES, PICTURE
from webui.ui.tray import shell

OUTPAINT_RATIOS = ("1:1", "4:3", "3:2", "16:9", "3:4", "9:16")


def only(*kinds: str) -> list[str]:
    """The classes of a part that is there for these kinds of request alone."""
    return ["only", *(f"only-{kind}" for kind in kinds)]


def build_source() -> None:
    """The picture that is begun with; our scripts put the canvas there."""
    kinds = ("image_to_image", "inpaint", "outpaint", "upscale")
    with gr.Column(elem_id="source-part", elem_classes=only(*kinds)):
        shell("way")
        shell("source")


def build_control() -> None:
    """The control units; our scripts put them there. On their own tab they come first."""
    shell("control")


def build_panels(tab: Tab, values: dict[str, Any], choices: Choices) -> None:
    """The few fields that matter of each kind; the rest is in folds."""
    with gr.Column(elem_id="panel-over", elem_classes=only("image_to_image")):
        tab.fields["strength"] = slider_field("strength", values["strength"])
        _choice(tab, "resize_mode", values)
    with gr.Column(elem_id="panel-inpaint", elem_classes=only("inpaint")):
        _intents(tab)
        tab.fields["inpaint_strength"] = slider_field(
            "inpaint_strength", values["inpaint_strength"]
        )
        _choice(tab, "area", values)
    with gr.Column(elem_id="panel-outpaint", elem_classes=only("outpaint")):
        _growth(tab, values)
    with gr.Column(elem_id="panel-upscale", elem_classes=only("upscale")):
        tab.fields["scale"] = slider_field("scale", values["scale"])
        tab.fields["upscaler"] = choice_field(
            "upscaler", upscaler_pairs(choices), values["upscaler"]
        )
        tab.fields["upscale_strength"] = slider_field(
            "upscale_strength", values["upscale_strength"]
        )


def _intents(tab: Tab) -> None:
    """Buttons that set what is usual for a purpose."""
    with gr.Row(elem_id="intents"):
        for name in INTENTS:
            tab.intents[name] = gr.Button(
                PICTURE[f"intent_{name}"],
                size="sm",
                min_width=0,
                elem_classes=["ratio"],
                elem_id=f"intent-{name.replace('_', '-')}",
                scale=1,
            )


def _growth(tab: Tab, values: dict[str, Any]) -> None:
    with gr.Row(elem_id="growth"):
        for side in ("left", "top", "right", "bottom"):
            tab.fields[side] = number_field(side, values[side])
    with gr.Row(elem_id="growth-ratio"):
        tab.fields["ratio"] = text_field("ratio", lines=1, example="16:9")
        _choice(tab, "toward", values)
    with gr.Row(elem_id="outpaint-ratios"):
        for ratio in OUTPAINT_RATIOS:
            tab.growths[ratio] = gr.Button(
                ratio, size="sm", min_width=0, elem_classes=["ratio"], scale=1
            )
    tab.fields["outpaint_strength"] = slider_field("outpaint_strength", values["outpaint_strength"])


def build_picture_folds(tab: Tab, values: dict[str, Any], choices: Choices) -> None:
    """The folds that only some kinds have."""
    with fold(tab, "fold_hires", only("text_to_image")):
        _hires(tab, values, choices)
    with fold(tab, "fold_loop", only("image_to_image", "upscale")):
        tab.fields["colour_match"] = switch_field("colour_match", False)
        with gr.Column(elem_classes=only("image_to_image")):
            tab.fields["loops"] = slider_field("loops", values["loops"])
            tab.fields["final_strength"] = number_field("final_strength", None)
    with fold(tab, "fold_mask", only("inpaint")):
        for name in ("mask_blur", "mask_grow", "padding"):
            tab.fields[name] = slider_field(name, values[name])
        _choice(tab, "masked_content", values)
        for name in ("mask_invert", "soft"):
            tab.fields[name] = switch_field(name, False)
    with fold(tab, "fold_seam", only("outpaint")):
        _choice(tab, "filling", values)
        tab.fields["seam"] = slider_field("seam", values["seam"])
    with fold(tab, "fold_blend", only("upscale")):
        tab.fields["upscaler_2"] = choice_field(
            "upscaler_2", [(PICTURE["no_second"], ""), *upscaler_pairs(choices)], ""
        )
        tab.fields["blend"] = slider_field("blend", values["blend"])
    with fold(tab, "fold_large"):
        with gr.Row():
            for name in ("window", "window_overlap"):
                tab.fields[name] = number_field(name, None)
        tab.fields["tiled_vae"] = switch_field("tiled_vae", False)


def _hires(tab: Tab, values: dict[str, Any], choices: Choices) -> None:
    tab.fields["hires_scale"] = slider_field("hires_scale", values["hires_scale"])
    tab.fields["hires_upscaler"] = choice_field(
        "hires_upscaler", hires_pairs(choices), values["hires_upscaler"]
    )
    tab.fields["hires_strength"] = slider_field("hires_strength", values["hires_strength"])
    with gr.Row():
        for name in ("hires_steps", "hires_cfg_scale"):
            tab.fields[name] = number_field(name, None)
    for name in ("sampler", "schedule"):
        pairs = auto_pairs(getattr(choices, f"{name}s"), "")[1:]
        tab.fields[f"hires_{name}"] = choice_field(
            f"hires_{name}", [(PICTURE["as_first"], ""), *pairs], ""
        )
    for name in ("prompt", "negative_prompt"):
        tab.fields[f"hires_{name}"] = text_field(
            f"hires_{name}", lines=1, example=PICTURE["as_first"]
        )


def upscaler_pairs(choices: Choices) -> list[tuple[str, str]]:
    """Upscalers as (what is shown, name)."""
    return [(CHOICES["upscaler"].get(name, name), name) for name in choices.upscalers]


def hires_pairs(choices: Choices) -> list[tuple[str, str]]:
    """What enlarges between the passes: latents first."""
    latents = [(CHOICES["upscaler"][name], name) for name in LATENT_UPSCALERS]
    return [*latents, *upscaler_pairs(choices)]


def _choice(tab: Tab, name: str, values: dict[str, Any]) -> None:
    pairs = [(CHOICES[name][one], one) for one in limits(name).choices]
    tab.fields[name] = choice_field(name, pairs, values[name])
