"""Cards of LoRAs and embeddings, as a program asks for them."""

import json
from urllib.parse import quote

import pytest

from tests.service.cards_shelf import fill

CARDS = "/api/v1/cards"


@pytest.fixture
def models(tmp_path):
    fill(tmp_path / "outputs" / "models")
    return tmp_path / "outputs" / "models"


def found(client, path="lora", **asked):
    return client.get(f"{CARDS}/{path}", params=asked).json()


def made_image(client, house):
    job = client.post("/api/v1/jobs", json={"prompt": "a cat"}).json()
    house.engine.make(job["id"])
    house.until_saved()
    return client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["id"]


def test_cards_are_given_a_page_at_a_time(client, models):
    first = found(client, limit=3)
    assert (first["total"], len(first["cards"])) == (4, 3)
    rest = found(client, limit=3, offset=3)
    assert len(rest["cards"]) == 1
    assert {card["name"] for card in first["cards"] + rest["cards"]} == {
        *("broken", "ink", "xl", "Ä & <ö>?"),
    }
    assert [card["name"] for card in found(client, search="SETS x")["cards"]] == ["xl"]
    assert found(client, "embedding")["cards"][0]["tag"] == "teal"


@pytest.mark.parametrize(
    "wrong",
    ["checkpoint", "lora?limit=0", "lora?limit=9999", "lora?offset=-1", "lora?sort=size;drop"],
)
def test_odd_wishes_are_refused(client, models, wrong):
    answer = client.get(f"{CARDS}/{wrong}")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_names_with_odd_letters_have_card_preview_and_notes(client, models):
    address = f"{CARDS}/lora/{quote('Ä & <ö>?', safe='')}"
    assert client.get(address).json()["folder"] == "sets"
    written = client.put(f"{address}/notes", json={"notes": "für später"})
    assert written.json()["notes"] == "für später"
    kept = json.loads((models / "loras" / "sets" / "Ä & <ö>?.json").read_text("utf-8"))
    assert kept["notes"] == "für später"
    assert client.get(f"{address}/preview").status_code == 404


def test_preview_is_served_as_the_picture_that_it_is(client, models):
    card = client.get(f"{CARDS}/lora/ink").json()
    answer = client.get(card["preview"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(card["preview"].partition("?")[0]).headers["cache-control"] == (
        "private, no-cache"
    )


def test_one_of_my_pictures_becomes_the_preview_and_nobody_elses(client, other, house, models):
    image = made_image(client, house)
    refused = other.put(f"{CARDS}/lora/xl/preview", json={"image": image})
    assert refused.status_code == 404
    card = client.put(f"{CARDS}/lora/xl/preview", json={"image": image}).json()
    assert client.get(card["preview"]).headers["content-type"] == "image/png"
    assert (models / "loras" / "sets" / "xl.preview.png").is_file()
    gone = client.put(f"{CARDS}/lora/xl/preview", json={"image": "0" * 32})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"weight": 1000}, "weight"),
        ({"weight": "heavy"}, "weight"),
        ({"notes": "x" * 20_001}, "notes"),
        ({"note": "x"}, "note"),
    ],
)
def test_notes_that_do_not_fit_are_refused_and_nothing_is_written(client, models, body, field):
    answer = client.put(f"{CARDS}/lora/xl/notes", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert not (models / "loras" / "sets" / "xl.json").exists()


@pytest.mark.parametrize(
    "name",
    [
        "..%2Fink",
        "%2Fetc%2Fpasswd",
        "%2E%2E%2F",
        "sets%2Fxl",
        "ink.safetensors",
        "a%00b",
        "x" * 4000,
    ],
)
def test_hostile_names_are_not_found(client, models, name):
    for path in (f"{name}", f"{name}/preview"):
        assert client.get(f"{CARDS}/lora/{path}").status_code == 404
    assert client.put(f"{CARDS}/lora/{name}/notes", json={"notes": "x"}).status_code == 404
    taken = client.put(f"{CARDS}/lora/{name}/preview", json={"image": "0" * 32})
    assert taken.status_code == 404


def test_truth_of_the_loras_of_a_prompt(client, models):
    asked = {"prompt": "a <lora:ink:1> <lora:xl:1>", "checkpoint": "tiny"}
    fits, foreign = client.post("/api/v1/loras/truth", json=asked).json()
    assert (fits["fits"], fits["matched"], fits["layers"]) == (True, 1, 1)
    assert (foreign["fits"], foreign["family"]) == (False, "made for SDXL")
    assert client.post("/api/v1/loras/truth", json={"prompt": "a house"}).json() == []
    wrong = client.post("/api/v1/loras/truth", json={**asked, "checkpoint": "none"})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "checkpoint")
