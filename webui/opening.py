"""Opening the studio: what it sees of this machine, its database and its worker process.

No web library is imported here: the command line needs none, and the worker starts to load while
the page is still being built.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from webui.builtin.core import Tools
from webui.builtin.lora_formats import formats_of
from webui.engine import EngineStatus, Listener, LocalEngine
from webui.errors import BadFile, ExtensionFailed, NotFound, RequestRejected
from webui.extension.house import House
from webui.extension.registry import Registry
from webui.extension.switches import FILE, Switches
from webui.extension.watching import TooLong, watched
from webui.families.counting import TokenCounter
from webui.images.preprocessors.weights import missing
from webui.pipelines import Hashes, Listing, Shelf, UpscalerFiles, scan
from webui.pipelines.adapter_cards import AdapterCards
from webui.pipelines.control_files import ControlFiles
from webui.prompting import readings
from webui.request import CheckpointInfo, Choices, Here, Input
from webui.request.choices import PLAIN_UPSCALERS, ControlInfo, PreprocessorInfo
from webui.request.control import REFERENCE_ONLY
from webui.service import (
    CardPictures,
    Cards,
    Controlling,
    Database,
    DatedFiles,
    Desk,
    Inputs,
    Naming,
    Rows,
    Studio,
    Surroundings,
    Upscaling,
    Words,
)
from webui.service.maps import Preprocess
from webui.settings import Settings
from webui.worker import registry_of, worker_command


def program_version() -> str:
    """The version of this program."""
    try:
        return version("darkroom-webui")
    except PackageNotFoundError:
        return "0.1.0"


def surroundings(settings: Settings, registry: Registry | None = None) -> Surroundings:
    """What the studio sees of this machine. `registry`: what is loaded already.

    Without one, what belongs to the page is left out: commands show none.
    """
    there = registry or registry_of(settings, "worker")
    hashes = Hashes(settings.state / "hashes.json")

    def look() -> Listing:
        return scan(settings.models, there.families)

    words = Words(settings.models)
    inputs = Inputs(settings.inputs)
    shelf = Shelf(settings.models, hashes)
    upscalers = UpscalerFiles(settings.models, hashes)
    controls = ControlFiles(settings.models, hashes, Tools(there).control_method)

    def choices() -> Choices:
        listing = look()
        return Choices(
            there.samplers,
            there.schedules,
            tuple(checkpoint.info for checkpoint in listing.checkpoints),
            listing.broken,
            styles=words.styles,
            loras=shelf.names("lora"),
            embeddings=shelf.names("embedding"),
            upscalers=(
                *PLAIN_UPSCALERS,
                *_upscaler_digests(there),
                *upscalers.names(),
            ),
            preprocessors=there.preprocessors,
            controls=(*controls.infos(), _REFERENCE),
            broken_controls=controls.broken(),
        )

    def known_hashes() -> dict[str, str]:
        found = ((one.info.name, hashes.known(one)) for one in look().checkpoints)
        return {name: sha256 for name, sha256 in found if sha256}

    @cache
    def counter_of(name: str) -> TokenCounter | None:
        return TokenCounter.load(look().find(name).folder, readings)

    def sha256_of(info: CheckpointInfo) -> str:
        return hashes.of(look().find(info.name))

    return Surroundings(
        choices=choices,
        here=Here(
            sha256_of,
            lambda: secrets.randbelow(2**32),
            words.word,
            words.draw,
            Naming(shelf),
            look=_sent(inputs),
            upscaler=Upscaling(upscalers, _upscaler_digests(there)),
            control=Controlling(controls),
            missing=lambda maker: missing(settings.models, maker),
        ),
        desk=Desk(words, choices, counter_of, known_hashes, shelf.vectors),
        inputs=inputs,
        version=program_version(),
        extensions=House(there, Switches(settings.state / FILE)),
        function_of=partial(_map_maker, there),
        cards=Cards(
            AdapterCards(settings.models, settings.state / "cards.json", formats_of(there)),
            CardPictures(settings.models),
            choices,
            lambda name: look().find(name),
            formats_of(there),
        ),
    )


_MAP_SECONDS = 20.0
"""An extension may take so long to make a map while somebody looks on."""


def _map_maker(registry: Registry, maker: PreprocessorInfo) -> tuple[Preprocess, str]:
    """The function behind a preprocessor, and what tells its version from others."""
    preprocess: Preprocess = Tools(registry).preprocessor(maker.id)
    owner = registry.extension(registry.owner_of("preprocessor", maker.id) or "")
    if owner is None:
        return preprocess, program_version()

    def limited(pixels: Any, a: float, b: float) -> Any:
        try:
            return watched(lambda: preprocess(pixels, a, b), _MAP_SECONDS)
        except TooLong:
            raise ExtensionFailed(
                f"The preprocessor {maker.label!r} of the extension {owner.id!r} took longer than"
                f" {_MAP_SECONDS:g} seconds. Choose another, or switch the extension off.",
                owner.id,
            ) from None

    return limited, owner.digest


_REFERENCE = ControlInfo(REFERENCE_ONLY, "Reference only", REFERENCE_ONLY)


def _upscaler_digests(registry: Registry) -> dict[str, str]:
    """Upscalers that extensions bring, each with the hash over its extension's files."""
    found: dict[str, str] = {}
    for one in registry.upscalers:
        owner = registry.extension(registry.owner_of("upscaler", one.id) or "")
        if owner:
            found[one.id] = owner.digest
    return found


def _sent(inputs: Inputs) -> Callable[[str, str], Input]:
    """Finds inputs whoever sent them: for commands, which serve nobody."""

    def look(reference: str, field: str) -> Input:
        try:
            return Input(reference, *inputs.size(reference))
        except (NotFound, BadFile) as error:
            raise RequestRejected(error.message, field=field, value=reference) from None

    return look


def open_studio(settings: Settings) -> Studio:
    """The studio over its database and a worker process. Raises DiskTrouble."""
    around = surroundings(settings, registry_of(settings, "web"))
    checkpoints = around.choices().checkpoints
    warm = checkpoints[0].name if checkpoints else None
    command = worker_command(settings)

    def make_engine(listener: Listener, note: Callable[[EngineStatus], None]) -> LocalEngine:
        return LocalEngine(command, listener, note, warm)

    rows = Rows(Database(settings.database))
    return Studio(rows, DatedFiles(settings.outputs), around, make_engine)
