"""Cards of adapters: listed, sorted, searched; with pictures and notes beside the files."""

import json
import os

import pytest
import torch
from safetensors.torch import save_file

from webui.errors import BadFile, DiskTrouble, NotFound, RequestRejected
from webui.pipelines.adapter_cards import AdapterCards
from webui.pipelines.shelf import Shelf
from webui.settings import HOUSE

LAYER = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
HOSTILE = ["../secret", "/etc/passwd", "a\0b", "..", "", "inks/Blue", "\ud800", "x" * 100_000]


def put(path, tensors=None, **said):
    path.parent.mkdir(parents=True, exist_ok=True)
    if tensors is None:
        tensors = {
            f"{LAYER}.lora_down.weight": torch.ones(2, 768),
            f"{LAYER}.lora_up.weight": torch.ones(4, 2),
        }
    save_file(
        tensors, path, metadata={key.replace("__", "."): v for key, v in said.items()} or None
    )
    return path


@pytest.fixture
def cards(tmp_path):
    put(tmp_path / "loras" / "inks" / "Blue.safetensors", modelspec__title="Blue ink")
    put(tmp_path / "loras" / "red.safetensors")
    put(tmp_path / "pocket" / "companions" / "loras" / "crown.safetensors")
    put(tmp_path / "embeddings" / "teal.safetensors", {"emb_params": torch.ones(3, 768)})
    return AdapterCards(tmp_path, tmp_path / "index.json")


def names(page):
    return [card.name for card in page.cards]


def test_cards_are_those_that_prompts_can_name(cards, tmp_path):
    for kind in ("lora", "embedding"):
        page = cards.page(kind)
        assert sorted(names(page)) == list(Shelf(tmp_path, None).names(kind))
        assert page.total == len(page.cards)


def test_shipped_companions_have_cards():
    cards = AdapterCards(HOUSE / "models", None)
    card = cards.card("lora", "pocket-crown")
    assert (card.title, card.trigger, card.family) == ("Crown", "crown", "pocket")
    assert card.facts.formats == ("LoRA",)
    teal = cards.card("embedding", "teal")
    assert (teal.facts.vectors, teal.family, teal.trigger) == (2, "pocket", "teal")


def test_card_tells_name_folder_size_time_and_facts(cards, tmp_path):
    card = cards.card("lora", "Blue")
    path = tmp_path / "loras" / "inks" / "Blue.safetensors"
    assert (card.name, card.folder, card.title) == ("Blue", "inks", "Blue ink")
    assert (card.size, card.family) == (path.stat().st_size, "SD 1.x")
    assert card.changed == pytest.approx(path.stat().st_mtime)
    assert cards.file("lora", "blue") == path
    assert cards.card("embedding", "teal").facts.vectors == 3


def test_first_of_equal_names_is_the_one_that_prompts_mean(tmp_path):
    put(tmp_path / "pocket" / "companions" / "loras" / "a.safetensors")
    own = put(tmp_path / "loras" / "z" / "a.safetensors")
    cards = AdapterCards(tmp_path, None)
    assert names(cards.page("lora")) == ["a"]
    assert cards.file("lora", "a") == own == Shelf(tmp_path, None).find("lora", "a")


def test_pages_are_sorted_by_name_time_or_size(tmp_path):
    for at, name in enumerate(("b", "C", "a")):
        path = put(tmp_path / "loras" / f"{name}.safetensors", {"x": torch.ones(10 * at + 1)})
        os.utime(path, (1000 + at, 1000 + at))
    cards = AdapterCards(tmp_path, None)
    assert names(cards.page("lora")) == ["a", "b", "C"]
    assert names(cards.page("lora", sort="newest")) == ["a", "C", "b"]
    assert names(cards.page("lora", sort="size")) == ["a", "C", "b"]


def test_pages_begin_and_end_where_they_are_told(tmp_path):
    for number in range(7):
        put(tmp_path / "loras" / f"{number}.safetensors")
    cards = AdapterCards(tmp_path, None)
    assert names(cards.page("lora", offset=2, limit=3)) == ["2", "3", "4"]
    assert names(cards.page("lora", offset=6, limit=3)) == ["6"]
    for offset, limit in ((99, 3), (0, 0), (0, -5)):
        page = cards.page("lora", offset=offset, limit=limit)
        assert (names(page), page.total) == ([], 7)
    assert len(cards.page("lora", offset=-5, limit=10**9).cards) == 7


def test_search_wants_all_words_in_name_or_folder(cards):
    assert names(cards.page("lora", search="INK blu")) == ["Blue"]
    assert names(cards.page("lora", search="blue red")) == []
    assert names(cards.page("lora", search="  ")) == ["Blue", "crown", "red"]


def test_headers_are_read_once_for_each_state_of_a_file(cards, tmp_path):
    path = tmp_path / "loras" / "red.safetensors"
    assert cards.card("lora", "red").title == "red"
    kept = path.stat()
    path.write_bytes(b"x" * kept.st_size)
    os.utime(path, ns=(kept.st_mtime_ns, kept.st_mtime_ns))
    later = AdapterCards(tmp_path, tmp_path / "index.json")
    assert later.card("lora", "red").facts.problem is None
    os.utime(path, (5, 5))
    assert "is not a safetensors file" in later.card("lora", "red").facts.problem


@pytest.mark.parametrize("index", ["", "[", "[1]", '{"formats": "diff", "x": 3}', "\0", "{}"])
def test_index_that_is_broken_or_of_other_formats_is_made_anew(cards, tmp_path, index):
    (tmp_path / "index.json").write_text(index)
    again = AdapterCards(tmp_path, tmp_path / "index.json")
    assert again.card("lora", "Blue").title == "Blue ink"
    assert json.loads((tmp_path / "index.json").read_text())["formats"]


def test_index_whose_entries_make_no_sense_is_made_anew(cards, tmp_path):
    cards.page("lora")
    path = tmp_path / "index.json"
    body = json.loads(path.read_text())
    path.write_text(json.dumps({key: 3 if "|" in key else said for key, said in body.items()}))
    assert AdapterCards(tmp_path, path).card("lora", "Blue").title == "Blue ink"


def test_file_that_cannot_be_used_has_a_card_that_says_so(cards, tmp_path):
    (tmp_path / "loras" / "bad.safetensors").write_bytes(b"x")
    put(tmp_path / "loras" / "foreign.safetensors", {"emb_params": torch.ones(1, 4)})
    put(
        tmp_path / "embeddings" / "xl.safetensors",
        {"clip_l": torch.ones(1, 4), "clip_g": torch.ones(1, 4)},
    )
    assert "not a safetensors file" in cards.card("lora", "bad").facts.problem
    assert "is an embedding" in cards.card("lora", "foreign").facts.problem
    large = cards.card("embedding", "xl")
    assert "for SDXL" in large.facts.problem
    assert large.family == "SDXL"


@pytest.mark.parametrize(
    ("ending", "is_found"),
    [
        *((ending, True) for ending in (".png", ".jpg", ".jpeg", ".webp")),
        *((".preview.png", True), (".preview.webp", True), (".gif", False), (".png.txt", False)),
    ],
)
def test_picture_beside_the_file_is_its_preview(cards, tmp_path, ending, is_found):
    assert cards.preview("lora", "red") is None
    picture = tmp_path / "loras" / f"red{ending}"
    picture.touch()
    assert cards.preview("lora", "red") == (picture if is_found else None)
    assert cards.card("lora", "red").has_preview is is_found


def test_folder_with_the_name_of_a_picture_is_no_preview(cards, tmp_path):
    (tmp_path / "loras" / "red.png").mkdir()
    assert cards.preview("lora", "red") is None


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_are_no_names_are_not_found(cards, tmp_path, name):
    put(tmp_path.parent / "secret.safetensors")
    for ask in (cards.card, cards.file, cards.preview):
        with pytest.raises(NotFound):
            ask("lora", name)
    with pytest.raises(NotFound):
        cards.note("lora", name, notes="x")


def test_notes_are_written_as_a1111_writes_them_and_other_keys_stay(cards, tmp_path):
    sidecar = tmp_path / "loras" / "red.json"
    sidecar.write_text(json.dumps({"description": "d", "sd version": "SD1", "mine": [1]}))
    card = cards.note("lora", "red", notes="n\n☃", weight=0.8, trigger="rd", negative="blur")
    assert json.loads(sidecar.read_text()) == {
        "description": "d",
        "sd version": "SD1",
        "mine": [1],
        "notes": "n\n☃",
        "preferred weight": 0.8,
        "activation text": "rd",
        "negative text": "blur",
    }
    assert (card.trigger, card.notes.weight, card.notes.description) == ("rd", 0.8, "d")
    assert cards.note("lora", "red", trigger="").notes.weight == 0.8
    assert not list((tmp_path / "loras").glob("*.tmp"))


def test_weight_of_zero_is_none_as_in_a1111(cards):
    assert cards.note("lora", "red", weight=0).notes.weight is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "is no JSON"),
        ("[]", "holds no notes"),
        ("[" * 100_000, "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        ('{"a": ' + "9" * 9999 + "}", "is no JSON"),
        (" " * (2 << 20), "too large to be notes"),
    ],
)
def test_sidecar_that_cannot_be_read_is_told_and_never_overwritten(cards, tmp_path, body, says):
    sidecar = tmp_path / "loras" / "red.json"
    data = body if isinstance(body, bytes) else body.encode()
    sidecar.write_bytes(data)
    card = cards.card("lora", "red")
    assert says in card.notes.problem
    assert card.notes.notes == ""
    with pytest.raises(BadFile, match=says):
        cards.note("lora", "red", notes="x")
    assert sidecar.read_bytes() == data


@pytest.mark.parametrize("value", ["x", True, None, [], 1e400, float("nan"), -101, 10**400])
def test_nonsense_in_a_sidecar_is_nothing(cards, tmp_path, value):
    text = json.dumps({"preferred weight": value, "notes": value if value != "x" else 3})
    (tmp_path / "loras" / "red.json").write_text(text)
    notes = cards.card("lora", "red").notes
    assert (notes.weight, notes.notes, notes.problem) == (None, "", "")


def test_half_a_sign_in_a_sidecar_can_be_sent(cards, tmp_path):
    (tmp_path / "loras" / "red.json").write_text('{"notes": "a\\ud800b"}')
    assert cards.card("lora", "red").notes.notes.encode() == b"a?b"


@pytest.mark.parametrize("weight", [101, -101, float("nan"), float("inf")])
def test_weight_beyond_reason_is_refused(cards, tmp_path, weight):
    with pytest.raises(RequestRejected, match="A weight is a number") as caught:
        cards.note("lora", "red", weight=weight, notes="x")
    assert caught.value.field == "weight"
    assert not (tmp_path / "loras" / "red.json").exists()


def test_notes_beyond_reason_are_refused(cards):
    with pytest.raises(RequestRejected, match="20,000 characters at most"):
        cards.note("lora", "red", notes="x" * 20_001)


def test_folder_that_cannot_be_written_is_told(cards, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(DiskTrouble, match="Permission denied"):
        cards.note("lora", "red", notes="x")
    assert not list((tmp_path / "loras").glob("*json*"))


def test_links_to_folders_above_do_not_go_round_and_round(cards, tmp_path):
    (tmp_path / "loras" / "loop").symlink_to(tmp_path / "loras")
    assert cards.page("lora").total == 3


def test_names_that_are_no_text_are_left_out(cards, tmp_path):
    data = (tmp_path / "loras" / "red.safetensors").read_bytes()
    with open(os.fsencode(tmp_path / "loras") + b"/\xff.safetensors", "wb") as file:
        file.write(data)
    assert cards.page("lora").total == 3


def test_without_any_folder_there_are_no_cards(tmp_path):
    assert AdapterCards(tmp_path / "none", None).page("embedding").total == 0
