"""Every text of the page that the request type does not bring itself, in one place.

The page's scripts get `TRAY` as `/studio/words.js`. `{name}` marks what is filled in.
"""

from __future__ import annotations

TITLE = "Darkroom"

FORM: dict[str, str] = {
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
