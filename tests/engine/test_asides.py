"""Calls that need no network, and what they save: inputs, first passes that were kept, tiles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.easel import Easel, a_redrawing, an_upscale
from tests.engine.fakes import FACTS
from tests.recipes.hand import INIT, a_picture
from webui.calls import Denoise, EncodeImage, EncodePrompt, Enlarge, ReadInput, Recall
from webui.engine.company import read_company
from webui.engine.kept import KeptLatents
from webui.engine.loop import EngineLoop
from webui.errors import RequestRejected
from webui.events import Failed, PictureReady, Progress
from webui.request import FileUsed

FIRST, SECOND = 6, 3
"""Steps of both passes."""

TWICE = {
    "hires_width": 128,
    "hires_height": 128,
    "hires_strength": 0.5,
    "hires_steps": SECOND,
}

INPAINTER = replace(FACTS, beside=5)


# --- inputs ---


def test_a_missing_input_fails_its_job_alone_and_says_why() -> None:
    easel = Easel()
    easel.submit("good", **a_redrawing())
    easel.submit("bad", owner="bob", **a_redrawing(init="9" * 64))
    easel.submit("also good", owner="cat", **a_redrawing(seed=6))
    easel.run()
    failed = easel.last("bad")
    assert isinstance(failed, Failed)
    assert failed.message == "The input 9999 is no longer here. Send it again."
    assert easel.kinds("good")[-1] == easel.kinds("also good")[-1] == "done"
    assert easel.loop.is_idle


def test_an_engine_without_inputs_says_so() -> None:
    easel = Easel()
    easel.loop = EngineLoop(easel, easel.loop._plan, easel.said.append)
    easel.submit("a", **a_redrawing())
    easel.run()
    assert "without a place for inputs" in easel.last("a").message


def test_no_more_inputs_are_held_than_pictures_can_share_a_forward() -> None:
    easel = Easel()
    for number in range(60):
        easel.submit(f"j{number}", **a_redrawing(steps=30))
    while easel.loop.tick():
        open_now = [picture for job in easel.loop._jobs.values() for picture in job.open]
        held = [one for one in open_now if not isinstance(one.pending, ReadInput)]
        assert len(held) <= 16
    assert len(easel.held) == 60


def test_pictures_of_one_batch_are_read_first_and_drawn_together() -> None:
    easel = Easel()
    easel.submit("warm", **a_redrawing(steps=20))
    easel.run()
    easel.rows()
    easel.submit("a", batch_size=4, **a_redrawing(steps=40))
    easel.run()
    widths = [len(calls) for calls in easel.forwards if isinstance(calls[0], Denoise)]
    assert max(widths) == 4
    assert sum(widths) == 4 * 20
    assert easel.kinds("a").count("picture") == 4


def test_jobs_in_other_number_formats_are_left_in_peace() -> None:
    """Of the same files, but other weights: what they ask is not even looked at together."""
    easel = Easel()
    for number, dtype in enumerate((None, "bfloat16", "float32")):
        easel.submit(f"j{number}", owner=f"o{number}", dtype=dtype, **a_redrawing(steps=20))
    easel.submit("text", owner="dan", dtype="float16")
    easel.run()
    assert all(easel.kinds(job)[-1] == "done" for job in ("j0", "j1", "j2", "text"))


@pytest.mark.parametrize("lane", ["normal", "background"])
@pytest.mark.parametrize("each", [(), ({"init": "4" * 64}, {"init": "5" * 64})])
def test_inputs_wait_until_it_is_the_turn_of_their_job(lane: str, each: Any) -> None:
    """However many others wait, what somebody looks at goes on undisturbed."""
    easel = Easel(inputs={sha256: a_picture() for sha256 in (INIT, "4" * 64, "5" * 64)})
    easel.submit("now", steps=20)
    for number in range(3):
        easel.submit(f"later {number}", owner="bob", lane=lane, each=each, **a_redrawing())
    while easel.kinds("now")[-1:] != ["done"]:
        assert easel.loop.tick()
        assert easel.held == []
    easel.run()
    assert len(easel.held) == 3 * max(1, len(each))
    assert all(easel.kinds(f"later {number}")[-1] == "done" for number in range(3))


def test_latents_of_jobs_that_wait_are_looked_up_at_once() -> None:
    """They are small and at hand, and who finds none can share the next forward."""
    easel = Easel()
    easel.submit("now", steps=20)
    easel.submit("later", owner="bob", lane="background", seed=6)
    for _ in range(4):
        easel.loop.tick()
    pending = [type(job.open[0].pending) for job in easel.loop._jobs.values()]
    assert Recall not in pending


def test_the_time_that_inputs_take_is_charged_to_their_job() -> None:
    easel = Easel(reading=10.0)
    easel.draw("a", **a_redrawing())
    forwards = len(easel.forwards) - 1  # the last develops the picture
    done = easel.last("a")
    assert done.device_seconds == 10 + forwards + 1


def test_who_sends_slow_inputs_waits_his_turn_after_them() -> None:
    easel = Easel(reading=10.0)
    for number in range(3):
        easel.submit(f"slow {number}", owner="ann", **a_redrawing(seed=number))
    easel.submit("quick", owner="bob")
    easel.run()
    ends = [event.job for event in easel.said if event.kind == "done"]
    assert ends[0] == "quick"
    assert len(easel.held) == 3


def test_an_input_that_fails_after_a_while_is_charged_too() -> None:
    easel = Easel(reading=10.0)
    easel.submit("bad", owner="bob", **a_redrawing(init="9" * 64))
    easel.run()
    assert easel.kinds("bad")[-1] == "failed"
    assert easel.loop._order.served["bob"] == 10.0


def test_the_loading_of_a_checkpoint_is_charged_to_nobody() -> None:
    plain, loading = Easel(), Easel(loading=10.0)
    for easel in (plain, loading):
        easel.draw("a", **a_redrawing())
    assert loading.now > plain.now + 10
    assert loading.last("a").device_seconds == plain.last("a").device_seconds


# --- first passes ---


def test_another_second_pass_finds_the_first_one_made() -> None:
    easel = Easel()
    easel.draw("one", **TWICE)
    assert easel.rows() == 2 * (FIRST + SECOND)
    easel.draw("two", **{**TWICE, "hires_strength": 1.0})
    assert easel.rows() == 2 * SECOND
    easel.draw("three", **{**TWICE, "hires_width": 96, "hires_prompt": "a house"})
    assert easel.rows() == 2 * SECOND


def test_a_second_pass_over_a_finished_picture_finds_its_latents() -> None:
    easel = Easel()
    easel.draw("plain")
    assert easel.rows() == 2 * FIRST
    found = easel.draw("larger", **TWICE)
    assert easel.rows() == 2 * SECOND
    assert found.pixels == Easel().draw("at once", **TWICE).pixels


def test_the_same_picture_again_is_only_developed() -> None:
    easel = Easel()
    first = easel.draw("one")
    easel.rows()
    again = easel.draw("two")
    assert again.pixels == first.pixels
    assert easel.rows() == 0
    assert easel.kinds("two") == ["started", "picture", "done"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 6},
        {"prompt": "a house"},
        {"negative_prompt": "rain"},
        {"steps": 5},
        {"cfg_scale": 6.0},
        {"sampler": "heun"},
        {"schedule": "karras"},
        {"width": 72},
        {"clip_skip": 2},
        {"emphasis": "none"},
        {"noise_source": "nv"},
        {"seed_delta": 1},
        {"variation_strength": 0.5},
        {"guidance_end": 0.5},
        {"cfg_rescale": 0.5},
        {"s_churn": 5.0},
        {"files": (FileUsed(role="checkpoint", name="pocket", sha256="8" * 64),)},
        {"dtype": "bfloat16"},
    ],
)
def test_whatever_changes_the_first_pass_makes_it_anew(changes: dict[str, Any]) -> None:
    easel = Easel()
    easel.draw("one", **TWICE)
    easel.rows()
    if "dtype" in changes:
        easel.made_with = {**easel.made_with, **changes}
    easel.draw("two", **{**TWICE, **changes})
    assert easel.rows() > 2 * SECOND


def test_what_has_no_say_in_the_first_pass_finds_it() -> None:
    easel = Easel()
    easel.draw("one")
    easel.rows()
    easel.draw("two", lane="background", origin="7" * 64, template="a {boat}", tiled_vae=True)
    assert easel.rows() == 0


def test_exact_jobs_make_everything_really() -> None:
    easel = Easel()
    first = easel.draw("one", **TWICE)
    easel.rows()
    again = easel.draw("exact", exact=True, **TWICE)
    assert easel.rows() == 2 * (FIRST + SECOND)
    assert again.pixels == first.pixels


def test_cells_that_differ_in_the_second_pass_share_the_first() -> None:
    easel = Easel()
    each = tuple({"hires_strength": strength} for strength in (0.5, 1.0))
    easel.submit("g", each=each, **TWICE)
    easel.run()
    assert easel.rows() == 2 * (FIRST + SECOND + SECOND)
    assert easel.kinds("g")[-1] == "done"


@pytest.mark.parametrize("facts", [FACTS, INPAINTER])
@pytest.mark.parametrize("on_disk", [False, True])
def test_company_is_told_the_same_either_way(tmp_path: Path, facts: Any, *, on_disk: bool) -> None:
    """The first pass in company of another picture, the second alone, at once and later."""
    kept = KeptLatents(tmp_path)
    easel = Easel(kept, facts_of=facts)
    # Long enough that two pictures share most of its steps.
    easel.submit("a", steps=30)
    easel.submit("b", owner="bob", steps=30, seed=9)
    easel.run()
    shared = read_company(made_with(easel, "a")["company"])
    assert any(width == 2 for width, _ in shared)
    if on_disk:
        easel = Easel(KeptLatents(tmp_path), facts_of=facts)
    easel.rows()
    later = read_company(easel.draw("later", steps=30, **TWICE).made_with["company"])
    reads = 1 if facts.beside else 0
    first = reads + 30
    assert later[:first] == shared[:first]
    assert later[first:] == [(1, 0)] * (reads + SECOND + 1)
    assert easel.rows() == 2 * SECOND


@pytest.mark.parametrize("facts", [FACTS, INPAINTER])
def test_company_of_a_second_pass_keeps_its_place_after_a_first_one_from_disk(
    tmp_path: Path, facts: Any
) -> None:
    """A first pass that was alone says nothing of its company, but its calls are counted."""
    Easel(KeptLatents(tmp_path), facts_of=facts).draw("plain")
    told = list[str]()
    for folder in (tmp_path, tmp_path / "empty"):
        easel = Easel(KeptLatents(folder), facts_of=facts)
        easel.submit("warm", prompt="w", **TWICE)
        easel.run()
        for job, seed in (("a", 5), ("b", 6)):
            easel.submit(job, owner=job, seed=seed, **{**TWICE, "hires_steps": 100})
        easel.run()
        told.append(made_with(easel, "a").get("company", ""))
    calls = [len(read_company(company)) for company in told]
    assert calls[0] == calls[1] > 0


def made_with(easel: Easel, job: str) -> dict[str, str]:
    return next(
        event.made_with
        for event in easel.said
        if isinstance(event, PictureReady) and event.job == job
    )


def test_first_passes_survive_a_restart(tmp_path: Path) -> None:
    Easel(KeptLatents(tmp_path)).draw("one")
    easel = Easel(KeptLatents(tmp_path))
    easel.draw("two", **TWICE)
    assert easel.rows() == 2 * SECOND


@pytest.mark.parametrize("fact", ["device", "dtype", "torch"])
def test_another_device_number_format_or_torch_makes_it_anew(tmp_path: Path, fact: str) -> None:
    Easel(KeptLatents(tmp_path)).draw("one")
    easel = Easel(KeptLatents(tmp_path))
    easel.made_with = {**easel.made_with, fact: "other"}
    easel.draw("two")
    assert easel.rows() == 2 * FIRST


def test_steps_that_were_kept_count_as_made() -> None:
    easel = Easel()
    easel.draw("one")
    easel.said.clear()
    easel.draw("two", **TWICE)
    told = [event for event in easel.said if isinstance(event, Progress)]
    assert [event.step for event in told] == [FIRST + 1, FIRST + 2, FIRST + 3]
    assert told[-1].fraction == 1.0


# --- pictures that are read ---


def test_a_second_pass_by_pixels_reads_the_enlarged_picture() -> None:
    easel = Easel()
    checkpoint = FileUsed(role="checkpoint", name="pocket", sha256="0" * 64)
    upscaler = FileUsed(role="upscaler", name="twice", sha256="3" * 64)
    easel.draw("one", hires_upscaler="twice", files=(checkpoint, upscaler), **TWICE)
    assert [call.pixels.shape for call in easel.calls(Enlarge)] == [(1, 3, 64, 64)]
    assert [call.pixels.shape for call in easel.calls(EncodeImage)] == [(1, 3, 128, 128)]
    easel.rows()
    easel.draw("latent", **TWICE)  # the file of an upscaler has no say in the first pass
    assert easel.rows() == 2 * SECOND


def test_reading_that_does_not_fit_is_tried_again_in_tiles() -> None:
    easel = Easel()

    def fail(calls: Any) -> Exception | None:
        full = isinstance(calls[0], EncodeImage) and not easel.tiled_decode
        return torch.OutOfMemoryError("no room") if full else None

    easel.fail = fail
    easel.draw("a", **a_redrawing())
    assert easel.tiled_decode


# --- enlarging ---


def wide(**changes: Any) -> tuple[Easel, dict[str, Any]]:
    """An input of five tiles in a row, and a request that enlarges it."""
    easel = Easel(inputs={INIT: a_picture(800, 40)})
    return easel, an_upscale((800, 40), **changes)


def test_enlarging_needs_no_checkpoint_and_tells_of_every_tile() -> None:
    easel, request = wide()
    picture = easel.draw("up", **request)
    assert (picture.width, picture.height) == (1600, 80)
    expected = a_picture(800, 40).repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(np.frombuffer(picture.pixels, np.uint8).reshape(80, 1600, 3), expected)
    told = [event.fraction for event in easel.said if isinstance(event, Progress)]
    assert told == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert {type(call) for calls in easel.forwards for call in calls} == {Enlarge}


def test_progress_counts_the_tiles_of_all_times_that_a_network_runs() -> None:
    name = "2x-net"
    upscaler = FileUsed(role="upscaler", name=name, sha256="3" * 64)
    easel, request = wide(upscaler=name, files=(upscaler,), out_width=3200, out_height=160)
    easel.draw("up", **request)
    told = [event.fraction for event in easel.said if isinstance(event, Progress)]
    assert len(told) == len(easel.calls(Enlarge)) == 5 + 10
    assert told == sorted(set(told))
    assert told[-1] == 1.0


def test_enlarging_is_stopped_between_two_tiles() -> None:
    easel, request = wide()
    easel.submit("up", **request)
    while len(easel.calls(Enlarge)) < 2:
        easel.loop.tick()
    easel.loop.cancel("up")
    easel.run()
    assert len(easel.calls(Enlarge)) == 2
    assert easel.kinds("up")[-1] == "cancelled"


def test_other_jobs_come_between_the_tiles() -> None:
    easel, request = wide()
    easel.submit("up", **request)
    easel.submit("drawn", owner="bob", steps=12)
    easel.submit("also up", owner="cat", **request)
    easel.run()
    assert {easel.kinds(job)[-1] for job in ("up", "drawn", "also up")} == {"done"}
    order = [type(calls[0]) for calls in easel.forwards]
    first, last = order.index(Enlarge), len(order) - 1 - order[::-1].index(Enlarge)
    assert Denoise in order[first:last]
    ends = [event.job for event in easel.said if event.kind == "progress"]
    up, also = ([i for i, job in enumerate(ends) if job == name] for name in ("up", "also up"))
    assert up[0] < also[-1]
    assert also[0] < up[-1]


def test_enlarging_by_arithmetic_is_done_at_once() -> None:
    easel, request = wide(upscaler="lanczos", files=())
    easel.draw("up", **request)
    assert easel.forwards == []


def test_several_inputs_are_enlarged_one_after_another_and_a_bad_one_ends_the_job() -> None:
    easel, request = wide()
    small = "4" * 64
    easel.inputs[small] = a_picture(30, 20)
    other = {"init": small, "init_width": 30, "init_height": 20, "out_width": 60, "out_height": 40}
    easel.submit("up", each=({}, other), **request)
    easel.run()
    sizes = [(e.width, e.height) for e in easel.said if isinstance(e, PictureReady)]
    assert sizes == [(1600, 80), (60, 40)]
    told = [event.fraction for event in easel.said if isinstance(event, Progress)]
    assert told[-1] == 1.0
    assert len(told) == 6


def test_an_enlarged_picture_is_drawn_over_in_windows() -> None:
    easel = Easel(inputs={INIT: a_picture(64, 64)})
    size = {"width": 128, "height": 128, "strength": 0.5, "checkpoint": "pocket", "steps": 4}
    files = (FileUsed(role="checkpoint", name="pocket", sha256="0" * 64), *an_upscale()["files"])
    request = an_upscale(**size, window=64, files=files, prompt="a boat")
    picture = easel.draw("up", **request)
    assert (picture.width, picture.height) == (128, 128)
    assert {tuple(call.x.shape[2:]) for call in easel.calls(Denoise)} == {(8, 8)}
    told = [event.fraction for event in easel.said if isinstance(event, Progress)]
    assert told[-1] == 1.0
    assert len(told) == 1 + 9 * 2


def test_a_request_that_no_recipe_takes_is_refused_at_the_door() -> None:
    easel = Easel(facts_of=INPAINTER)
    easel.submit("a", window=64)
    failed = easel.last("a")
    assert isinstance(failed, Failed)
    assert failed.field == "window"
    assert RequestRejected(failed.message).message.startswith("A checkpoint for inpainting")
    assert easel.calls(EncodePrompt) == []
