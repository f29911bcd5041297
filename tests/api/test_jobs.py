"""The native API, as a program sees it: jobs, pictures and what there is to choose from."""

import json

import pytest

from webui.builtin import SAMPLERS, SCHEDULES
from webui.engine import EngineStatus
from webui.request import CheckpointInfo, Choices, Defaults, read_png

ASKED = {"prompt": "a red house", "seed": 5, "steps": 4}


def submitted(client, **fields):
    answer = client.post("/api/v1/jobs", json={**ASKED, **fields})
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_job_is_accepted_and_shown_at_once(client, house):
    answer = client.post("/api/v1/jobs", json=ASKED)
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert {key: job[key] for key in ("state", "progress", "images", "error", "step", "steps")} == {
        "state": "queued",
        "progress": 0.0,
        "images": [],
        "error": None,
        "step": 0,
        "steps": 4,
    }
    assert {"id", "place", "eta", "created"} <= set(job)
    assert job["request"]["prompt"] == "a red house"
    assert job["request"]["sampler"] == "euler_a"
    assert [(entry[0], entry[1]) for entry in house.engine.submitted] == [(job["id"], "local")]


def test_state_progress_place_and_eta_follow_the_engine(client, house):
    job = submitted(client)
    house.engine.note(EngineStatus("ready", "fake", ((job["id"], 9.5),)))
    seen = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert (seen["state"], seen["place"], seen["eta"]) == ("queued", 0, 9.5)
    house.engine.start(job["id"])
    house.engine.step(job["id"], 2)
    house.until_saved()
    seen = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert (seen["state"], seen["progress"], seen["step"]) == ("running", 0.5, 2)
    assert seen["eta"] == 2.0


def test_finished_job_lists_its_pictures_with_id_url_and_seed(client, house):
    job = submitted(client, batch_size=2)
    house.engine.start(job["id"])
    house.engine.picture(job["id"], 0)
    house.engine.picture(job["id"], 1)
    house.engine.done(job["id"])
    house.until_saved()
    seen = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert (seen["state"], seen["progress"]) == ("done", 1.0)
    assert [image["seed"] for image in seen["images"]] == [5, 6]
    assert [image["url"] for image in seen["images"]] == [
        f"/api/v1/images/{image['id']}" for image in seen["images"]
    ]


def test_failed_job_says_why_and_which_field(client, house):
    job = submitted(client)
    house.engine.fail(job["id"], "tiny needs about 9 MiB; the device has 3.", "checkpoint")
    house.until_saved()
    seen = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert seen["state"] == "failed"
    assert seen["error"] == {
        "message": "tiny needs about 9 MiB; the device has 3.",
        "field": "checkpoint",
    }


def test_cancelled_job_stays_cancelled_whatever_the_engine_says_later(client, house):
    job = submitted(client)
    house.engine.start(job["id"])
    answer = client.delete(f"/api/v1/jobs/{job['id']}")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    house.engine.make(job["id"])
    house.until_saved()
    assert client.get(f"/api/v1/jobs/{job['id']}").json()["state"] == "cancelled"
    assert house.engine.cancelled == [job["id"]]


def test_cancelling_twice_or_after_the_end_changes_nothing(client, house):
    job = submitted(client)
    house.engine.make(job["id"])
    house.until_saved()
    for _ in range(2):
        assert client.delete(f"/api/v1/jobs/{job['id']}").json()["state"] == "done"
    assert house.engine.cancelled == []


def test_jobs_are_listed_newest_first_and_in_pages(client):
    ids = [submitted(client)["id"] for _ in range(5)]
    listed = [job["id"] for job in client.get("/api/v1/jobs").json()]
    assert listed == ids[::-1]
    first = client.get("/api/v1/jobs", params={"limit": 2}).json()
    second = client.get("/api/v1/jobs", params={"limit": 2, "before": first[-1]["id"]}).json()
    assert [job["id"] for job in first + second] == ids[:0:-1]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "", "1e3", "9" * 5000])
def test_page_of_impossible_length_is_refused_by_name(client, limit):
    for path in ("/api/v1/jobs", "/api/v1/images"):
        answer = client.get(path, params={"limit": limit})
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "limit"


@pytest.mark.parametrize(
    "query", ["before=nonsense", "before=", "before=%00", "before=%ff%fe", "x=1"]
)
def test_odd_questions_are_answered(client, query):
    submitted(client)
    for path in ("/api/v1/jobs", "/api/v1/images"):
        assert client.get(f"{path}?{query}").status_code in (200, 404, 422)


@pytest.mark.parametrize(
    "name", ["nothing", "%00", "%ff", "%2e%2e", "a%2Fb", "x" * 5000, "'; DROP TABLE jobs; --", "-1"]
)
def test_job_or_picture_that_is_not_there_is_told_in_words(client, name):
    for method, path in [
        ("GET", "/api/v1/jobs/{}"),
        ("DELETE", "/api/v1/jobs/{}"),
        ("GET", "/api/v1/jobs/{}/events"),
        ("GET", "/api/v1/images/{}"),
        ("DELETE", "/api/v1/images/{}"),
    ]:
        answer = client.request(method, path.format(name))
        assert answer.status_code == 404
        assert answer.json()["error"]["message"]


def test_picture_is_served_whole_with_its_metadata_and_strict_headers(client, house):
    job = submitted(client)
    house.engine.make(job["id"])
    house.until_saved()
    image = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]
    answer = client.get(image["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"]
    assert "private" in answer.headers["cache-control"]
    assert answer.headers["content-disposition"].startswith("inline")
    metadata = read_png(answer.content)
    assert metadata.request.prompt == "a red house"
    assert metadata.request.files[0].sha256 == "ab" * 32
    assert metadata.made_with == {"device": "fake", "darkroom": "1.2"}
    assert metadata.pairs["Seed"] == "5"


def test_picture_may_be_downloaded_under_a_plain_name(client, house):
    job = submitted(client, prompt='"; filename=evil.html')
    house.engine.make(job["id"])
    house.until_saved()
    url = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["url"]
    disposition = client.get(url, params={"download": "true"}).headers["content-disposition"]
    assert disposition.startswith("attachment")
    assert "evil" not in disposition
    assert disposition.endswith('.png"')


def test_deleted_picture_is_gone_everywhere(client, house, tmp_path):
    job = submitted(client)
    house.engine.make(job["id"])
    house.until_saved()
    url = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["url"]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert client.delete(url).status_code == 404
    assert client.get("/api/v1/images").json() == []
    assert client.get(f"/api/v1/jobs/{job['id']}").json()["images"] == []
    assert list(tmp_path.rglob("*.png")) == []


def test_picture_whose_file_was_moved_is_told_in_words(client, house, tmp_path):
    job = submitted(client)
    house.engine.make(job["id"])
    house.until_saved()
    for file in tmp_path.rglob("*.png"):
        file.unlink()
    url = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["url"]
    answer = client.get(url)
    assert answer.status_code == 404
    assert "moved or deleted" in answer.json()["error"]["message"]


def test_pictures_are_listed_newest_first(client, house):
    ids = []
    for _ in range(3):
        job = submitted(client)
        house.engine.make(job["id"])
        ids.append(job["id"])
    house.until_saved()
    assert [image["job"] for image in client.get("/api/v1/images").json()] == ids[::-1]


def test_choices_are_listed_as_requests_name_them(client):
    samplers = client.get("/api/v1/samplers").json()
    schedules = client.get("/api/v1/schedules").json()
    assert [each["id"] for each in samplers] == [sampler.id for sampler in SAMPLERS]
    assert [each["id"] for each in schedules] == [schedule.id for schedule in SCHEDULES]
    assert set(samplers[0]) == {"id", "label", "aliases", "help"}
    assert client.get("/api/v1/checkpoints").json() == [
        {
            "name": "tiny",
            "title": "Tiny checkpoint",
            "family": "fake",
            "size": 1000,
            "defaults": {
                "sampler": "euler_a",
                "schedule": "normal",
                "steps": 4,
                "cfg_scale": 5.5,
                "width": 64,
                "height": 32,
            },
        }
    ]


@pytest.mark.parametrize("name", ["night\nshift", "家", "\x07bell", 'a"b'])
def test_checkpoint_with_an_odd_name_does_not_break_the_list(client, house, name):
    info = CheckpointInfo(name, name, "fake", 1, Defaults())
    house.around.choices = lambda: Choices(SAMPLERS, SCHEDULES, (info,))
    assert client.get("/api/v1/checkpoints").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_another_owner_finds_nothing_of_ours(client, other, house):
    job = submitted(client)
    house.engine.make(job["id"])
    house.until_saved()
    image = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]
    for method, path in [
        ("GET", f"/api/v1/jobs/{job['id']}"),
        ("DELETE", f"/api/v1/jobs/{job['id']}"),
        ("GET", f"/api/v1/jobs/{job['id']}/events"),
        ("GET", image["url"]),
        ("DELETE", image["url"]),
    ]:
        real = other.request(method, path)
        made_up = other.request(
            method, path.replace(image["id"], "f" * 32).replace(job["id"], "f" * 32)
        )
        assert real.status_code == made_up.status_code == 404
        assert real.text.replace(job["id"], "").replace(image["id"], "") == made_up.text.replace(
            "f" * 32, ""
        )
    assert other.get("/api/v1/jobs").json() == []
    assert other.get("/api/v1/images").json() == []
    assert other.get("/api/v1/jobs", params={"before": job["id"]}).json() == []
    assert client.get(image["url"]).status_code == 200


def test_two_owners_have_their_own_jobs(client, other, house):
    ours, theirs = submitted(client), submitted(other)
    assert [job["id"] for job in client.get("/api/v1/jobs").json()] == [ours["id"]]
    assert [job["id"] for job in other.get("/api/v1/jobs").json()] == [theirs["id"]]
    assert [entry[1] for entry in house.engine.submitted] == ["local", "other"]


def test_more_waiting_jobs_than_a_person_wishes_are_refused(client, house):
    row = house.rows.job(submitted(client)["id"], "local")
    for number in range(499):
        house.rows.add_job(type(row)(f"{number}", "local", "queued", row.request, 0.0, None, None))
    answer = client.post("/api/v1/jobs", json=ASKED)
    assert answer.status_code in (422, 429)
    assert "500 jobs" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("state", "status"), [("starting", 200), ("ready", 200), ("stopped", 503)])
def test_health_tells_whether_pictures_can_be_made(client, house, state, status):
    house.engine.now = EngineStatus(state, "fake", restarts=2)
    answer = client.get("/healthz")
    assert answer.status_code == status
    assert answer.json() == {"state": state, "device": "fake", "restarts": 2}


def test_fault_of_the_program_is_told_without_its_traceback(client, house):
    house.around.choices = _fault
    answer = client.post("/api/v1/jobs", json=ASKED)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/healthz").status_code == 200


def test_fault_while_a_picture_is_saved_ends_that_job_alone(client, house):
    first, second = submitted(client), submitted(client)
    choices = house.around.choices
    house.around.choices = _fault
    house.engine.start(first["id"])
    house.engine.picture(first["id"])
    house.until_saved()
    house.around.choices = choices
    house.engine.make(second["id"])
    house.until_saved()
    ended = client.get(f"/api/v1/jobs/{first['id']}").json()
    assert (ended["state"], bool(ended["error"]["message"])) == ("failed", True)
    assert client.get(f"/api/v1/jobs/{second['id']}").json()["state"] == "done"


def _fault():
    raise ZeroDivisionError("secret detail")


def test_answers_are_json_that_any_reader_reads(client, house):
    submitted(client, prompt="zero \0, wide 🏠, right-to-left \u202e, lines\n\r\t", cfg_scale=0)
    text = client.get("/api/v1/jobs").text
    assert json.loads(text)[0]["request"]["prompt"].startswith("zero \0, wide 🏠")
