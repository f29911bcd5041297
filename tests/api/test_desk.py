"""Words, found pictures, grids and pictures made again, as a program asks for them."""

import io

import pytest
from PIL import Image, PngImagePlugin

CIVITAI = """masterpiece, a red house <lora:detail:0.6>
Negative prompt: blurry
Steps: 12, Sampler: DPM++ 2M Karras, CFG scale: 4.5, Seed: 77, Size: 64x32, Clip skip: 2, \
Model hash: 0123456789, Model: dreamer, RNG: CPU, Version: v1.9.4"""


def png(**chunks):
    file, info = io.BytesIO(), PngImagePlugin.PngInfo()
    for key, text in chunks.items():
        info.add_text(key, text)
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def posted(client, path, body, kind):
    return client.post(f"/api/v1/{path}", content=body, headers={"content-type": kind})


@pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", "image/png"])
def test_settings_are_read_from_a_text_and_from_a_picture(client, kind):
    body = CIVITAI.encode() if kind.startswith("text") else png(parameters=CIVITAI)
    found = posted(client, "metadata", body, kind).json()
    wanted = {"steps": 12, "cfg_scale": 4.5, "seed": 77, "width": 64, "height": 32, "clip_skip": 2}
    assert {name: found["fields"][name] for name in wanted} == wanted
    assert (found["fields"]["sampler"], found["fields"]["schedule"]) == ("dpmpp_2m", "karras")
    kinds = {one["kind"]: one["name"] for one in found["missing"]}
    assert kinds == {"checkpoint": "dreamer", "lora": "detail"}
    assert ["Steps", "12"] in found["shown"]
    assert (found["remakes"], found["is_empty"]) == (False, False)


def test_found_fields_are_a_request(client):
    found = posted(
        client, "metadata", CIVITAI.replace("<lora:detail:0.6>", "").encode(), "text/plain"
    )
    assert client.post("/api/v1/jobs", json=found.json()["fields"]).status_code == 202


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"no picture", "image/png", "picture"),
        (b"\xff\xfe\xff", "text/plain", "UTF-8"),
        (b"", "image/png", "picture"),
    ],
)
def test_what_cannot_be_read_says_so(client, body, kind, said):
    found = posted(client, "metadata", body, kind).json()
    assert said in found["error"]["message"]


def test_a_picture_above_the_limit_is_refused(client):
    answer = posted(client, "metadata", b"x" * ((64 << 20) + 1), "image/png")
    assert answer.status_code == 413
    assert "64 MiB" in answer.json()["error"]["message"]


def test_other_routes_keep_the_smaller_limit(client):
    answer = client.post("/api/v1/cost", content=b"x" * (3 << 20))
    assert answer.status_code == 413


def test_own_pictures_tell_how_they_were_made(client, house):
    job = client.post("/api/v1/jobs", json={"prompt": "a cat", "seed": 4}).json()
    house.engine.make(job["id"])
    house.until_saved()
    image = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["id"]
    found = client.get(f"/api/v1/images/{image}/metadata").json()
    assert found["tool"] == "Darkroom"
    assert (found["fields"]["prompt"], found["fields"]["seed"]) == ("a cat", 4)
    assert found["remakes"]


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_a_picture_is_given_in_another_format_with_all_that_it_carries(client, house, kind):
    job = client.post("/api/v1/jobs", json={"prompt": "ein schöner Ball", "seed": 4}).json()
    house.engine.make(job["id"])
    house.until_saved()
    image = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["id"]
    answer = client.get(f"/api/v1/images/{image}/as/{kind}")
    assert answer.headers["content-type"] == f"image/{kind}"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.format == kind.upper()
    found = posted(client, "metadata", answer.content, f"image/{kind}").json()
    assert (found["fields"]["prompt"], found["fields"]["seed"]) == ("ein schöner Ball", 4)
    assert client.get(f"/api/v1/images/{image}/as/bmp").status_code == 422


def test_a_picture_is_made_again_by_id_and_by_file_and_compared(client, house):
    job = client.post("/api/v1/jobs", json={"prompt": "a cat", "seed": 4}).json()
    house.engine.make(job["id"])
    house.until_saved()
    image = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["id"]
    by_id = client.post(f"/api/v1/images/{image}/remake")
    file = client.get(f"/api/v1/images/{image}").content
    by_file = posted(client, "remakes", file, "image/png")
    for answer in (by_id, by_file):
        assert answer.status_code == 202
        house.engine.make(answer.json()["id"])
        house.until_saved()
        seen = client.get(f"/api/v1/jobs/{answer.json()['id']}").json()
        assert seen["remade"]["equal"]
        assert seen["request"]["exact"]


def test_nobody_makes_the_pictures_of_somebody_else_again(client, other, house):
    job = client.post("/api/v1/jobs", json={}).json()
    house.engine.make(job["id"])
    house.until_saved()
    image = client.get(f"/api/v1/jobs/{job['id']}").json()["images"][0]["id"]
    assert other.post(f"/api/v1/images/{image}/remake").status_code == 404
    assert other.get(f"/api/v1/images/{image}/metadata").status_code == 404


def test_a_grid_is_a_job_and_its_cost_is_told_before(client, house):
    grid = {"kind": "grid", "base": {"prompt": "a cat"}, "x": {"field": "steps", "values": "2-4"}}
    assert client.post("/api/v1/cost", json=grid).json() == {
        "pictures": 3,
        "steps": 9,
        "seconds": None,
        "error": None,
    }
    assert house.engine.submitted == []
    job = client.post("/api/v1/jobs", json=grid).json()
    assert job["steps"] == 9
    assert job["request"]["sheet"]["x"]["labels"] == ["Steps 2", "Steps 3", "Steps 4"]


def test_a_fault_in_a_grid_names_its_field(client):
    grid = {"kind": "grid", "base": {}, "x": {"field": "steps", "values": "many"}}
    assert client.post("/api/v1/cost", json=grid).json()["error"]["field"] == "steps"
    answer = client.post("/api/v1/jobs", json=grid)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "steps"


def test_prompts_are_checked_with_a_caret(client):
    found = client.post("/api/v1/prompt/check", json={"prompt": "a (red house"}).json()
    (problem,) = found["prompt"]["problems"]
    assert (problem["at"], problem["length"]) == (2, 1)
    assert problem["pointed"].splitlines()[1] == "  ^"
    assert found["negative_prompt"]["problems"] == []


def test_styles_are_kept_listed_used_and_dropped(client, house):
    ink = {"prompt": "ink of {prompt}", "negative_prompt": "colour"}
    assert client.put("/api/v1/styles/Ink", json=ink).status_code == 204
    assert client.get("/api/v1/styles").json() == [{"name": "Ink", **ink}]
    assert client.get("/api/v1/styles/Ink").json() == {"name": "Ink", **ink}
    assert client.get("/api/v1/words").json()["styles"] == ["Ink"]
    job = client.post("/api/v1/jobs", json={"prompt": "a cat", "styles": ["Ink"]}).json()
    assert job["request"]["prompt"] == "ink of a cat"
    assert client.delete("/api/v1/styles/Ink").status_code == 204
    assert client.delete("/api/v1/styles/Ink").status_code == 404
    assert client.get("/api/v1/styles/Ink").status_code == 404
    assert client.put("/api/v1/styles/%20", json={}).status_code == 422
