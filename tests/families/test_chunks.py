"""Prompts longer than one window of tokens are cut where a person would cut them."""

import pytest

from webui.families.chunks import windows
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
