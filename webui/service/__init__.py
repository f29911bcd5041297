"""The service: submitting, remembering, saving and telling. The only door for the faces."""

from webui.service.database import Database
from webui.service.files import DatedFiles, NamedFiles, PictureFiles
from webui.service.hub import Told
from webui.service.rows import Rows
from webui.service.sole_use import sole_use
from webui.service.studio import LOCAL_OWNER, Studio, Surroundings
from webui.service.views import ErrorView, ImageView, JobView

__all__ = [
    "LOCAL_OWNER",
    "Database",
    "DatedFiles",
    "ErrorView",
    "ImageView",
    "JobView",
    "NamedFiles",
    "PictureFiles",
    "Rows",
    "Studio",
    "Surroundings",
    "Told",
    "sole_use",
]
