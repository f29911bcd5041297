"""Control units and maps, as a program asks for them."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.api.test_inputs import png, sent


def half_black():
    file = io.BytesIO()
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("black", (0, 0, 32, 64))
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def picture(client):
    return sent(client, half_black()).json()["sha256"]


def made(client, **fields):
    return client.post("/api/v1/maps", json=fields)


def test_what_units_are_made_of_is_told_with_limits_and_what_is_missing(client):
    found = client.get("/api/v1/controls").json()
    assert [one["name"] for one in found["models"]] == ["edges"]
    assert found["broken"] == [{"name": "half", "problem": "half is not a whole file."}]
    makers = {one["id"]: one for one in found["preprocessors"]}
    assert makers["canny"]["is_instant"]
    assert [one["field"] for one in makers["canny"]["options"]] == ["threshold_a", "threshold_b"]
    assert makers["depth"]["missing"]
    assert not makers["depth"]["is_instant"]


def test_a_map_is_an_input_of_ones_own_that_can_be_looked_at(client, other, picture):
    answer = made(client, image=picture, preprocessor="canny")
    assert answer.status_code == 201
    view = answer.json()
    assert (view["width"], view["height"]) == (64, 64)
    with Image.open(io.BytesIO(client.get(view["url"]).content)) as seen:
        pixels = np.asarray(seen)
    assert pixels[:, 28:36].max() == 255
    assert pixels[:, :20].max() == 0
    assert other.get(view["url"]).status_code == 404


def test_the_same_wish_is_made_once_and_another_size_anew(client, picture):
    first, second = (made(client, image=picture, preprocessor="canny").json() for _ in range(2))
    assert first == second
    larger = made(client, image=picture, preprocessor="canny", width=128, height=64).json()
    assert (larger["width"], larger["height"]) == (128, 64)


def test_a_map_of_somebody_elses_picture_is_refused(other, picture):
    assert made(other, image=picture, preprocessor="canny").status_code == 422


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"preprocessor": "canny"}, "image"),
        ({"image": "0" * 64, "preprocessor": "canny"}, "image"),
        ({"preprocessor": "nonsense"}, "preprocessor"),
        ({"preprocessor": "depth"}, "preprocessor"),
        ({"preprocessor": "canny", "threshold_a": 1e5}, "threshold_a"),
        ({"preprocessor": "canny", "width": 13}, "width"),
        ({"preprocessor": "canny", "resolution": 10}, "resolution"),
        ({"preprocessor": "canny", "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_made_is_refused_by_field(client, picture, fields, field):
    own = {} if field == "image" else {"image": picture}
    answer = made(client, **own, **fields)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


def test_a_unit_is_resolved_with_the_preprocessors_own_numbers(client, picture):
    unit = {"image": picture, "model": "Edges", "preprocessor": "canny"}
    job = client.post("/api/v1/jobs", json={"prompt": "a", "controls": [unit]})
    assert job.status_code == 202, job.text
    (found,) = job.json()["request"]["controls"]
    assert (found["model"], found["threshold_a"], found["threshold_b"]) == ("edges", 100, 200)
    assert found["image"] == picture
    assert {"role": "control", "name": "edges"}.items() <= job.json()["request"]["files"][1].items()


def test_units_that_are_off_or_weigh_nothing_are_left_out(client, picture):
    unit = {"image": picture, "model": "edges"}
    units = [{**unit, "enabled": False}, {**unit, "weight": 0}, {"enabled": False}]
    job = client.post("/api/v1/jobs", json={"prompt": "a", "controls": units}).json()
    assert job["request"]["controls"] == []
    assert [file["role"] for file in job["request"]["files"]] == ["checkpoint"]


@pytest.mark.parametrize(
    ("unit", "field", "said"),
    [
        ({"model": ""}, "controls.0.model", "has no model"),
        ({"model": "nope"}, "controls.0.model", "is not known"),
        ({"model": "half"}, "controls.0.model", "not a whole file"),
        ({"image": ""}, "controls.0.image", "has no picture"),
        ({"image": "0" * 64}, "controls.0.image", "Send it again"),
        ({"start": 0.5, "end": 0.5}, "controls.0.start", "begin earlier"),
        ({"weight": 3}, "controls.0.weight", "0 to 2"),
        ({"preprocessor": "depth"}, "controls.0.preprocessor", "lacks its weights"),
        ({"preprocessor": "canny", "threshold_b": -5}, "controls.0.threshold_b", "you gave -5"),
    ],
)
def test_a_unit_that_cannot_act_is_refused_by_its_field(client, picture, unit, field, said):
    whole = {"image": picture, "model": "edges", **unit}
    answer = client.post("/api/v1/jobs", json={"prompt": "a", "controls": [whole]})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert said in answer.json()["error"]["message"]


def test_a_picture_that_steered_is_told_in_the_lineage(client, house, picture):
    unit = {"image": picture, "model": "edges", "mask": picture}
    job = client.post("/api/v1/jobs", json={"prompt": "a", "controls": [unit]}).json()["id"]
    house.engine.make(job)
    house.until_saved()
    (image,) = client.get(f"/api/v1/jobs/{job}").json()["images"]
    parents = client.get(f"/api/v1/images/{image['id']}/lineage").json()["parents"]
    assert [one["role"] for one in parents] == ["control 1", "control mask 1"]


def test_a_map_can_be_a_job(client, house, picture):
    job = client.post(
        "/api/v1/jobs", json={"kind": "map", "image": picture, "preprocessor": "canny"}
    )
    assert job.status_code == 202, job.text
    assert job.json()["request"]["kind"] == "map"
    (_, _, request, _) = house.engine.submitted[-1]
    assert request.checkpoint_file is None
    assert sent(client, png()).status_code == 201
