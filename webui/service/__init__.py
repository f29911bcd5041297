"""The service: submitting, remembering, saving and telling. The only door for the faces."""

from webui.service.database import Database
from webui.service.files import DatedFiles, NamedFiles
from webui.service.hub import Told
from webui.service.rows import Rows
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
    "Rows",
    "Studio",
    "Surroundings",
    "Told",
]
