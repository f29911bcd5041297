"""The text-to-image tab: the form on the left, the developing tray on the right."""

from __future__ import annotations

from typing import Any

import gradio as gr

from webui.request import CheckpointInfo, Choices
from webui.request.limits import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.request.presets import FEW_STEPS
from webui.ui.fields import (
    choice_field,
    names_field,
    number_field,
    slider_field,
    switch_field,
    text_field,
)
from webui.ui.form import FOLDS, fitting, limits
from webui.ui.panels import build_control, build_panels, build_picture_folds, build_source
from webui.ui.parts import Tab, auto_pairs, fold
from webui.ui.texts import EMPHASES, FORM, LANES, PRESETS, RATIOS, SOURCES
from webui.ui.tray import developing_tray, shell


def build_tab(choices: Choices, checkpoint: CheckpointInfo | None) -> Tab:
    """Lay the tab out. The checkpoint chooser itself sits in the header."""
    tab = Tab()
    values = fitting(checkpoint)
    with gr.Row(elem_id="studio", elem_classes="studio", equal_height=False):
        with gr.Column(elem_id="form", elem_classes="form-column", scale=0, min_width=320):
            build_source()
            _prompts(tab)
            build_panels(tab, values, choices)
            _size(tab, values)
            _seed(tab, values)
            build_control()
            build_picture_folds(tab, values, choices)
            _folds(tab, choices, values)
            shell("extension-fold")
            _make_bar(tab)
        with gr.Column(elem_id="tray-column", elem_classes="tray-column", scale=1, min_width=320):
            developing_tray()
    return tab


def _prompts(tab: Tab) -> None:
    tab.fields["prompt"] = text_field("prompt", lines=3, example=FORM["prompt_example"])
    shell("prompt-check")
    shell("adapters")
    shell("truths")
    tab.fields["negative_prompt"] = text_field(
        "negative_prompt", lines=1, example=FORM["negative_example"]
    )
    shell("builder")


def _size(tab: Tab, values: dict[str, Any]) -> None:
    with gr.Column(elem_id="size"):
        with gr.Row(elem_id="sides"):
            tab.fields["width"] = number_field("width", values["width"])
            tab.buttons["swap"] = _icon_button("swap")
            tab.fields["height"] = number_field("height", values["height"])
        with gr.Row(elem_id="ratios"):
            for name, _, _ in RATIOS:
                tab.ratios[name] = gr.Button(
                    name, size="sm", min_width=0, elem_classes=["ratio"], scale=1
                )


def _seed(tab: Tab, values: dict[str, Any]) -> None:
    with gr.Row(elem_id="seed-row"):
        tab.fields["seed"] = number_field("seed", values["seed"])
        tab.buttons["random_seed"] = _icon_button("random_seed")
        tab.buttons["last_seed"] = _icon_button("last_seed")


def _icon_button(name: str) -> gr.Button:
    """A button drawn by its style sheet; its text is for those who do not see it."""
    return gr.Button(
        FORM[name],
        size="sm",
        min_width=0,
        scale=0,
        elem_id=name.replace("_", "-"),
        elem_classes=["icon-button"],
    )


def _folds(tab: Tab, choices: Choices, values: dict[str, Any]) -> None:
    with fold(tab, "fold_sampling"):
        tab.fields["sampler"] = choice_field("sampler", auto_pairs(choices.samplers, ""), "auto")
        tab.fields["schedule"] = choice_field("schedule", auto_pairs(choices.schedules, ""), "auto")
        for name in ("steps", "cfg_scale"):
            tab.fields[name] = slider_field(name, values[name])
        with gr.Row(elem_id="few-steps"):
            for name in FEW_STEPS:
                tab.presets[name] = gr.Button(
                    PRESETS[name], size="sm", min_width=0, elem_classes=["ratio"], scale=1
                )
    with fold(tab, "fold_options"):
        _options(tab)
    with fold(tab, "fold_guidance"):
        for name in ("cfg_rescale", "guidance_start", "guidance_end"):
            tab.fields[name] = slider_field(name, values[name])
        tab.fields["zero_terminal_snr"] = switch_field("zero_terminal_snr", False)
    with fold(tab, "fold_reading"):
        _reading(tab, choices, values)
    with fold(tab, "fold_variation"):
        _variation(tab, values)
    with fold(tab, "fold_batches"):
        for name in FOLDS["fold_batches"]:
            tab.fields[name] = slider_field(name, values[name])
    with fold(tab, "fold_running"):
        lanes = [(LANES[lane], lane) for lane in limits("lane").choices]
        tab.fields["lane"] = choice_field("lane", lanes, values["lane"])
        tab.fields["exact"] = switch_field("exact", values["exact"])


def _options(tab: Tab) -> None:
    """Each is shown only with a sampler or schedule that has it."""
    with gr.Row(elem_id="options-row"):
        for name in (*SAMPLER_OPTIONS, *SCHEDULE_OPTIONS):
            tab.fields[name] = number_field(name, None, visible=False)
    tab.no_options = gr.HTML(f'<p class="quiet">{FORM["no_options"]}</p>', visible=False)


def _reading(tab: Tab, choices: Choices, values: dict[str, Any]) -> None:
    tab.fields["styles"] = names_field("styles", [style.name for style in choices.styles])
    shell("keep-style")
    ways = [(EMPHASES[way], way) for way in limits("emphasis").choices]
    tab.fields["emphasis"] = choice_field("emphasis", ways, values["emphasis"])
    tab.fields["clip_skip"] = slider_field("clip_skip", values["clip_skip"])


def _variation(tab: Tab, values: dict[str, Any]) -> None:
    tab.fields["variation_strength"] = slider_field(
        "variation_strength", values["variation_strength"]
    )
    tab.fields["variation_seed"] = number_field("variation_seed", values["variation_seed"])
    with gr.Row():
        for name in ("seed_resize_width", "seed_resize_height"):
            tab.fields[name] = number_field(name, values[name])
    sources = [(SOURCES[name], name) for name in limits("noise_source").choices]
    tab.fields["noise_source"] = choice_field("noise_source", sources, values["noise_source"])
    tab.fields["seed_delta"] = number_field("seed_delta", values["seed_delta"])


def _make_bar(tab: Tab) -> None:
    with gr.Column(elem_id="make-bar"):
        shell("notice")
        with gr.Row(elem_id="make-buttons"):
            tab.buttons["generate"] = gr.Button(
                FORM["generate"], variant="primary", elem_id="generate", scale=3, min_width=0
            )
            tab.buttons["stop"] = gr.Button(FORM["stop"], elem_id="stop", scale=1, min_width=0)
