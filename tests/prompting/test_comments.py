"""Notes are for people: the model never reads them."""

import pytest

from webui.prompting import without_comments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a boat", "a boat"),
        ("a boat # red?", "a boat "),
        ("# first try\na boat", "\na boat"),
        ("a # one\nb # two\nc", "a \nb \nc"),
        ("a book on C#", "a book on C#"),
        ("#", ""),
        ("", ""),
    ],
)
def test_note_ends_with_its_line(text, expected):
    assert without_comments(text) == expected
