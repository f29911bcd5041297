"""Families: the architectures we support. One folder each; importing this needs no torch."""

from webui.families.protocol import Components, ControlNetwork, Facts, Family, Steered

__all__ = ["Components", "ControlNetwork", "Facts", "Family", "Steered"]
