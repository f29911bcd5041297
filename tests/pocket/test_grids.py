"""Grids on the shipped model: what cells share is computed once, and each is what it is alone."""

from __future__ import annotations

import pytest

from tests.pocket.atelier import Atelier

BASE = {"steps": 8, "seed": 5, "checkpoint": "pocket", "exact": True}
COLOURS = ("red", "blue", "green", "yellow", "pink", "purple", "orange", "white")


@pytest.fixture(scope="module")
def atelier():
    return Atelier()


def grid(atelier, prompt, x, y=None, **base):
    """The pictures of a grid and the rows that were denoised for it."""
    axes = {"x": x} | ({"y": y} if y else {})
    named = {name: {"field": field, "values": values} for name, (field, values) in axes.items()}
    atelier.rows = 0
    made = atelier.make({"kind": "grid", "base": {"prompt": prompt, **BASE, **base}, **named})
    return made, atelier.rows


def test_three_by_four_over_sampler_and_scale(atelier):
    made, rows = grid(
        atelier, "a red house", ("sampler", "Euler, DPM++ 2M, DDIM"), ("cfg_scale", "2-5")
    )
    assert len({one.tobytes() for one in made}) == 12
    assert rows == 12 * 8 * 2 - 3 * 3 * 2  # four scales ask alike once, at the first step
    alone = atelier.make({"prompt": "a red house", **BASE, "sampler": "ddim", "cfg_scale": 4})
    assert alone[0].tobytes() == made[2 * 3 + 2].tobytes()


def test_cells_over_an_edit_at_half_of_the_steps_fork_from_one_run(atelier):
    prompt = "a [red:red:0.5] house in a field"
    colours = "\n".join(f":{one}:" for one in ("red", *COLOURS, "black", "brown", "teal"))
    made, rows = grid(atelier, prompt, ("replace", colours))
    single = 8 * 2
    assert len(made) == 12
    assert rows <= 0.7 * 12 * single
    alone = atelier.make({"prompt": "a [red:blue:0.5] house in a field", **BASE})
    assert alone[0].tobytes() == made[2].tobytes()


def test_cells_over_the_end_of_guidance_fork_too(atelier):
    made, rows = grid(atelier, "a red house", ("guidance_end", "0.5, 0.75, 1"), sampler="euler")
    assert len({one.tobytes() for one in made}) == 3
    single = (8 * 2) + (6 * 2 + 2) + (4 * 2 + 4)
    assert rows < 0.8 * single


def test_two_equal_cells_are_one_run(atelier):
    made, rows = grid(atelier, "a red house", ("steps", "8, 8"))
    assert rows == 8 * 2
    assert made[0].tobytes() == made[1].tobytes()
