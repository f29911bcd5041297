"""Pictures of one job that differ: each with its own work, what they share computed once."""

from __future__ import annotations

import torch

from tests.engine.fakes import Bench, FakeDevice, a_request
from webui.calls import Decode, EncodePrompt
from webui.engine.journal import Journal, digest
from webui.events import Failed, PictureReady, Progress


def bench() -> Bench:
    return Bench(FakeDevice(base=0.0, each=1.0))


def pictures(made: Bench) -> dict[int, bytes]:
    return {event.index: event.pixels for event in made.said if isinstance(event, PictureReady)}


def test_pictures_that_begin_alike_fork_from_one_run() -> None:
    made = bench()
    made.submit("g", prompt="sky|red", steps=8, each=tuple({"prompt": f"sky|{w}"} for w in "abcd"))
    made.run()
    assert len(made.device.steps()) == 4 + 4 * 4
    assert pictures(made) == {i: f"{w}#0".encode() for i, w in enumerate("abcd")}


def test_what_is_looked_up_counts_as_progress() -> None:
    made = bench()
    made.submit("g", steps=8, each=tuple({"prompt": f"sky|{w}"} for w in "ab"))
    made.run()
    told = [event for event in made.said if isinstance(event, Progress)]
    assert [event.step for event in told] == list(range(1, 17))
    assert told[-1].fraction == 1.0


def test_equal_pictures_are_computed_once_and_both_made() -> None:
    made = bench()
    made.submit("g", steps=5, each=({"prompt": "a"}, {"prompt": "a"}))
    made.run()
    assert len(made.device.steps()) == 5
    assert sorted(pictures(made)) == [0, 1]
    assert made.kinds("g")[-1] == "done"


def test_equal_questions_of_open_pictures_are_not_packed_twice() -> None:
    made = Bench(FakeDevice(base=1.0, each=0.0))
    for number in range(3):
        made.submit(f"warm {number}", steps=20, batch_size=4, batch_count=1)
    made.run()
    before = len(made.device.steps())
    made.submit("g", steps=8, batch_size=2, each=({"prompt": "a|b"}, {"prompt": "a|c"}))
    made.run()
    asked = [tag for tags in made.device.steps()[before:] for tag in tags]
    assert asked.count("step a#0") == 4


def test_each_picture_takes_its_own_steps_size_and_checkpoint() -> None:
    made = bench()
    pocket = {"prompt": "p", "checkpoint": "pocket"}
    other = {"prompt": "o", "checkpoint": "other", "steps": 2, "width": 128}
    made.submit("g", steps=4, each=(pocket, other, {**pocket, "prompt": "q"}))
    made.run()
    assert made.device.leased == ["pocket", "other"]
    assert [tags[0] for tags in made.device.steps()] == ["step p#0"] * 4 + ["step q#0"] * 4 + [
        "step o#0"
    ] * 2
    sizes = {event.index: event.width for event in made.said if isinstance(event, PictureReady)}
    assert sizes == {0: 64, 1: 128, 2: 64}
    told = [event for event in made.said if isinstance(event, Progress)]
    assert {event.steps for event in told} == {10}


def test_pictures_that_exist_already_are_not_made_again() -> None:
    made = bench()
    request = a_request(each=({"prompt": "a"}, {"prompt": "b"}), steps=3)
    made.loop.submit("g", "ann", request, [0])
    made.run()
    assert sorted(pictures(made)) == [1]


def test_a_picture_that_fails_ends_its_job_with_its_message() -> None:
    made = bench()
    made.submit("g", steps=4, each=({"prompt": "a"}, {"prompt": "raise at 2"}))
    made.run()
    last = made.last("g")
    assert isinstance(last, Failed)
    assert "the sampler of this test broke" in last.message


def test_a_question_differs_by_every_byte_and_the_checkpoint() -> None:
    latents = torch.zeros(1, 4, 2, 2)
    nearly = latents.clone()
    nearly[0, 0, 0, 0] = 1e-30
    asked = [
        digest("a", Decode(latents)),
        digest("b", Decode(latents)),
        digest("a", Decode(nearly)),
        digest("a", Decode(latents.view(1, 4, 4, 1))),
        digest("a", Decode(latents.bfloat16())),
        digest("a", EncodePrompt(())),
    ]
    assert len(set(asked)) == len(asked)
    assert digest("a", Decode(latents.clone())) == asked[0]


def test_the_journal_forgets_the_oldest_first() -> None:
    journal = Journal(most_bytes=3 * 4 * 10)
    for number in range(4):
        journal.put(bytes([number]), torch.full((10,), float(number)))
    assert journal.get(bytes([0])) is None
    answer, pack = journal.get(bytes([3]))
    assert (float(answer[0]), pack) == (3.0, (1, 0))
