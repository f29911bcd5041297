"""Placing: which tool's text each text is, wherever in a file it lay.

The readers look under the keys of PNG chunks. JPEG and WebP have a text or two without a key, and
a pasted text has none at all; their shape tells.
"""

from __future__ import annotations

import html
import re

from webui.metadata.carriers import Carriers
from webui.metadata.values import as_list, as_object, json_object
from webui.request import TextToImage
from webui.request.infotext_reading import read_infotext
from webui.request.png import CHUNK

PARAMETERS = "parameters"
REQUEST = "darkroom request"
DRAW_THINGS = "draw things"

_FEWEST_KEYS = 3
_KEYED = (CHUNK, "prompt", "workflow", PARAMETERS)
"""Keys that stand before a text in EXIF, as in "prompt:{…}"."""

_SCHEMES = ("fooocus", "a1111")
_DREAM = re.compile(r'"[^"]*"[^"]{0,20}\s-[A-Za-z]')
_XMP_COMMENT = ("<exif:UserComment", "</exif:UserComment>")


def placed(carriers: Carriers) -> dict[str, str]:
    """All texts under the keys that PNG chunks have. A text with a key of its own wins."""
    texts = dict(carriers.png)
    for name, text in carriers.exif.items():
        key, colon, rest = text.partition(":")
        if colon and key.strip() in _KEYED:
            texts.setdefault(key.strip(), rest)
        elif name == "Software":
            texts.setdefault("Software", text)
        elif name == "MakerNote" and text in _SCHEMES:
            texts.setdefault("fooocus_scheme", text)
    for text in (carriers.user_comment, carriers.comment, _of_xmp(carriers.xmp)):
        if key := _key_of(text):
            texts.setdefault(key, text)
    if carriers.pasted.strip():
        texts.setdefault(_key_of(carriers.pasted) or PARAMETERS, carriers.pasted)
    return texts


def _of_xmp(xmp: str) -> str:
    """The JSON in the comment of an XMP packet; "" where there is none."""
    _, found, rest = xmp.partition(_XMP_COMMENT[0])
    inside = rest.partition(_XMP_COMMENT[1])[0] if found else ""
    start, end = inside.find("{"), inside.rfind("}")
    return html.unescape(inside[start : end + 1]) if start >= 0 else ""


def _key_of(text: str) -> str:
    """The key that a text without one belongs to; "" where nothing tells."""
    if json := json_object(text):
        return _key_of_json(json)
    if _DREAM.match(text.lstrip()):
        return "Dream"
    return PARAMETERS if len(read_infotext(text)) >= 2 + _FEWEST_KEYS else ""


def _key_of_json(json: dict[str, object]) -> str:
    rules = {
        CHUNK: isinstance(json.get("request"), dict) and "made_with" in json,
        PARAMETERS: not json.keys().isdisjoint(
            {"sui_image_params", "base_model", "Base Model", "metadata_scheme"}
        ),
        "workflow": bool(as_list(json.get("nodes"))),
        "sd-metadata": isinstance(json.get("image"), dict),
        "invokeai_metadata": not json.keys().isdisjoint({"positive_prompt", "app_version"}),
        DRAW_THINGS: "c" in json and "uc" in json,
        "Comment": not json.keys().isdisjoint({"uc", "v4_prompt", "Comment"}),
        "prompt": any(is_node(value) for value in json.values())
        or any(is_node(value) for value in as_object(json.get("prompt")).values()),
        REQUEST: bool(json) and json.keys() <= TextToImage.model_fields.keys(),
    }
    return next((key for key, fits in rules.items() if fits), "")


def is_node(value: object) -> bool:
    """Whether a value is a node of a ComfyUI graph as its server is given it."""
    return isinstance(as_object(value).get("class_type"), str)
