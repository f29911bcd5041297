"""Tabs of extensions on the page, good ones and such as fail."""

import asyncio
from dataclasses import dataclass
from typing import Any

import gradio as gr
import pytest

from webui.ui.extra_tabs import make_extra_tabs, show_extra_tabs
from webui.ui.look import DarkroomTheme


@dataclass
class Tab:
    id: str
    title: str
    build: Any


class Notes(list):
    def __call__(self, tab, error):
        self.append((tab, error))
        return f"<b>{tab}</b> said: {error}"


def page_of(*tabs):
    """The configuration of a page with these tabs, and what was noted."""
    notes = Notes()

    async def built():
        made = make_extra_tabs(tabs, notes)
        with gr.Blocks(analytics_enabled=False) as page:
            own = gr.Button("Ours", elem_id="ours")
            own.click(lambda: None, api_visibility="private")
            with gr.Tabs():
                show_extra_tabs(made)
        return page.get_config_file()

    return asyncio.run(built()), notes


def good():
    box = gr.Textbox(label="Word", elem_id="their-word")
    gr.Button("Go", elem_id="their-button").click(lambda word: word, box, box)


def half():
    good()
    raise ValueError("no <colours> today")


def leaving():
    gr.Textbox(elem_id="half-made")
    raise SystemExit("that is all")


def untellable():
    gr.HTML("x", elem_id="odd").visible = object()
    gr.Number(float("nan"))


def ids(config):
    return [one["props"].get("elem_id") for one in config["components"]]


def test_tab_is_built_with_its_title_and_its_events_work_on_from_the_page():
    config, notes = page_of(Tab("palette", "Palette", good))
    tab = next(c for c in config["components"] if c["props"].get("elem_id") == "tab-extra-palette")
    assert tab["props"]["label"] == "Palette"
    assert "their-word" in ids(config)
    assert len(config["dependencies"]) == 2
    assert {one["api_visibility"] for one in config["dependencies"]} == {"private"}
    assert notes == []


@pytest.mark.parametrize("build", [half, leaving, untellable, None])
def test_tab_that_fails_shows_why_and_leaves_nothing_half_made(build):
    config, notes = page_of(Tab("bad", "Bad", build), Tab("palette", "Palette", good))
    ((tab, error),) = notes
    assert (tab, bool(str(error))) == ("bad", True)
    shown = [c["props"].get("value") for c in config["components"] if c["type"] == "html"]
    assert "All else works" in shown[0]
    assert "&lt;b&gt;bad&lt;/b&gt; said" in shown[0]
    assert not {"half-made", "odd"} & {*ids(config)}
    assert ids(config).count("their-word") == 1
    assert "ours" in ids(config)


def test_two_tabs_with_the_same_inside_do_not_meet():
    config, notes = page_of(Tab("one", "One", good), Tab("two", "Two", good))
    assert ids(config).count("their-word") == 2
    assert len({one["id"] for one in config["dependencies"]}) == 3
    assert notes == []


def test_theme_of_the_page_stays_its_own():
    """Building a page within a page must not change how ours looks."""
    before = DarkroomTheme().body_background_fill
    page_of(Tab("one", "One", good))
    assert DarkroomTheme().body_background_fill == before
