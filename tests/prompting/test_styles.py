"""Styles go around a prompt and come out of it again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.errors import RequestRejected
from webui.prompting import Style, apply_styles, extract_styles, find_styles

OIL = Style("Oil", "oil painting of {prompt}, thick paint", "photo")
SHARP = Style("Sharp", "sharp focus, 8k", "blurry, {prompt}, haze")
NEGATIVE = Style("No people", "", "person, crowd")
TWICE = Style("Echo", "{prompt} and {prompt} again", "")
NOTHING = Style("Nothing", "{prompt}", " ")
ALL = (OIL, SHARP, NEGATIVE, TWICE, NOTHING)


@pytest.mark.parametrize(
    ("prompt", "styles", "expected"),
    [
        ("a cat", ["oil painting of {prompt}, thick paint"], "oil painting of a cat, thick paint"),
        ("a cat", ["sharp focus"], "a cat, sharp focus"),
        ("a cat", ["sharp focus", "{prompt}!"], "a cat, sharp focus!"),
        ("", ["sharp focus"], "sharp focus"),
        ("a cat", [""], "a cat"),
        (" a cat ", [" sharp "], "a cat, sharp"),
        ("a cat", [], "a cat"),
        (" a ", ["<{prompt}>"], "< a >"),
        ("a", ["{prompt} {prompt}"], "a a"),
        ("{prompt}", ["x {prompt}"], "x {prompt}"),
    ],
)
def test_style_takes_the_prompt_into_its_place_or_follows_it(prompt, styles, expected):
    assert apply_styles(prompt, styles) == expected


def test_styles_that_double_a_prompt_again_and_again_are_refused():
    with pytest.raises(RequestRejected, match="longer than 20,000 characters") as caught:
        apply_styles("a", ["{prompt}{prompt}"] * 50)
    assert caught.value.field == "styles"


def test_prompt_of_the_greatest_length_may_have_a_style_that_only_holds_it():
    assert len(apply_styles("a" * 20_000, ["{prompt}"])) == 20_000


@pytest.mark.parametrize(
    "styles", [(OIL,), (SHARP,), (NEGATIVE,), (OIL, SHARP), (SHARP, OIL), (OIL, NEGATIVE, SHARP)]
)
def test_applied_styles_are_taken_out_again_in_their_order(styles):
    prompt = apply_styles("a cat", [style.prompt for style in styles])
    negative = apply_styles("dog", [style.negative_prompt for style in styles])
    names = tuple(style.name for style in styles)
    assert extract_styles(prompt, negative, ALL) == ("a cat", "dog", names)


def test_style_with_its_place_named_twice_is_taken_out():
    assert extract_styles("a cat and a cat again", "", ALL) == ("a cat", "", ("Echo",))
    assert extract_styles("a cat and a dog again", "", ALL) == ("a cat and a dog again", "", ())


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a cat, sharp focus, 8k", "haze"),
        ("a cat, very sharp focus, 8k", "blurry, , haze"),
        ("oil painting of a cat", "photo"),
        ("a cat", ""),
    ],
)
def test_style_that_fits_only_half_is_left(prompt, negative):
    assert extract_styles(prompt, negative, ALL) == (prompt, negative, ())


def test_longest_of_several_that_fit_is_taken():
    known = (Style("a", "8k", ""), Style("b", "sharp, 8k", ""))
    assert extract_styles("cat, sharp, 8k", "", known) == ("cat", "", ("b",))


def test_prompt_that_is_nothing_but_a_style_is_emptied():
    assert extract_styles("sharp focus", "", (Style("s", "sharp focus"),)) == ("", "", ("s",))


def test_of_several_styles_of_one_name_only_the_last_is_taken_out():
    known = (Style("s", "sharp"), Style("s", "soft"))
    assert extract_styles("cat, sharp", "", known) == ("cat, sharp", "", ())
    assert extract_styles("cat, soft", "", known) == ("cat", "", ("s",))


texts = st.text(alphabet="ab, {prompt}", max_size=30)


@given(texts, texts, st.lists(st.builds(Style, texts, texts, texts), max_size=6))
def test_what_was_taken_out_can_be_put_back(prompt, negative, known):
    inner, inner_negative, names = extract_styles(prompt, negative, known)
    styles = find_styles(names, known)
    if names:
        whole = apply_styles(inner, [style.prompt for style in styles])
        whole_negative = apply_styles(inner_negative, [s.negative_prompt for s in styles])
        assert whole.strip() == prompt.strip()
        assert whole_negative.strip() == negative.strip()
    else:
        assert (inner, inner_negative) == (prompt, negative)


def test_many_styles_and_a_long_prompt_are_compared_quickly():
    known = [Style(str(n), f"style {n} " + "x" * 500) for n in range(2000)]
    text = ", ".join(["a" * 15_000, *(style.prompt for style in known[:8])])
    assert len(extract_styles(text, "", known)[2]) == 8


def test_styles_are_found_by_name_whatever_the_case():
    assert find_styles(["Sharp", "oil"], ALL) == (SHARP, OIL)


def test_exact_name_wins_and_of_two_the_last():
    known = (Style("a", "1"), Style("A", "2"), Style("a", "3"))
    assert find_styles(["A", "a"], known) == (known[1], known[2])


def test_unknown_style_is_refused_with_the_nearest_name():
    with pytest.raises(RequestRejected, match=r'no style "Sharb"\. Did you mean Sharp') as caught:
        find_styles(["Oil", "Sharb"], ALL)
    assert (caught.value.field, caught.value.value) == ("styles", "Sharb")


def test_unknown_style_among_none_is_refused():
    with pytest.raises(RequestRejected, match="There is none yet"):
        find_styles(["x"], ())
