"""What is odd in a prompt is pointed at, and what is right is left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.prompting import (
    Wildcards,
    parse_attention,
    parse_composition,
    parse_timeline,
    pointed,
    problems,
    readings,
    split_tags,
)


def marked(text, wildcards=None):
    """What is marked, and the first word of what is said."""
    return [
        (one.at, text[one.at : one.at + one.length], one.message)
        for one in problems(text, wildcards)
    ]


@pytest.mark.parametrize(
    ("text", "at", "what", "says"),
    [
        ("a (b", 2, "(", "acts to the end"),
        ("a [b", 2, "[", "acts to the end"),
        ("a {b|c", 2, "{", "ordinary character"),
        ("a) b", 1, ")", "nothing that this closes"),
        ("a] b", 1, "]", "nothing that this closes"),
        ("a} b", 1, "}", "nothing that this closes"),
        ("(a)) b", 3, ")", "nothing that this closes"),
        ("((a) b", 0, "(", "acts to the end"),
        ("(a:)", 2, ":", "number after the colon is missing"),
        ("(a: )", 2, ":", "number after the colon is missing"),
        ("(a:1.2.3)", 3, "1.2.3", "This is no number"),
        ("(a:1,2)", 3, "1,2", "This is no number"),
        ("(a AND b)", 3, "AND", "cuts the prompt in two"),
        ("[a AND b:2]", 3, "AND", "cuts the prompt in two"),
        ("[a:b:x]", 4, ":x", "Here a number must stand"),
        ("[a:b:]", 4, ":", "Here a number must stand"),
        ("[a:1.2.3]", 2, ":1.2.3", "Here a number must stand"),
        ("[a:b:c:3]", 6, ":", "two colons"),
        ("[a:1.2|b]", 2, ":", "keeps the bracket from taking turns"),
        ("{x$$a|b}", 2, "$$", "Before $$ stands how many"),
        ("{$$a|b}", 1, "$$", "Before $$ stands how many"),
        ("{a|2$$b}", 4, "$$", "Before $$ stands how many"),
        ("{x$$a}", 2, "$$", "Before $$ stands how many"),
        ("{3$$a|b}", 1, "3", "not that many"),
        ("{0$$a|b}", 1, "0", "Nothing is drawn"),
        ("a <lora:b", 2, "<lora:", "No > ends this tag"),
        ("a <lora:b:c> d", 2, "<lora:b:c>", "no tag"),
        ("<hypernet:>", 0, "<hypernet:>", "no tag"),
    ],
)
def test_place_is_marked_and_said_in_words(text, at, what, says):
    ((begin, found, message),) = marked(text)
    assert (begin, found) == (at, what)
    assert says in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a boat",
        "a (b:1.2) [c] ((d)) (e: 1 ) (f:-.5) (g:h)",
        "[a:b:0.5] [b:10] [a::3] [a|b|c] [fe|]male [[a:b:1]:c:2] [a: 3 ]",
        "[a|b:4]",
        "[a, b] [12:30]",
        r"a \( b \[ c \{ :\)",
        "(a [b) c]",
        "a AND b:0.5 AND (c:1.2)",
        "{a AND b|c}",
        "{a|b} {2$$a|b} {1-2$$ and $$a|b} {x} {2-$$a|b|c} {9$$__animals__}",
        "[a:b:{2|3}] [{a|b:c}:__n__] (a:{1|2}) [a:b:__n__]",
        "{(|((}a{)|))}",
        "<lora:my (odd] name:0.5> <lyco:b>",
        "a # (not { closed AND )\nb",
        "__a__ a__b",
        "16:9, 1:1:1",
    ],
)
def test_what_is_right_is_left_alone(text):
    assert problems(text) == ()


def test_problems_come_in_the_order_of_their_places():
    assert [at for at, *_ in marked("( ] (a:) {2")] == [0, 2, 6, 9]


def test_unknown_wildcards_are_told_only_if_there_is_a_folder(tmp_path):
    (tmp_path / "animal.txt").write_text("cat")
    text = "a __animal__, {b|__animla__} __../x__"
    assert problems(text) == ()
    (first, second) = marked(text, Wildcards(tmp_path))
    assert first == (17, "__animla__", 'There is no wildcard "animla". Did you mean animal?')
    assert second[:2] == (29, "__../x__")


def test_wildcard_in_a_note_is_not_looked_for(tmp_path):
    assert problems("# __x__\n<lora:a__x__b:1>", Wildcards(tmp_path)) == ()


def test_at_most_a_hundred_are_told():
    assert len(problems("(" * 20_000)) == 100


ODD = st.text(alphabet="()[]{}|:\\_<>$#aAND 1.\n", max_size=400)


@settings(deadline=None, max_examples=300)
@given(ODD)
def test_no_text_is_an_error_and_every_place_can_be_pointed_at(text):
    for problem in problems(text, Wildcards(None)):
        assert 0 <= problem.at <= problem.at + problem.length <= len(text)
        assert problem.length >= 1
        assert pointed(text, problem.at, problem.length).count("^") >= 1


@settings(deadline=None, max_examples=30)
@given(st.text(alphabet="()[]{}|:\\_<>$#aAND 1.", min_size=1, max_size=30), st.integers(1, 20_000))
def test_longest_text_of_any_pattern_is_read_by_every_reader(unit, cut):
    text = (unit * 20_000)[:cut]
    problems(text)
    split_tags(text)
    parse_composition(text)
    parse_attention(text)
    assert len(parse_timeline(text).texts(30)) == 30
    assert readings(text, 4)


UNITS = [
    "(",
    "[",
    "{",
    ")",
    "]",
    "}",
    "[a:",
    "(a:",
    "{a|",
    "{2$$",
    "AND ",
    "(AND ",
    "[a:b:x]",
    "<lora:",
]


@pytest.mark.parametrize("unit", UNITS)
def test_longest_prompt_made_of_one_thing_is_looked_through(unit, tmp_path):
    assert problems((unit * 20_000)[:20_000], Wildcards(tmp_path)) or unit == "AND "


def test_many_unknown_wildcards_are_looked_for_quickly(tmp_path):
    for number in range(1000):
        (tmp_path / f"name{number}.txt").touch()
    text = " ".join(f"__nam{number}__" for number in range(2000))
    assert len(problems(text, Wildcards(tmp_path))) == 100
