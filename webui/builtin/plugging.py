"""What extensions add to pipelines, found in the registry. Importing this loads torch."""

from __future__ import annotations

from webui.builtin.core import Tools
from webui.builtin.lora_formats import formats_of
from webui.extension.registry import Registry
from webui.pipelines.bench import Plugged


def plugged(registry: Registry) -> Plugged:
    """LoRA formats and upscalers. A format that cannot be loaded is left out, and logged."""
    tools = Tools(registry)
    return Plugged(
        lora_formats=formats_of(registry),
        upscaler=tools.upscaler,
        control_method=tools.control_method,
        control=tools.control,
    )
