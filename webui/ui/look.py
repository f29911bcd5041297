"""The look of Gradio's components: every colour is one of our own variables.

The variables are set in `static/tokens.css` for the dark and the light theme, so that a theme is
switched in one place and Gradio's own idea of dark and light does not matter.
"""

from __future__ import annotations

from typing import Any

from gradio.themes.base import Base
from gradio.themes.utils import colors, fonts, sizes

_COLOURS: dict[str, str] = {
    "body_background_fill": "--ground",
    "body_text_color": "--text",
    "body_text_color_subdued": "--quiet",
    "background_fill_primary": "--surface",
    "background_fill_secondary": "--sunken",
    "border_color_primary": "--line",
    "border_color_accent": "--line",
    "border_color_accent_subdued": "--line",
    "color_accent": "--accent",
    "color_accent_soft": "--accent-soft",
    "link_text_color": "--text",
    "link_text_color_hover": "--text",
    "link_text_color_active": "--text",
    "link_text_color_visited": "--text",
    "block_background_fill": "--clear",
    "block_border_color": "--line",
    "block_info_text_color": "--quiet",
    "block_label_text_color": "--quiet",
    "block_title_text_color": "--text",
    "accordion_text_color": "--text",
    "input_background_fill": "--sunken",
    "input_background_fill_focus": "--sunken",
    "input_background_fill_hover": "--sunken",
    "input_border_color": "--edge",
    "input_border_color_hover": "--edge-strong",
    "input_border_color_focus": "--focus",
    "input_placeholder_color": "--faint",
    "slider_color": "--slider",
    "loader_color": "--accent",
    "error_background_fill": "--raised",
    "error_border_color": "--line",
    "error_text_color": "--text",
    "error_icon_color": "--bad",
    "checkbox_background_color": "--sunken",
    "checkbox_background_color_focus": "--sunken",
    "checkbox_background_color_hover": "--sunken",
    "checkbox_background_color_selected": "--slider",
    "checkbox_border_color": "--edge-strong",
    "checkbox_border_color_focus": "--focus",
    "checkbox_border_color_hover": "--edge-strong",
    "checkbox_border_color_selected": "--slider",
    "checkbox_label_background_fill": "--clear",
    "checkbox_label_background_fill_hover": "--clear",
    "checkbox_label_background_fill_selected": "--clear",
    "checkbox_label_text_color": "--text",
    "checkbox_label_text_color_selected": "--text",
    "button_primary_background_fill": "--accent",
    "button_primary_background_fill_hover": "--accent-strong",
    "button_primary_text_color": "--on-accent",
    "button_primary_text_color_hover": "--on-accent",
    "button_secondary_background_fill": "--raised",
    "button_secondary_background_fill_hover": "--raised-strong",
    "button_secondary_text_color": "--text",
    "button_secondary_text_color_hover": "--text",
}
_ONE_FOR_BOTH = {"color_accent"}
_MEASURES: dict[str, str] = {
    "block_border_width": "0px",
    "block_padding": "0px",
    "block_radius": "8px",
    "block_shadow": "none",
    "block_title_text_weight": "600",
    "block_info_text_size": "12px",
    "block_title_text_size": "13px",
    "input_border_width": "1px",
    "input_radius": "8px",
    "input_padding": "8px 12px",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "input_text_size": "15px",
    "button_border_width": "0px",
    "button_large_radius": "8px",
    "button_medium_radius": "8px",
    "button_small_radius": "8px",
    "checkbox_label_border_width": "0px",
    "checkbox_label_padding": "0px",
    "checkbox_label_shadow": "none",
    "form_gap_width": "0px",
    "layout_gap": "16px",
}


class DarkroomTheme(Base):
    """Near-black warm greys and one safelight; paper white in the light theme."""

    def __init__(self) -> None:
        super().__init__(
            primary_hue=colors.stone,
            secondary_hue=colors.stone,
            neutral_hue=colors.stone,
            spacing_size=sizes.spacing_md,
            radius_size=sizes.radius_md,
            text_size=sizes.text_md,
            font=(fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"),
            font_mono=("ui-monospace", "monospace"),
        )
        self.name = "darkroom"
        values: dict[str, Any] = {name: f"var({ours})" for name, ours in _COLOURS.items()}
        values |= {
            f"{name}_dark": value for name, value in values.items() if name not in _ONE_FOR_BOTH
        }
        # One call: a second one would put some of Gradio's own colours back.
        self.set(**values, **_MEASURES)
