"""Stable Diffusion 1.x, and pocket, which is built from the same classes."""

from webui.families.sd1.family import Sd1

__all__ = ["Sd1"]
