"""What stands around the prompt: tokens, trouble with a caret, the builder, options, presets."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_tokens_are_counted_while_typing(studio):
    count = studio.page.locator(".token-count").first
    studio.prompt.fill("a red house")
    expect(count).to_have_text("3 / 75")
    studio.prompt.fill("a red house, " * 30)
    expect(count).to_contain_text("/ 150")


def test_an_open_bracket_is_shown_with_a_caret_and_goes_when_it_is_closed(studio):
    studio.prompt.fill("a (red house")
    trouble = studio.page.locator(".prompt-problem")
    expect(trouble).to_contain_text("acts to the end")
    assert trouble.locator("pre").inner_text() == "a (red house\n  ^"
    studio.prompt.fill("a (red house)")
    expect(trouble).to_have_count(0)


def test_the_builder_writes_words_into_the_prompt_and_out_again(studio):
    studio.prompt.fill("a red house")
    studio.page.locator("#builder summary").click()
    night = studio.page.locator(".builder-word", has_text="at night")
    night.click()
    expect(studio.prompt).to_have_value("a red house, at night")
    expect(night).to_have_attribute("aria-pressed", "true")
    night.click()
    expect(studio.prompt).to_have_value("a red house")
    expect(night).to_have_attribute("aria-pressed", "false")


def test_options_are_shown_only_with_a_sampler_that_has_them(studio):
    studio.unfold("sampling")
    studio.unfold("options")
    eta = studio.page.locator("#field-eta")
    expect(eta).to_be_hidden()
    studio.choose("sampler", "Euler a")
    expect(eta).to_be_visible()
    expect(studio.number("eta")).to_have_attribute("placeholder", "1")
    studio.number("eta").fill("0.5")
    expect(studio.page.locator("#fold-options .label-wrap")).to_contain_text("eta 0.5")
    studio.choose("sampler", "DDIM")
    studio.choose("schedule", "Karras")
    expect(studio.number("rho")).to_have_attribute("placeholder", "7")


def test_prompts_are_kept_as_a_style_applied_and_dropped(studio, server):
    studio.prompt.fill("{prompt} in watercolor")
    studio.unfold("reading")
    name = studio.page.locator("#keep-style input")
    name.fill("Wet")
    studio.page.get_by_role("button", name="Keep prompts as style").click()
    expect(studio.toast("The style Wet is kept.")).to_be_visible()
    studio.page.locator("#field-styles input").click()
    studio.page.locator("#field-styles [role=option][aria-label='Wet']").click()
    studio.unfold("sampling")
    studio.number("steps").fill("2")
    studio.make("a cat")
    assert server.get("/api/v1/jobs")[0]["request"]["prompt"] == "a cat in watercolor"
    name.fill("Wet")
    studio.page.get_by_role("button", name="Drop").click()
    expect(studio.toast("The style Wet is dropped.")).to_be_visible()
    assert server.get("/api/v1/styles") == []


def test_a_few_step_preset_sets_what_belongs_together(studio):
    studio.unfold("sampling")
    studio.page.get_by_role("button", name="LCM", exact=True).click()
    expect(studio.number("steps")).to_have_value("6")
    expect(studio.number("cfg-scale")).to_have_value("1.5")
    expect(studio.page.locator("#field-sampler input")).to_have_value("LCM")
    expect(studio.page.locator("#field-schedule input")).to_have_value("SGM Uniform")


def test_words_by_chance_are_drawn_and_again_draws_anew(studio):
    studio.number("seed").fill("5")
    studio.unfold("sampling")
    studio.number("steps").fill("2")
    card = studio.make("a {red|blue} {house|boat|tree}")
    card.locator(".frame.done").click()
    facts = studio.view.locator(".facts")
    expect(facts).not_to_contain_text("{")
    studio.view.get_by_role("button", name="Again", exact=True).click()
    expect(studio.film).to_have_count(2)


def test_a_lora_that_is_not_there_is_told_at_the_prompt(studio):
    studio.generate("a house <lora:ink:1>")
    trouble = studio.page.locator("#field-prompt .field-trouble")
    expect(trouble).to_contain_text("There is no lora called 'ink'")
    expect(studio.page.locator(".card")).to_have_count(0)


def test_names_are_offered_while_typing_and_taken_by_key_or_click(studio):
    studio.prompt.fill("a ")
    studio.prompt.press_sequentially("<rob")
    offer = studio.page.locator(".completion li")
    expect(offer).to_have_text(["pocket-robot"])
    studio.page.keyboard.press("Enter")
    expect(studio.prompt).to_have_value("a <lora:pocket-robot:1>")
    expect(offer.first).to_be_hidden()
    studio.prompt.press_sequentially(" <")
    expect(offer).to_have_count(3)
    offer.nth(1).click()
    expect(studio.prompt).to_have_value("a <lora:pocket-robot:1> <lora:pocket-crown:1>")
    studio.prompt.press_sequentially(" <")
    expect(offer).to_have_count(3)
    studio.page.keyboard.press("Escape")
    expect(offer.first).to_be_hidden()
    studio.prompt.fill("a te")
    studio.prompt.press_sequentially("a")
    expect(offer).to_have_text(["teal"])
    studio.prompt.press_sequentially("l")
    expect(offer.first).to_be_hidden()
