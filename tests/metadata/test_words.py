"""Other prompt languages in ours, measured by what our own reader makes of the result."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.metadata.comfy_text import from_comfy
from webui.metadata.compel import from_compel
from webui.metadata.novelai_weights import from_novelai
from webui.prompting import parse_attention, parse_composition, without_comments


def weighed(text):
    """What the text encoder is given: words with weights."""
    phrases = parse_attention(without_comments(text))
    return [(phrase.text.strip(), round(phrase.weight, 4)) for phrase in phrases]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat++", [("a", 1), ("cat", 1.21)]),
        ("a cat-, b", [("a", 1), ("cat", 0.9), (", b", 1)]),
        ("(a cat)1.3 b", [("a cat", 1.3), ("b", 1)]),
        ("(a cat)-- b", [("a cat", 0.81), ("b", 1)]),
        ("(a (b)1.5 c)2", [("a", 2), ("b", 3), ("c", 2)]),
        ("(a cat) b", [("a cat b", 1)]),
        (r"\(a\) [b] {c|d}", [("(a) [b] {c|d}", 1)]),
        ("t-shirt, x-ray - y", [("t-shirt, x-ray - y", 1)]),
        ("(a b", [("(a b", 1)]),
        ("a) b", [("a) b", 1)]),
        ("this AND that", [("this AND that", 1)]),
    ],
)
def test_invokeais_weights_mean_the_same_here(text, expected):
    translated, note = from_compel(text)
    assert (weighed(translated), note) == (expected, "")
    assert len(parse_composition(translated)) == 1


@pytest.mark.parametrize("text", ['("a b", "c++").and()', '"a b".and("c++")'])
def test_invokeais_and_is_our_break(text):
    assert from_compel(text) == ("a b BREAK (c:1.21)", "")


@pytest.mark.parametrize("name", ["swap", "blend", "and"])
def test_what_has_no_counterpart_is_noted(name):
    text, note = from_compel(f'("a", "b").{name}(0.5, 0.5)')
    assert f".{name}()" in note
    assert "a" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a} b", [("a", 1.05), ("b", 1)]),
        ("{{a}}", [("a", 1.1025)]),
        ("[a] b", [("a", 0.9524), ("b", 1)]),
        ("1.5::a, b:: c", [("a, b", 1.5), ("c", 1)]),
        ("-1::a:: b", [("a", -1), ("b", 1)]),
        ("1.2::a 0.5::b:: c", [("a", 1.2), ("b", 0.5), ("c", 1)]),
        ("1.2::a", [("a", 1.2)]),
        ("{a", [("a", 1.05)]),
        ("a} b] c", [("a b c", 1)]),
        ("(a:1.5) 2girls", [("(a:1.5) 2girls", 1)]),
    ],
)
def test_novelais_weights_mean_the_same_here(text, expected):
    assert weighed(from_novelai(text)) == expected


PLAIN = st.text(alphabet="ab [](){}|\\#_:1.AND BREAK\n" + "é家", max_size=40)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "[b]", "{c|d}", "AND", "BREAK", "# e", "__f__", "\\g"])))
def test_what_is_plain_in_comfyui_is_plain_here(words):
    text = " ".join(words)
    translated = from_comfy(text)
    assert weighed(translated) == [(text.strip(), 1)]
    assert len(parse_composition(translated)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a) (b:1.3)", [("a", 1.1), ("", 1), ("b", 1.3)]),
        (r"\(a\)", [("(a)", 1)]),
        (r"C:\dir", [(r"C:\dir", 1)]),
    ],
)
def test_weights_of_comfyui_are_ours(text, expected):
    assert weighed(from_comfy(text)) == expected


@settings(deadline=None)
@given(PLAIN)
def test_any_text_is_translated(text):
    for translated in (from_comfy(text), from_compel(text)[0], from_novelai(text)):
        assert isinstance(translated, str)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["(", ")", "a+", "+", "1.2::", "{", "a ", '"', '("a",', "\\", "_"]
)
def test_longest_prompt_of_one_piece_is_translated_in_linear_time(piece):
    text = piece * (20_000 // len(piece))
    for translate in (from_comfy, from_compel, from_novelai):
        translate(text)
