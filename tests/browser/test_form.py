"""The form in the browser: size, seed, defaults of checkpoints, and what is kept."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_ratio_buttons_and_swap_set_the_size(studio):
    wide = studio.page.get_by_role("button", name="3:2")
    wide.click()
    expect(studio.number("width")).to_have_value("160")
    expect(studio.number("height")).to_have_value("112")
    expect(wide).to_have_attribute("aria-pressed", "true")
    studio.page.locator("#swap").click()
    expect(studio.number("width")).to_have_value("112")
    expect(studio.number("height")).to_have_value("160")
    studio.page.get_by_role("button", name="16:9").click()
    expect(studio.number("height")).to_have_value("176")
    studio.page.get_by_role("button", name="1:1").click()
    expect(studio.number("width")).to_have_value("128")


def test_dice_and_reuse_set_the_seed(studio):
    studio.number("seed").fill("4321")
    studio.make("a moon")
    studio.page.locator("#random-seed").click()
    expect(studio.number("seed")).to_have_value("-1")
    studio.page.locator("#last-seed").click()
    expect(studio.number("seed")).to_have_value("4321")


def test_reload_brings_the_form_back(studio):
    studio.prompt.fill("a cat on the moon")
    studio.unfold("sampling")
    studio.choose("sampler", "Heun")
    studio.number("cfg-scale").fill("4.5")
    header = studio.page.locator("#fold-sampling .label-wrap")
    expect(header).to_contain_text("Heun, CFG scale 4.5")
    expect(studio.page.locator("html")).to_have_attribute("data-ready", "yes")
    studio.page.wait_for_function(
        "JSON.parse(localStorage.getItem('darkroom.form')).cfg_scale === 4.5"
    )
    studio.reload()
    expect(studio.prompt).to_have_value("a cat on the moon")
    expect(header).to_contain_text("Heun, CFG scale 4.5")
    studio.unfold("sampling")
    expect(studio.number("cfg-scale")).to_have_value("4.5")


def test_other_checkpoint_adapts_what_was_not_touched_and_says_so(studio):
    studio.number("height").fill("256")
    studio.choose("checkpoint", "Wide")
    expect(studio.page.locator("#notice")).to_contain_text("Set for Wide: steps 9")
    expect(studio.page.locator("#notice")).to_contain_text("Yours stayed as they were: height 256")
    expect(studio.number("width")).to_have_value("192")
    expect(studio.number("height")).to_have_value("256")
    studio.unfold("sampling")
    expect(studio.number("steps")).to_have_value("9")
    expect(studio.page.locator("#field-sampler input")).to_have_value("Auto · Euler")
    studio.reload()
    expect(studio.page.locator("#field-checkpoint input")).to_have_value("Wide")
    expect(studio.number("height")).to_have_value("256")
