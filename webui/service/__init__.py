"""The service: submitting, remembering, saving and telling. The only door for the faces."""

from webui.service.card_pictures import CardPictures
from webui.service.card_views import CardsView, CardView, TruthView
from webui.service.cards import Cards
from webui.service.control_views import ControlsView
from webui.service.database import Database
from webui.service.desk import Desk
from webui.service.extending import ExtensionView
from webui.service.files import DatedFiles, NamedFiles, PictureFiles
from webui.service.hub import Told
from webui.service.inputs import Inputs
from webui.service.naming import Controlling, Naming, Upscaling
from webui.service.remaking import plan_remaking
from webui.service.rows import Rows
from webui.service.sole_use import sole_use
from webui.service.studio import LOCAL_OWNER, Studio, Surroundings
from webui.service.views import (
    CostView,
    ErrorView,
    FoundView,
    ImageView,
    InputView,
    JobView,
    LineageView,
    PromptsView,
    RemadeView,
    WordsView,
)
from webui.service.words import Words

__all__ = [
    "LOCAL_OWNER",
    "CardPictures",
    "CardView",
    "Cards",
    "CardsView",
    "Controlling",
    "ControlsView",
    "CostView",
    "Database",
    "DatedFiles",
    "Desk",
    "ErrorView",
    "ExtensionView",
    "FoundView",
    "ImageView",
    "InputView",
    "Inputs",
    "JobView",
    "LineageView",
    "NamedFiles",
    "Naming",
    "PictureFiles",
    "PromptsView",
    "RemadeView",
    "Rows",
    "Studio",
    "Surroundings",
    "Told",
    "TruthView",
    "Upscaling",
    "Words",
    "WordsView",
    "plan_remaking",
    "sole_use",
]
