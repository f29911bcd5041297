"""Pictures to begin with, as a program sends them; upscalers and lineage."""

import io

import numpy as np
import pytest
from PIL import Image


def png(size=(16, 8), mode="RGB", colour="red", kind="PNG", **more):
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **more)
    return file.getvalue()


def sent(client, body, kind="image/png"):
    return client.post("/api/v1/inputs", content=body, headers={"content-type": kind})


def test_a_sent_picture_can_be_begun_with_and_looked_at(client, house):
    answer = sent(client, png())
    assert answer.status_code == 201
    view = answer.json()
    assert (view["width"], view["height"], view["has_alpha"]) == (16, 8, False)
    assert answer.headers["location"] == view["url"] == f"/api/v1/inputs/{view['sha256']}"
    file = client.get(view["url"])
    assert file.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(file.content)).size == (16, 8)
    asked = {"kind": "image_to_image", "init": view["sha256"], "strength": 0.5}
    job = client.post("/api/v1/jobs", json=asked).json()
    assert (job["request"]["init"], job["request"]["width"]) == (view["sha256"], 16)


def test_same_pixels_in_another_file_are_the_same_input(client):
    first, second = sent(client, png()), sent(client, png(kind="WEBP", lossless=True), "image/webp")
    assert first.json()["sha256"] == second.json()["sha256"]


def test_what_was_changed_on_the_way_is_told(client):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    (note,) = sent(client, file.getvalue(), "image/gif").json()["notes"]
    assert "1 further picture" in note


@pytest.mark.parametrize("body", [b"", b"<svg/>", b"GIF89a", png()[:40], b"\xff" * 1000])
def test_what_is_no_picture_is_refused_in_words(client, body):
    answer = sent(client, body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("The picture")


def test_a_bomb_is_refused_by_its_header(client):
    header = bytearray(png())
    header[16:24] = (100_000).to_bytes(4, "big") * 2
    answer = sent(client, bytes(header))
    assert answer.status_code == 422
    assert "100" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["0" * 64, "..%2f..%2fetc", "x", "A" * 64])
def test_an_input_that_is_not_there_is_not_found(client, name):
    assert client.get(f"/api/v1/inputs/{name}").status_code == 404


def test_an_unknown_input_is_refused_by_field(client):
    answer = client.post("/api/v1/jobs", json={"kind": "inpaint", "init": "0" * 64})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "init"


def test_nobody_sees_or_uses_the_input_of_another(client, other):
    view = sent(client, png(colour="green")).json()
    assert other.get(view["url"]).status_code == 404
    asked = {"kind": "image_to_image", "init": view["sha256"]}
    assert other.post("/api/v1/jobs", json=asked).status_code == 422


def test_lineage_tells_parents_and_children(client, house):
    first = client.post("/api/v1/jobs", json={"width": 16, "height": 16}).json()
    house.engine.start(first["id"])
    house.engine.picture(first["id"], size=(16, 16))
    house.engine.done(first["id"])
    house.until_saved()
    (image,) = client.get("/api/v1/images").json()
    alone = client.get(f"/api/v1/images/{image['id']}/lineage").json()
    assert alone == {"parents": [], "children": []}
    mask = sent(client, png((16, 16), "L", 255)).json()
    asked = {"kind": "inpaint", "init": f"image:{image['id']}", "mask": mask["sha256"]}
    second = client.post("/api/v1/jobs", json=asked).json()
    assert "covers everything" in second["notes"][0]
    house.engine.start(second["id"])
    house.engine.picture(second["id"], size=(16, 16))
    house.engine.done(second["id"])
    house.until_saved()
    child = client.get("/api/v1/images").json()[0]
    lineage = client.get(f"/api/v1/images/{child['id']}/lineage").json()
    parents = {one["role"]: one for one in lineage["parents"]}
    assert parents["init"]["image"]["id"] == image["id"]
    assert parents["mask"]["input"]["sha256"] == mask["sha256"]
    children = client.get(f"/api/v1/images/{image['id']}/lineage").json()["children"]
    assert child["id"] in [one["id"] for one in children]


def test_upscalers_are_listed(client):
    assert client.get("/api/v1/upscalers").json() == ["lanczos"]


def test_pictures_only_enlarged_need_no_checkpoint(client):
    view = sent(client, png()).json()
    job = client.post("/api/v1/jobs", json={"kind": "upscale", "init": view["sha256"]}).json()
    assert (job["request"]["checkpoint"], job["request"]["out_width"]) == ("", 32)


def test_noise_is_kept_pixel_by_pixel(client):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    view = sent(client, file.getvalue()).json()
    kept = np.array(Image.open(io.BytesIO(client.get(view["url"]).content)))
    assert np.array_equal(kept, pixels)
