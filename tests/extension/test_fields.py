"""Inputs and settings: types, limits, usual values."""

import pytest
from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.extension.fields import Fields, OneField

FIELDS = Fields(
    "extensions.mine",
    {
        "strength": OneField(type="number", default=0.5, minimum=0, maximum=1, step=0.05),
        "count": OneField(type="integer", minimum=1, maximum=9),
        "soft": OneField(type="switch"),
        "mode": OneField(type="choice", choices=("a", "b"), default="b"),
        "note": OneField(type="text"),
    },
)


def test_fields_that_nobody_sets_have_their_usual_values():
    usual = {"strength": 0.5, "count": 1, "soft": False, "mode": "b", "note": ""}
    assert FIELDS.resolve({}) == usual


def test_numbers_come_out_in_the_type_of_the_field_whatever_browsers_send():
    found = FIELDS.resolve({"strength": 1, "count": 3.0})
    assert (found["strength"], found["count"]) == (1.0, 3)
    assert type(found["strength"]) is float
    assert type(found["count"]) is int


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("strength", 1.5, "must be a number from 0 to 1; you gave 1.5"),
        ("strength", "1", 'must be a number from 0 to 1; you gave "1"'),
        ("strength", True, "must be a number from 0 to 1; you gave true"),
        ("strength", float("nan"), "must be a number from 0 to 1"),
        ("strength", 10**400, "must be a number from 0 to 1"),
        ("count", 2.5, "must be a whole number from 1 to 9; you gave 2.5"),
        ("count", float("inf"), "must be a whole number from 1 to 9"),
        ("soft", 1, "must be true or false"),
        ("mode", "c", "must be one of a, b"),
        ("mode", ["a"], "must be one of a, b"),
        ("note", "x" * 4001, "must be text of at most 4,000 characters"),
        ("note", None, "must be text"),
        ("nothing", 1, "There is: strength, count, soft, mode, note."),
    ],
)
def test_value_that_does_not_fit_is_refused_by_the_fields_name(field, value, said):
    with pytest.raises(RequestRejected) as refused:
        FIELDS.resolve({field: value})
    assert said in refused.value.message
    assert refused.value.field == f"extensions.mine.{field}"
    assert f"extensions.mine.{field}" in refused.value.message


@pytest.mark.parametrize(
    ("kind", "limits", "usual"),
    [
        ("number", {}, 0.0),
        ("number", {"minimum": 2}, 2.0),
        ("number", {"maximum": -3}, -3.0),
        ("integer", {"minimum": -5, "maximum": 5}, 0),
        ("choice", {"choices": ("x", "y")}, "x"),
    ],
)
def test_usual_value_without_a_default_is_within_the_limits(kind, limits, usual):
    assert OneField(type=kind, **limits).usual == usual


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"type": "number", "minimum": 3, "maximum": 1}, "minimum 3 is above maximum 1"),
        ({"type": "number", "default": 3, "maximum": 1}, "default must be a number to 1; it is 3"),
        ({"type": "switch", "default": "yes"}, 'default must be true or false; it is "yes"'),
        ({"type": "text", "maximum": 1}, "belong to numbers, not to a text"),
        ({"type": "choice"}, "it needs them"),
        ({"type": "text", "choices": ("a",)}, "choices belong to"),
        ({"type": "choice", "choices": ("a",), "default": "b"}, "default must be one of a"),
    ],
)
def test_field_that_contradicts_itself_is_refused(parts, said):
    with pytest.raises(ValidationError, match="Value error") as refused:
        OneField(**parts)
    assert said in str(refused.value)
