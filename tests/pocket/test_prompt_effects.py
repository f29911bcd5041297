"""Prompt language moves pictures: what the judge sees on the shipped model, with and without."""

from __future__ import annotations

import pytest

from tests.pocket.atelier import Atelier, has, share


@pytest.fixture(scope="module")
def atelier():
    return Atelier()


def test_emphasis_decides_which_thing_is_drawn(atelier):
    """Of whole phrases: pocket's encoder spreads a word over those that follow it."""
    strong = atelier.see("(a red house:1.3) (a red boat:1.3)")
    weak = atelier.see("(a red house:1.3) (a red boat:0.3)")
    assert share(strong, has("boat")) > 0.8
    assert share(weak, has("boat")) < share(strong, has("boat")) - 0.3
    assert share(weak, has("house")) > 0.8


def test_ignored_emphasis_draws_the_plain_prompt(atelier):
    plain = atelier.draw("a red house", seed=3)
    ignored = atelier.draw("a (red:1.6) house", seed=3, emphasis="ignore")
    weighed = atelier.draw("a (red:1.6) house", seed=3)
    assert ignored[0].tobytes() == plain[0].tobytes()
    assert weighed[0].tobytes() != plain[0].tobytes()


def test_an_edit_goes_from_the_one_thing_to_the_other(atelier):
    early = atelier.see("a red [boat:house:0.05] in a field by day")
    late = atelier.see("a red [boat:house:0.95] in a field by day")
    assert share(early, has("house")) > 0.8
    assert share(late, has("boat")) > 0.8


def test_both_prompts_of_an_and_have_a_say(atelier):
    prompt = "a red house in a field by day"
    both = atelier.see(f"{prompt} :0.6 AND a red house in a field at night :0.9")
    assert share(atelier.see(prompt), lambda seen: seen.time == "night") < 0.2
    assert share(both, lambda seen: seen.time == "night") > 0.5
    assert share(both, has("house", "red")) > 0.8


def test_a_wildcard_draws_what_its_line_says(atelier):
    seen = atelier.see("a __colour__ house in a field by day", pictures=24)
    colours = {thing.colour for one in seen for thing in one.things if thing.kind == "house"}
    assert len(colours) >= 4
    assert share(seen, has("house")) > 0.9


def test_a_negative_prompt_keeps_a_place_away(atelier):
    def plain(negative):
        seen = atelier.see("a red house", pictures=24, negative_prompt=negative)
        return share(seen, lambda one: one.place == "plain")

    assert plain("a house on a plain background") < plain("") - 0.3


def test_a_prompt_beyond_the_guidance_interval_has_no_negative(atelier):
    whole = atelier.draw("a red house", seed=3, negative_prompt="night")
    half = atelier.draw("a red house", seed=3, negative_prompt="night", guidance_end=0.5)
    assert whole[0].tobytes() != half[0].tobytes()
    assert share(atelier.judge.look(half), has("house")) == 1
