"""Adapters: files that add to a checkpoint, read by us; and LoRAs put into weights and taken out.

Reading needs no network. What is read here was made by others: nothing of it is trusted.
"""

from webui.adapters.addition import Addition
from webui.adapters.embedding_file import read_embedding
from webui.adapters.lora_file import LoraFile, read_lora
from webui.adapters.lora_names import Part, Place
from webui.adapters.patching import Patcher, Worn

__all__ = [
    "Addition",
    "LoraFile",
    "Part",
    "Patcher",
    "Place",
    "Worn",
    "read_embedding",
    "read_lora",
]
