"""Pipelines: the catalogue of files and the manager of everything that is loaded.

Importing this package needs no torch; `webui.pipelines.manager` does.
"""

from webui.pipelines.catalogue import Checkpoint, Listing, scan
from webui.pipelines.hashes import Hashes
from webui.pipelines.shelf import Shelf
from webui.pipelines.upscaler_files import UpscalerFiles

__all__ = ["Checkpoint", "Hashes", "Listing", "Shelf", "UpscalerFiles", "scan"]
