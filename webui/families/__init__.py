"""Families: the architectures we support. One folder each; importing this needs no torch."""

from webui.families.protocol import Components, Facts, Family

__all__ = ["Components", "Facts", "Family"]
