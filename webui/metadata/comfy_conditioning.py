"""From a sampler back to the words: through whatever stands between it and the text encoders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from webui.metadata.comfy_graph import Graph, Link, Node
from webui.metadata.comfy_text import from_comfy
from webui.metadata.draft import Draft
from webui.metadata.networks import lack_tags
from webui.metadata.values import as_text

Role = Literal["positive", "negative"]

_TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt")
_COMBINED = ("conditioning_1", "conditioning_2")
_BEHIND = ("conditioning_to", "conditioning_from")
_MOST_NODES = 100
"""Of one side; each may be a call deeper."""

_ROLES: tuple[Role, Role] = ("positive", "negative")


@dataclass(slots=True)
class Words:
    """The prompt of one side. `encoder` is the last text encoder that was met."""

    graph: Graph
    draft: Draft
    role: Role
    encoder: Node | None = None
    _left: int = _MOST_NODES
    _seen: set[str] = field(default_factory=set[str])

    def prompt(self, value: object) -> str:
        """The words behind a link, in our prompt language."""
        texts = self._texts(value)
        if len(texts) < 2:
            return "".join(texts)
        if self.role == "negative":
            self.draft.note("Several negative prompts were combined; here they are one.")
            return ", ".join(texts)
        # ComfyUI takes the mean of what is combined; the CFG scale acts on that.
        return " AND ".join(f"{text} :{1 / len(texts):.6g}" for text in texts)

    def _texts(self, value: object) -> list[str]:
        """The texts that are combined, each a prompt of its own."""
        node = self.graph.follow(value)
        self._left -= 1
        if node is None or self._left < 0 or node.id in self._seen or not isinstance(value, Link):
            return []
        self._seen.add(node.id)
        given = node.inputs
        if node.kind == "ConditioningZeroOut":
            return []
        if all(name in given for name in _COMBINED):
            return [text for name in _COMBINED for text in self._texts(given[name])]
        if all(name in given for name in _BEHIND):
            return self._behind(node)
        texts = (self.role,) if isinstance(given.get(self.role), str) else _TEXTS
        if any(name in given for name in texts):
            return self._encoded(node, texts)
        return self._texts(self._handed_on(node, value))

    def _behind(self, node: Node) -> list[str]:
        """Texts that are encoded apart and stand behind one another; a mean has no counterpart."""
        parts = [self._texts(node.inputs[name]) for name in _BEHIND]
        if node.kind == "ConditioningAverage":
            self.draft.note("Two prompts were mixed word by word; only the first is carried over.")
            return parts[0]
        return [" BREAK ".join(text for part in parts for text in part)]

    def _encoded(self, node: Node, names: tuple[str, ...]) -> list[str]:
        self.encoder = node
        said = [self.graph.plain(node.inputs[name]) for name in names if name in node.inputs]
        texts = list(dict.fromkeys(text for text in map(as_text, said) if text.strip()))
        if not any(isinstance(value, str) for value in said):
            self.draft.note(f"The {self.role} prompt comes from nodes that are not understood.")
        if len(texts) > 1:
            self.draft.note("Its text encoders had different prompts; the first is carried over.")
        for text in texts[:1]:
            lack_tags(self.draft, text)
        return [from_comfy(text) for text in texts[:1]]

    def _handed_on(self, node: Node, link: Link) -> object:
        """The input that goes on to this output of a node like ControlNetApplyAdvanced."""
        given = node.inputs
        if all(isinstance(given.get(role), Link) for role in _ROLES):
            return given[_ROLES[link.slot] if link.slot in (0, 1) else self.role]
        for name in ("conditioning", self.role):
            if isinstance(given.get(name), Link):
                return given[name]
        return next(
            (one for name, one in given.items() if "cond" in name and isinstance(one, Link)), None
        )
