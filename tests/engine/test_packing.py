"""Which calls share a forward, and how many pay."""

from __future__ import annotations

import pytest

from webui.engine.keeping import keep_widths, kept_widths
from webui.engine.packing import WIDEST, Widths, pack


def measured(seconds: dict[int, float]) -> Widths:
    widths = Widths()
    for calls, each in seconds.items():
        for _ in range(3):
            widths.observe("k", calls, each)
    return widths


@pytest.mark.parametrize(
    ("seconds", "widest"),
    [
        ({}, 1),
        ({1: 1.0}, 2),
        ({1: 1.0, 2: 2.0}, 1),
        ({1: 1.0, 2: 1.92}, 1),
        ({1: 1.0, 2: 1.2}, 4),
        ({1: 1.0, 2: 1.2, 4: 2.4}, 2),
        ({1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0, 16: 1.0}, WIDEST),
    ],
)
def test_packs_widen_by_doubling_while_that_saves_time(
    seconds: dict[int, float], widest: int
) -> None:
    assert measured(seconds).widest("k") == widest


def test_width_is_settled_by_three_samples_and_then_kept() -> None:
    widths = Widths()
    assert [widths.observe("k", 1, 1.0) for _ in range(4)] == [False, False, True, False]
    for _ in range(10):
        widths.observe("k", 1, 100.0)
    assert widths.predict("k") == 1.0


def test_one_slow_sample_does_not_spoil_a_width() -> None:
    widths = measured({1: 1.0})
    for seconds in (9.0, 1.1, 1.1):
        widths.observe("k", 2, seconds)
    assert widths.widest("k") == 4


def test_memory_limit_outlives_the_measurement() -> None:
    widths = measured({1: 1.0, 2: 1.0, 4: 1.0})
    widths.narrow("k", 4)
    assert widths.widest("k") == 2


def test_prediction_scales_from_the_nearest_known_width() -> None:
    assert Widths().predict("k") is None
    assert measured({4: 2.0}).predict("k", 8) == 4.0


def test_measured_times_survive_as_plain_data() -> None:
    widths = measured({1: 1.0, 2: 1.2})
    assert kept_widths(keep_widths(widths)).widest("k") == widths.widest("k")


@pytest.mark.parametrize("data", [{"k": 3}, {"k": {"x": [1]}}, {"k": {"1": "ab"}}, {"k": None}])
def test_kept_times_that_make_no_sense_are_measured_anew(data: dict[str, object]) -> None:
    assert kept_widths(data).widest("k") == 1


def test_pack_takes_equal_keys_in_order_up_to_the_width() -> None:
    others = [("b", "x"), ("c", "k"), ("d", "k"), ("e", "k")]
    assert pack("a", others, "k", 3) == ["a", "c", "d"]
