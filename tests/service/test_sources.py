"""Pictures that people send: kept by what is in them, each for its owner, and used by name."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy import typing as npt
from PIL import Image

from tests.images.pixels import gradient, noise, rectangle
from tests.service.conftest import Ear, House
from webui.errors import BadFile, DiskTrouble, NotFound, RequestRejected
from webui.images.content import content_hash, kept_path
from webui.request import Input, parse, read_png
from webui.service import InputView, JobView, Studio, sources
from webui.service import files as service_files

Pixels = npt.NDArray[np.uint8]
WEEK = 7 * 86_400
PICTURE = noise(33, 21)
MASK = rectangle(33, 21, (4, 5, 12, 20))


def as_file(pixels: Pixels, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def with_alpha(pixels: Pixels, alpha: Pixels) -> Pixels:
    return np.dstack([pixels, alpha])


def send(studio: Studio, pixels: Pixels, owner: str = "local") -> InputView:
    return studio.sources.keep(as_file(pixels), owner)


def ask(studio: Studio, kind: str, owner: str = "local", **fields: object) -> JobView:
    return studio.submit(parse({"kind": kind, "prompt": "a boat", **fields}), owner)


def make(studio: Studio, house: House, pixels: Pixels, owner: str = "local") -> str:
    """The id of a finished picture of these pixels."""
    ear = Ear(studio, owner)
    job = studio.submit(parse({"prompt": "a boat"}), owner)
    house.engine.draw(job.id, 0, pixels)
    house.engine.finish(job.id, 0)
    ear.until("job", id=job.id, state="done")
    return studio.job(job.id, owner).images[0].id


@pytest.fixture
def shared(house: House) -> Iterator[Studio]:
    """A studio of two owners."""
    studio = house.open()
    studio._rows.add_owner("bob", "Bob", 0.0)
    yield studio
    studio.close()


def kept_files(house: House) -> list[Path]:
    return sorted(house.inputs.folder.rglob("*.png"))


# --- sending ---


def test_sent_picture_is_kept_with_every_pixel(studio: Studio, house: House) -> None:
    view = send(studio, PICTURE)
    assert (view.sha256, view.width, view.height) == (content_hash(PICTURE), 21, 33)
    assert (view.has_alpha, view.notes) == (False, ())
    assert view.url == f"/api/v1/inputs/{view.sha256}"
    path = studio.sources.path(view.sha256, "local")
    assert path == kept_path(house.inputs.folder, view.sha256)
    with Image.open(path) as picture:
        assert np.array_equal(np.array(picture), PICTURE)


def test_photograph_is_kept_upright_and_without_what_else_it_carried(studio: Studio) -> None:
    exif = Image.Exif()
    exif[274], exif[271] = 6, "A camera"
    data = as_file(gradient(40, 60), "JPEG", exif=exif, comment=b"secret", quality=95)
    view = studio.sources.keep(data, "local")
    assert (view.width, view.height) == (40, 60)
    kept = studio.sources.path(view.sha256, "local").read_bytes()
    with Image.open(io.BytesIO(kept)) as picture:
        # what was left is above, after a turn to the right
        assert not picture.getexif()
        top = np.array(picture)[0].astype(int)
    assert top[0, 1] > 200 > 60 > top[-1, 1]
    assert b"camera" not in kept
    assert b"secret" not in kept


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "WEBP", "GIF"])
def test_same_pixels_in_another_file_are_the_same_input(
    studio: Studio, house: House, kind: str
) -> None:
    grey = np.repeat(noise(20, 30)[..., :1], 3, 2)
    options = {"lossless": True} if kind == "WEBP" else {}
    views = [studio.sources.keep(as_file(grey, k), "local") for k in ("PNG", "PNG")]
    views.append(studio.sources.keep(as_file(grey, kind, **options), "local"))
    assert len({view.sha256 for view in views}) == 1
    assert len(kept_files(house)) == 1


def test_alpha_is_kept_only_where_something_shows_through(studio: Studio) -> None:
    clear, opaque = (with_alpha(PICTURE, alpha) for alpha in (MASK, np.full_like(MASK, 255)))
    assert send(studio, clear).has_alpha
    view = send(studio, opaque)
    assert (view.has_alpha, view.sha256) == (False, content_hash(PICTURE))


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"%PDF-1.4", as_file(PICTURE)[:200], b"<svg></svg>"]
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    studio: Studio, house: House, data: bytes
) -> None:
    with pytest.raises(BadFile, match="The picture"):
        studio.sources.keep(data, "local")
    assert kept_files(house) == []


def test_file_of_a_picture_is_named_in_what_is_said_of_it(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("no picture")
    with pytest.raises(BadFile, match=r"note\.txt is no picture"):
        studio.sources.keep(path, "local", path.name)


# --- using ---


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("image_to_image", {}),
        ("inpaint", {}),
        ("outpaint", {"ratio": "1:1"}),
        ("upscale", {}),
    ],
)
def test_sent_picture_is_what_a_job_begins_with(
    studio: Studio, house: House, kind: str, fields: dict[str, object]
) -> None:
    view = send(studio, with_alpha(PICTURE, MASK))
    job = ask(studio, kind, init=view.sha256, **fields)
    assert (job.request.init, job.request.init_width, job.request.init_height) == (
        *(view.sha256, 21, 33),
    )
    assert house.engine.submitted == [(job.id, "local", job.request, ())]


HOSTILE = [
    "",
    "image:",
    "image:1",
    "image:' OR 1=1 --",
    "image:../../studio.db",
    "../" * 60,
    "0" * 64,
    "' OR '1'='1",
    "\0",
    "x" * 200,
    "%",
    "*",
]


@pytest.mark.parametrize("reference", HOSTILE, ids=repr)
def test_picture_that_is_not_there_is_refused_by_field(studio: Studio, reference: str) -> None:
    view = send(studio, PICTURE)
    make_nothing = [
        ("image_to_image", "init", {}),
        ("inpaint", "mask", {"init": view.sha256}),
        ("upscale", "origin", {"init": view.sha256}),
    ]
    for kind, field, others in make_nothing:
        if not reference and field != "init":
            continue
        with pytest.raises(RequestRejected) as refused:
            ask(studio, kind, **{**others, field: reference})
        assert refused.value.field == field
    assert studio.jobs("local") == []


def test_input_whose_file_is_gone_says_to_send_it_again(studio: Studio, house: House) -> None:
    view = send(studio, PICTURE)
    kept_files(house)[0].unlink()
    with pytest.raises(RequestRejected, match="Send it again") as refused:
        ask(studio, "image_to_image", init=view.sha256)
    assert refused.value.field == "init"
    with pytest.raises(NotFound):
        studio.sources.path(view.sha256, "local")
    assert send(studio, PICTURE) == view
    assert ask(studio, "image_to_image", init=view.sha256).state == "queued"


def test_name_of_an_upscaler_that_is_not_there_is_refused_with_what_there_is(
    studio: Studio,
) -> None:
    view = send(studio, PICTURE)
    for name in ("no such", "../../etc/passwd", "\0", "x" * 200, "."):
        with pytest.raises(RequestRejected, match=r"There is: lanczos") as refused:
            ask(studio, "upscale", init=view.sha256, upscaler_2=name)
        assert refused.value.field == "upscaler_2"


# --- whose it is ---


def test_input_of_another_cannot_be_read_or_used(shared: Studio) -> None:
    view = send(shared, PICTURE)
    mine = send(shared, noise(8, 8), "bob")
    with pytest.raises(NotFound):
        shared.sources.path(view.sha256, "bob")
    for kind, fields in (
        ("image_to_image", {"init": view.sha256}),
        ("inpaint", {"init": mine.sha256, "mask": view.sha256}),
        ("outpaint", {"init": mine.sha256, "left": 8, "origin": view.sha256}),
    ):
        with pytest.raises(RequestRejected, match="no such picture of yours"):
            ask(shared, kind, "bob", **fields)
        cost = shared.cost(parse({"kind": kind, **fields}), "bob")
        assert cost.error is not None
    assert shared.jobs("bob") == []


def test_picture_of_another_cannot_be_used(shared: Studio, house: House) -> None:
    image = make(shared, house, PICTURE)
    for field in ("init", "origin"):
        mine = send(shared, noise(8, 8), "bob")
        fields = {"init": mine.sha256, field: f"image:{image}"}
        with pytest.raises(RequestRejected, match=r"no picture .* of yours"):
            ask(shared, "image_to_image", "bob", **fields)
    with pytest.raises(NotFound):
        shared.sources.lineage(image, "bob")


def test_two_owners_may_send_the_same_picture(shared: Studio, house: House) -> None:
    first, second = send(shared, PICTURE), send(shared, PICTURE, "bob")
    assert first == second
    assert len(kept_files(house)) == 1
    for owner in ("local", "bob"):
        assert ask(shared, "image_to_image", owner, init=first.sha256).state == "queued"


# --- own pictures ---


def test_own_picture_begins_another_one(studio: Studio, house: House) -> None:
    image = make(studio, house, PICTURE)
    job = ask(studio, "image_to_image", init=f"image:{image}")
    assert job.request.init == content_hash(PICTURE)
    assert job.request.final_size == (21, 33)
    assert len(kept_files(house)) == 1
    again = ask(studio, "image_to_image", init=job.request.init, seed=job.request.seed)
    assert again.request == job.request


def test_deleted_picture_begins_nothing(studio: Studio, house: House) -> None:
    image = make(studio, house, PICTURE)
    ask(studio, "image_to_image", init=f"image:{image}")
    studio.delete_image(image, "local")
    for field in ("init", "origin"):
        view = send(studio, noise(8, 8))
        with pytest.raises(RequestRejected, match="no picture") as refused:
            ask(studio, "image_to_image", **{"init": view.sha256, field: f"image:{image}"})
        assert refused.value.field == field


def test_picture_whose_file_was_moved_begins_nothing(studio: Studio, house: House) -> None:
    image = make(studio, house, PICTURE)
    house.pictures()[0].unlink()
    with pytest.raises(RequestRejected, match="moved or deleted"):
        ask(studio, "image_to_image", init=f"image:{image}")


def test_telling_the_cost_keeps_no_second_copy(studio: Studio, house: House) -> None:
    image = make(studio, house, PICTURE)
    request = parse({"kind": "image_to_image", "init": f"image:{image}", "steps": 10})
    cost = studio.cost(request)
    assert (cost.pictures, cost.steps, cost.error) == (1, 6, None)
    written = kept_files(house)[0].stat().st_mtime_ns
    assert studio.cost(request) == cost
    assert kept_files(house)[0].stat().st_mtime_ns == written
    assert house.engine.submitted[1:] == []


# --- a word about masks ---

BLANK = "The mask is empty, so the picture stays as it is."
FULL = "The mask covers everything, so the whole picture is drawn anew."


@pytest.mark.parametrize(
    ("level", "fields", "words"),
    [
        (0, {}, (BLANK,)),
        (255, {}, (FULL,)),
        (0, {"mask_invert": True}, (FULL,)),
        (255, {"mask_invert": True}, (BLANK,)),
    ],
)
def test_mask_of_nothing_or_everything_is_said(
    studio: Studio, level: int, fields: dict[str, object], words: tuple[str, ...]
) -> None:
    init, mask = send(studio, PICTURE), send(studio, np.full_like(PICTURE, level))
    job = ask(studio, "inpaint", init=init.sha256, mask=mask.sha256, **fields)
    assert job.notes == words
    assert studio.job(job.id, "local").notes == words


def test_usual_masks_need_no_word(studio: Studio) -> None:
    init, mask = send(studio, PICTURE), send(studio, np.repeat(MASK[..., None], 3, 2))
    for invert in (False, True):
        fields = {"init": init.sha256, "mask": mask.sha256, "mask_invert": invert}
        assert ask(studio, "inpaint", **fields).notes == ()
    assert ask(studio, "image_to_image", init=init.sha256).notes == ()


def test_mask_that_shrinks_to_nothing_is_said(studio: Studio) -> None:
    init, mask = send(studio, PICTURE), send(studio, np.repeat(MASK[..., None], 3, 2))
    for grow, words in ((-100, (BLANK,)), (-1, ()), (1, ())):
        fields = {"init": init.sha256, "mask": mask.sha256, "mask_grow": grow}
        assert ask(studio, "inpaint", **fields).notes == words


def test_growth_of_a_mask_is_not_computed_for_its_note(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seconds at many megapixels, and a person waits for the answer."""
    looked: list[int] = []
    real = sources.grown

    def grown(mask: Pixels, pixels: int) -> Pixels:
        looked.append(pixels)
        return real(mask, pixels)

    monkeypatch.setattr(sources, "grown", grown)
    init, mask = send(studio, PICTURE), send(studio, np.repeat(MASK[..., None], 3, 2))
    for grow in (100, 0, -1):
        ask(studio, "inpaint", init=init.sha256, mask=mask.sha256, mask_grow=grow)
    assert looked == [-1]


@pytest.mark.parametrize("level", [1, 128, 254])
def test_mask_that_leaves_a_little_everywhere_is_not_called_full(
    studio: Studio, level: int
) -> None:
    init, mask = send(studio, PICTURE), send(studio, np.full_like(PICTURE, level))
    assert ask(studio, "inpaint", init=init.sha256, mask=mask.sha256).notes == ()


@pytest.mark.parametrize("grow", [-3, 3])
def test_faint_mask_that_growing_and_shrinking_drop_is_said(studio: Studio, grow: int) -> None:
    init, mask = send(studio, PICTURE), send(studio, np.full_like(PICTURE, 100))
    fields = {"init": init.sha256, "mask": mask.sha256, "mask_grow": grow}
    assert ask(studio, "inpaint", **fields).notes == (BLANK,)


def test_alpha_that_is_a_full_mask_is_said(studio: Studio) -> None:
    clear = send(studio, with_alpha(PICTURE, np.zeros_like(MASK)))
    assert ask(studio, "inpaint", init=clear.sha256).notes == (FULL,)
    half = send(studio, with_alpha(PICTURE, MASK))
    assert ask(studio, "inpaint", init=half.sha256).notes == ()


# --- a word about what shows through ---

ON_WHITE = "What is transparent in the picture stands on white."


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("image_to_image", {}),
        ("outpaint", {"left": 8}),
        ("upscale", {}),
        ("upscale", {"strength": 0.3}),
    ],
)
def test_transparent_picture_is_said_to_stand_on_white(
    studio: Studio, kind: str, fields: dict[str, object]
) -> None:
    clear, solid = send(studio, with_alpha(PICTURE, MASK)), send(studio, PICTURE)
    job = ask(studio, kind, init=clear.sha256, **fields)
    assert job.notes == (ON_WHITE,)
    assert studio.job(job.id, "local").notes == (ON_WHITE,)
    assert ask(studio, kind, init=solid.sha256, **fields).notes == ()


def test_words_alone_and_inpainting_have_no_word_about_white(studio: Studio) -> None:
    clear = send(studio, with_alpha(PICTURE, MASK))
    assert ask(studio, "inpaint", init=clear.sha256).notes == ()
    assert studio.submit(parse({"prompt": "a boat"}), "local").notes == ()


# --- what is only enlarged ---


def test_enlarged_picture_is_saved_with_its_request(studio: Studio, house: House) -> None:
    view = send(studio, PICTURE)
    ear = Ear(studio)
    job = ask(studio, "upscale", init=view.sha256)
    house.engine.draw(job.id, 0, noise(66, 42))
    house.engine.finish(job.id, 0)
    ear.until("job", id=job.id, state="done")
    image = studio.job(job.id, "local").images[0]
    assert (image.width, image.height) == (42, 66)
    metadata = read_png(studio.image(image.id, "local"))
    assert metadata.request == job.request
    assert metadata.pairs == {
        "Prompt": "",
        "Negative prompt": "",
        "Postprocess upscale by": "2",
        "Postprocess upscaler": "Lanczos",
        "Version": "Darkroom test",
    }


def test_time_of_what_is_only_enlarged_is_not_told_by_steps(studio: Studio, house: House) -> None:
    make(studio, house, PICTURE)
    view = send(studio, PICTURE)
    cost = studio.cost(parse({"kind": "upscale", "init": view.sha256}))
    assert (cost.pictures, cost.seconds, cost.error) == (1, None, None)
    fields = {"kind": "image_to_image", "init": view.sha256}
    assert studio.cost(parse({**fields, "strength": 0})).seconds is None
    seconds = studio.cost(parse(fields)).seconds
    assert seconds is not None
    assert seconds > 0


def test_time_counts_the_pixels_of_the_second_pass(studio: Studio, house: House) -> None:
    make(studio, house, PICTURE)
    plain, hires = (
        studio.cost(parse({"steps": 10, "hires_scale": scale, "hires_strength": 1})).seconds
        for scale in (1, 2)
    )
    assert plain is not None
    assert hires == pytest.approx(5 * plain)


def test_space_is_reckoned_by_what_comes_out(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = send(studio, noise(1024, 1024))
    usage = type("Usage", (), {"free": 100 << 20})()
    monkeypatch.setattr(service_files.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskTrouble, match="up to 256 MiB"):
        ask(studio, "upscale", init=view.sha256, scale=8)
    assert ask(studio, "upscale", init=view.sha256, scale=2).state == "queued"


# --- sweeping ---


def test_only_old_inputs_that_nothing_began_with_are_swept(studio: Studio, house: House) -> None:
    used, idle, fresh = (send(studio, noise(8, 8, seed)) for seed in range(3))
    mask = send(studio, noise(8, 8, 9))
    ask(studio, "inpaint", init=used.sha256, mask=mask.sha256)
    now = house.clock() + WEEK + 60
    for view in (used, idle, mask):
        os.utime(studio.sources.path(view.sha256, "local"), (now - WEEK - 1,) * 2)
    os.utime(studio.sources.path(fresh.sha256, "local"), (now - 5,) * 2)
    send(studio, noise(8, 8, 2))  # once more makes it new
    assert studio.sources.sweep(now - 2 * WEEK) == 0
    stale = kept_path(house.inputs.folder, "0" * 64)
    stale.parent.mkdir(exist_ok=True)
    stale.write_bytes(b"")
    os.utime(stale, (now - 9 * WEEK,) * 2)
    removed = studio.sources.sweep(now)
    left = {path.stem for path in kept_files(house)}
    assert (removed, left & {idle.sha256}) == (1, set())
    assert {used.sha256, mask.sha256, fresh.sha256} <= left
    with pytest.raises(NotFound):
        studio.sources.path(idle.sha256, "local")
    assert ask(studio, "image_to_image", init=used.sha256).state == "queued"


def test_inputs_of_commands_are_never_swept_by_a_studio_that_does_not_know_them(
    studio: Studio, house: House
) -> None:
    sha256 = house.inputs.keep(PICTURE)
    os.utime(kept_path(house.inputs.folder, sha256), (1, 1))
    assert studio.sources.sweep(house.clock() + 99 * WEEK) == 0
    assert len(kept_files(house)) == 1


def test_input_that_another_owner_uses_stays(shared: Studio, house: House) -> None:
    view = send(shared, PICTURE)
    send(shared, PICTURE, "bob")
    ask(shared, "image_to_image", "bob", init=view.sha256)
    os.utime(kept_files(house)[0], (1, 1))
    assert shared.sources.sweep(house.clock() + 9 * WEEK) == 0
    assert shared.sources.path(view.sha256, "local").is_file()


def test_half_written_inputs_go_at_the_next_start(house: House) -> None:
    part = house.inputs.folder / "ab" / f"{'ab' * 32}.png.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    house.open().close()
    assert not part.exists()


def test_studio_of_a_command_leaves_the_inputs_of_others_alone(house: House) -> None:
    """The folder is that of another studio, which may be running."""
    first = house.open()
    view = send(first, PICTURE)
    first.close()
    (path,) = kept_files(house)
    half = path.parent / f"{'ab' * 32}.png.part"
    half.write_bytes(b"half")
    for file in (path, half):
        os.utime(file, (1, 1))
    house.clock = lambda: 1_700_000_000.0 + 9 * WEEK
    house.open(lambda reference, field: Input(reference, 21, 33)).close()
    assert kept_files(house) == [path]
    assert half.exists()
    house.open().close()
    assert kept_files(house) == []
    assert not half.exists()
    assert view.sha256 == path.stem
