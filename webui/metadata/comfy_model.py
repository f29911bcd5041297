"""From a ComfyUI sampler back to its checkpoint, past what changes the model on the way."""

from __future__ import annotations

from webui.metadata.comfy_graph import Graph, Node
from webui.metadata.draft import Draft
from webui.metadata.names import take_checkpoint
from webui.metadata.networks import lack_lora
from webui.metadata.values import as_number, as_object, as_text

_FILES = ("ckpt_name", "unet_name", "base_ckpt_name")
_HARMLESS = ("CheckpointLoader", "UNETLoader", "LoraLoader", "ModelSampling", "RescaleCFG")


def take_model(graph: Graph, model: object, encoder: Node | None, draft: Draft) -> None:
    """Set the checkpoint and what its chain says; `encoder` is the positive text encoder."""
    for node in graph.chain(model, ("model",)):
        _take_node(graph, node, draft)
        if file := next((as_text(node.inputs[key]) for key in _FILES if key in node.inputs), ""):
            take_checkpoint(draft, file)
            break
    for node in graph.chain(encoder.inputs.get("clip") if encoder else None, ("clip",)):
        layer = as_number(graph.plain(node.inputs.get("stop_at_clip_layer")))
        if layer is not None:
            draft.take("clip_skip", abs(layer))
            break


def _take_node(graph: Graph, node: Node, draft: Draft) -> None:
    given = node.inputs
    lack_lora(draft, as_text(given.get("lora_name")), graph.plain(given.get("strength_model")))
    for value in given.values():
        # rgthree's loader has many LoRAs, each with a switch.
        row = as_object(value)
        if row.get("on") is True:
            lack_lora(draft, as_text(row.get("lora")), row.get("strength"))
    if node.kind == "RescaleCFG":
        draft.take("cfg_rescale", graph.plain(given.get("multiplier")))
    elif node.kind == "ModelSamplingDiscrete":
        draft.take("zero_terminal_snr", given.get("zsnr") is True or None)
    elif not node.kind.startswith(_HARMLESS) and "lora_name" not in given:
        draft.leave("Change to the model", node.kind)
