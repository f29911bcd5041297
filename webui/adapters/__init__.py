"""Adapters: files that add to a checkpoint, read by us; and LoRAs put into weights and taken out.

Reading needs no network. What is read here was made by others: nothing of it is trusted.

Importing this package needs no torch, and of its modules only `embedding_file`, `lora_file`,
`patching` and `tensor_file` do. The others look at headers, names and numbers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webui.adapters.embedding_file import read_embedding
    from webui.adapters.lora_file import LoraFile, read_lora
    from webui.adapters.lora_names import Part, Place
    from webui.adapters.patching import Patcher, Worn

_HOMES = {
    "LoraFile": "lora_file",
    "Part": "lora_names",
    "Patcher": "patching",
    "Place": "lora_names",
    "Worn": "patching",
    "read_embedding": "embedding_file",
    "read_lora": "lora_file",
}

__all__ = ["LoraFile", "Part", "Patcher", "Place", "Worn", "read_embedding", "read_lora"]


def __getattr__(name: str) -> Any:
    """Imported when first asked for: the process that serves the web has no torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
