"""LoRA and embedding cards: choosing, noting, and the truth below the prompt."""

import json

import pytest
from playwright.sync_api import expect

from tests.service.cards_shelf import XL, lora, picture

pytestmark = pytest.mark.browser


@pytest.fixture
def shelf(server):
    """The folder of LoRAs; what a test puts there goes with it."""
    folder = server.models / "loras"
    folder.mkdir()
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def opened(studio):
    studio.page.get_by_role("button", name="LoRAs & embeddings").click()
    dialog = studio.page.locator("#adapters-dialog")
    expect(dialog.locator(".adapter").first).to_be_visible()
    return dialog


def card(dialog, name):
    return dialog.locator(f'.adapter[data-name="{name}"]')


def caret_at(studio, place):
    studio.prompt.evaluate("(area, at) => { area.focus(); area.setSelectionRange(at, at); }", place)


def pretend(studio, cards):
    """Cards as if the disk held these."""

    def answer(route):
        asked = dict(part.split("=") for part in route.request.url.partition("?")[2].split("&"))
        first, many = int(asked["offset"]), int(asked["limit"])
        route.fulfill(json={"total": len(cards), "cards": cards[first : first + many]})

    studio.page.route("**/api/v1/cards/lora?*", answer)


def made_up(name, **more):
    bare = dict.fromkeys(
        ("folder", "family", "trigger", "negative", "description", "notes", "preview"), ""
    )
    numbers = {"weight": None, "size": 1000, "changed": 0, "formats": [], "vectors": 0}
    names = {"kind": "lora", "name": name, "title": name, "tag": f"<lora:{name}:1>"}
    return {**bare, **names, **numbers, "problem": "", "notes_problem": "", **more}


def test_click_writes_tag_and_words_at_the_caret_and_another_takes_them_out(studio, server):
    studio.prompt.fill("a red house, by day")
    caret_at(studio, len("a red house"))
    dialog = opened(studio)
    robot = card(dialog, "pocket-robot").locator(".adapter-take")
    expect(robot).to_have_attribute("aria-pressed", "false")
    robot.click()
    expect(studio.prompt).to_have_value("a red house <lora:pocket-robot:1>, robot, by day")
    expect(robot).to_have_attribute("aria-pressed", "true")
    robot.click()
    expect(studio.prompt).to_have_value("a red house, by day")
    card(dialog, "pocket-crown").locator(".adapter-take").click()
    dialog.get_by_role("button", name="Close").click()
    studio.unfold("sampling")
    studio.number("steps").fill("2")
    studio.make("a cat <lora:pocket-crown:1>")
    assert server.get("/api/v1/jobs")[0]["request"]["prompt"] == "a cat <lora:pocket-crown:1>"


def test_embedding_goes_into_the_prompt_that_was_written_in_last(studio):
    studio.prompt.fill("a cat")
    negative = studio.page.locator("#field-negative-prompt textarea")
    negative.fill("rain")
    dialog = opened(studio)
    dialog.get_by_role("button", name="Embedding", exact=True).click()
    teal = card(dialog, "teal").locator(".adapter-take")
    teal.click()
    expect(negative).to_have_value("rain teal")
    expect(studio.prompt).to_have_value("a cat")
    teal.click()
    expect(negative).to_have_value("rain")


def test_search_and_order_find_what_is_on_disk(studio, shelf):
    lora(shelf / "zebra.safetensors", modelspec__title="Alpha")
    picture(shelf / "zebra.png")
    dialog = opened(studio)
    dialog.get_by_role("searchbox").fill("ZEB")
    expect(dialog.locator(".adapter")).to_have_count(1)
    shown = card(dialog, "zebra")
    expect(shown).to_contain_text("Alpha")
    expect(shown.locator("img")).to_have_js_property("naturalWidth", 900)
    dialog.get_by_role("searchbox").fill("nothing like it")
    expect(dialog.get_by_text("Nothing is called like this.")).to_be_visible()
    dialog.get_by_role("searchbox").fill("")
    dialog.get_by_role("combobox").select_option("newest")
    expect(dialog.locator(".adapter").first).to_have_attribute("data-name", "zebra")


def test_notes_and_weight_are_kept_and_the_next_click_writes_them(studio, shelf, server):
    lora(shelf / "ink.safetensors")
    dialog = opened(studio)
    card(dialog, "ink").locator(".adapter-about").click()
    dialog.get_by_label("Preferred weight").fill("0.65")
    dialog.get_by_label("Trigger words").fill("inked")
    dialog.get_by_label("Negative words").fill("colour")
    dialog.get_by_label("Notes").fill("only for drawings")
    dialog.get_by_role("button", name="Back to all").click()
    expect(card(dialog, "ink")).to_contain_text("weight 0.65")
    kept = json.loads((shelf / "ink.json").read_text("utf-8"))
    assert (kept["preferred weight"], kept["notes"]) == (0.65, "only for drawings")
    ink = card(dialog, "ink").locator(".adapter-take")
    ink.click()
    expect(studio.prompt).to_have_value("<lora:ink:0.65>, inked")
    negative = studio.page.locator("#field-negative-prompt textarea")
    expect(negative).to_have_value("colour")
    ink.click()
    expect(studio.prompt).to_have_value("")
    expect(negative).to_have_value("")


def test_one_of_my_pictures_is_shown_on_the_card(studio, shelf):
    lora(shelf / "ink.safetensors")
    studio.unfold("sampling")
    studio.number("steps").fill("2")
    studio.make("a cat")
    dialog = opened(studio)
    card(dialog, "ink").locator(".adapter-about").click()
    dialog.get_by_role("button", name="Use one of my pictures").click()
    dialog.locator(".adapter-pictures button").first.click()
    expect(dialog.locator(".toast", has_text="The picture is on the card.")).to_be_visible()
    expect(dialog.locator(".adapter-portrait img")).to_have_js_property("naturalWidth", 128)
    assert (shelf / "ink.preview.png").is_file()


def test_escape_goes_back_one_step_and_the_keyboard_stays_where_it_was(studio):
    dialog = opened(studio)
    about = card(dialog, "pocket-crown").locator(".adapter-about")
    about.focus()
    studio.page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Back to all")).to_be_focused()
    studio.page.keyboard.press("Escape")
    expect(about).to_be_focused()
    studio.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(studio.page.locator("#adapters button")).to_be_focused()


def test_truth_says_what_fits_and_what_was_made_for_another_family(studio, shelf):
    lora(
        shelf / "xl.safetensors", XL, ["down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"]
    )
    studio.prompt.fill("a <lora:pocket-robot:1> <lora:xl:1> <lora:pocket-robt:1>")
    lines = studio.page.locator("#truths .truth")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("pocket-robot: 124 of 124 layers fit")
    expect(lines.nth(1)).to_contain_text(
        "xl was made for SDXL: 0 of 1 layers fit, it cannot be used with Pocket."
    )
    expect(lines.nth(2)).to_contain_text("Did you mean pocket-robot?")
    lines.nth(1).locator("summary").click()
    expect(lines.nth(1)).to_contain_text("down_blocks_1_attentions_0")
    studio.prompt.fill("a house")
    expect(lines).to_have_count(0)


def test_generate_never_waits_for_the_truth(studio):
    studio.page.route("**/api/v1/loras/truth", lambda route: None)
    studio.unfold("sampling")
    studio.number("steps").fill("2")
    with studio.page.expect_request("**/api/v1/loras/truth"):
        studio.prompt.fill("a cat <lora:pocket-robot:1>")
    studio.make("a cat <lora:pocket-robot:1>")
    studio.page.unroute_all(behavior="ignoreErrors")


def test_ten_thousand_cards_come_page_by_page(studio):
    pretend(studio, [made_up(f"lora {number:05}") for number in range(10_000)])
    asked = []
    studio.page.on("request", lambda request: asked.append(request.url))
    dialog = opened(studio)
    cards = dialog.locator(".adapter")
    expect(dialog.get_by_text("10,000 of them")).to_be_visible()
    first = cards.count()
    assert first < 400
    scroll = dialog.locator(".adapter-scroll")
    for _ in range(5):
        before = cards.count()
        scroll.evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
        studio.page.wait_for_function(
            "(before) => document.querySelectorAll('.adapter').length > before", arg=before
        )
    names = cards.evaluate_all("(nodes) => nodes.map((node) => node.dataset.name)")
    assert names == [f"lora {number:05}" for number in range(len(names))]
    pages = [url for url in asked if "/cards/lora?" in url]
    assert len(pages) == len(set(pages))


def test_what_files_say_of_themselves_is_text_and_never_markup(studio):
    evil = '<img src=x onerror="window.bad=1"><b>bold</b>'
    pretend(studio, [made_up(evil, trigger=evil, family=evil, problem=evil, tag="")])
    dialog = opened(studio)
    expect(dialog.locator(".adapter strong")).to_have_text(evil)
    assert dialog.locator(".adapter :is(img, b)").count() == 0
    dialog.locator(".adapter-take").click()
    expect(dialog.locator(".toast")).to_contain_text("Rename the file")
    expect(studio.prompt).to_have_value("")


def test_on_a_phone_the_cards_fill_the_screen(open_studio):
    studio = open_studio(390, 844, has_touch=True, is_mobile=True)
    studio.page.get_by_role("button", name="LoRAs & embeddings").tap()
    dialog = studio.page.locator("#adapters-dialog")
    box = dialog.bounding_box()
    assert (box["x"], box["width"], box["height"]) == (0, 390, 844)
    for button in dialog.locator("button:visible").all():
        assert button.bounding_box()["height"] >= 44
    card(dialog, "pocket-robot").locator(".adapter-take").tap()
    dialog.get_by_role("button", name="Close").tap()
    expect(studio.prompt).to_have_value("<lora:pocket-robot:1>, robot")


WORDS = [
    # prompt, caret, tag, trigger, what stands there then
    ("", 0, "T", "", "T"),
    ("a cat", 5, "T", "", "a cat T"),
    ("a cat ", 6, "T", "w", "a cat T, w"),
    ("a cat,", 6, "T", "", "a cat, T"),
    ("a cat", 1, "T", "", "a T cat"),
    ("a cat", 2, "T", "w", "a T, w, cat"),
    ("(cat)", 1, "T", "", "(T cat)"),
    ("(cat)", 4, "T", "w", "(cat T, w)"),
]


@pytest.mark.parametrize(("prompt", "at", "tag", "trigger", "then"), WORDS)
def test_what_is_written_is_parted_from_the_words_around_it(words, prompt, at, tag, trigger, then):
    tag = tag.replace("T", "<lora:x:1>")
    card = {"kind": "lora", "name": "x", "tag": tag, "trigger": trigger}
    put = words("putIn", prompt, at, card)["text"]
    assert put == then.replace("T", tag)
    assert words("isIn", put, card)
    # A comma behind the words stays: it may have been the person's.
    left = "a, cat" if then == "a T, w, cat" else prompt.strip().rstrip(",")
    assert words("takeOut", put, card) == left


@pytest.mark.parametrize(
    ("prompt", "then"),
    [
        ("a <lora:X:0.3>, w, cat <lora:x> b", "a, cat b"),
        ("<lora:x:1:lbw=MIDD> words, cat", "words, cat"),
        ("<lyco:x:1>w", ""),
        ("<lora:xy:1> x w", "<lora:xy:1> x w"),
        ("<lora:x", "<lora:x"),
    ],
)
def test_every_tag_of_a_name_is_taken_out_and_no_other(words, prompt, then):
    card = {"kind": "lora", "name": "x", "tag": "<lora:x:1>", "trigger": "w"}
    assert words("takeOut", prompt, card) == then


@pytest.mark.parametrize(
    ("prompt", "is_in"),
    [
        ("a TEAL cat", True),
        ("tealish", False),
        ("my-teal", False),
        ("(teal:1.2)", True),
        ("", False),
    ],
)
def test_embedding_is_a_word_of_its_own(words, prompt, is_in):
    assert words("isIn", prompt, {"kind": "embedding", "name": "teal"}) is is_in


@pytest.fixture(scope="module")
def words(server, browser):
    """Calls a function of the module that knows prompts, without the page."""
    page = browser.new_page()
    page.goto(f"{server.url}/studio/adapter_words.js")
    yield lambda name, *given: page.evaluate(
        "async ([name, given]) => (await import('/studio/adapter_words.js'))[name](...given)",
        [name, list(given)],
    )
    page.close()
