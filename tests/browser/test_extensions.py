"""The tab Extensions, and what extensions are asked to do from the forms."""

import json

import httpx
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TRAP = """<p id="generate">Words <a href="javascript:window.bad=1">here</a></p>
<script>window.bad = 1</script><img src="https://example.com/x.png">
<style>body { display: none }</style><form action="/api/v1/jobs"><button>Go</button></form>"""


@pytest.fixture(autouse=True)
def all_on(server):
    """Whatever a test switches is as it was afterwards."""
    yield
    for one in server.get("/api/v1/extensions"):
        for for_all in (False, True):
            body = {"on": True, "for_all": for_all}
            httpx.put(f"{server.url}/api/v1/extensions/{one['id']}", json=body)


def opened(studio):
    studio.page.locator("#tab-extensions-button").click()
    return studio.page.locator("#extensions")


def card(tab, id):
    return tab.locator(f'.extension[data-extension="{id}"]')


def unfolded(studio):
    """The fold in the form, open."""
    fold = studio.page.locator("#extension-fold details")
    expect(fold).to_be_visible()
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    return fold


def use(fold, name):
    return fold.get_by_role("switch", name=f"Use: {name}", exact=True)


def pretend(studio, *extensions):
    studio.page.route("**/api/v1/extensions", lambda route: route.fulfill(json=list(extensions)))
    studio.reload()


def made_up(id, **more):
    words = {"id": id, "name": id.title(), "version": "0.1", "description": "", "stage": "import"}
    lists = {"contributes": [], "inputs": [], "settings": [], "panels": []}
    rest = {"problem": "", "trouble": "", "acts": "asked", "transforms": True}
    return {**words, **lists, **rest, "status": "ready", "is_on": True, "is_on_here": True, **more}


def number(name, **more):
    bare = {"minimum": None, "maximum": None, "step": None, "choices": [], "help": "", "default": 1}
    return {"name": name, "title": name.title(), "type": "number", **bare, "value": 1, **more}


def test_tab_shows_each_extension_with_what_it_brings(studio):
    tab = opened(studio)
    pack = card(tab, "sampler-pack")
    expect(pack).to_contain_text("Sampler pack")
    expect(pack.locator(".extension-status")).to_have_text("Ready")
    expect(pack).to_contain_text("sampler ER SDE")
    expect(card(tab, "dynamic-thresholding")).to_contain_text("acts on every step")


def test_what_is_off_for_me_is_gone_from_the_form_at_once_and_comes_back(studio, server):
    offered = studio.page.locator("#field-sampler [role=option][aria-label='ER SDE']")

    def look():
        studio.page.locator("#tab-text-to-image-button").click()
        studio.unfold("sampling")
        studio.page.locator("#field-sampler input").click()

    studio.unfold("sampling")
    studio.choose("sampler", "ER SDE")
    tab = opened(studio)
    mine = card(tab, "sampler-pack").get_by_role("switch", name="On for me")
    mine.uncheck()
    expect(studio.toast("Sampler pack is off for you.")).to_be_visible()
    expect(card(tab, "sampler-pack").locator(".extension-status")).to_have_text("Off for you")
    look()
    expect(studio.page.locator("#field-sampler [role=option]").first).to_be_visible()
    expect(offered).to_have_count(0)
    studio.page.keyboard.press("Escape")
    opened(studio)
    mine.check()
    expect(studio.toast("Sampler pack is on for you.")).to_be_visible()
    look()
    expect(offered).to_have_count(1)


def test_for_the_machine_it_is_off_from_the_next_start_and_says_so(studio, server):
    tab = opened(studio)
    seamless = card(tab, "seamless")
    seamless.get_by_role("switch", name="On for this machine").uncheck()
    expect(seamless).to_contain_text("Seamless will be off from the next start on.")
    expect(seamless.locator(".extension-status")).to_have_text("Ready")
    (there,) = [one for one in server.get("/api/v1/extensions") if one["id"] == "seamless"]
    assert (there["is_on"], there["is_on_here"]) == (True, False)


def test_inputs_go_with_the_request_stay_over_a_reload_and_come_back_with_a_picture(studio, server):
    fold = unfolded(studio)
    use(fold, "Seamless").check()
    fold.get_by_label("Tiles").select_option("across")
    expect(fold.locator("summary")).to_contain_text("1 acts: Seamless")
    studio.unfold("sampling")
    studio.number("steps").fill("2")
    tile = studio.make("a tile")
    request = server.get("/api/v1/jobs")[0]["request"]
    assert request["extensions"] == {"seamless": {"sides": "across"}}
    studio.reload()
    fold = unfolded(studio)
    expect(use(fold, "Seamless")).to_be_checked()
    expect(fold.get_by_label("Tiles")).to_have_value("across")
    use(fold, "Seamless").uncheck()
    studio.make("no tile")
    assert server.get("/api/v1/jobs")[0]["request"]["extensions"] == {}
    studio.page.locator(".film-frame").nth(1).click()
    expect(studio.view.locator(".facts")).to_contain_text("Seamless: Tiles across")
    studio.view.get_by_role("button", name="Restore settings").click()
    expect(use(fold, "Seamless")).to_be_checked()
    studio.page.locator(".film-frame").first.click()
    studio.view.get_by_role("button", name="Restore settings").click()
    expect(use(fold, "Seamless")).not_to_be_checked()
    assert tile


def test_values_stay_within_their_limits_and_trouble_is_told_at_the_control(studio):
    fold = unfolded(studio)
    use(fold, "Dynamic thresholding (CFG scale fix)").check()
    scale = fold.get_by_role("spinbutton", name="Mimic scale", exact=True)
    scale.fill("99")
    scale.press("Tab")
    expect(scale).to_have_value("30")
    kept = json.loads(studio.page.evaluate("localStorage.getItem('darkroom.extensions')"))
    assert kept["dynamic-thresholding"]["values"] == {"mimic_scale": 30}
    kept["dynamic-thresholding"]["values"]["mimic_scale"] = 99
    studio.page.evaluate(
        "(kept) => localStorage.setItem('darkroom.extensions', JSON.stringify(kept))", kept
    )
    studio.reload()
    expect(unfolded(studio)).to_contain_text("1 acts")
    studio.generate("a house")
    trouble = studio.page.locator('#extension-fold [data-unit-field="mimic_scale"] .field-trouble')
    expect(trouble).to_contain_text("from 0 to 30")
    expect(studio.page.locator(".card")).to_have_count(0)


def test_extensions_act_on_every_making_tab(studio, server):
    fold = unfolded(studio)
    use(fold, "Seamless").check()
    for tab in ("image-to-image", "inpaint", "upscale", "control"):
        studio.page.locator(f"#tab-{tab}-button").click()
        expect(use(fold, "Seamless")).to_be_visible()


def test_what_does_not_work_says_where_it_ended_and_why(studio):
    broken = made_up(
        "broken", status="failed", problem="no_such_thing is not installed (__init__.py, line 3)"
    )
    troubled = made_up("troubled", trouble="wrap_sampling gave nothing.")
    off = made_up("resting", status="off", is_on_here=False)
    pretend(studio, broken, troubled, off)
    tab = opened(studio)
    expect(card(tab, "broken").locator(".extension-status")).to_have_text("Does not work")
    expect(card(tab, "broken")).to_contain_text("Its code could not be loaded.")
    expect(card(tab, "broken")).to_contain_text("line 3")
    expect(card(tab, "broken").get_by_role("switch")).to_have_count(1)
    expect(card(tab, "troubled")).to_contain_text("In the last job")
    expect(card(tab, "resting").locator(".extension-status")).to_have_text("Off on this machine")


def test_without_extensions_the_tab_teaches_how_to_begin_one(studio):
    pretend(studio)
    tab = opened(studio)
    expect(tab.locator("code")).to_have_text("webui extensions new my-sampler")
    expect(studio.page.locator("#extension-fold details")).to_be_hidden()


def test_settings_are_kept_and_can_be_as_they_came(studio):
    field = number("amount", minimum=0, maximum=4, step=1, value=3)
    view = made_up("setting", settings=[field])
    sent = []

    def keep(route):
        sent.append(route.request.post_data_json)
        now = {**field, "value": sent[-1]["amount"]}
        route.fulfill(json={**view, "settings": [now]})

    studio.page.route("**/api/v1/extensions/setting/settings", keep)
    pretend(studio, view)
    one = card(opened(studio), "setting")
    one.get_by_text("Settings", exact=True).click()
    amount = one.get_by_role("spinbutton", name="Amount")
    expect(amount).to_have_value("3")
    amount.fill("2")
    expect(studio.toast("It acts from the next start on")).to_be_visible()
    one.get_by_role("button", name="As they came").click()
    expect(amount).to_have_value("1")
    expect(one.get_by_role("button", name="As they came")).to_be_hidden()
    assert sent == [{"amount": 2}, {"amount": 1}]


def test_every_type_of_field_has_its_control(studio):
    inputs = [
        number("far", minimum=0, maximum=1),
        number("open", default=5),
        number("whole", type="integer", minimum=1, maximum=9),
        number("flag", type="switch", default=True),
        number("kind", type="choice", choices=["a", "b"], default="b"),
        number("words", type="text", default="some"),
    ]
    pretend(studio, made_up("many", inputs=inputs))
    fold = unfolded(studio)
    use(fold, "Many").check()
    expect(fold.get_by_role("slider", name="Far")).to_be_visible()
    expect(fold.get_by_role("slider", name="Open")).to_have_count(0)
    expect(fold.get_by_role("spinbutton", name="Open")).to_have_value("5")
    expect(fold.get_by_role("slider", name="Whole")).to_be_visible()
    expect(fold.get_by_role("switch", name="Flag")).to_be_checked()
    expect(fold.get_by_role("combobox", name="Kind")).to_have_value("b")
    fold.get_by_role("textbox", name="Words").fill("others")
    fold.get_by_role("spinbutton", name="Open").fill("-7")
    kept = json.loads(studio.page.evaluate("localStorage.getItem('darkroom.extensions')"))
    assert kept["many"]["values"] == {"words": "others", "open": -7}


def test_panel_of_an_author_shows_its_words_and_can_do_nothing(studio):
    pretend(studio, made_up("odd", panels=[TRAP], transforms=False))
    fold = unfolded(studio)
    expect(fold.get_by_text("Words")).to_be_visible()
    assert studio.page.evaluate("window.bad") is None
    # Its names and styles do not meet the page's, and links of scripts lead nowhere.
    assert studio.page.evaluate("document.querySelectorAll('#generate').length") == 1
    assert fold.locator("a").get_attribute("href") is None
    expect(fold.get_by_role("button")).to_have_count(0)
    expect(fold.get_by_role("switch")).to_have_count(0)


def test_extension_that_acts_always_has_no_switch_and_its_inputs_are_sent(studio, server):
    pretend(studio, made_up("always", acts="always", inputs=[number("open", default=5)]))
    fold = unfolded(studio)
    expect(fold).to_contain_text("Acts on every picture")
    expect(fold.locator("summary")).to_contain_text("1 acts: Always")
    fold.get_by_role("spinbutton", name="Open").fill("6")
    studio.generate("a house")
    # It is not there in truth, and the studio says so: nothing is drawn without it in silence.
    expect(fold.locator(".field-trouble")).to_contain_text('There is no extension "always"')


def test_on_a_phone_tab_and_fold_fit_the_screen(open_studio):
    studio = open_studio(390, 844, has_touch=True, is_mobile=True)
    fold = unfolded(studio)
    use(fold, "Seamless").tap()
    expect(fold.get_by_label("Tiles")).to_be_visible()
    tab = opened(studio)
    expect(card(tab, "seamless")).to_be_visible()
    assert studio.page.evaluate("document.documentElement.scrollWidth") <= 390
