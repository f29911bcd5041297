"""Planning to make a picture again: what an uploaded picture says of itself is not believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.fakes import a_request
from webui.builtin.preprocessors import PREPROCESSORS
from webui.errors import BadFile, RequestRejected, WebuiError
from webui.request import CheckpointInfo, Choices, Defaults, FileUsed, Here, Input, ResolvedRequest
from webui.request.control import ResolvedControl
from webui.request.frozen import Frozen
from webui.request.limits import ExtensionInputs
from webui.request.png import PictureMetadata
from webui.request.resolve import Extended
from webui.request.resolved import ExtensionUsed
from webui.service import plan_remaking
from webui.service.remaking import Remaking

PICTURE = "5" * 64
EDGES = FileUsed(role="control", name="edges", sha256="77" * 32)
POCKET = CheckpointInfo("pocket", "Pocket", "sd1", 1, Defaults())
CHOICES = Choices((), (), (POCKET,), preprocessors=PREPROCESSORS)
HERE = Here(
    lambda info: "0" * 64,
    lambda: 1,
    look=lambda reference, field: Input(reference, 64, 64),
    control=lambda name, field: EDGES,
)
USED = (ExtensionUsed(id="waves", version="1", digest="8" * 64),)


def a_unit(**fields: Any) -> ResolvedControl:
    known = {"method": "controlnet", "model": "edges", "preprocessor": "canny", "image": PICTURE}
    return ResolvedControl.model_validate(
        {**known, "threshold_a": 100, "threshold_b": 200, **fields}
    )


def steered(*units: ResolvedControl, **changes: Any) -> ResolvedRequest:
    files = (*a_request().files, EDGES)
    return a_request(**{"files": files, "controls": units, **changes})


def planned(request: ResolvedRequest, here: Here = HERE) -> Remaking:
    return plan_remaking("It", PictureMetadata(request, {}, ""), CHOICES, here, "1")


MAP: dict[str, Any] = {"kind": "map", "init": PICTURE, "init_width": 64, "init_height": 64}
OF_MAP: dict[str, Any] = {"method": "map", "model": ""}


@pytest.mark.parametrize(
    "sound",
    [
        steered(a_unit()),
        steered(a_unit(method="reference_only", model="reference_only", preprocessor="none")),
        steered(a_unit(**OF_MAP), files=(), **MAP),
    ],
)
def test_units_as_resolving_makes_them_are_made_again(sound: ResolvedRequest) -> None:
    again = planned(sound).request
    assert again.controls == sound.controls
    assert again.exact


@pytest.mark.parametrize(
    "damaged",
    [
        steered(a_unit(threshold_a=900_000)),
        steered(a_unit(threshold_b=-1)),
        steered(a_unit(), files=a_request().files),
        steered(a_unit(method="ip_adapter", model="other")),
        steered(a_unit(**OF_MAP)),
        steered(a_unit(), files=(), **MAP),
        steered(files=(), **MAP),
        steered(a_unit(**OF_MAP, threshold_a=-5), files=(), **MAP),
    ],
)
def test_units_that_resolving_would_never_make_are_refused(damaged: ResolvedRequest) -> None:
    with pytest.raises(BadFile, match="damaged"):
        planned(damaged)


def test_a_preprocessor_that_is_not_here_is_named() -> None:
    with pytest.raises(WebuiError, match='preprocessor "dream", which is not here'):
        planned(steered(a_unit(preprocessor="dream")))
    lacking = replace(HERE, missing=lambda maker: f"{maker.id} lacks its weights.")
    with pytest.raises(WebuiError, match="canny lacks its weights"):
        planned(steered(a_unit()), lacking)


def extended(**changes: Any) -> ResolvedRequest:
    inputs = Frozen({"waves": Frozen({"height": 2})})
    return a_request(**{"extensions": inputs, "used": USED, **changes})


def with_extensions(take: Callable[[Any], Any]) -> Here:
    """A machine with an extension that takes one input, and one that always acts."""

    def taken(request: ResolvedRequest, asked: ExtensionInputs) -> Extended:
        inputs = {"height": take(asked["waves"]["height"]), "depth": 7}
        found = Frozen({"waves": Frozen(inputs), "always": Frozen[str, Any]()})
        return Extended(found, ())

    return replace(HERE, extended=taken)


def test_inputs_of_extensions_are_asked_once_more_and_nothing_else_acts() -> None:
    again = planned(extended(), with_extensions(float)).request
    assert again.extensions == {"waves": {"height": 2.0, "depth": 7}}
    assert again.used == USED
    assert planned(a_request(), with_extensions(float)).request.extensions == {}


def test_inputs_that_an_extension_does_not_take_are_refused_in_words() -> None:
    def refuse(value: Any) -> Any:
        raise RequestRejected("waves.height is 0 to 1; you gave 2.")

    with pytest.raises(WebuiError, match=r"cannot be asked here\. waves.height is 0 to 1"):
        planned(extended(), with_extensions(refuse))


def test_inputs_of_an_extension_that_had_no_hand_in_it_are_damage() -> None:
    with pytest.raises(BadFile, match="damaged"):
        planned(extended(used=()), with_extensions(float))


def test_a_command_that_looks_before_the_studio_is_open_leaves_extensions_to_it() -> None:
    assert planned(extended()).request.extensions == {"waves": {"height": 2}}
