"""AND joins prompts; a number at an end is its weight where it can only be one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.prompting import parse_composition


def parts(text):
    return [(part.text, part.weight) for part in parse_composition(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat", [("a cat", 1)]),
        ("", [("", 1)]),
        ("a:1.2 AND b:-0.5", [("a", 1.2), ("b", -0.5)]),
        ("a cat :1.5", [("a cat", 1.5)]),
        ("(a:1.3)", [("(a:1.3)", 1)]),
        ("a:1:2 AND b", [("a:1", 2), ("b", 1)]),
        ("a AND b AND c : .5", [("a", 1), ("b", 1), ("c", 0.5)]),
        ("SAND AND BRAND", [("SAND", 1), ("BRAND", 1)]),
        ("AND", [("", 1), ("", 1)]),
        ("a and b", [("a and b", 1)]),
        ("a poster, 16:9", [("a poster, 16:9", 1)]),
        ("a:", [("a:", 1)]),
        ("a:b AND c", [("a:b", 1), ("c", 1)]),
    ],
)
def test_table_of_the_field(text, expected):
    assert parts(text) == expected


@given(st.text(alphabet="ab AND:1.-\n", max_size=100))
def test_no_text_is_an_error(text):
    assert all(math.isfinite(weight) for _, weight in parts(text))


@pytest.mark.parametrize("unit", [" ", ":", "AND ", "1", ":1"])
def test_longest_prompt_made_of_one_thing_is_read(unit):
    assert parts((unit * 20_000)[:20_000])


def test_colon_before_a_long_number_is_read_once():
    text = "a:" + "1" * 19_990
    assert parts(f"{text}x AND b")[0] == (f"{text}x", 1)
    assert parts(f"{text} AND b")[0] == ("a", 100)
