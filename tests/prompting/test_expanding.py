"""Drawing gives the same words for the same seed, is fair, and always ends."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.errors import RequestRejected
from webui.prompting import Wildcards, expand, expand_each
from webui.prompting.wildcards import LARGEST

FILES = {
    "colour": "\ufeff# paints\n\nred\r\nblue \n",
    "deep/sea": "{calm|rough} sea in __colour__\n",
    "rare": "9::often\n1::seldom\n0::never\n",
    "animals/cat": "tabby\n",
    "animals/dog": "poodle\nhound\n",
    "empty": "# nothing\n\n",
    "loop": "a __loop__\n",
    "ping": "__pong__\n",
    "pong": "__ping__\n",
    "boom": "__boom__ __boom__\nend\n",
    "twins": "{__twins__|__twins__}{__twins__|__twins__}\n",
    "lost": "on __nowhere__\n",
    "chain": "tell __lost__\n",
}

SAVED = (
    "c z, y blue often q",
    "a z, y red often p",
    "c y, z blue often p",
    "a y, x blue often p",
)


@pytest.fixture(scope="module")
def wildcards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wildcards")
    for name, text in FILES.items():
        path = folder / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    return Wildcards(folder)


def results(text, wildcards, count=400):
    return Counter(expand_each(text, wildcards, range(count)))


def refusal(text, wildcards, seed=0):
    with pytest.raises(RequestRejected) as caught:
        expand(text, wildcards, seed)
    assert caught.value.field == "prompt"
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {b|c} d", {"a b d", "a c d"}),
        ("{a|{b|c}}", {"a", "b", "c"}),
        ("{a|}b", {"ab", "b"}),
        ("{2$$a|b}", {"a, b", "b, a"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{0-1$$a|b}", {"", "a", "b"}),
        ("{9$$a|b}", {"a, b", "b, a"}),
        ("{2$$a|}", {"a"}),
        ("{2$$ a | {b|c} }", {"a, b", "b, a", "a, c", "c, a"}),
        ("{0$$a|b}x", {"x"}),
        ("[{a|b}:{2|3}] ({a}:1.2)", {f"[{a}:{n}] ({{a}}:1.2)" for a in "ab" for n in "23"}),
        ("__colour__", {"red", "blue"}),
        (
            "a __deep/sea__",
            {f"a {w} sea in {c}" for w in ("calm", "rough") for c in ("red", "blue")},
        ),
        ("__animals/*__", {"tabby", "poodle", "hound"}),
        ("__**/?og__", {"poodle", "hound"}),
        ("{2$$__colour__}", {"red, blue", "blue, red"}),
        ("{2$$__animals/cat__}", {"tabby"}),
        (r"\{a|b} {a|a}", {r"\{a|b} a"}),
        ("<lora:x__colour__y:1>", {"<lora:xredy:1>", "<lora:xbluey:1>"}),
        ("<lora:x__not__y:1>", {"<lora:x__not__y:1>"}),
    ],
)
def test_everything_that_may_be_drawn_is_drawn_and_nothing_else(text, expected, wildcards):
    assert set(results(text, wildcards)) == expected


def test_same_seed_draws_the_same_words_for_ever(wildcards):
    """Written down once: a new version of anything must not change saved pictures."""
    text = "{a|b|c} {2$$x|y|z} __colour__ __rare__ {3::p|q}"
    assert expand_each(text, wildcards, range(4)) == SAVED
    assert tuple(expand(text, wildcards, seed) for seed in range(4)) == SAVED


def test_every_occurrence_draws_anew(wildcards):
    assert set(results("__colour__ __colour__", wildcards)) == {
        f"{a} {b}" for a in ("red", "blue") for b in ("red", "blue")
    }


def test_options_are_drawn_as_often_as_their_weights_say(wildcards):
    found = results("{3::a|b|0::c}", wildcards, 2000)
    assert found["c"] == 0
    assert 1400 < found["a"] < 1600
    lines = results("__rare__", wildcards, 2000)
    assert lines["never"] == 0
    assert 1740 < lines["often"] < 1860


def test_weights_count_where_several_are_drawn(wildcards):
    found = results("{1$$9::a|b|0::c}", wildcards, 2000)
    assert found["c"] == 0
    assert 1740 < found["a"] < 1860


def test_options_that_all_weigh_nothing_are_drawn_evenly(wildcards):
    assert set(results("{0::a|0::b}", wildcards)) == {"a", "b"}
    assert set(results("{1$$0::a|0::b}", wildcards)) == {"a", "b"}


def test_ranges_draw_every_number_of_options(wildcards):
    found = results("{1-3$$a|b|c}", wildcards)
    assert {len(text.split(", ")) for text in found} == {1, 2, 3}


def test_unknown_wildcard_is_pointed_at_with_the_nearest_name(wildcards):
    assert refusal("a __color__ boat", wildcards) == (
        'There is no wildcard "color". Did you mean colour?\na __color__ boat\n  ^^^^^^^^^'
    )


def test_unknown_wildcard_is_told_whichever_branch_is_drawn(wildcards):
    for seed in range(8):
        assert '"nowhere"' in refusal("{a|{b|__nowhere__}}", wildcards, seed)


def test_file_of_a_branch_that_is_not_drawn_is_not_read(wildcards):
    assert expand("{a|0::__empty__}", wildcards, 1) == "a"


def test_unknown_wildcard_in_a_file_names_the_way_there(wildcards):
    assert refusal("a __chain__", wildcards) == (
        'There is no wildcard "nowhere". There is: animals/cat, animals/dog, boom, chain, colour,'
        " deep/sea, empty, loop, lost, ping and 3 more. __chain__ → __lost__ asks for it.\n"
        "on __nowhere__\n   ^^^^^^^^^^^"
    )


def test_wildcard_without_lines_is_told(wildcards):
    assert '"empty" has no lines.\n__empty__\n^^^^^^^^^' in refusal("__empty__", wildcards)


def test_pattern_that_nothing_fits_is_told(wildcards):
    assert refusal("__birds/*__", wildcards).startswith('No wildcard fits "birds/*".\n')


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a//b", "animals/../colour"])
def test_hostile_name_is_refused_at_its_place(name, wildcards):
    assert refusal(f"a __{name}__", wildcards).endswith(
        f"\na __{name}__\n  {'^' * (len(name) + 4)}"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x __loop__", "30 deep into each other. The way there: __loop__ → __loop__."),
        ("x __ping__", "30 deep into each other. The way there: __ping__ → __pong__ → __ping__."),
        ("x __twins__", "30 deep into each other. The way there: __twins__ → __twins__."),
    ],
)
def test_wildcards_that_lead_in_circles_end_with_their_chain(text, says, wildcards):
    message = refusal(text, wildcards)
    assert says in message
    assert message.endswith(f"\n{text}\n  {'^' * (len(text) - 2)}")


def test_circle_that_may_end_is_allowed(wildcards):
    drawn = [text for seed in range(40) if (text := attempt("__boom__", wildcards, seed))]
    assert "end" in drawn


def attempt(text, wildcards, seed):
    try:
        return expand(text, wildcards, seed)
    except RequestRejected:
        return None


def test_result_that_would_be_too_long_is_refused(tmp_path):
    (tmp_path / "long.txt").write_text("x" * 5000)
    message = refusal("a {__long____long__|__long____long__} " * 3, Wildcards(tmp_path))
    assert message.startswith("The prompt would become longer than 20,000 characters. The way")
    assert expand("__long__" * 4, Wildcards(tmp_path), 0) == "x" * 20_000


def test_wildcards_that_only_multiply_come_to_an_end(tmp_path):
    for level in range(30):
        (tmp_path / f"n{level}.txt").write_text(f"__n{level + 1}__" * 10)
    (tmp_path / "n30.txt").write_text("{|}")
    assert "too much to draw from" in refusal("__n1__", Wildcards(tmp_path))


def test_files_that_are_too_much_together_are_refused(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes((b"a" * 63 + b"\n") * (LARGEST // 64))
    assert "more than 16 MB" in refusal("__*__", Wildcards(tmp_path))


def test_many_patterns_over_many_names_are_refused(tmp_path):
    for number in range(1500):
        (tmp_path / f"{number}.txt").touch()
    text = "".join(f"__{'*' * length}__" for length in range(3, 170))
    text += "".join(f"__?{'*' * length}__" for length in range(2, 170))
    text += "".join(f"__*?{'*' * length}__" for length in range(1, 170))
    text += "".join(f"__*?{'*' * length}?__" for length in range(1, 170))
    assert "too many wildcards with" in refusal(text, Wildcards(tmp_path))


def test_text_without_marks_is_given_back_without_looking_at_the_folder():
    text = "a boat " * 10_000
    assert expand(text, Wildcards(None), 1) is text


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="()[]{}|:\\_<>$#aAND 1.-\n*/", max_size=300), st.integers(0, 2**53))
def test_no_text_raises_anything_but_the_documented_error(wildcards, text, seed):
    try:
        drawn = expand(text, wildcards, seed)
    except RequestRejected as error:
        assert error.field == "prompt"
        assert "\n" in error.message
    else:
        assert drawn == expand(text, wildcards, seed)


@settings(deadline=None, max_examples=30)
@given(st.text(alphabet="()[]{}|:\\_<>$#aAND 1.", min_size=1, max_size=30), st.integers(1, 20_000))
def test_longest_text_of_any_pattern_is_drawn_or_refused(wildcards, unit, cut):
    attempt((unit * 20_000)[:cut], wildcards, 1)


UNITS = ["{", "{a|", "__", "__a", "{2$$", "{__a__|", "{[(", "{{a|b}}", "$$", "{a|b}", "|", "__a__"]


@pytest.mark.parametrize("unit", UNITS)
def test_longest_prompt_made_of_one_thing_is_read(unit, wildcards):
    attempt((unit * 20_000)[:20_000], wildcards, 0)


def test_deepest_nesting_is_drawn(wildcards):
    assert expand("{a|" * 5000 + "}" * 5000, wildcards, 7).strip("a") == ""
    assert expand("{2$$" * 4000 + "x" + "}" * 4000, wildcards, 7) == "x"
