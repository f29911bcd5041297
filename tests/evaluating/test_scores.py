"""What counts as right when a picture is compared with its prompt."""

from webui.evaluating.judge import Seen, SeenThing
from webui.evaluating.prompts import Wanted
from webui.evaluating.scores import Score, scores, table

BOAT = SeenThing("boat", "red", "big", "left")
STAR = SeenThing("star", "blue", "small", "right")


def wanted(*things):
    return Wanted(things, "sea", "day", "flat")


def seen(*things, place="sea", time="day", style="flat"):
    return Seen(things, place, time, style)


def marks(want, got):
    return {name: score.right for name, score in scores([(want, got)]).items()}


def test_everything_as_asked_is_right():
    assert set(marks(wanted(BOAT), seen(BOAT)).values()) == {1}
    assert set(marks(wanted(BOAT, STAR), seen(BOAT, STAR)).values()) == {1}


def test_single_thing_is_found_beside_another_but_not_called_alone():
    found = marks(wanted(BOAT), seen(STAR, BOAT))
    assert found["object"] == 1
    assert found["nothing else"] == 0


def test_wrong_thing_in_the_right_colour_keeps_the_colour():
    found = marks(wanted(BOAT), seen(SeenThing("car", "red", "big", "left")))
    assert (found["object"], found["colour"], found["position"]) == (0, 1, 1)


def test_empty_picture_has_no_object_and_no_colour():
    found = marks(wanted(BOAT), seen())
    assert (found["object"], found["colour"], found["place"]) == (0, 0, 1)


def test_swapped_colours_are_not_bound():
    swapped = seen(
        SeenThing("boat", "blue", "big", "left"), SeenThing("star", "red", "big", "right")
    )
    found = marks(wanted(BOAT, STAR), swapped)
    assert (found["all objects"], found["all colours bound"], found["order"]) == (1, 0, 1)


def test_one_of_two_things_is_not_both():
    found = marks(wanted(BOAT, STAR), seen(BOAT))
    assert (found["all objects"], found["all colours bound"]) == (0, 0)


def test_whole_picture_is_scored_apart_for_several_things():
    night = seen(BOAT, STAR, time="night")
    found = scores([(wanted(BOAT), seen(BOAT)), (wanted(BOAT, STAR), night)])
    assert found["time"] == Score(1, 1)
    assert found["time, several things"] == Score(0, 1)


def test_table_says_share_and_count():
    assert table({"object": Score(3, 4)}) == [("object", "75.0%", "3 of 4")]
    assert Score(0, 0).share == 0
