"""Emphasis means what the field has agreed on, and no text is an error."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.phrases import Break, Phrase
from webui.prompting import parse_attention

BREAK = "BREAK"


def parsed(text):
    return [
        (BREAK, -1) if isinstance(part, Break) else (part.text, part.weight)
        for part in parse_attention(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("", 1)]),
        ("normal text", [("normal text", 1)]),
        ("an (important) word", [("an ", 1), ("important", 1.1), (" word", 1)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        (r"\(literal\]", [("(literal]", 1)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            [
                ("a ", 1),
                ("house", 1.5730000000000004),
                (" ", 1.1),
                ("on", 1),
                (" a ", 1.1),
                ("hill", 0.55),
                (", sun, ", 1.1),
                ("sky", 1.4641000000000006),
                (".", 1.1),
            ],
        ),
        ("[a:1.5]", [("a:1.5", 1 / 1.1)]),
        ("(a:-1)", [("a", -1)]),
        ("(a:)", [("a:", 1.1)]),
        ("(a:1.2", [("a:1.2", 1.1)]),
        ("(a : 1.2 )", [("a ", 1.2)]),
        ("x)", [("x)", 1)]),
        ("x]", [("x]", 1)]),
        ("a:b", [("a:b", 1)]),
        (r"a\b", [("ab", 1)]),
        ("()", [("", 1)]),
        ("a BREAK b", [("a", 1), (BREAK, -1), ("b", 1)]),
        ("foo, BREAK, bar", [("foo,", 1), (BREAK, -1), (", bar", 1)]),
        ("aBREAK b", [("aBREAK b", 1)]),
        ("BREAKa", [("BREAKa", 1)]),
    ],
)
def test_table_of_the_field(text, expected):
    found = parsed(text)
    assert [words for words, _ in found] == [words for words, _ in expected]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in expected])


def test_break_inside_emphasis_stays_a_break():
    """A1111 multiplies the mark and then encodes the word."""
    assert parsed("(a BREAK b:1.2)") == [("a", 1.2), (BREAK, -1), ("b", 1.2)]


def test_number_with_two_points_is_text_and_no_error():
    """A1111 answers with a traceback."""
    assert parsed("(a:1.2.3)") == [("a:1.2.3", 1.1)]


@pytest.mark.parametrize(
    ("text", "weight"),
    [("(a:1)", 1), ("(a:+1.5)", 1.5), ("(a:.5)", 0.5), ("(a:2.)", 2), ("(a:0)", 0)],
)
def test_weights_may_be_written_in_every_usual_way(text, weight):
    assert parsed(text) == [("a", weight)]


def test_overlapping_brackets_weigh_what_each_covers():
    found = parsed("(a [b) c]")
    assert [words for words, _ in found] == ["a ", "b", " c"]
    assert [weight for _, weight in found] == pytest.approx([1.1, 1, 1 / 1.1])


def test_weight_multiplies_with_what_is_around_it():
    assert parsed("((a:2) b)")[0] == ("a", pytest.approx(2.2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BREAK", [(BREAK, -1)]),
        ("BREAK BREAK", [(BREAK, -1), (BREAK, -1)]),
        ("(a) BREAK", [("a", 1.1), (BREAK, -1)]),
        ("a ( BREAK b)", [("a ", 1), (BREAK, -1), ("b", 1.1)]),
        ("a\n\nBREAK\nb", [("a", 1), (BREAK, -1), ("b", 1)]),
        (r"\BREAK", [("BREAK", 1)]),
    ],
)
def test_space_around_a_break_is_not_of_the_words(text, expected):
    assert parsed(text) == expected


@pytest.mark.parametrize("weight", ["1" * 400, "-" + "1" * 400])
def test_weight_of_any_size_is_finite(weight):
    assert all(math.isfinite(number) for _, number in parsed(f"((a:{weight}) b:0)"))


def test_equally_many_brackets_of_both_kinds_come_to_one():
    assert parsed("(" * 1000 + "[" * 1000 + "a")[0][1] == pytest.approx(1)


def test_colon_before_a_long_number_is_read_once():
    text = "(a:" + "1" * 19_990
    assert parsed(text) == [(text[1:], 1.1)]


@pytest.mark.parametrize("text", ["\\", "a\\", "((", "[[", "(:1)", ":", "B", "BREAK", "\n(\n)"])
def test_scraps_of_the_language_are_read(text):
    assert parse_attention(text)


def test_weights_stay_finite_in_a_thousand_brackets():
    (phrase,) = parse_attention("(" * 9000 + "a")
    assert phrase == Phrase("a", 100.0)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="ab ()[]:\\.1-BREAK,\n", max_size=200))
def test_no_text_is_an_error_and_no_ordinary_letter_is_lost(text):
    parts = parse_attention(text)
    assert all(math.isfinite(part.weight) for part in parts if isinstance(part, Phrase))
    said = "".join(part.text for part in parts if isinstance(part, Phrase))
    assert said.count("a") == text.count("a")
    assert said.count("b") == text.count("b")


@pytest.mark.parametrize(
    "unit", ["(a", "[a", "(a:1.1)", "\\", "(a[b)c]", ":1)", "BREAK ", "a ) (", " ", "([", "(:1"]
)
def test_longest_prompt_made_of_one_thing_is_read(unit):
    """Twenty thousand characters; work that grew with their square would run into the timeout."""
    assert parse_attention((unit * 20_000)[:20_000])
