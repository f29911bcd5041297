"""Lineage: what a picture came from, what came from it, and making such pictures again."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from numpy import typing as npt
from PIL import Image

from tests.images.pixels import noise, rectangle
from tests.service.conftest import Ear, House
from tests.service.test_sources import as_file, ask, make, send
from webui.errors import BadFile, NotFound, WebuiError
from webui.images.content import content_hash
from webui.request import ResolvedRequest, parse, read_png
from webui.request.png import write_png
from webui.service import Database, ImageView, JobView, Rows, Studio, database

Pixels = npt.NDArray[np.uint8]
PICTURE, OTHER = noise(33, 21), noise(33, 21, 1)
MASK = np.repeat(rectangle(33, 21, (4, 5, 12, 20))[..., None], 3, 2)


def finish(studio: Studio, house: House, job: JobView, *pictures: Pixels) -> list[ImageView]:
    """The pictures of a job, once they are there."""
    ear = Ear(studio)
    for index, pixels in enumerate(pictures):
        house.engine.draw(job.id, index, pixels)
    house.engine.finish(job.id, 0)
    ear.until("job", id=job.id, state="done")
    return list(studio.job(job.id, "local").images)


def drawn_over(studio: Studio, house: House, init: str, pixels: Pixels, **fields: object) -> str:
    """The id of a picture that was drawn over another."""
    job = ask(studio, "image_to_image", init=init, **fields)
    return finish(studio, house, job, pixels)[0].id


def parents(studio: Studio, image: str) -> list[tuple[str, str, str | None]]:
    """Role, hash, and the own picture that it is."""
    found = studio.sources.lineage(image, "local").parents
    return [(one.role, one.sha256, one.image.id if one.image else None) for one in found]


def children(studio: Studio, image: str) -> list[str]:
    return [one.id for one in studio.sources.lineage(image, "local").children]


# --- parents and children ---


def test_picture_from_nothing_has_no_parents_and_no_children(studio: Studio, house: House) -> None:
    image = make(studio, house, PICTURE)
    lineage = studio.sources.lineage(image, "local")
    assert (lineage.parents, lineage.children) == ((), ())


def test_unknown_picture_has_no_lineage(studio: Studio) -> None:
    for name in ("", "nobody", "image:1", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            studio.sources.lineage(name, "local")


def test_parents_of_an_inpainted_picture_are_told_with_their_roles(
    studio: Studio, house: House
) -> None:
    init, mask = send(studio, PICTURE), send(studio, MASK)
    job = ask(studio, "inpaint", init=init.sha256, mask=mask.sha256)
    image = finish(studio, house, job, OTHER)[0].id
    found = {one.role: one for one in studio.sources.lineage(image, "local").parents}
    assert found.keys() == {"init", "mask"}
    assert (found["init"].input, found["mask"].input) == (init, mask)
    assert (found["init"].image, found["mask"].image) == (None, None)


def test_own_picture_is_a_parent_and_has_a_child(studio: Studio, house: House) -> None:
    first = make(studio, house, PICTURE)
    second = drawn_over(studio, house, f"image:{first}", OTHER)
    third = drawn_over(studio, house, f"image:{second}", noise(33, 21, 2))
    assert parents(studio, second) == [("init", content_hash(PICTURE), first)]
    assert children(studio, first) == [second]
    assert children(studio, second) == [third]
    assert parents(studio, third) == [("init", content_hash(OTHER), second)]


def test_own_picture_that_was_sent_back_is_recognised(studio: Studio, house: House) -> None:
    first = make(studio, house, PICTURE)
    view = studio.sources.keep(as_file(PICTURE, "BMP"), "local")
    second = drawn_over(studio, house, view.sha256, OTHER)
    assert parents(studio, second) == [("init", view.sha256, first)]
    assert children(studio, first) == [second]


def test_children_are_told_newest_first_whatever_their_role(studio: Studio, house: House) -> None:
    first = make(studio, house, PICTURE)
    name = f"image:{first}"
    init = send(studio, OTHER).sha256
    made = [
        drawn_over(studio, house, name, noise(33, 21, 5)),
        finish(studio, house, ask(studio, "inpaint", init=init, mask=name), noise(33, 21, 6))[0].id,
        drawn_over(studio, house, init, noise(33, 21, 7), origin=name),
    ]
    assert children(studio, first) == made[::-1]
    assert [role for role, _, image in parents(studio, made[2]) if image == first] == ["origin"]


def test_every_picture_of_a_job_knows_its_own_input(studio: Studio, house: House) -> None:
    first, second = send(studio, PICTURE).sha256, send(studio, OTHER).sha256
    job = ask(studio, "image_to_image", init=[first, second], batch_count=2)
    images = finish(studio, house, job, *(noise(33, 21, seed) for seed in range(5, 9)))
    came_from = [parents(studio, image.id)[0][1] for image in images]
    assert came_from == [first, first, second, second]
    requests = [read_png(studio.image(image.id, "local")).request for image in images]
    assert [one.init for one in requests if one] == came_from


def test_result_that_equals_its_input_is_not_its_own_parent(studio: Studio, house: House) -> None:
    """As a blank mask or a strength of 0 gives it."""
    sent = send(studio, PICTURE).sha256
    same = drawn_over(studio, house, sent, PICTURE)
    assert parents(studio, same) == [("init", sent, None)]
    assert children(studio, same) == []
    own = make(studio, house, OTHER)
    copy = drawn_over(studio, house, f"image:{own}", OTHER)
    assert parents(studio, copy) == [("init", content_hash(OTHER), own)]
    assert children(studio, own) == [copy]
    assert children(studio, copy) == []


def test_parent_is_never_a_picture_that_was_made_later(studio: Studio, house: House) -> None:
    sent = send(studio, PICTURE).sha256
    first = drawn_over(studio, house, sent, OTHER)
    later = drawn_over(studio, house, sent, PICTURE)
    assert parents(studio, first) == [("init", sent, None)]
    assert parents(studio, later) == [("init", sent, None)]


def test_deleted_parent_stays_as_an_input_and_deleted_children_go(
    studio: Studio, house: House
) -> None:
    first = make(studio, house, PICTURE)
    second = drawn_over(studio, house, f"image:{first}", OTHER)
    third = drawn_over(studio, house, f"image:{first}", noise(33, 21, 2))
    studio.delete_image(third, "local")
    assert children(studio, first) == [second]
    studio.delete_image(first, "local")
    (parent,) = studio.sources.lineage(second, "local").parents
    assert parent.image is None
    assert parent.input is not None
    assert studio.sources.path(parent.sha256, "local").is_file()


def test_children_of_another_are_not_told(house: House) -> None:
    studio = house.open()
    studio._rows.add_owner("bob", "Bob", 0.0)
    image = make(studio, house, PICTURE)
    sent = send(studio, PICTURE, "bob").sha256
    ear = Ear(studio, "bob")
    job = ask(studio, "image_to_image", "bob", init=sent)
    house.engine.draw(job.id, 0, OTHER)
    house.engine.finish(job.id, 0)
    ear.until("job", id=job.id, state="done")
    theirs = studio.job(job.id, "bob").images[0].id
    (parent,) = studio.sources.lineage(theirs, "bob").parents
    assert (parent.image, children(studio, image)) == (None, [])
    studio.close()


# --- over restarts and versions ---


def test_lineage_outlives_a_restart(house: House) -> None:
    studio = house.open()
    first = make(studio, house, PICTURE)
    mask = send(studio, MASK).sha256
    job = ask(studio, "inpaint", init=f"image:{first}", mask=mask, origin=f"image:{first}")
    second = finish(studio, house, job, OTHER)[0].id
    before = studio.sources.lineage(second, "local")
    studio.close()
    again = house.open()
    assert again.sources.lineage(second, "local") == before
    assert [role for role, *_ in parents(again, second)] == ["init", "mask", "origin"]
    assert children(again, first) == [second]
    again.close()


def test_waiting_job_is_handed_over_again_with_its_inputs(house: House) -> None:
    studio = house.open()
    first, second = send(studio, PICTURE).sha256, send(studio, OTHER).sha256
    job = ask(studio, "image_to_image", init=[first, second])
    studio.close()
    again = house.open()
    assert house.engine.submitted == [(job.id, "local", job.request, ())]
    images = finish(again, house, job, OTHER, PICTURE)
    assert [parents(again, image.id)[0][1] for image in images] == [first, second]
    again.close()


def of_version_two(path: Path, request: dict[str, object]) -> None:
    """A database as it was before there were inputs, with a finished picture in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    for script in database._MIGRATIONS[:2]:
        connection.executescript(script)
    connection.execute("PRAGMA user_version = 2")
    connection.execute("INSERT INTO owners VALUES ('local', 'You', 1.0)")
    connection.execute(
        "INSERT INTO jobs (id, owner, state, request, created, finished, notes)"
        " VALUES ('old', 'local', 'done', ?, 1.0, 2.0, '[\"a note\"]')",
        (json.dumps(request),),
    )
    connection.execute(
        "INSERT INTO images (id, job, owner, picture, seed, path, width, height, created)"
        " VALUES ('pic', 'old', 'local', 0, 5, 'old.png', 21, 33, 2.0)"
    )
    connection.close()


NEW = {"init", "mask", "origin", "scale", "strength", "hires_scale", "kind", "upscaler", "loops"}
"""Some of the fields that requests did not have then."""


def test_rows_of_an_older_version_are_kept_and_usable(house: House, resolved) -> None:
    old = resolved.model_dump(mode="json", exclude=NEW)
    of_version_two(house.root / "studio.db", old)
    house.outputs.mkdir()
    (house.outputs / "old.png").write_bytes(as_file(PICTURE))
    studio = house.open()
    job = studio.job("old", "local")
    assert (job.request, job.notes, job.state) == (resolved, ("a note",), "done")
    assert studio.sources.lineage("pic", "local").parents == ()
    assert children(studio, "pic") == []
    # Only once it is sent is it known what is in it; from then on it has its place.
    second = drawn_over(studio, house, "image:pic", OTHER)
    assert parents(studio, second) == [("init", content_hash(PICTURE), "pic")]
    assert children(studio, "pic") == [second]
    third = drawn_over(studio, house, "image:pic", noise(33, 21, 2), origin="image:pic")
    assert {role for role, _, image in parents(studio, third) if image == "pic"} == {
        *("init", "origin"),
    }
    studio.close()
    again = house.open()
    assert children(again, "pic") == [third, second]
    again.close()


def test_older_database_is_brought_up_once(tmp_path: Path, resolved) -> None:
    of_version_two(tmp_path / "a.db", resolved.model_dump(mode="json"))
    for _ in range(2):
        opened = Database(tmp_path / "a.db")
        assert opened.rows("PRAGMA user_version")[0][0] == len(database._MIGRATIONS)
        assert [image.id for image in Rows(opened).images("local", 9)] == ["pic"]
        opened.close()


# --- origins ---


def test_origin_need_never_have_been_an_input(studio: Studio, house: House) -> None:
    first = make(studio, house, PICTURE)
    job = studio.submit(parse({"prompt": "b", "origin": f"image:{first}"}), "local")
    assert job.request.origin == content_hash(PICTURE)
    again = studio.submit(job.request.asked(), "local")
    assert again.request == job.request
    image = finish(studio, house, again, OTHER)[0].id
    assert parents(studio, image) == [("origin", content_hash(PICTURE), first)]


# --- made again ---


@pytest.fixture
def inpainted(studio: Studio, house: House) -> ImageView:
    init, mask = send(studio, PICTURE), send(studio, MASK)
    job = ask(studio, "inpaint", init=init.sha256, mask=mask.sha256, area="masked", seed=5)
    return finish(studio, house, job, OTHER)[0]


def test_inpainted_picture_is_made_again_from_the_same_input_and_mask(
    studio: Studio, house: House, inpainted: ImageView
) -> None:
    ear = Ear(studio)
    job = studio.remake_image(inpainted.id, "local")
    own = read_png(studio.image(inpainted.id, "local")).request
    assert own is not None
    assert job.request.model_dump(exclude={"exact"}) == own.model_dump(exclude={"exact"})
    assert job.request.exact
    house.engine.draw(job.id, 0, OTHER)
    house.engine.finish(job.id, 0)
    ear.until("job", id=job.id, state="done")
    done = studio.job(job.id, "local")
    assert done.remade is not None
    assert done.remade.equal
    assert parents(studio, done.images[0].id) == parents(studio, inpainted.id)


@pytest.mark.parametrize(
    ("pixels", "words"), [(PICTURE, "another picture"), (MASK, "a mask")], ids=["init", "mask"]
)
def test_picture_whose_input_is_gone_says_what_is_missing(
    studio: Studio, inpainted: ImageView, pixels: Pixels, words: str
) -> None:
    sha256 = content_hash(pixels)
    studio.sources.path(sha256, "local").unlink()
    data = studio.image(inpainted.id, "local").read_bytes()
    said = rf"made from {words} \(its hash begins with {sha256[:10]}\), which is not here"
    for remake in (
        lambda: studio.remake_image(inpainted.id, "local"),
        lambda: studio.remake_upload(data, "local"),
    ):
        with pytest.raises(WebuiError, match=said):
            remake()
    send(studio, pixels)
    assert studio.remake_image(inpainted.id, "local").state == "queued"


def test_picture_of_somebody_elses_input_is_not_made_again(
    studio: Studio, inpainted: ImageView
) -> None:
    studio._rows.add_owner("bob", "Bob", 0.0)
    data = studio.image(inpainted.id, "local").read_bytes()
    with pytest.raises(WebuiError, match="Send that one, then try again"):
        studio.remake_upload(data, "bob")
    for pixels in (PICTURE, MASK):
        send(studio, pixels, "bob")
    assert studio.remake_upload(data, "bob").state == "queued"


def test_picture_that_lies_about_its_input_is_not_made_again(
    studio: Studio, inpainted: ImageView
) -> None:
    request = read_png(studio.image(inpainted.id, "local")).request
    assert request is not None
    lying = request.model_copy(update={"init_width": 9999, "out_width": 9999})
    with pytest.raises(BadFile, match="damaged"):
        studio.remake_upload(write_png(bytes(3), (1, 1), lying, {}, ""), "local")
    assert len(studio.jobs("local")) == 1


def test_enlarged_picture_is_made_again_without_a_checkpoint(studio: Studio, house: House) -> None:
    job = ask(studio, "upscale", init=send(studio, PICTURE).sha256)
    image = finish(studio, house, job, noise(66, 42))[0]
    again = studio.remake_image(image.id, "local")
    assert again.request == job.request.model_copy(update={"exact": True})
    assert parents(studio, image.id) == [("init", content_hash(PICTURE), None)]


def test_picture_of_several_inputs_is_made_again_from_its_own(studio: Studio, house: House) -> None:
    inputs = [send(studio, PICTURE).sha256, send(studio, OTHER).sha256]
    job = ask(studio, "image_to_image", init=inputs)
    images = finish(studio, house, job, noise(33, 21, 2), noise(33, 21, 3))
    assert [studio.remake_image(one.id, "local").request.init for one in images] == inputs


def test_picture_as_another_kind_of_file_still_says_what_it_came_from(
    studio: Studio, inpainted: ImageView
) -> None:
    data = studio.image_as(inpainted.id, "jpeg", "local")
    with Image.open(io.BytesIO(data)) as picture:
        text = str(picture.getexif()[270]).removeprefix("darkroom:")
    kept = ResolvedRequest.model_validate(json.loads(text)["request"])
    assert kept.inputs == {"init": content_hash(PICTURE), "mask": content_hash(MASK)}
