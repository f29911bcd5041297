"""Cards of LoRAs and embeddings, and the truth about those that a prompt names."""

import json

import pytest
from PIL import Image

from tests.conftest import TINY
from tests.service.cards_shelf import LAYER, cards_of, fill, lora, picture
from webui.errors import BadFile, NotFound, RequestRejected
from webui.request import Choices

HOSTILE = ["../ink", "/etc/passwd", "loras/ink", "ink.safetensors", "", "a\0b", "x" * 5000, "*"]


@pytest.fixture
def models(tmp_path):
    fill(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def cards(models):
    choices = Choices((), (), (TINY,), loras=("broken", "ink", "xl"))
    return cards_of(models, lambda: choices, TINY)


def names(page):
    return [card.name for card in page.cards]


def test_page_tells_how_many_there_are_and_shows_some(cards):
    page = cards.page("lora", "", "name", 1, 2)
    assert (page.total, names(page)) == (4, ["ink", "xl"])
    assert names(cards.page("lora", "sets", "name", 0, 60)) == ["xl", "Ä & <ö>?"]
    assert names(cards.page("embedding", "", "name", 0, 60)) == ["teal"]


def test_card_says_what_file_and_notes_tell(cards):
    card = cards.card("lora", "ink")
    assert (card.title, card.trigger, card.family) == ("Ink", "inked", "SD 1.x")
    assert (card.weight, card.tag) == (0.8, "<lora:ink:0.8>")
    assert (card.formats, card.problem) == (("LoRA",), "")
    teal = cards.card("embedding", "teal")
    assert (teal.tag, teal.vectors, teal.trigger) == ("teal", 3, "")


def test_name_that_no_tag_can_say_has_no_tag(cards, models):
    assert cards.card("lora", "Ä & <ö>?").tag == ""
    lora(models / "loras" / "a:b.safetensors")
    assert cards.card("lora", "a:b").tag == ""


def test_file_that_cannot_be_read_has_a_card_with_the_reason(cards):
    assert "broken.safetensors" in cards.card("lora", "broken").problem


def test_notes_are_written_beside_the_file_and_other_keys_stay(cards, models):
    card = cards.note("lora", "ink", notes="good at 0.6", weight=0.6, negative="colour")
    assert (card.notes, card.weight, card.negative) == ("good at 0.6", 0.6, "colour")
    kept = json.loads((models / "loras" / "ink.json").read_text("utf-8"))
    assert (kept["more"], kept["preferred weight"]) == (1, 0.6)
    assert cards.note("lora", "ink", weight=0).weight is None


def test_taken_picture_is_small_and_counts_before_the_one_that_came_along(cards, models, tmp_path):
    assert cards.preview("lora", "ink") == models / "loras" / "ink.png"
    before = cards.card("lora", "ink").preview
    card = cards.take_preview("lora", "ink", picture(tmp_path / "mine.png", "blue"))
    assert card.preview != before
    with Image.open(cards.preview("lora", "ink")) as shown:
        assert (shown.size, shown.getpixel((0, 0))) == ((512, 171), (0, 0, 255))
    assert not list((models / "loras").glob("*.part"))


def test_picture_that_went_is_not_found_and_its_card_has_none(cards, models):
    assert cards.page("lora", "ink", "name", 0, 60).cards[0].preview
    (models / "loras" / "ink.png").unlink()
    assert cards.card("lora", "ink").preview == ""
    with pytest.raises(NotFound):
        cards.preview("lora", "ink")


def test_what_is_no_picture_is_not_taken(cards, models, tmp_path):
    (tmp_path / "mine.png").write_bytes(b"none")
    with pytest.raises(BadFile, match="cannot be read"):
        cards.take_preview("lora", "xl", tmp_path / "mine.png")
    assert not (models / "loras" / "sets" / "xl.preview.png").exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_only_names_of_the_list_are_found(cards, name, tmp_path):
    for ask in (cards.card, cards.preview):
        with pytest.raises(NotFound):
            ask("lora", name)
    with pytest.raises(NotFound):
        cards.note("lora", name, notes="x")
    with pytest.raises(NotFound):
        cards.take_preview("lora", name, picture(tmp_path / "mine.png"))


def test_truth_of_every_lora_of_a_prompt_in_its_order(cards):
    fits, foreign, none = cards.truths("a <lora:ink:1> b <lora:XL> <lora:inc:1> <lora:INK:2>", "")
    assert (fits.name, fits.fits, fits.matched, fits.layers) == ("ink", True, 1, 1)
    assert (fits.family, fits.checkpoint, fits.ranks) == (
        "made for SD 1.x",
        "Tiny checkpoint",
        (2,),
    )
    assert fits.trained.trigger == "inked"
    assert (foreign.fits, foreign.matched, foreign.layers) == (False, 0, 1)
    assert (foreign.family, "another family" in foreign.problem) == ("made for SDXL", True)
    assert not none.fits
    assert "Did you mean ink?" in none.problem


def test_layers_that_the_checkpoint_has_not_are_told_by_name(cards, models):
    lora(models / "loras" / "more.safetensors", layers=(LAYER, f"{LAYER}.more"))
    (truth,) = cards.truths("<lora:more:1>", "tiny")
    assert (truth.fits, truth.matched, truth.layers) == (True, 1, 2)
    assert truth.parts[0].names[0].endswith("to_k_more")


def test_unreadable_file_is_a_truth_with_its_reason(cards):
    (truth,) = cards.truths("<lora:broken:1>", "")
    assert (truth.fits, "broken.safetensors" in truth.problem) == (False, True)


def test_prompt_without_loras_asks_for_no_checkpoint(cards):
    assert cards.truths("a red house, <hypernet:x:1> # <lora:ink:1>", "nothing like it") == ()
    with pytest.raises(RequestRejected):
        cards.truths("<lora:ink:1>", "nothing like it")


def test_very_many_tags_are_answered_in_bounded_work(cards):
    many = "".join(f"<lora:no {number}:1>" for number in range(900))
    assert len(cards.truths(many, "")) == 40
