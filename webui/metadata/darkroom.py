"""Darkroom's own pictures: the resolved request lies in them whole."""

from __future__ import annotations

from collections.abc import Mapping

from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint, take_sampler
from webui.metadata.placing import REQUEST
from webui.metadata.values import as_text, json_object
from webui.request import ResolvedRequest, TextToImage
from webui.request.png import CHUNK, own_chunk

_NAMED = ("sampler", "schedule", "checkpoint")


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read our own chunk, or a request as our API takes it."""
    request, made_with = own_chunk(texts.get(CHUNK))
    if request is not None:
        _take_resolved(request, draft)
        draft.request, draft.made_with = request, made_with
        return True
    if CHUNK in texts:
        draft.note("Darkroom's own data in it is damaged, or of a later version; the text is read.")
    return _read_request(json_object(texts.get(REQUEST, "")), draft)


def _take_resolved(request: ResolvedRequest, draft: Draft) -> None:
    draft.tool = "Darkroom"
    if request.is_undrawn:
        what = (
            "the map of another picture" if request.kind == "map" else "another picture made larger"
        )
        draft.note(f"It is {what}; nothing was drawn.")
        return
    for name, value in request.asked():
        if value is not None and name in TextToImage.model_fields and name not in _NAMED:
            draft.fields[name] = value
    take_sampler(draft, request.sampler, request.schedule)
    if file := request.checkpoint_file:
        take_checkpoint(draft, file.name, file.sha256)
    if request.kind != "text_to_image":
        draft.fields["kind"] = "text_to_image"
        draft.note("It was drawn over another picture; its settings can be used for a new one.")
    if request.sheet:
        draft.note("This is the sheet of a grid; the fields are those that its cells share.")


def _read_request(fields: dict[str, object], draft: Draft) -> bool:
    if not fields:
        return False
    draft.tool = "Darkroom"
    for name, value in fields.items():
        if name not in _NAMED:
            draft.take(name, value)
    take_sampler(draft, as_text(fields.get("sampler")), as_text(fields.get("schedule")))
    take_checkpoint(draft, as_text(fields.get("checkpoint")))
    return True
