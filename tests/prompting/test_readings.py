"""What a text encoder is given for a prompt: each text once, in the order of the steps."""

import pytest

from webui.phrases import Break, Phrase
from webui.prompting import readings


def words(text, steps=4, **how):
    return [
        "".join(part.text for part in one if isinstance(part, Phrase))
        for one in readings(text, steps, **how)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("a (red:1.2) boat", ["a red boat"]),
        ("a boat # not red\nsea", ["a boat \nsea"]),
        ("a <lora:boat:1>sea", ["a sea"]),
        ("[a:b:2] [c|d]", ["a c", "a d", "b c", "b d"]),
        ("a AND b:0.5 AND a", ["a", "b"]),
        ("[a|b] AND c", ["a", "b", "c"]),
    ],
)
def test_every_text_of_every_part_is_read_once(text, expected):
    assert words(text) == expected


def test_and_is_a_word_of_a_negative_prompt():
    assert words("a AND b", is_negative=True) == ["a AND b"]


def test_weights_and_breaks_are_kept():
    assert readings("a BREAK (b:2)", 1) == ((Phrase("a"), Break(), Phrase("b", 2)),)


def test_brackets_are_characters_without_emphasis():
    assert readings("a BREAK (b:2)", 1, emphasis="none") == ((Phrase("a BREAK (b:2)"),),)
