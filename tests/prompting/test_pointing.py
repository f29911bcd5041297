"""A caret stands under what is meant, in every script and however long the line is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.prompting import pointed


def columns(text):
    """As a terminal counts."""
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


@pytest.mark.parametrize(
    ("text", "at", "length", "expected"),
    [
        ("a (b", 2, 1, "a (b\n  ^"),
        ("a __cat__ b", 2, 7, "a __cat__ b\n  ^^^^^^^"),
        ("one\ntwo (x\nthree", 8, 1, "two (x\n    ^"),
        ("one\r\ntwo", 1, 1, "one \n ^"),
        ("one\ntwo", 2, 9, "one\n  ^"),
        ("a", 1, 1, "a\n ^"),
        ("", 0, 1, "\n^"),
        ("ab", 99, 1, "ab\n  ^"),
        ("ab", -3, 1, "ab\n^"),
        ("ab", 0, 0, "ab\n^"),
        ("a\t(b", 2, 1, "a (b\n  ^"),
        ("猫 (b", 2, 1, "猫 (b\n   ^"),
        ("a 猫犬 b", 2, 2, "a 猫犬 b\n  ^^^^"),
        ("🐈 (b", 2, 1, "🐈 (b\n   ^"),
        ("e\u0301 (b", 3, 1, "e\u0301 (b\n  ^"),
        ("a\x07\x00b", 3, 1, "a??b\n   ^"),
    ],
)
def test_caret_stands_under_the_place(text, at, length, expected):
    assert pointed(text, at, length) == expected


def test_long_line_is_cut_around_the_place():
    assert pointed("x" * 100 + "(" + "y" * 100, 100, 1, 20) == ("…xxxxxxxx(yyyyyyyy…\n         ^")


def test_begin_and_end_of_a_long_line_are_cut_at_one_side_only():
    assert pointed("(" + "y" * 100, 0, 1, 20) == "(yyyyyyyyyyyyyyyy…\n^"
    assert pointed("x" * 100 + "(", 100, 1, 20) == "…xxxxxxxxxxxxxxxx(\n                 ^"


def test_marked_part_that_is_too_long_is_shown_from_its_begin():
    line, carets = pointed("a" + "(" * 100, 1, 100, 20).split("\n")
    assert line.startswith("…((((")
    assert carets.strip() == "^" * line.count("(")


@given(
    st.text(alphabet="ab (\t\n猫🐈\u0301\u200d\x00é", max_size=200),
    st.integers(-5, 210),
    st.integers(-1, 50),
    st.integers(0, 100),
)
def test_line_and_carets_fit_the_width_and_each_other(text, at, length, width):
    line, carets = pointed(text, at, length, width).split("\n")
    assert columns(line) <= max(8, width)
    assert len(carets) <= max(8, width)
    assert set(carets.strip()) == {"^"}
    assert carets.rindex("^") <= columns(line)


def test_place_in_a_very_long_line_is_found_without_looking_at_all_of_it():
    text = "x" * 5_000_000
    for _ in range(2000):
        assert pointed(text, 4_000_000).endswith("^")
