"""The reader: what any tool's picture or text says, as fields of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from webui.metadata import (
    a1111,
    comfyui,
    darkroom,
    draw_things,
    fooocus,
    invokeai,
    novelai,
    swarmui,
)
from webui.metadata.carriers import LARGEST, Carriers, read_carriers
from webui.metadata.draft import Draft
from webui.metadata.found import Found
from webui.metadata.placing import placed
from webui.request import Choices

_READERS: tuple[Callable[[Mapping[str, str], Draft], bool], ...] = (
    darkroom.read,
    swarmui.read,
    fooocus.read,
    a1111.read,
    invokeai.read,
    novelai.read,
    comfyui.read,
    draw_things.read,
)
"""The surest first: a text with all settings says more than a graph that must be followed."""

_NO_HASHES: Mapping[str, str] = MappingProxyType({})


def read_metadata(
    source: Path | bytes | str, choices: Choices, hashes: Mapping[str, str] = _NO_HASHES
) -> Found:
    """Read a picture file (Path or bytes) or a pasted text: of a picture, any tool's, or a prompt.

    `choices`: what is here. `hashes`: checkpoint name → sha256, where known; by them a checkpoint
    is found under any name. Raises BadFile for files that are no sound picture, and nothing else;
    no text fails. Time is linear in the length.
    """
    carriers = read_carriers(source)
    draft = Draft(choices, hashes)
    for name in carriers.left_out:
        draft.note(f"{name} is longer than {LARGEST >> 20} million characters and was not read.")
    texts = placed(carriers)
    if not any(read(texts, draft) for read in _READERS):
        draft.note(_nothing(carriers))
    _take_missing_size(carriers, draft)
    return draft.found()


def _nothing(carriers: Carriers) -> str:
    if carriers.size is None:
        return "The text says nothing that is understood."
    return "The picture says nothing of how it was made."


def _take_missing_size(carriers: Carriers, draft: Draft) -> None:
    """The picture's own size where its text, which has all else, leaves it out."""
    if carriers.size and "seed" in draft.fields and not {"width", "height"} & draft.fields.keys():
        width, height = carriers.size
        if all(16 <= side <= 4096 and side % 8 == 0 for side in (width, height)):
            draft.fields |= {"width": width, "height": height}
