"""The words and limits of control units on the page, against the request type."""

import json
import re
from pathlib import Path

import pytest

from webui import ui
from webui.request.control import MOST_UNITS, ControlUnit
from webui.ui.control_texts import CONTROL, control_schema
from webui.ui.page import words_module

_NAMED_BY_VALUE = ("control_mode_", "control_resize_", "control_share_", "role_", "kind_", "send_")


@pytest.mark.parametrize("name", ["mode", "resize"])
def test_every_value_of_a_list_has_a_text(name):
    for value in control_schema()[name]["enum"]:
        assert CONTROL[f"control_{name}_{value}"]


def test_page_has_the_limits_of_the_request_type():
    module = words_module()
    fields = json.loads(_exported(module, "controlFields"))
    assert set(fields) == set(ControlUnit.model_fields)
    assert (fields["weight"]["minimum"], fields["weight"]["maximum"]) == (0, 2)
    assert fields["enabled"]["default"] is True
    assert json.loads(_exported(module, "mostUnits")) == MOST_UNITS


def test_every_field_that_may_be_left_open_says_the_limits_of_its_values():
    resolution = control_schema()["resolution"]
    (number,) = (one for one in resolution["anyOf"] if one["type"] != "null")
    assert (number["minimum"], number["maximum"]) == (64, 2048)


def test_no_text_of_a_unit_is_left_over():
    scripts = "".join(
        path.read_text("utf-8") for path in (Path(ui.__file__).parent / "static").glob("*.js")
    )
    for key in CONTROL:
        assert key.startswith(_NAMED_BY_VALUE) or f'"{key}"' in scripts, key


def test_no_text_of_a_unit_speaks_like_a_program():
    for text in CONTROL.values():
        assert "rror" not in text
        assert "null" not in text


def _exported(module, name):
    found = re.search(rf"^export const {name} = (.*);$", module, re.MULTILINE)
    assert found, name
    return found.group(1)
