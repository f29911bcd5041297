"""LoRA formats found in the registry. Importing this needs no torch."""

from __future__ import annotations

import logging

from webui.adapters.formats import LoraFormat
from webui.builtin.core import load_function
from webui.errors import WebuiError
from webui.extension.registry import Registry

_LOG = logging.getLogger("webui.extension")


def formats_of(registry: Registry) -> tuple[LoraFormat, ...]:
    """Every LoRA format; ours first."""
    found: list[LoraFormat] = []
    for one in registry.lora_formats:
        owner = registry.owner_of("lora_format", one.id)
        if owner is None:
            found.append(load_function(one.value))
            continue
        try:
            guard = registry.guard(owner, f"The LoRA format {one.label!r}")
            value = guard.call(lambda path=one.value: load_function(path))
            if not isinstance(value, LoraFormat):
                guard.wrong("is not a webui.adapters.formats.LoraFormat.")
        except WebuiError as error:
            _LOG.error("%s", error.message)
            continue
        found.append(value)
    return tuple(found)
