"""Extensions, as a program lists, switches, sets and asks for them."""

import pytest

from webui.events import Failed


def by_id(client):
    return {one["id"]: one for one in client.get("/api/v1/extensions").json()}


def asked(client, **extensions):
    return client.post("/api/v1/jobs", json={"prompt": "a", "extensions": extensions})


def test_each_is_listed_with_its_status_fields_and_what_is_wrong(client):
    found = by_id(client)
    good, broken = found["adding"], found["broken"]
    assert (good["status"], good["transforms"], good["is_on"]) == ("ready", True, True)
    assert [(one["name"], one["default"]) for one in good["inputs"]] == [("words", ", sunny")]
    assert [one["name"] for one in good["settings"]] == ["loud"]
    assert (broken["status"], broken["stage"]) == ("failed", "import")
    assert "no_such_module_at_all" in broken["problem"]


def test_one_that_is_asked_acts_and_stands_in_the_request_with_all_of_its_inputs(client):
    request = asked(client, adding={}).json()["request"]
    assert request["prompt"] == "a, sunny"
    assert request["extensions"] == {"adding": {"words": ", sunny"}}
    assert [(one["id"], one["version"]) for one in request["used"]] == [("adding", "1.0")]
    assert asked(client).json()["request"]["prompt"] == "a"


@pytest.mark.parametrize(
    ("extensions", "field"),
    [
        ({"nope": {}}, "extensions.nope"),
        ({"broken": {}}, "extensions.broken"),
        ({"adding": {"words": 3}}, "extensions.adding.words"),
        ({"adding": {"colour": "red"}}, "extensions.adding.colour"),
    ],
)
def test_what_cannot_act_is_refused_by_its_field(client, extensions, field):
    answer = asked(client, **extensions)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


def test_switching_off_is_for_oneself_and_at_once(client, other):
    view = client.put("/api/v1/extensions/adding", json={"on": False}).json()
    assert (view["is_on"], view["is_on_here"]) == (False, True)
    assert asked(client, adding={}).status_code == 422
    assert asked(other, adding={}).status_code == 202
    client.put("/api/v1/extensions/adding", json={"on": True})
    assert asked(client, adding={}).status_code == 202


def test_switching_off_for_the_machine_is_from_the_next_start_on(client):
    view = client.put("/api/v1/extensions/adding", json={"on": False, "for_all": True}).json()
    assert (view["status"], view["is_on_here"]) == ("ready", False)
    assert by_id(client)["adding"]["is_on_here"] is False


def test_settings_are_kept_and_checked(client):
    url = "/api/v1/extensions/adding/settings"
    assert client.put(url, json={"loud": True}).json()["settings"][0]["value"] is True
    refused = client.put(url, json={"loud": "very"})
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == "extensions.adding.loud"
    assert by_id(client)["adding"]["settings"][0]["value"] is True


def test_one_that_is_not_there_is_not_found(client):
    assert client.put("/api/v1/extensions/nope", json={"on": True}).status_code == 404
    assert client.put("/api/v1/extensions/nope/settings", json={}).status_code == 404


def test_a_fault_in_a_job_is_remembered_with_the_extension(client, house):
    job = asked(client, adding={}).json()["id"]
    house.engine.listener(Failed(job, "adding failed: oh.", None, "adding"))
    house.until_saved()
    assert by_id(client)["adding"]["trouble"] == "adding failed: oh."
    assert client.get(f"/api/v1/jobs/{job}").json()["error"]["message"] == "adding failed: oh."
