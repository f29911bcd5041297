"""The engine's loop, over a device that counts time instead of taking it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from tests.engine.fakes import Bench, FakeDevice, a_request, tag_of
from webui.calls import Call, Decode, Denoise
from webui.events import Failed, PictureReady, Progress

ENDS = {"done", "failed", "cancelled"}


def alone() -> Bench:
    """A device on which packing gains nothing, so that order alone decides."""
    return Bench(FakeDevice(base=0.0, each=1.0))


@pytest.mark.parametrize("other", ["ann", "bob"])
def test_short_job_sent_later_ends_long_before_the_long_one(other: str) -> None:
    bench = alone()
    bench.submit("long", steps=60)
    bench.run_until_step(10)
    bench.submit("draft", owner=other, steps=4)
    bench.run()
    assert bench.ended_at("draft") - 10 <= 9
    assert bench.ended_at("long") >= 64


def test_two_owners_with_equal_work_end_together() -> None:
    bench = alone()
    for number in range(10):
        bench.submit(f"a{number}", owner="ann")
    for number in range(10):
        bench.submit(f"b{number}", owner="bob")
    bench.run()
    ann, bob = bench.ended_at("a9"), bench.ended_at("b9")
    assert abs(ann - bob) / max(ann, bob) < 0.15


def test_owner_with_many_jobs_does_not_push_a_newcomer_back() -> None:
    bench = alone()
    for number in range(50):
        bench.submit(f"a{number}", owner="ann", steps=20)
    bench.run_until_step(100)
    bench.submit("b", owner="bob", steps=20)
    bench.run()
    assert bench.ended_at("b") - 100 <= 46


def test_idle_time_earns_no_credit() -> None:
    bench = alone()
    bench.submit("early", owner="bob", steps=1)
    bench.run()
    bench.submit("a", owner="ann", steps=100)
    bench.run_until_step(51)
    bench.submit("b", owner="bob", steps=40)
    start = len(bench.device.steps())
    bench.run()
    shared = bench.device.steps()[start : start + 40]
    assert 18 <= sum(tags == ["step a#0"] for tags in shared) <= 22


def test_long_job_is_not_put_off_for_ever_by_short_ones_that_keep_coming() -> None:
    bench = alone()
    bench.submit("long", steps=30)
    for number in range(200):
        bench.submit(f"s{number}", steps=2)
        bench.run_until_step(2 * number + 2)
    bench.run()
    assert bench.ended_at("long") < 200


def test_background_work_waits_for_all_other_work() -> None:
    bench = alone()
    bench.submit("later", lane="background", steps=2)
    bench.submit("now", owner="bob", lane="interactive", steps=20)
    bench.submit("soon", owner="cat", lane="normal", steps=20)
    bench.run()
    assert bench.ended_at("now") < bench.ended_at("soon") < bench.ended_at("later")


def test_cancelled_job_gets_no_further_step() -> None:
    bench = alone()
    bench.submit("a", steps=50)
    bench.run_until_step(7)
    bench.loop.cancel("a")
    bench.run()
    assert len(bench.device.steps()) == 7
    assert bench.kinds("a")[-1] == "cancelled"


def test_cancelling_twice_or_after_the_end_changes_nothing() -> None:
    bench = alone()
    bench.submit("a", steps=2)
    bench.loop.cancel("a")
    bench.loop.cancel("a")
    bench.submit("b", steps=2)
    bench.run()
    bench.loop.cancel("b")
    assert [event.kind for event in bench.said if event.kind in ENDS] == ["cancelled", "done"]


@pytest.mark.parametrize("step", [0, 1, 3])
def test_job_whose_sampler_raises_ends_with_its_message_and_nobody_notices(step: int) -> None:
    bench = Bench(FakeDevice(base=1.0))
    bench.submit("good", owner="bob")
    bench.submit("bad", prompt=f"raise at {step}")
    bench.submit("also good", owner="cat")
    bench.run()
    failed = bench.last("bad")
    assert isinstance(failed, Failed)
    assert "the sampler of this test broke" in failed.message
    assert bench.kinds("good")[-1] == bench.kinds("also good")[-1] == "done"


def test_forward_that_fails_for_one_call_ends_only_that_job() -> None:
    def fail(calls: Sequence[Call]) -> Exception | None:
        guilty = any("bad" in tag_of(call) and isinstance(call, Denoise) for call in calls)
        return RuntimeError("shapes do not fit") if guilty else None

    bench = Bench(FakeDevice(base=1.0, fail=fail))
    for job in ("one", "bad", "two"):
        bench.submit(job, owner=job, steps=12)
    bench.run()
    assert bench.kinds("bad")[-1] == "failed"
    assert bench.kinds("one")[-1] == bench.kinds("two")[-1] == "done"
    assert bench.kinds("one").count("progress") == 12


def test_unknown_sampler_is_refused_with_a_message() -> None:
    bench = alone()

    def refuse(request: object, facts: object) -> object:
        raise ValueError("no such thing")

    bench.loop._plan = refuse  # type: ignore[assignment]
    bench.submit("a")
    assert isinstance(bench.last("a"), Failed)
    assert bench.loop.is_idle


def test_memory_that_runs_out_in_a_wide_pack_narrows_it() -> None:
    def fail(calls: Sequence[Call]) -> Exception | None:
        return torch.OutOfMemoryError("too wide") if len(calls) > 2 else None

    bench = Bench(FakeDevice(base=1.0, fail=fail))
    for number in range(6):
        bench.submit(f"j{number}", owner=f"o{number}", steps=20)
    bench.run()
    assert all(bench.kinds(f"j{number}")[-1] == "done" for number in range(6))
    assert max(len(tags) for tags in bench.device.steps()) == 2


def test_memory_that_runs_out_in_a_decode_is_tried_again_in_tiles() -> None:
    device = FakeDevice()

    def fail(calls: Sequence[Call]) -> Exception | None:
        full = isinstance(calls[0], Decode) and not device.tiled_decode
        return torch.OutOfMemoryError("no room") if full else None

    device.fail = fail
    bench = Bench(device)
    bench.submit("a")
    bench.run()
    assert bench.kinds("a")[-1] == "done"
    assert device.tiled_decode


def test_memory_that_is_never_enough_is_said_in_plain_words() -> None:
    bench = Bench(FakeDevice(fail=lambda calls: torch.OutOfMemoryError("CUDA out of memory")))
    bench.submit("a")
    bench.run()
    failed = bench.last("a")
    assert isinstance(failed, Failed)
    assert "ran out of memory" in failed.message
    assert "CUDA" not in failed.message
    assert failed.field == "width"


def test_exact_job_never_shares_a_forward() -> None:
    bench = Bench(FakeDevice(base=1.0))
    bench.submit("exact", exact=True, steps=10)
    for owner in ("bob", "cat"):
        bench.submit(owner, owner=owner, steps=20)
    bench.run()
    assert all(tags == ["step exact#0"] for tags in bench.device.steps() if "step exact#0" in tags)
    assert any(len(tags) > 1 for tags in bench.device.steps())


def test_jobs_of_one_owner_share_forwards_where_that_pays() -> None:
    bench = Bench(FakeDevice(base=1.0, each=0.01))
    for number in range(4):
        bench.submit(f"j{number}", steps=20)
    bench.run()
    assert max(len(tags) for tags in bench.device.steps()) == 4
    assert len(bench.device.steps()) < 50


def test_batch_size_is_the_number_of_pictures_made_side_by_side() -> None:
    bench = Bench(FakeDevice(base=1.0))
    bench.submit("a", batch_size=2, batch_count=3, steps=12)
    open_now = set[str]()
    for _ in range(10_000):
        if not bench.loop.tick():
            break
        job = bench.loop._jobs.get("a")
        open_now = {str(picture.index) for picture in job.open} if job else set()
        assert len(open_now) <= 2
    ready = [event.index for event in bench.said if isinstance(event, PictureReady)]
    assert sorted(ready) == [0, 1, 2, 3, 4, 5]


def test_pictures_that_exist_already_are_not_made_again() -> None:
    bench = alone()
    bench.loop.submit("a", "ann", a_request(prompt="a", batch_count=3), [0, 2])
    bench.run()
    ready = [event.index for event in bench.said if isinstance(event, PictureReady)]
    assert ready == [1]


def test_job_of_which_every_picture_exists_is_done_at_once() -> None:
    bench = alone()
    bench.loop.submit("a", "ann", a_request(), [0])
    assert bench.kinds("a") == ["done"]


def test_progress_counts_every_step_up_to_the_last() -> None:
    bench = alone()
    bench.submit("a", steps=5, batch_count=2)
    bench.run()
    steps = [event.step for event in bench.said if isinstance(event, Progress)]
    assert steps == list(range(1, 11))
    last = [event for event in bench.said if isinstance(event, Progress)][-1]
    assert (last.steps, last.fraction, last.eta) == (10, 1.0, 0.0)


def test_eta_counts_the_fair_share_of_others() -> None:
    bench = alone()
    bench.submit("a", owner="ann", steps=10)
    bench.run_until_step(2)
    bench.submit("b", owner="bob", steps=100)
    standing = dict(bench.loop.standing())
    assert standing["a"] == pytest.approx(16)
    assert standing["b"] == pytest.approx(108)


def test_nothing_is_previewed_for_nobody() -> None:
    bench = alone()
    bench.submit("a", steps=20)
    bench.run()
    assert bench.device.previews == 0


def test_previews_stay_within_three_percent_of_the_step_time() -> None:
    bench = alone()
    bench.device.preview_cost = 0.5
    bench.submit("a", steps=100)
    bench.loop.watch("a", True)
    bench.run()
    assert bench.kinds("a").index("preview") < 8
    assert bench.device.previews >= 5
    later = (bench.device.previews - 1) * 0.5
    assert later <= 0.03 * 100 + 0.5


def test_two_checkpoints_do_not_take_turns_at_every_step() -> None:
    bench = alone()
    bench.submit("a", owner="ann", checkpoint="x", steps=30)
    bench.submit("b", owner="bob", checkpoint="y", steps=30)
    bench.run()
    assert len(bench.device.leased) <= 30
    assert abs(bench.ended_at("a") - bench.ended_at("b")) < 10


def test_closing_unwinds_every_recipe_without_a_word() -> None:
    bench = alone()
    bench.submit("a", steps=9)
    bench.run_until_step(3)
    recipe = bench.loop._jobs["a"].open[0].recipe
    bench.loop.close()
    assert recipe is not None
    assert recipe.gi_frame is None
    assert not ENDS & set(bench.kinds("a"))


def test_every_job_ends_exactly_once() -> None:
    bench = Bench(FakeDevice(base=1.0, each=0.1))
    for number in range(30):
        prompt = "raise at 2" if number % 7 == 0 else f"j{number}"
        bench.submit(f"j{number}", owner=f"o{number % 3}", prompt=prompt, steps=number % 5 + 3)
        if number % 4 == 0:
            bench.run(3)
            bench.loop.cancel(f"j{number // 2}")
    bench.run()
    for number in range(30):
        assert len(ENDS & set(bench.kinds(f"j{number}"))) == 1
        assert sum(kind in ENDS for kind in bench.kinds(f"j{number}")) == 1
