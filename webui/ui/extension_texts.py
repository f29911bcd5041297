"""The words of extensions (`static/extension*.js`). `{name}` marks what is filled in."""

from __future__ import annotations

EXTENSION: dict[str, str] = {
    "tab": "Extensions",
    "extra_failed": "This tab comes from an extension and could not be made. All else works.",
}
"""What the page itself says."""

EXTENSIONS: dict[str, str] = {
    "extensions": "Extensions",
    "extensions_waiting": "Looking for extensions…",
    "extensions_intro": "What others have made for Darkroom, and you: samplers, guidance, tabs.",
    "extensions_none": "There is no extension yet",
    "extensions_teach": "This makes one in the folder extensions: a sampler of about ten lines,"
    " with its test. It is there after the next start.",
    "extensions_command": "webui extensions new my-sampler",
    "extensions_copy": "Copy",
    "extensions_copied": "Copied.",
    "extensions_version": "Version {version}",
    "extension_ready": "Ready",
    "extension_off_here": "Off on this machine",
    "extension_off_mine": "Off for you",
    "extension_failed": "Does not work",
    "extension_stage_manifest": "Its description could not be read.",
    "extension_stage_requirements": "It needs what is not here.",
    "extension_stage_import": "Its code could not be loaded.",
    "extension_stage_hooks": "It asks for what there is not.",
    "extension_stage_contributions": "What it brings does not fit.",
    "extension_hook_transform_request": "changes requests",
    "extension_hook_wrap_sampling": "acts on every step",
    "extension_hook_wrap_recipe": "changes how pictures are made",
    "extension_hook_transform_image": "changes finished pictures",
    "extension_hook_image_saved": "watches what is saved",
    "extension_trouble": "In the last job",
    "extension_brings": "Brings",
    "extension_mine": "On for me",
    "extension_mine_help": "Acts at once. Nobody else notices.",
    "extension_here": "On for this machine",
    "extension_here_help": "From the next start of Darkroom on, for everybody.",
    "extension_switched_on": "{name} is on for you.",
    "extension_switched_off": "{name} is off for you.",
    "extension_next_on": "{name} will be on from the next start on.",
    "extension_next_off": "{name} will be off from the next start on.",
    "extension_settings": "Settings",
    "extension_settings_help": "Kept at once; they act from the next start on.",
    "extension_settings_kept": "Kept. It acts from the next start on.",
    "extension_settings_usual": "As they came",
    "extension_use": "Use",
    "extension_always": "Acts on every picture. To stop it, switch it off in the tab Extensions.",
    "extensions_one_acts": "1 acts: {names}",
    "extensions_act": "{n} act: {names}",
    "extension_fact": "Extensions",
    "extension_fact_value": "{name}: {inputs}",
    "extension_yes": "yes",
    "extension_no": "no",
    "extensions_gone": "Not here or switched off, so it was left out: {names}.",
}
"""What the page's scripts say."""
