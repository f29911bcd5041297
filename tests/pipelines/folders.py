"""Small models folders on disk, with real safetensors files, for a family without networks."""

from __future__ import annotations

import json
import struct
from types import MappingProxyType

from webui.errors import BadFile
from webui.families import Facts
from webui.request import Defaults

FACTS = Facts(4, 8, "epsilon", 0.00085, 0.012, "scaled_linear", 1000)
TENSORS = {"conv_in.weight": [4, 4]}


def header(tensors, **more):
    """A safetensors header for float16 tensors of these shapes, and the bytes they take."""
    body, at = dict(more), 0
    for name, shape in tensors.items():
        size = 2
        for side in shape:
            size *= side
        body[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    return body, at


def safetensors(tensors=TENSORS, **more):
    """The bytes of a whole file."""
    body, size = header(tensors, **more)
    text = json.dumps(body).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


def raw_safetensors(header_text, data=b""):
    """A file with any text where its header should be."""
    return struct.pack("<Q", len(header_text)) + header_text + data


def write_checkpoint(folder, tensors=TENSORS, title=None, defaults=None):
    """A diffusers folder that every family of these tests knows."""
    for part in ("text_encoder", "unet", "vae"):
        (folder / part).mkdir(parents=True)
        (folder / part / "config.json").write_text("{}")
        (folder / part / "model.safetensors").write_bytes(safetensors(tensors))
    for part in ("tokenizer", "scheduler"):
        (folder / part).mkdir()
        (folder / part / "config.json").write_text("{}")
    (folder / "model_index.json").write_text("{}")
    if title or defaults:
        card = {"title": title or "", "defaults": defaults or {}}
        (folder / "darkroom.json").write_text(json.dumps(card))
    return folder


class TinyComponents:
    """Loaded weights that only have a size."""

    modules = MappingProxyType({})

    def __init__(self, size):
        self._size = size

    def nbytes(self):
        return self._size


class TinyFamily:
    """Recognises the tensors of these tests. Counts what it loads; `trouble` is raised once."""

    id = "tiny"

    def __init__(self, nbytes=None):
        self.loads = []
        self.trouble = None
        self.sizes = nbytes or {}

    def recognises(self, tensors):
        return "conv_in.weight" in tensors and len(tensors["conv_in.weight"]) == 2

    def defaults(self, folder):
        return Defaults(steps=4, width=64, height=64)

    def facts(self, folder):
        return FACTS

    def load(self, folder, dtype, device):
        trouble, self.trouble = self.trouble, None
        if trouble:
            raise trouble
        if not (folder / "unet").exists():
            raise BadFile(f"The checkpoint {folder.name} is no longer there.")
        self.loads.append((folder.name, dtype))
        return TinyComponents(self.sizes.get(folder.name, 100))
