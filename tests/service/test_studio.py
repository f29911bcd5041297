"""The studio: accepting, remembering, saving, telling, and whose is what."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.service.conftest import Ear, House
from webui.engine import EngineStatus
from webui.errors import DiskTrouble, NotFound, RequestRejected
from webui.events import Cancelled, Failed, PictureReady, Preview, Progress, Started
from webui.request import TextToImage, read_png
from webui.service import Studio
from webui.service import files as service_files


def a_request(**changes: object) -> TextToImage:
    return TextToImage.model_validate({"prompt": "a boat", **changes})


def test_accepted_job_is_resolved_stored_and_handed_over(studio: Studio, house: House) -> None:
    view = studio.submit(a_request(), "local")
    assert (view.state, view.request.seed, view.request.sampler) == ("queued", 11, "euler")
    assert house.engine.submitted == [(view.id, "local", view.request, ())]
    assert studio.job(view.id, "local") == view


def test_refused_request_leaves_nothing_behind(studio: Studio, house: House) -> None:
    with pytest.raises(RequestRejected, match="There is: euler, heun"):
        studio.submit(a_request(sampler="nope"), "local")
    assert studio.jobs("local") == []
    assert house.engine.submitted == []


def test_finished_picture_is_saved_whole_with_both_chunks(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(batch_size=2, seed=5), "local")
    house.engine.finish(job.id, 2)
    ear.until("job", state="done")
    done = studio.job(job.id, "local")
    assert [(image.index, image.seed) for image in done.images] == [(0, 5), (1, 6)]
    metadata = read_png(studio.image(done.images[1].id, "local"))
    assert metadata.request == job.request.alone(1)
    assert metadata.made_with == {"device": "fake", "darkroom": "test"}
    assert metadata.pairs["Seed"] == "6"
    assert metadata.pairs["Prompt"] == "a boat"
    assert list(house.outputs.rglob("*.part")) == []


def test_request_of_a_picture_makes_exactly_that_picture(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(batch_count=3, seed=5), "local")
    house.engine.finish(job.id, 3)
    ear.until("job", state="done")
    image = studio.job(job.id, "local").images[2]
    again = job.request.alone(image.index)
    assert (again.seed, again.pictures) == (7, 1)


def test_progress_place_and_eta_are_seen_while_the_job_runs(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.note(EngineStatus("ready", standing=(("other", 1.0), (job.id, 4.0))))
    assert ear.until("place").data == {"job": job.id, "place": 1, "eta": 4.0}
    assert (studio.job(job.id, "local").place, studio.job(job.id, "local").eta) == (1, 4.0)
    house.engine.listener(Started(job.id))
    house.engine.listener(Progress(job.id, 2, 5, 0.4, 3.0))
    ear.until("progress", step=2)
    view = studio.job(job.id, "local")
    assert (view.state, view.progress, view.step, view.eta) == ("running", 0.4, 2, 3.0)


def test_failed_job_tells_its_owner_why(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.listener(Failed(job.id, "Too large. Choose less.", "width"))
    told = ear.until("job", state="failed")
    assert told.data["error"] == {"message": "Too large. Choose less.", "field": "width"}


def test_cancelling_is_final_and_no_picture_follows(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    assert studio.cancel(job.id, "local").state == "cancelled"
    house.engine.picture(job.id, 0)
    house.engine.listener(Cancelled(job.id))
    other = studio.submit(a_request(), "local")
    house.engine.finish(other.id)
    ear.until("job", state="done")
    assert house.engine.cancelled == [job.id]
    assert len(house.pictures()) == 1
    assert studio.cancel(other.id, "local").state == "done"


def test_what_is_somebody_elses_looks_as_if_it_were_not_there(house: House) -> None:
    studio = house.open()
    studio._rows.add_owner("bob", "Bob", 0.0)
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.finish(job.id)
    ear.until("job", state="done")
    image = studio.job(job.id, "local").images[0].id
    for ask in (studio.job, studio.cancel):
        with pytest.raises(NotFound):
            ask(job.id, "bob")
    for look in (studio.image, studio.remake_image, studio.delete_image):
        with pytest.raises(NotFound):
            look(image, "bob")
    with pytest.raises(NotFound):
        studio.subscribe("bob", job.id, None, lambda told: None)
    assert studio.jobs("bob") == []
    assert studio.images("bob") == []
    studio.close()


def test_owner_hears_nothing_of_others(house: House) -> None:
    studio = house.open()
    studio._rows.add_owner("bob", "Bob", 0.0)
    bob, local = Ear(studio, "bob"), Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.finish(job.id)
    local.until("job", state="done")
    assert bob.told.empty()
    studio.close()


def test_deleted_picture_is_gone_from_disk_and_lists(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.finish(job.id)
    ear.until("job", state="done")
    image = studio.images("local")[0]
    studio.delete_image(image.id, "local")
    ear.until("deleted", image=image.id)
    assert house.pictures() == []
    assert studio.images("local") == []
    assert studio.job(job.id, "local").images == ()


def test_picture_whose_file_vanished_is_said_so(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.finish(job.id)
    ear.until("job", state="done")
    house.pictures()[0].unlink()
    with pytest.raises(NotFound, match="moved or deleted"):
        studio.image(studio.images("local")[0].id, "local")


def test_accepted_jobs_are_handed_over_again_after_a_restart(house: House) -> None:
    studio = house.open()
    ear = Ear(studio)
    first = studio.submit(a_request(batch_count=3), "local")
    second = studio.submit(a_request(), "local")
    house.engine.listener(Started(first.id))
    house.engine.picture(first.id, 1)
    ear.until("image")
    studio.close()
    (house.outputs / "2023-11-14").mkdir(parents=True, exist_ok=True)
    half = house.outputs / "2023-11-14" / "x.png.part"
    half.write_bytes(b"half")
    again = house.open()
    assert [(job, skip) for job, _, _, skip in house.engine.submitted] == [
        (first.id, (1,)),
        (second.id, ()),
    ]
    assert not half.exists()
    assert again.job(second.id, "local").state == "queued"
    again.close()


def test_picture_made_twice_is_there_once(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.picture(job.id, 0)
    house.engine.finish(job.id)
    ear.until("job", state="done")
    assert len(house.pictures()) == len(studio.images("local")) == 1


def test_previews_are_asked_for_only_while_somebody_listens(studio: Studio, house: House) -> None:
    job = studio.submit(a_request(), "local")
    assert house.engine.watched[job.id] is False
    ear = Ear(studio)
    assert house.engine.watched[job.id] is True
    later = studio.submit(a_request(), "local")
    assert house.engine.watched[later.id] is True
    deaf = studio.subscribe("local", None, None, ear.told.put, previews=False)
    studio.unsubscribe(ear.subscription)
    assert house.engine.watched == {job.id: False, later.id: False}
    studio.unsubscribe(deaf)


def test_who_comes_late_is_told_the_state_and_the_last_preview(
    studio: Studio, house: House
) -> None:
    first = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.listener(Preview(job.id, 0, 2, 2, 2, bytes(12)))
    first.until("preview")
    late = Ear(studio)
    assert late.until("job").data["id"] == job.id
    assert late.until("preview").data["url"].startswith("data:image/jpeg;base64,")


def test_who_was_away_hears_what_was_missed_once(studio: Studio, house: House) -> None:
    first = Ear(studio)
    job = studio.submit(a_request(), "local")
    seen = first.until("job")
    house.engine.finish(job.id)
    first.until("job", state="done")
    back = Ear.__new__(Ear)
    back.told = type(first.told)()
    studio.subscribe("local", job.id, seen.id, back.told.put)
    kinds = []
    while not kinds or kinds[-1] != ("job", "done"):
        told = back.told.get(timeout=10)
        kinds.append((told.kind, told.data.get("state")))
    assert kinds == [("job", "running"), ("image", None), ("job", "done")]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_disk_that_fails_ends_the_job_with_words_and_leaves_no_half_file(
    studio: Studio, house: House, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(service_files.os, failing, full)
        house.engine.finish(job.id)
        told = ear.until("job", state="failed")
    assert "is full" in told.data["error"]["message"]
    assert house.engine.cancelled == [job.id]
    assert [path for path in house.outputs.rglob("*") if path.is_file()] == []
    other = studio.submit(a_request(), "local")
    house.engine.finish(other.id)
    ear.until("job", state="done", id=other.id)


def test_job_that_would_not_fit_on_the_disk_is_refused_with_numbers(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1 << 20})()
    monkeypatch.setattr(service_files.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskTrouble, match="1 MiB left"):
        studio.submit(a_request(), "local")
    assert studio.jobs("local") == []


def test_one_owner_cannot_fill_the_queue_without_end(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.service.studio._MOST_WAITING", 3)
    for _ in range(3):
        studio.submit(a_request(), "local")
    with pytest.raises(RequestRejected, match="waiting already"):
        studio.submit(a_request(), "local")


def test_jobs_are_listed_newest_first_and_in_pages(studio: Studio) -> None:
    ids = [studio.submit(a_request(), "local").id for _ in range(5)]
    page = [job.id for job in studio.jobs("local", 2)]
    assert page == ids[:-3:-1]
    assert [job.id for job in studio.jobs("local", 2, page[-1])] == ids[2:0:-1]


def test_file_names_sort_by_time_and_name_job_number_and_seed(studio: Studio, house: House) -> None:
    ear = Ear(studio)
    job = studio.submit(a_request(seed=42), "local")
    house.engine.finish(job.id)
    ear.until("job", state="done")
    path = house.pictures()[0]
    assert path.name.endswith(f"-{job.id[:8]}-001-42.png")
    assert path.parent.name.count("-") == 2
    with Image.open(path) as picture:
        assert picture.size == (16, 16)


def test_event_of_an_unknown_job_is_ignored(studio: Studio, house: House) -> None:
    house.engine.listener(PictureReady("ghost", 0, 16, 16, {}, bytes(768)))
    ear = Ear(studio)
    job = studio.submit(a_request(), "local")
    house.engine.finish(job.id)
    ear.until("job", state="done")
    assert len(house.pictures()) == 1


def test_closing_stops_the_engine_and_saves_what_was_finished(house: House) -> None:
    studio = house.open()
    job = studio.submit(a_request(), "local")
    house.engine.finish(job.id)
    studio.close()
    assert house.engine.closed
    assert len(house.pictures()) == 1


def test_folder_of_the_outputs_is_made_when_first_needed(house: House, tmp_path: Path) -> None:
    studio = house.open()
    assert not house.outputs.exists()
    studio.close()
