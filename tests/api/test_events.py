"""Server-sent events: nothing lost, nothing twice, also across a broken line."""

import threading

import pytest

from tests.api.house import SOON, heard, listen
from webui.engine import EngineStatus

ASKED = {"prompt": "a red house", "seed": 5, "steps": 4}


def submitted(client, **fields):
    return client.post("/api/v1/jobs", json={**ASKED, **fields}).json()["id"]


def essence(events):
    """Kind, and the step or state that tells events of one kind apart."""
    return [(each.kind, each.data.get("state", each.data.get("step"))) for each in events]


WHOLE = [
    ("job", "queued"),
    ("job", "running"),
    ("progress", 1),
    ("progress", 2),
    ("progress", 3),
    ("progress", 4),
    ("image", None),
    ("job", "done"),
]


def test_stream_of_a_job_tells_its_state_its_steps_its_picture_and_ends(client, house):
    job = submitted(client)
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        events = heard(stream)
        told = [next(events)]
        house.engine.make(job)
        told += events
    assert essence(told) == WHOLE
    image = told[-2].data["image"]
    assert client.get(image["url"]).status_code == 200
    assert told[-1].data["images"] == [image]


def test_stream_of_a_finished_job_tells_its_end_and_ends(client, house):
    job = submitted(client)
    house.engine.make(job)
    house.until_saved()
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        events = list(heard(stream))
    assert [(each.kind, each.data["state"]) for each in events] == [("job", "done")]


@pytest.mark.parametrize("ending", ["done", "failed", "cancelled"])
def test_stream_ends_with_its_job_however_that_ends(client, house, ending):
    job = submitted(client)
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        events = heard(stream)
        next(events)
        if ending == "done":
            house.engine.done(job)
        elif ending == "failed":
            house.engine.fail(job, "too small", "checkpoint")
        else:
            assert client.delete(f"/api/v1/jobs/{job}").status_code == 200
        assert [each.data["state"] for each in events] == [ending]


def until_done(events):
    """Events up to the end of a job."""
    told = []
    for event in events:
        told.append(event)
        if event.kind == "job" and event.data["state"] == "done":
            return told
    raise AssertionError(f"the stream ended before the job: {told}")


def made_and_heard(client, house, job):
    """Let a job be made; every event of it that was told live."""
    with listen(client, "/api/v1/events") as stream:
        events = heard(stream)
        next(events)
        house.engine.make(job)
        return until_done(events)


@pytest.mark.parametrize("seen", range(6))
def test_listener_who_was_away_is_told_exactly_what_he_missed(client, house, seen):
    job = submitted(client)
    all_events = made_and_heard(client, house, job)
    assert essence(all_events) == WHOLE[1:]
    with listen(client, f"/api/v1/jobs/{job}/events", after=all_events[seen].id) as stream:
        missed = list(heard(stream))
    assert missed == all_events[seen + 1 :]


def test_line_that_breaks_at_every_event_loses_nothing_and_repeats_nothing(client, house):
    job = submitted(client)
    scene = [
        lambda: house.engine.start(job),
        *[lambda step=step: house.engine.step(job, step) for step in range(1, 5)],
        lambda: house.engine.picture(job),
        lambda: house.engine.done(job),
    ]
    with listen(client, "/api/v1/events") as stream:
        events = heard(stream)
        next(events)
        scene[0]()
        event = next(events)
        got, last = [event], event.id
    for act in scene[1:]:
        act()
        house.until_saved()
        with listen(client, "/api/v1/events", after=last) as stream:
            event = next(heard(stream))
        got.append(event)
        last = event.id
    assert essence(got) == WHOLE[1:]


def test_line_that_breaks_behind_a_preview_still_hears_the_end(client, house):
    job = submitted(client)
    with listen(client, "/api/v1/events") as stream:
        events = heard(stream)
        first = next(events)
        house.engine.start(job)
        house.engine.preview(job)
        seen = [first, next(events), next(events)]
    assert seen[-1].kind == "preview"
    # What the HTML standard sends back: the last id that any event carried.
    last = [each.id for each in seen if each.id][-1]
    house.engine.picture(job)
    house.engine.done(job)
    house.until_saved()
    with listen(client, "/api/v1/events", after=last) as stream:
        assert "image" in [each.kind for each in until_done(heard(stream))]


@pytest.mark.parametrize("after", ["nonsense", "0", "1700000000-99999", "\x7f", "1-1", "é"])
def test_unknown_last_event_is_answered_with_the_present_state(client, house, after):
    job = submitted(client)
    house.engine.start(job)
    house.engine.step(job, 3)
    house.until_saved()
    header = {"Last-Event-ID": after.encode("latin-1")}
    with client.stream("GET", f"/api/v1/jobs/{job}/events", headers=header) as stream:
        event = next(heard(stream))
    assert (event.kind, event.data["state"], event.data["step"]) == ("job", "running", 3)


def test_listener_who_heard_the_end_is_not_kept_waiting_for_more(client, house):
    """A browser's EventSource comes back by itself after every end."""
    job = submitted(client)
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        house.engine.make(job)
        last = list(heard(stream))[-1]
    with listen(client, f"/api/v1/jobs/{job}/events", after=last.id) as stream:
        assert stream.status_code in (200, 204)
        assert [each for each in heard(stream) if each.id] == []


def test_two_listeners_hear_the_same(client, house, server):
    job = submitted(client)
    with (
        listen(client, f"/api/v1/jobs/{job}/events") as one,
        server.client() as second,
        listen(second, "/api/v1/events") as two,
    ):
        one_events, two_events = heard(one), heard(two)
        next(one_events), next(two_events)
        house.engine.make(job)
        assert list(one_events) == until_done(two_events)


def test_stream_of_one_job_says_nothing_of_another(client, house):
    first, second = submitted(client), submitted(client)
    with listen(client, f"/api/v1/jobs/{first}/events") as stream:
        house.engine.make(second)
        house.engine.make(first)
        events = list(heard(stream))
    assert {each.data.get("id", each.data.get("job")) for each in events} == {first}


def test_another_owner_hears_nothing_of_ours(client, other, house):
    ours, theirs = submitted(client), submitted(other)
    with listen(other, "/api/v1/events") as stream:
        events = heard(stream)
        next(events)
        house.engine.preview(ours)
        house.engine.make(ours)
        house.engine.make(theirs)
        heard_there = until_done(events)
    assert {each.data.get("id", each.data.get("job")) for each in heard_there} == {theirs}


def test_event_ids_of_another_owner_cannot_be_resumed_from(client, other, house):
    ours = submitted(client)
    theirs = submitted(other)
    events = made_and_heard(client, house, ours)
    with listen(other, "/api/v1/events", after=events[0].id) as stream:
        event = next(heard(stream))
    assert event.data["id"] == theirs


def test_change_of_place_and_deleted_pictures_are_told(client, house):
    job = submitted(client)
    with listen(client, "/api/v1/events") as stream:
        events = heard(stream)
        next(events)
        house.engine.note(EngineStatus("ready", "fake", (("x", 1.0), (job, 5.0))))
        place = next(events)
        assert (place.kind, place.data) == ("place", {"job": job, "place": 1, "eta": 5.0})
        house.engine.make(job)
        image = until_done(events)[-2].data["image"]
        client.delete(image["url"])
        deleted = next(events)
        assert (deleted.kind, deleted.data) == ("deleted", {"job": job, "image": image["id"]})


def test_previews_are_made_only_while_somebody_listens(client, house):
    job = submitted(client)
    assert house.engine.watched[job] is False
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        next(heard(stream))
        house.engine.until_watched(job, True)
    house.engine.until_watched(job, False)


def test_listener_who_leaves_while_the_studio_is_busy_is_forgotten_all_the_same(
    client, house, server
):
    job = submitted(client)
    gate, calls = threading.Event(), threading.Semaphore(0)
    choices = house.around.choices

    def slow():
        calls.release()
        assert gate.wait(SOON)
        return choices()

    def post():
        with server.client() as own:
            own.post("/api/v1/jobs", json=ASKED)

    posts = [threading.Thread(target=post) for _ in range(40)]
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        next(heard(stream))
        house.around.choices = slow
        for thread in posts:
            thread.start()
        assert calls.acquire(timeout=SOON)
    gate.set()
    for thread in posts:
        thread.join(SOON)
    house.engine.until_watched(job, False)


def test_job_that_is_not_there_has_no_stream(client):
    answer = client.get("/api/v1/jobs/nothing/events")
    assert answer.status_code == 404
    assert "no job" in answer.json()["error"]["message"]


def test_text_of_any_kind_stays_within_its_event(client, house):
    job = submitted(client, prompt="line\nid: 7\n\nevent: evil\rdata: {}\n\u2028 end")
    with listen(client, f"/api/v1/jobs/{job}/events") as stream:
        events = heard(stream)
        told = [next(events)]
        house.engine.make(job)
        told += events
    assert essence(told) == WHOLE
    assert told[0].data["request"]["prompt"].startswith("line\nid: 7\n\nevent: evil\r")
