"""The words of control units (`static/control*.js`). `{name}` marks what is filled in.

Labels, limits and help of a unit's fields are read from the request type (`control_schema`).
"""

from __future__ import annotations

from typing import Any

from webui.request.control import ControlUnit

CONTROL: dict[str, str] = {
    "control": "Control",
    "control_acts": "1 acts: {names}",
    "control_act": "{n} act: {names}",
    "control_nameless": "no model",
    "control_intro": "A picture steers what is drawn: its lines, its depth, its pose. Give the unit"
    " one, or draw one, and press Generate.",
    "control_waiting": "Looking for models that steer…",
    "control_units": "Control units",
    "control_unit": "Unit {n}",
    "control_unit_acts": "Unit {n}, acts",
    "control_add": "Add a unit",
    "control_drop": "Remove this unit",
    "control_dropped": "Unit {n} is removed.",
    "control_picture": "Picture",
    "control_map": "Map",
    "control_choose": "Choose a picture",
    "control_or_drop": "or drop or paste one here",
    "control_of_canvas": "Without one it takes the picture that is drawn over.",
    "control_another": "Another",
    "control_mine": "My pictures",
    "control_draw": "Draw one",
    "control_draw_on": "Draw on it",
    "control_edit_map": "Edit the map",
    "control_take_out": "Take out",
    "control_paint_done": "Done",
    "control_drawing": "White lines on black: what you draw is the map.",
    "control_sending": "The picture is being sent.",
    "control_gone": "This picture is no longer kept. Choose it again.",
    "control_gallery": "Take one of my pictures",
    "control_gallery_empty": "There is no picture yet. Make one, and it can steer the next.",
    "control_pictures_full": "All {n} units have a picture. Take one out first.",
    "control_sent": "The picture is in control unit {n}.",
    "control_no_picture": "This unit has no picture, so Generate would refuse it: give it one, or"
    " switch it off.",
    "control_no_models": "There is no model that steers yet. Put a ControlNet into"
    " models/controlnets, then reload this page.",
    "control_broken": "Files that cannot be used",
    "control_missing": "What is missing for {n} preprocessors",
    "control_missing_one": "What is missing for 1 preprocessor",
    "control_not_here": "{name} (weights are missing)",
    "control_gone_option": "{name} (not on this machine)",
    "control_suiting": "Suit this map",
    "control_other_models": "Others",
    "control_foreign": "For other checkpoints",
    "control_foreign_option": "{name} ({family})",
    "control_no_model": "Choose a model",
    "control_map_none": "The map appears here.",
    "control_map_making": "The map is being made.",
    "control_map_make": "Make the map",
    "control_map_network": "A network makes this map; it takes a moment.",
    "control_map_of": "Map by {name}",
    "control_map_reads": "This model looks at the picture itself.",
    "control_span": "Acts from {start} % to {end} % of the steps",
    "control_finer": "Mode, size and place",
    "control_perfect": "Pixel-perfect",
    "control_perfect_help": "The map is made at the very size that is drawn.",
    "control_mask": "Where it acts",
    "control_mask_all": "Everywhere",
    "control_mask_some": "Where you have painted",
    "control_mask_paint": "Paint where it acts",
    "control_mask_change": "Change",
    "control_mask_off": "Everywhere again",
    "control_share": "It acts on {percent} %",
    "control_share_none": "Paint where it acts; it acts everywhere now",
    "control_share_little": "It acts on less than 1 %",
    "control_share_all": "It acts everywhere",
    "control_mode_balanced": "Balanced",
    "control_mode_prompt": "Prompt more",
    "control_mode_control": "Control more",
    "control_resize_crop": "Crop",
    "control_resize_fill": "Fit in",
    "control_resize_stretch": "Stretch",
    "control_fact": "Control",
    "control_fact_of": "Control {n}",
    "control_fact_value": "{what}, weight {weight}, {start}-{end} %",
    "control_fact_masked": "only where painted",
    "control_fact_as_is": "map as given",
    "send_control": "Control",
    "role_control": "control {n}",
    "role_control_mask": "mask of control {n}",
    "kind_map": "Map of a picture",
}


def control_schema() -> dict[str, Any]:
    """The JSON schema of one unit, by its fields: the page's limits are the server's own."""
    return ControlUnit.model_json_schema()["properties"]
