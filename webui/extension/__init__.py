"""What authors of extensions import, and nothing else of this program need be known to them."""

from webui.extension.contributions import (
    ControlMethod,
    Format,
    Panel,
    Preprocessor,
    Route,
    Sampler,
    Schedule,
    Tab,
    Upscaler,
)
from webui.extension.hooks import SavedImage, hook
from webui.request.choices import PreprocessorOption

__all__ = [
    "ControlMethod",
    "Format",
    "Panel",
    "Preprocessor",
    "PreprocessorOption",
    "Route",
    "Sampler",
    "SavedImage",
    "Schedule",
    "Tab",
    "Upscaler",
    "hook",
]
