"""Grids and pictures made again: what is kept, and what their owner is told."""

import hashlib
import io
from dataclasses import replace
from itertools import product

import pytest
from PIL import Image

from tests.service.conftest import CHOICES, Ear
from webui.errors import BadFile, RequestRejected, WebuiError
from webui.request import parse, read_png
from webui.request.choices import Style
from webui.service.reading import found_in

GRID = {
    "kind": "grid",
    "base": {"prompt": "a red house", "seed": 5},
    "x": {"field": "steps", "values": "2-4"},
    "y": {"field": "replace", "values": "red, blue"},
}


@pytest.fixture
def made(studio, house):
    """A grid that is finished, as its owner sees it."""
    ear = Ear(studio)
    job = studio.submit(parse(GRID), "local")
    house.engine.finish(job.id, 6)
    ear.until("job", id=job.id, state="done")
    return studio.job(job.id, "local")


def test_a_grid_gives_every_picture_and_the_sheet(made, house):
    assert [image.index for image in made.images] == [0, 1, 2, 3, 4, 5, 6]
    assert [path.name.split("-")[-1] for path in house.pictures()] == ["5.png"] * 6 + ["grid.png"]
    assert made.steps == 2 * (2 + 3 + 4)


def test_every_picture_of_a_grid_carries_its_own_request(made, studio):
    requests = [read_png(studio.image(one.id, "local")).request for one in made.images[:6]]
    assert [(one.steps, one.prompt) for one in requests] == [
        (steps, f"a {colour} house") for colour in ("red", "blue") for steps in (2, 3, 4)
    ]
    assert all(one.each == () and one.sheet is None for one in requests)


def test_the_sheet_carries_the_whole_grid(made, studio):
    path = studio.image(made.images[6].id, "local")
    assert read_png(path).request == made.request
    with Image.open(path) as sheet:
        assert sheet.width > 3 * 16
        assert sheet.height > 2 * 16


def test_a_sheet_is_drawn_also_when_a_picture_was_deleted_meanwhile(studio, house):
    ear = Ear(studio)
    job = studio.submit(parse(GRID), "local")
    house.engine.picture(job.id, 0)
    first = ear.until("image").data["image"]
    studio.delete_image(first["id"], "local")
    for index in range(1, 6):
        house.engine.picture(job.id, index)
    house.engine.finish(job.id, 0)
    ear.until("job", id=job.id, state="done")
    assert studio.job(job.id, "local").images[-1].index == 6


def test_cost_is_told_before_anything_is_accepted(studio, house):
    cost = studio.cost(parse(GRID))
    assert (cost.pictures, cost.steps, cost.seconds) == (6, 18, None)
    assert house.engine.submitted == []


def test_cost_in_seconds_follows_what_was_measured(studio, house):
    ear = Ear(studio)
    job = studio.submit(parse({"steps": 10}), "local")
    house.engine.finish(job.id)
    ear.until("job", id=job.id, state="done")
    assert studio.cost(parse({"steps": 20})).seconds == pytest.approx(2.0)


def test_words_drawn_by_chance_are_other_ones_in_every_picture(studio, house):
    job = studio.submit(
        parse({"prompt": "a {red|blue|green|pink} cat", "batch_count": 12}), "local"
    )
    prompts = [job.request.alone(index).prompt for index in range(12)]
    assert len(set(prompts)) > 1
    assert {prompt.split()[1] for prompt in prompts} <= {"red", "blue", "green", "pink"}
    assert {job.request.alone(index).template for index in range(12)} == {job.request.prompt}
    again = studio.submit(
        parse({"prompt": "a {red|blue|green|pink} cat", "batch_count": 12}), "local"
    )
    assert again.request.each == job.request.each


def test_a_wildcard_is_read_from_its_file(studio, house):
    folder = house.words.folder / "wildcards"
    folder.mkdir(parents=True)
    (folder / "animal.txt").write_text("cat\n", "utf-8")
    assert studio.submit(parse({"prompt": "a __animal__"}), "local").request.prompt == "a cat"
    with pytest.raises(RequestRejected, match=r"animal[\s\S]*\^"):
        studio.submit(parse({"prompt": "a __anmal__"}), "local")


def test_drawn_prompts_carry_their_template_once(studio):
    asked = "x" * 15_000 + "{a|b}"
    made = studio.submit(parse({"prompt": asked, "batch_count": 50}), "local").request
    assert made.template == asked
    assert all(one.keys() <= {"prompt", "seed"} for one in made.each)
    with pytest.raises(RequestRejected, match="too many words"):
        studio.submit(parse({"prompt": asked, "batch_size": 16, "batch_count": 100}), "local")


def test_styles_are_put_around_both_prompts(studio, house):
    house.words.folder.mkdir()
    (house.words.folder / "styles.csv").write_text(
        'name,prompt,negative_prompt\nInk,"ink drawing of {prompt}, fine",colour\n', "utf-8"
    )
    made = studio.submit(parse({"prompt": "a cat", "styles": ["ink"]}), "local").request
    assert (made.prompt, made.negative_prompt) == ("ink drawing of a cat, fine", "colour")
    with pytest.raises(RequestRejected) as caught:
        studio.submit(parse({"styles": ["Inc"]}), "local")
    assert caught.value.field == "styles"


def safetensors(path, tensors=b"12345678"):
    """A file of that form; what is in it does not matter to who only names it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = b'{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + tensors)
    return path


def test_styles_are_taken_out_of_what_is_pasted(house):
    kept = replace(CHOICES, styles=(Style("Ink", "ink drawing of {prompt}", "colour"),))
    text = "ink drawing of a cat\nNegative prompt: dog, colour\nSteps: 4, Seed: 1, CFG scale: 3"
    found = found_in(text, kept, {})
    assert found.fields["prompt"] == "a cat"
    assert found.fields["negative_prompt"] == "dog"
    assert list(found.fields["styles"]) == ["Ink"]
    assert "styles" not in found_in(text, CHOICES, {}).fields


def test_a_lora_is_found_by_its_tag_with_both_hashes(studio, house):
    path = safetensors(house.words.folder / "loras" / "inks" / "Ink.safetensors")
    prompt = "a cat <lora:ink:0.8> # <lora:none:1>"
    used = studio.submit(parse({"prompt": prompt}), "local").request.files[1]
    assert (used.role, used.name) == ("lora", "ink")
    assert used.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert used.short_hash == hashlib.sha256(b"12345678").hexdigest()[:12]


def test_an_embedding_is_found_by_its_bare_name_and_not_inside_other_words(studio, house):
    safetensors(house.words.folder / "embeddings" / "teal.safetensors")

    def roles(**fields):
        return [file.role for file in studio.submit(parse(fields), "local").request.files]

    assert roles(prompt="a (Teal:1.2) cat") == ["checkpoint", "embedding"]
    assert roles(negative_prompt="teal") == ["checkpoint", "embedding"]
    assert roles(prompt="tealish, non-teal") == ["checkpoint"]


@pytest.mark.parametrize(
    ("fields", "said", "field"),
    [
        ({"prompt": "a cat <lora:ink:0.8>"}, "no lora called 'ink'", "prompt"),
        ({"prompt": "a <hypernet:ink:1>"}, "Hypernetworks cannot be used", "prompt"),
        ({"negative_prompt": "<lora:ink:1>"}, "belongs into the prompt", "negative_prompt"),
    ],
)
def test_a_tag_that_cannot_be_used_is_told_with_a_caret(studio, fields, said, field):
    with pytest.raises(RequestRejected, match=rf"{said}[\s\S]*\^") as caught:
        studio.submit(parse(fields), "local")
    assert caught.value.field == field


def test_more_names_than_a_picture_can_have_are_refused_and_nothing_is_kept(studio, house):
    safetensors(house.words.folder / "loras" / "abcdefg.safetensors")
    cases = ["".join(pair) for pair in product(*((a, a.upper()) for a in "abcdefg"))]
    tags = " ".join(f"<lora:{name}:0.1>" for name in cases)
    with pytest.raises(RequestRejected, match="128 LoRAs"):
        studio.submit(parse({"prompt": tags}), "local")
    with pytest.raises(RequestRejected, match="has a name of"):
        studio.submit(parse({"prompt": f"<lora:{'x/' * 150}abcdefg:1>"}), "local")
    assert studio.jobs("local") == []


def test_a_picture_whose_lora_was_replaced_is_not_made_again(studio, house):
    ear = Ear(studio)
    path = house.words.folder / "loras" / "ink.safetensors"
    safetensors(path)
    job = studio.submit(parse({"prompt": "a cat <lora:ink:1>"}), "local")
    house.engine.finish(job.id)
    image = ear.until("image").data["image"]
    ear.until("job", id=job.id, state="done")
    safetensors(path, b"87654321")
    with pytest.raises(WebuiError, match=r"lora ink .* is another one here"):
        studio.remake_image(image["id"], "local")
    path.unlink()
    with pytest.raises(WebuiError):
        studio.remake_image(image["id"], "local")


def test_a_picture_made_again_says_that_it_is_equal(studio, house):
    ear = Ear(studio)
    first = studio.submit(parse({"prompt": "a cat", "seed": 3}), "local")
    house.engine.finish(first.id)
    image = ear.until("image").data["image"]
    ear.until("job", id=first.id, state="done")
    again = studio.remake_image(image["id"], "local")
    assert again.request.exact
    assert again.request.model_copy(update={"exact": False}) == first.request
    house.engine.finish(again.id)
    told = ear.until("job", id=again.id, state="done").data
    assert told["remade"]["equal"]
    assert told["remade"]["words"] == "Equal: all 256 pixels are the same."
    assert studio.job(again.id, "local").remade.equal


def test_a_picture_that_comes_out_otherwise_is_measured(studio, house):
    ear = Ear(studio)
    job = studio.submit(parse({"batch_count": 2}), "local")
    house.engine.finish(job.id, 2)
    second = ear.until("image", job=job.id) and ear.until("image").data["image"]
    ear.until("job", id=job.id, state="done")
    again = studio.remake_image(second["id"], "local")
    house.engine.finish(again.id)  # draws 1 where the second picture is 2
    told = ear.until("job", id=again.id, state="done").data["remade"]
    assert (told["equal"], told["different"], told["largest"]) == (False, 256, 1)


def test_a_picture_that_was_sent_is_made_again_too(studio, house):
    ear = Ear(studio)
    job = studio.submit(parse({"seed": 8}), "local")
    house.engine.finish(job.id)
    image = ear.until("image").data["image"]
    data = studio.image(image["id"], "local").read_bytes()
    again = studio.remake_upload(data, "local")
    house.engine.finish(again.id)
    assert ear.until("job", id=again.id, state="done").data["remade"]["equal"]


def test_the_same_picture_sent_twice_is_compared_twice_and_nothing_of_it_stays(studio, house):
    ear = Ear(studio)
    job = studio.submit(parse({"seed": 8}), "local")
    house.engine.finish(job.id)
    image = ear.until("image").data["image"]
    data = studio.image(image["id"], "local").read_bytes()
    twice = [studio.remake_upload(data, "local") for _ in range(2)]
    for again in twice:
        house.engine.finish(again.id)
        assert ear.until("job", id=again.id, state="done").data["remade"]["equal"]
    assert list((house.outputs / ".darkroom" / "remakes").iterdir()) == []


def test_what_cannot_be_made_again_says_why_and_keeps_nothing(studio, house, made):
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    with pytest.raises(BadFile, match="no request of Darkroom's"):
        studio.remake_upload(plain.getvalue(), "local")
    with pytest.raises(BadFile):
        studio.remake_upload(b"no picture", "local")
    with pytest.raises(WebuiError, match="sheet of several pictures"):
        studio.remake_image(made.images[6].id, "local")
    with pytest.raises(WebuiError):
        studio.remake_image(made.images[0].id, "somebody else")
