"""Which braces are choices, and what stands in them."""

import pytest

from webui.prompting.choices import Choice, Option, WildcardMark, parse_choices
from webui.prompting.expanding import has_choices


def one(text):
    """The only thing in a text."""
    (item,) = parse_choices(text)
    return item


def options(text):
    return [option.items for option in one(text).options]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a boat",
        "{x}",
        "{}",
        "{{x}}",
        "{a",
        "a}",
        "a|b",
        "a|b}",
        "{a|b",
        r"\{a|b}",
        r"{a\|b}",
        "{(a|b)}",
        "[a|b]",
        "{x$$y}",
        "$$",
        "a__b",
        "snake__case",
        "______",
        "__a b__",
        "__",
        r"\__x\__",
        "# {a|b} __c__",
        "a # {a|b}",
    ],
)
def test_text_without_choices_stays_as_it_is(text):
    assert parse_choices(text) in ([text], [])
    assert not has_choices(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a|b}", [["a"], ["b"]]),
        ("{a||b}", [["a"], [], ["b"]]),
        ("{|}", [[], []]),
        ("{ a | b }", [[" a "], [" b "]]),
        ("{[a|b]|c}", [["[a|b]"], ["c"]]),
        ("{(a|b:1.2)|c}", [["(a|b:1.2)"], ["c"]]),
        ("{(|((}", [["("], ["(("]]),
        ("{[|]}", None),
        ("{{a}|b}", [["{a}"], ["b"]]),
        (r"{a\|b|c}", [[r"a\|b"], ["c"]]),
        (r"{a\}|b}", [[r"a\}"], ["b"]]),
        ("{a # b|c\n|d}", [["a # b|c\n"], ["d"]]),
        ("{x$$a|b}", [["x$$a"], ["b"]]),
    ],
)
def test_bars_cut_the_braces_that_they_stand_in_directly(text, expected):
    if expected is None:
        assert parse_choices(text) == [text]
    else:
        assert options(text) == expected
        assert has_choices(text)


def test_choices_nest():
    inner = Choice((Option(["b"]), Option(["c"])))
    assert one("{a|x{b|c}y}") == Choice((Option(["a"]), Option(["x", inner, "y"])))
    assert parse_choices("[{b|c}:1] ({b|c}:1.2) {{b|c}}") == [
        "[",
        inner,
        ":1] (",
        inner,
        ":1.2) {",
        inner,
        "}",
    ]


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("{3::a|b}", [3, 1]),
        ("{0.5::a| .25 ::b|0::c}", [0.5, 0.25, 0]),
        ("{a::b|c}", [1, 1]),
        ("{-1::a|c}", [1, 1]),
        ("{2::|c}", [2, 1]),
    ],
)
def test_number_before_two_colons_is_a_weight(text, weights):
    assert [option.weight for option in one(text).options] == weights


@pytest.mark.parametrize(
    ("text", "low", "high", "joiner"),
    [
        ("{2$$a|b|c}", 2, 2, ", "),
        ("{1-2$$a|b|c}", 1, 2, ", "),
        ("{2-1$$a|b|c}", 1, 2, ", "),
        ("{ 2 $$a|b|c}", 2, 2, ", "),
        ("{-2$$a|b|c}", 1, 2, ", "),
        ("{2$$ and $$a|b|c}", 2, 2, " and "),
        ("{2$$$$a|b|c}", 2, 2, ""),
        ("{2$$|$$a|b|c}", 2, 2, "|"),
        ("{2$$ | $$a|b|c}", 2, 2, " | "),
        ("{2$$ a| b |c }", 2, 2, ", "),
    ],
)
def test_head_says_how_many_and_what_is_between(text, low, high, joiner):
    choice = one(text)
    assert (choice.low, choice.high, choice.joiner) == (low, high, joiner)
    assert options(text) == [["a"], ["b"], ["c"]]


def test_head_without_an_upper_bound_takes_as_many_as_there_are():
    assert one("{2-$$a|b|c}").high > 1000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("__cat__", "cat"),
        ("__animals/cat__", "animals/cat"),
        ("__animals/*__", "animals/*"),
        ("__hair_color__", "hair_color"),
        ("__été-2.1__", "été-2.1"),
        ("__c?t__", "c?t"),
    ],
)
def test_wildcards_are_names_between_two_underscores_each(text, name):
    assert one(text) == WildcardMark(name, 0)
    assert parse_choices(f"a {text}{text} b") == [
        "a ",
        WildcardMark(name, 2),
        WildcardMark(name, 2 + len(text)),
        " b",
    ]


def test_place_of_a_wildcard_is_known_in_whatever_branch():
    (_, second) = one("{a|b __c__}").options
    assert second.items[1] == WildcardMark("c", 5)


@pytest.mark.parametrize("text", ["{2$$__cat__}", "a {b|__cat__}", "__cat__", "{a|b}"])
def test_drawing_is_announced(text):
    assert has_choices(text)
