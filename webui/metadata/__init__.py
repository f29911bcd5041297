"""The universal reader: what pictures of any tool say of how they were made."""

from webui.metadata.carriers import Carriers, read_carriers
from webui.metadata.found import Found, Missing
from webui.metadata.reader import read_metadata

__all__ = ["Carriers", "Found", "Missing", "read_carriers", "read_metadata"]
