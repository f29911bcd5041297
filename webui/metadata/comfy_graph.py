"""ComfyUI's graphs: the server's form ("prompt") and the editor's ("workflow"), as one.

Links are followed in a bounded number of hops, so that a graph that bites its own tail ends too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webui.metadata.placing import is_node
from webui.metadata.values import as_list, as_object, as_text

HOPS = 500
"""Nodes that one path may pass. Honest ones pass some dozens."""

_PASSING = ("Reroute", "bypassed")
_SAID_AS = (
    "populated_text",
    "value",
    "text",
    "string",
    "int",
    "float",
    "number",
    "seed",
    "noise_seed",
    "prompt",
)
_TURNED_OFF, _BYPASSED = 2, 4

# Which widget of a node says what, in the editor's order; "" is a widget that says nothing.
_WIDGETS: Mapping[str, tuple[str, ...]] = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        "add_noise",
        "noise_seed",
        "",
        "steps",
        "cfg",
        "sampler_name",
        "scheduler",
        "start_at_step",
        "end_at_step",
        "return_with_leftover_noise",
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "", "cfg"),
    "RandomNoise": ("noise_seed", ""),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "ExponentialScheduler": ("steps", "sigma_max", "sigma_min"),
    "PolyexponentialScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "SDTurboScheduler": ("steps", "denoise"),
    "AlignYourStepsScheduler": ("model_type", "steps", "denoise"),
    "SamplerEulerAncestral": ("eta", "s_noise"),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", ""),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "VAELoader": ("vae_name",),
    "ControlNetLoader": ("control_net_name",),
    "UpscaleModelLoader": ("model_name",),
    "RescaleCFG": ("multiplier",),
    "ModelSamplingDiscrete": ("sampling", "zsnr"),
    "PrimitiveNode": ("value", ""),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "PrimitiveInt": ("value", ""),
    "PrimitiveFloat": ("value",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where an input gets its value: output `slot` of a node."""

    node: str
    slot: int


@dataclass(frozen=True, slots=True)
class Node:
    """`kind`: its class. `inputs`: plain values and links by name."""

    id: str
    kind: str
    inputs: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id."""

    nodes: Mapping[str, Node]

    def follow(self, value: object) -> Node | None:
        """The node at the other end of a link, past nodes that only hand on."""
        for _ in range(HOPS):
            node = self.nodes.get(value.node) if isinstance(value, Link) else None
            if node is None or not node.kind.startswith(_PASSING):
                return node
            value = next((one for one in node.inputs.values() if isinstance(one, Link)), None)
        return None

    def chain(self, value: object, names: tuple[str, ...]) -> Iterator[Node]:
        """The nodes upstream of a link, each reached by its first input of one of those names."""
        for _ in range(HOPS):
            node = self.follow(value)
            if node is None:
                return
            yield node
            value = next((node.inputs[name] for name in names if name in node.inputs), None)

    def plain(self, value: object) -> object:
        """A value itself, or the one that a node of plain values hands on; None for others."""
        for _ in range(HOPS):
            if not isinstance(value, Link):
                return value
            node = self.follow(value)
            if node is None:
                return None
            if "string_a" in node.inputs:
                return self._joined(node)
            value = next((node.inputs[name] for name in _SAID_AS if name in node.inputs), None)
        return None

    def _joined(self, node: Node) -> str:
        """Two texts made one. Texts that are joined themselves are not followed further."""
        ends = [node.inputs.get(name) for name in ("string_a", "string_b")]
        texts: list[str] = []
        for end in ends:
            source = self.follow(end)
            is_joined = source is not None and "string_a" in source.inputs
            texts.append("" if is_joined else as_text(self.plain(end)))
        return as_text(node.inputs.get("delimiter")).join(texts)


def from_server(json: dict[str, object]) -> Graph:
    """The graph as the server is given it: {id: {"class_type": …, "inputs": {…}}}."""
    nodes: dict[str, Node] = {}
    for id, value in json.items():
        if is_node(value):
            node = as_object(value)
            given = as_object(node.get("inputs"))
            inputs = {name: _link(one, json) for name, one in given.items()}
            nodes[id] = Node(id, as_text(node.get("class_type")), inputs)
    return Graph(nodes)


def _link(value: object, ids: Mapping[str, object]) -> object:
    """A link for the two-part list that stands for one, else the value."""
    if isinstance(value, list) and len(as_list(value)) == 2:
        node, slot = as_list(value)
        if isinstance(node, str | int) and isinstance(slot, int) and str(node) in ids:
            return Link(str(node), slot)
    return value


def from_editor(json: dict[str, object]) -> Graph:
    """The graph as the editor keeps it: nodes with widgets in a row, and a list of links."""
    links = dict(_editor_links(json))
    nodes: dict[str, Node] = {}
    for value in as_list(json.get("nodes")):
        node = as_object(value)
        id, kind, mode = str(node.get("id")), as_text(node.get("type")), node.get("mode")
        if kind and mode != _TURNED_OFF:
            inputs = {} if mode == _BYPASSED else dict(_widgets(kind, node.get("widgets_values")))
            inputs |= _linked(node, links)
            nodes[id] = Node(id, "bypassed" if mode == _BYPASSED else kind, inputs)
    return Graph(nodes)


def _editor_links(json: dict[str, object]) -> Iterator[tuple[object, Link]]:
    """Links by id; newer editors write them as objects."""
    for value in as_list(json.get("links")):
        row = as_object(value)
        parts = [row.get(name) for name in ("id", "origin_id", "origin_slot")]
        id, node, slot = parts if row else [*as_list(value), None, None, None][:3]
        if isinstance(id, int) and isinstance(slot, int):
            yield id, Link(str(node), slot)


def _widgets(kind: str, values: object) -> Iterator[tuple[str, object]]:
    if isinstance(values, dict):
        yield from as_object(values).items()
    for name, value in zip(_WIDGETS.get(kind, ()), as_list(values), strict=False):
        if name:
            yield name, value


def _linked(node: dict[str, object], links: Mapping[object, Link]) -> dict[str, object]:
    linked: dict[str, object] = {}
    for value in as_list(node.get("inputs")):
        given = as_object(value)
        id = given.get("link")
        if isinstance(id, int) and id in links:
            linked[as_text(given.get("name"))] = links[id]
    return linked
