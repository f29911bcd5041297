"""Prompts longer than one window of tokens are cut where a person would cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.families.chunks import Names, vector_ids, windows, with_names
from webui.phrases import Break, Phrase

COMMA = 0
SIZE = 10


def tokens(text):
    """One token a word; a comma is one, too."""
    return [COMMA if word == "," else len(word) for word in text.split()]


def cut(*parts):
    found = windows(tuple(parts), tokens, COMMA, SIZE)
    assert all(len(window.ids) == len(window.weights) <= SIZE for window in found)
    return [window.ids for window in found]


def test_short_text_is_one_window_with_the_weights_of_its_phrases():
    (window,) = windows((Phrase("a bb"), Phrase("ccc", 1.5)), tokens, COMMA, SIZE)
    assert window.ids == [1, 2, 3]
    assert window.weights == [1, 1, 1.5]


def test_nothing_is_one_empty_window():
    assert cut(Phrase("")) == [[]]


def test_text_without_commas_is_cut_where_the_window_is_full():
    assert cut(Phrase("a " * 23)) == [[1] * 10, [1] * 10, [1] * 3]


def test_text_that_just_fits_gets_no_second_window():
    assert cut(Phrase("a " * 10)) == [[1] * 10]


def test_what_follows_the_last_comma_moves_to_the_next_window_with_its_weight():
    parts = Phrase("a a a a a a , bb"), Phrase("bb bb bb bb", 1.2)
    assert cut(*parts) == [[1] * 6 + [0], [2] * 5]
    assert windows(parts, tokens, COMMA, SIZE)[1].weights == [1, 1.2, 1.2, 1.2, 1.2]


def test_comma_that_does_not_fit_begins_the_next_window():
    assert cut(Phrase("a , a a a a a a a a , b")) == [[1, 0] + [1] * 8, [0, 1]]


@pytest.mark.parametrize(("back", "moves"), [(19, True), (20, False)])
def test_comma_too_far_back_is_left_alone(back, moves):
    text = "a " * (30 - back - 1) + ", " + "bb " * back + "ccc"
    first, second = (window.ids for window in windows((Phrase(text),), tokens, COMMA, 30))
    assert second == ([2] * back if moves else []) + [3]
    assert len(first) == (30 - back if moves else 30)


def test_break_begins_a_window_at_once():
    assert cut(Phrase("a"), Break(), Phrase("bb")) == [[1], [2]]
    assert cut(Break(), Break()) == [[], [], []]


def test_text_encoder_without_a_comma_is_cut_plainly():
    assert len(windows((Phrase(", " * 25),), tokens, None, SIZE)) == 3


def cut_with(sizes, *parts, size=SIZE):
    """Lengths of words; a name's vectors are -1, -2, …"""
    found = windows(parts, with_names(tokens, vector_ids(sizes)), COMMA, size)
    assert all(len(window.ids) == len(window.weights) <= size for window in found)
    return [window.ids for window in found]


def test_each_name_has_ids_of_its_own_below_zero():
    ids = vector_ids({"teal": 2, "none": 0, "moss": 3})
    assert [list(of) for of in ids.values()] == [[-1, -2], [], [-3, -4, -5]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("a sea", ["a sea"]),
        ("teal", ["", "teal", ""]),
        ("a TeaL boat", ["a ", "teal", " boat"]),
        ("teal,teal", ["", "teal", ",", "teal", ""]),
        ("(teal's:teal)", ["(", "teal", "'s:", "teal", ")"]),
        ("tealish steal teal_2 teal-2 8teal tealé 青teal", None),
        ("teal sea teal", ["", "Teal Sea", " ", "teal", ""]),
        ("teal sea-bed", ["", "teal", " sea-bed"]),
        ("teal  sea", ["", "teal", "  sea"]),
        ("bad-hands-5 bad", ["", "bad-hands-5", " bad"]),
        ("see v1.5!", ["see ", "v1.5", "!"]),
        ("STRASSE", ["", "straße", ""]),
        ("a\x00teal\nteal", ["a\x00", "teal", "\n", "teal", ""]),
    ],
)
def test_names_are_whole_words_in_any_case_the_longest_first(text, expected):
    names = Names(["teal", "Teal Sea", "bad-hands-5", "v1.5", "straße", ""])
    assert names.split(text) == (expected or [text])


def test_of_names_that_differ_in_case_only_the_first_counts():
    assert Names(["Teal", "teal"]).split("teal") == ["", "Teal", ""]


@given(st.text("aB_- ,.\n", max_size=30), st.lists(st.text("aB_- ,.", max_size=5)))
def test_pieces_of_any_text_are_the_text_and_names_by_turns(text, given_names):
    pieces = Names(given_names).split(text)
    assert len(pieces) % 2 == 1
    assert "".join(pieces).casefold() == text.casefold()
    assert set(pieces[1::2]) <= set(given_names)


def test_text_without_names_is_tokenized_whole():
    seen = []
    read = with_names(lambda text: seen.append(text) or [], vector_ids({"teal": 2}))
    read("a tealish,  sea")
    assert seen == ["a tealish,  sea"]
    assert with_names(tokens, {}) is tokens


def test_name_stands_for_its_vectors_each_with_the_weight_of_the_phrase():
    read = with_names(tokens, vector_ids({"teal": 3}))
    (window,) = windows((Phrase("a "), Phrase("teal bb", 1.5)), read, COMMA, SIZE)
    assert window.ids == [1, -1, -2, -3, 2]
    assert window.weights == [1, 1.5, 1.5, 1.5, 1.5]


def test_vectors_that_just_fit_stay_and_others_begin_the_next_window_together():
    sizes = {"teal": 3}
    assert cut_with(sizes, Phrase("a " * 7 + "teal")) == [[1] * 7 + [-1, -2, -3]]
    assert cut_with(sizes, Phrase("a " * 8 + "teal a")) == [[1] * 8, [-1, -2, -3, 1]]
    assert cut_with(sizes, Phrase("a " * 10 + "teal")) == [[1] * 10, [-1, -2, -3]]


def test_vectors_that_do_not_fit_leave_what_is_before_them_where_it_is():
    assert cut_with({"teal": 3}, Phrase("a , " + "a " * 7 + "teal")) == [
        [1, COMMA] + [1] * 7,
        [-1, -2, -3],
    ]


def test_vectors_move_together_with_what_follows_the_last_comma():
    assert cut_with({"teal": 3}, Phrase("a a a a , bb teal a bb")) == [
        [1] * 4 + [COMMA],
        [2, -1, -2, -3, 1, 2],
    ]


def test_break_and_names_go_together():
    assert cut_with({"teal": 2}, Phrase("teal"), Break(), Phrase("teal")) == [[-1, -2]] * 2


@pytest.mark.parametrize(("before", "first"), [(0, 10), (4, 6), (10, 0)])
def test_more_vectors_than_a_window_holds_fill_windows(before, first):
    found = cut_with({"huge": 23}, Phrase("a " * before + "huge bb"))
    assert found[0] == [1] * before + list(range(-1, -1 - first, -1))
    assert [len(ids) for ids in found] == [10] * ((before + 24) // 10) + [(before + 24) % 10]
    assert [token for ids in found for token in ids][before:] == [*range(-1, -24, -1), 2]


@pytest.mark.parametrize("size", [0, 1, 10])
def test_vectors_of_any_number_are_read(size):
    assert cut_with({"teal": size}, Phrase("teal"), size=10) == [list(range(-1, -1 - size, -1))]
