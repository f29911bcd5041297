"""Every text of the page that the request type does not bring itself, in one place.

The page's scripts get `TRAY` as `/studio/words.js`. `{name}` marks what is filled in.
"""

from __future__ import annotations

from webui.request.presets import FewSteps
from webui.ui.picture_texts import FOLDS

TITLE = "Darkroom"

FORM: dict[str, str] = {
    **FOLDS,
    "tab": "Text to image",
    "prompt_example": "a red house in a field by day",
    "negative_example": "What to leave out, if anything",
    "generate": "Generate",
    "stop": "Stop",
    "random_seed": "New seed each time",
    "last_seed": "Seed of the latest picture",
    "swap": "Swap width and height",
    "auto": "Auto",
    "auto_is": "Auto · {name}",
    "fold_sampling": "Sampling",
    "fold_variation": "Variation",
    "fold_options": "Sampler options",
    "fold_guidance": "Guidance",
    "fold_reading": "Styles and reading",
    "grid_tab": "Grid",
    "grid_intro": "Draws what stands in the form of Text to image, once for every combination of"
    " the values below. Ranges: 1-10, 1-10 (+3), 1-10 [5].",
    "axis_field": "{side} changes",
    "axis_field_help": "What is different along this side.",
    "axis_values": "Values of {side}",
    "axis_values_help": "Parted by commas, or one on each line.",
    "margin": "Margin",
    "margin_help": "Pixels between the pictures of the sheet.",
    "make_grid": "Make the grid",
    "no_options": "This sampler and this schedule have no options.",
    "own_range": "Own",
    "fold_batches": "Number of pictures",
    "fold_running": "Order and exactness",
    "no_checkpoints": "There is no checkpoint that can be used, so nothing can be made yet. Put one"
    " into the models folder, then reload this page.",
    "checkpoint_gone": "The checkpoint {name} is no longer there, so {new} was chosen.",
    "adapted": "Set for {name}: {what}.",
    "kept": "Yours stayed as they were: {what}.",
    "unchanged": "{name} works well with the same settings.",
}

LANES: dict[str, str] = {
    "interactive": "Interactive",
    "normal": "Normal",
    "background": "Background",
}

EMPHASES: dict[str, str] = {
    "original": "Original",
    "no_norm": "No norm",
    "ignore": "Ignore weights",
    "none": "None: brackets are text",
}

PRESETS: dict[FewSteps, str] = {"lcm": "LCM", "lightning": "Lightning", "turbo": "Turbo"}

SOURCES: dict[str, str] = {"cpu": "CPU", "nv": "NV (NVIDIA GPU)"}

RATIOS: tuple[tuple[str, int, int], ...] = (
    ("1:1", 1, 1),
    ("5:4", 5, 4),
    ("4:3", 4, 3),
    ("3:2", 3, 2),
    ("16:9", 16, 9),
)
"""Aspect ratios on offer, landscape; portrait is one swap away."""

EXAMPLES: tuple[str, ...] = (
    "a red house in a field by day",
    "a blue boat on the sea at sunset",
    "a green tree in the snow at night",
    "an orange cat in the desert",
)
"""Prompts that the shipped checkpoint draws well, for the first visit."""

AXIS_WAYS: dict[str, str] = {
    "none": "Nothing",
    "replace": "Words of the prompt (search and replace)",
    "matrix": "All combinations of parts",
    "order": "The order of words",
    "lines": "Whole prompts, one on a line",
}

AXIS_EXAMPLES: dict[str, str] = {
    "none": "",
    "replace": "red, blue, green",
    "matrix": "at night, in the snow",
    "order": "red house, blue boat",
    "lines": '--prompt "a red house" --steps 12',
    "sampler": "Euler, DPM++ 2M, DDIM",
    "schedule": "Karras, Normal",
    "checkpoint": "pocket",
    "prompt": "a red house\na blue boat",
    "negative_prompt": "star\nmoon",
    "number": "1, 2, 5 or 1-10 [5]",
}
"""What stands in the empty field of values, by what changes."""

BUILDER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Subject", ("a red house", "a blue boat", "a green tree", "an orange cat", "a yellow star")),
    ("Place", ("in a field", "on the sea", "in the snow", "in the desert", "in a forest")),
    ("Lighting", ("by day", "at sunset", "at night", "soft light", "backlit", "neon light")),
    (
        "Style",
        ("in watercolor", "as pixel art", "in flat style", "as a sketch", "oil painting", "photo"),
    ),
    ("Mood", ("calm", "dramatic", "dreamy", "cheerful", "gloomy")),
    ("Camera", ("close-up", "wide shot", "from above", "from below", "35mm", "shallow focus")),
    ("Composition", ("on the left", "on the right", "centered", "small", "large", "symmetrical")),
)
"""The prompt builder: what is written into the prompt, by theme."""

TRAY: dict[str, str] = {
    "tray": "Developing tray",
    "empty_title": "The tray is empty",
    "empty_text": "Say what you want to see and press Generate. Or begin with one of these:",
    "keys_hint": "Ctrl + Enter generates, Esc stops.",
    "loading": "Opening the darkroom…",
    "queued_next": "Next in line",
    "queued_one": "1 job before this one",
    "queued_many": "{n} jobs before this one",
    "queued_new": "Waiting",
    "ready_in": "ready in about {time}",
    "starting": "Preparing the chemicals",
    "step": "Step {step} of {steps}",
    "picture_of": "picture {n} of {total}",
    "elapsed": "{time} elapsed",
    "left": "about {time} left",
    "almost": "almost there",
    "tokens": "{tokens} / {limit}",
    "tokens_help": "Tokens of the prompt, and how many the windows that it fills can hold",
    "completion": "Names that fit",
    "style_name": "Name of a style",
    "style_keep": "Keep prompts as style",
    "style_keep_help": "Both prompts as they stand; {slot} in them will stand for what is asked",
    "style_kept": "The style {name} is kept.",
    "style_drop": "Drop",
    "style_dropped": "The style {name} is dropped.",
    "builder": "Prompt builder",
    "builder_help": "Press a word to write it into the prompt, again to take it out.",
    "found": "Settings found",
    "found_by": "Settings found, made with {tool}",
    "found_nothing": "There are no settings in it that can be read.",
    "found_use": "Use these settings",
    "found_used": "The form holds these settings.",
    "found_missing": "Not on this machine",
    "found_missing_line": "{kind} {name}{hash}",
    "missing_lora": "LoRA",
    "missing_vae": "VAE",
    "missing_checkpoint": "Checkpoint",
    "missing_embedding": "Embedding",
    "missing_hypernetwork": "Hypernetwork",
    "missing_controlnet": "ControlNet",
    "missing_sampler": "Sampler",
    "missing_schedule": "Schedule",
    "missing_upscaler": "Upscaler",
    "found_unmapped": "Could not be carried over",
    "found_notes": "Good to know",
    "remake": "Make it again",
    "remake_help": "The very same picture once more, to see whether its pixels are equal",
    "remaking": "It is made again; its card will say whether it is equal.",
    "grid_empty": "Choose what X changes, and its values.",
    "grid_base": "Of the prompt: {prompt}",
    "grid_cost": "{pictures} pictures, {steps} steps in all",
    "grid_time": ", at most about {time}",
    "grid_made": "The grid is on its way.",
    "done": "Developed",
    "failed": "This one did not work",
    "cancelled": "Stopped",
    "cancelled_kept": "Stopped; what was finished is kept",
    "deleted_all": "Its pictures were deleted",
    "more": "+{n} more",
    "no_prompt": "No prompt",
    "stop": "Stop",
    "generate_key": "Ctrl + Enter",
    "stop_key": "Esc",
    "stop_waiting": "Take out",
    "stopped": "Stopped.",
    "nothing_to_stop": "Nothing of yours is running.",
    "download": "Download",
    "download_webp": "WebP",
    "download_jpeg": "JPEG",
    "restore": "Restore settings",
    "restored": "The form holds the settings of this picture.",
    "again": "Again",
    "again_help": "The same settings with a new seed",
    "again_done": "Once more, with a new seed.",
    "vary_subtle": "Vary subtly",
    "vary_strong": "Vary strongly",
    "vary_help": "The same picture with some of another seed in it",
    "varied": "A variation is on its way.",
    "varied_first": "A variation of its first seed, {seed}, is on its way.",
    "reuse_seed": "Reuse seed",
    "reused_seed": "Seed {seed} is in the form.",
    "no_seed_yet": "There is no picture yet whose seed could be used.",
    "delete": "Delete",
    "deleted": "Picture deleted.",
    "undo": "Undo",
    "dismiss": "Dismiss",
    "open": "Open picture, seed {seed}",
    "latest": "Your latest",
    "older": "Older",
    "chip_idle": "Queue empty",
    "chip_yours": "{n} yours",
    "chip_next": "next in {time}",
    "chip_lost": "No answer from the studio; trying again",
    "to_light": "Switch to the light theme",
    "to_dark": "Switch to the dark theme",
    "close": "Close",
    "previous": "Previous picture",
    "next": "Next picture",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "zoom_fit": "Fit",
    "view": "Picture",
    "settings": "Settings",
    "prompt": "Prompt",
    "negative_prompt": "Negative prompt",
    "seed": "Seed",
    "variation": "Variation",
    "variation_value": "{percent} % of seed {seed}",
    "made": "Made",
    "size": "Size",
    "size_value": "{width} × {height} pixels",
    "with": "With",
    "with_value": "{sampler}, {schedule} schedule, {steps} steps, CFG scale {cfg}",
    "checkpoint": "Checkpoint",
    "exact": "Exact",
    "exact_value": "Never shared a model call",
    "none": "None",
    "trouble": "The studio does not answer. Is it still running? Nothing of yours is lost.",
    "announce_done": "Picture finished: {prompt}",
    "announce_failed": "Failed: {message}",
    "preview_of": "Preview in the making: {prompt}",
    "picture_alt": "{prompt}, seed {seed}",
    "title_running": "{percent} % · {title}",
}
