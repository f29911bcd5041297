"""Texts of the tabs that begin with a picture. `SOURCE` goes to the page's scripts."""

from __future__ import annotations

PICTURE: dict[str, str] = {
    "tab_image_to_image": "Image to image",
    "tab_inpaint": "Inpaint & outpaint",
    "tab_control": "ControlNet",
    "tab_upscale": "Upscale",
    "intent_fill": "Fill",
    "intent_remove": "Remove",
    "intent_add": "Add",
    "intent_background": "Background",
    "no_second": "None",
    "as_first": "As the first pass",
}

CHOICES: dict[str, dict[str, str]] = {
    "resize_mode": {
        "keep": "Keep the input's size",
        "stretch": "Stretch to width × height",
        "crop": "Crop to width × height",
        "fill": "Fit in, fill the rest",
        "latent": "Stretch the latents",
    },
    "area": {"whole": "Whole picture", "masked": "Only around the mask"},
    "masked_content": {
        "original": "What is there",
        "fill": "Colours from around it",
        "latent_noise": "Noise",
        "latent_nothing": "Nothing",
    },
    "toward": {
        "both": "Both sides",
        "left": "Left",
        "right": "Right",
        "top": "Up",
        "bottom": "Down",
    },
    "filling": {"edge": "The edge drawn out", "noise": "Noise like the picture"},
    "upscaler": {
        "lanczos": "Lanczos",
        "latent": "Latent",
        "latent_nearest": "Latent, nearest",
        "latent_bicubic": "Latent, bicubic",
    },
}
"""What people see of fields with few values."""

SOURCE: dict[str, str] = {
    "way": "What to do",
    "way_inpaint": "Paint over",
    "way_outpaint": "Grow the canvas",
    "intent_fill_help": "Continue what is around the mask",
    "intent_remove_help": "Make what is painted over vanish; say in the prompt what is behind it",
    "intent_add_help": "Draw what the prompt says into the mask",
    "intent_background_help": "Paint over what stays; all else is drawn anew",
    "source_more": "Add pictures",
    "source_folder": "Add a folder",
    "source_drop": "Take out",
    "source_others": "{n} more pictures, each drawn by itself",
    "source_other": "1 more picture, drawn by itself",
    "source_none": "Choose a picture first.",
    "source_sending": "The picture is being sent.",
    "source_most": "At most {n} pictures at once; the first {n} were taken.",
    "source_large": "This picture is {width} × {height}; it will be drawn at {to_width} ×"
    " {to_height}. Choose “Keep the input's size” to draw it as it is.",
    "source_around": "This picture is {width} × {height}; only what is around the mask will be"
    " drawn, at full resolution.",
    "source_gone": "The picture of your last visit is no longer kept. Choose it again.",
    "mask_none": "Paint over what shall be drawn anew first.",
    "send_image_to_image": "Image to image",
    "send_inpaint": "Inpaint",
    "send_upscale": "Upscale",
    "sent_gone": "This picture is no longer there.",
    "sent_to": "The picture is on the canvas.",
    "hires": "Hires ×2",
    "hires_help": "Draw it over at twice its size; a first pass that is still kept is used again",
    "hires_done": "It is drawn over at twice its size.",
    "compare": "Compare",
    "compare_with": "Compare with",
    "compare_before": "Before",
    "compare_after": "After",
    "compare_slider": "How much of each is shown",
    "compare_side": "Side by side",
    "compare_over": "Slider",
    "compare_same": "Their settings are the same.",
    "compare_nothing": "There is no other picture to compare with yet.",
    "compare_parent": "What it came from",
    "compare_difference": "What differs",
    "lineage": "Lineage",
    "lineage_from": "Came from",
    "lineage_to": "Became",
    "role_init": "picture",
    "role_mask": "mask",
    "role_origin": "first version",
    "kind": "Made by",
    "kind_text_to_image": "Text to image",
    "kind_image_to_image": "Image to image, strength {strength}",
    "kind_inpaint": "Inpaint, strength {strength}",
    "kind_outpaint": "Outpaint, strength {strength}",
    "kind_upscale": "Upscale ×{scale} by {upscaler}",
    "kind_hires": "Text to image, then hires at {width} × {height}, strength {strength}",
}

FOLDS: dict[str, str] = {
    "fold_hires": "Hires",
    "fold_loop": "Colours and loops",
    "fold_mask": "Mask",
    "fold_seam": "Filling and seam",
    "fold_blend": "Second upscaler",
    "fold_large": "Large pictures",
}
