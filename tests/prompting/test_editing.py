"""Prompts that change over the steps change when the field has agreed that they do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.prompting import parse_timeline


def schedule(text, steps=10):
    """[last step, text] of every stretch in which the text stays the same."""
    found = []
    for step, words in enumerate(parse_timeline(text).texts(steps), start=1):
        if found and found[-1][1] == words:
            found.pop()
        found.append([step, words])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test", [[10, "test"]]),
        ("", [[10, ""]]),
        ("a [b:3]", [[3, "a "], [10, "a b"]]),
        ("a [b: 3]", [[3, "a "], [10, "a b"]]),
        ("a [[[b]]:2]", [[2, "a "], [10, "a [[b]]"]]),
        ("[(a:2):3]", [[3, ""], [10, "(a:2)"]]),
        ("a [b : c : 1] d", [[1, "a b  d"], [10, "a  c  d"]]),
        ("a[b:[c:d:2]:1]e", [[1, "abe"], [2, "ace"], [10, "ade"]]),
        ("a [unbalanced", [[10, "a [unbalanced"]]),
        ("a [b:.5] c", [[5, "a  c"], [10, "a b c"]]),
        ("a [{b|d{:.5] c", [[5, "a  c"], [10, "a {b|d{ c"]]),
        ("((a][:b:c [d:3]", [[3, "((a][:b:c "], [10, "((a][:b:c d"]]),
        ("[a::4] b", [[4, "a b"], [10, " b"]]),
        ("a [b:1.5] c", [[10, "a  c"]]),
        ("a [b:0] c", [[10, "a b c"]]),
        ("a [b:-3] c", [[10, "a b c"]]),
        ("a [b:0.99]", [[9, "a "], [10, "a b"]]),
        ("[a:b:c:3]", [[10, "[a:b:c:3]"]]),
        ("[a:b]", [[10, "[a:b]"]]),
        (r"\[a:b:3\]", [[10, r"\[a:b:3\]"]]),
        (r"[a\]:b:3]", [[3, r"a\]"], [10, "b"]]),
        ("[a:1.5]", [[10, ""]]),
        ("(a [b) c]", [[10, "(a [b) c]"]]),
    ],
)
def test_table_of_the_field(text, expected):
    assert schedule(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a|b]", ["a", "b", "a", "b"]),
        ("[a|(b:1.1)]", ["a", "(b:1.1)", "a", "(b:1.1)"]),
        ("[fe|]male", ["female", "male", "female", "male"]),
        ("[fe|||]male", ["female", "male", "male", "male"]),
        ("[a|[b|c]]", ["a", "c", "a", "c"]),
        ("[a|[b:c:2]]", ["a", "b", "a", "c"]),
        ("a|b", ["a|b"] * 4),
    ],
)
def test_alternation_takes_turns(text, expected):
    timeline = parse_timeline(text)
    assert [timeline.at(step, 10) for step in (1, 2, 3, 4)] == expected


def test_example_with_four_changes():
    text = (
        "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75]"
        "[ in foreground::0.6][: in background:0.25] [shoddy:masterful:0.5]"
    )
    assert [last for last, _ in schedule(text, 100)] == [25, 50, 60, 75, 100]
    assert schedule(text, 100)[-1][1] == (
        "fantasy landscape with a lake and a christmas tree in background masterful"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [b:.5] c", [[10, "a b c"]]),
        ("a [b:1.5] c", [[5, "a  c"], [10, "a b c"]]),
        ("a [b:c:12]", [[2, "a b"], [10, "a c"]]),
        ("a [b:c:10]", [[10, "a c"]]),
        ("a [b::2.0]", [[10, "a b"]]),
        ("[a|b]", [[step, "ab"[(step - 1) % 2]] for step in range(1, 11)]),
    ],
)
def test_second_pass_goes_on_counting_and_its_shares_are_from_one_to_two(text, expected):
    """Hires fix: 10 steps after the 10 of the first pass."""
    found = []
    for step, words in enumerate(parse_timeline(text).texts(10, 10), start=1):
        if found and found[-1][1] == words:
            found.pop()
        found.append([step, words])
    assert found == expected


@pytest.mark.parametrize("number", ["1" * 400, "-" + "1" * 400, "1e999", "-1e999", "-.5", "+1e-9"])
def test_number_of_any_size_is_a_step(number):
    first, last = parse_timeline(f"[a:b:{number}]").texts(2)
    assert {first, last} <= {"a", "b"}


def test_still_prompt_is_known_to_be_still():
    assert parse_timeline("a (red:1.2) [boat]").is_still
    assert not parse_timeline("a [red:blue:3] boat").is_still


@pytest.mark.parametrize("unit", ["[", "]", "[a:", "[a|", "[[a:1]:", ":1]", "(", "(]", "[(", "|"])
def test_longest_prompt_made_of_one_thing_is_read(unit):
    timeline = parse_timeline((unit * 20_000)[:20_000])
    assert len(timeline.at(1, 20)) <= 20_000


@pytest.mark.parametrize("n", [1, 10_000])
@pytest.mark.parametrize(
    ("opened", "inside", "closed"),
    [("(", "", "]"), ("[", "", ")"), ("([", "a", ")]"), ("[(", "a", ")]"), ("[x", "", "]")],
)
def test_brackets_that_mean_nothing_are_text_however_deep(opened, inside, closed, n):
    text = opened * n + inside + closed * n
    assert parse_timeline(text).texts(30) == [text] * 30


def test_deepest_nesting_is_read_at_every_step():
    deep = "[" * 5000 + "a" + ":2]" * 5000
    assert schedule(deep, 4) == [[2, ""], [4, "a"]]


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="ab []()|:.12\\", max_size=120), st.integers(1, 150))
def test_no_text_is_an_error(text, steps):
    timeline = parse_timeline(text)
    assert timeline.texts(steps) == [timeline.at(step, steps) for step in range(1, steps + 1)]
    if not set(text) & set("[]"):
        assert timeline.texts(steps) == [text] * steps
