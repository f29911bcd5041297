"""Mounting the page into the app."""

from __future__ import annotations

from functools import partial

import gradio as gr
from fastapi import FastAPI

from webui.service import Studio
from webui.ui.events import bind, hidden_parts
from webui.ui.extension_texts import EXTENSION
from webui.ui.extra_tabs import make_extra_tabs, show_extra_tabs
from webui.ui.fields import choice_field
from webui.ui.grid import TRAY_PLACE, bind_grid, build_grid_tab
from webui.ui.look import DarkroomTheme
from webui.ui.page import FAVICON, page_routes
from webui.ui.parts import checkpoint_pairs
from webui.ui.picture_texts import PICTURE
from webui.ui.text_to_image import build_tab
from webui.ui.texts import FORM, TITLE
from webui.ui.tray import brand, chip, shell

_OTHERS = ("image_to_image", "inpaint", "control", "upscale")
"""Tabs into which the one form moves, beside the first."""


def mount_ui(app: FastAPI, studio: Studio, *, owner: str) -> None:
    """Mount the studio's page at `/`."""
    app.include_router(page_routes())
    gr.mount_gradio_app(
        app,
        build_page(studio, owner),
        path="/",
        theme=DarkroomTheme(),
        favicon_path=str(FAVICON),
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        footer_links=[],
        max_file_size="2mb",
        server_name="127.0.0.1",
    )


def build_page(studio: Studio, owner: str) -> gr.Blocks:
    """The header, the tabs and what they do."""
    extra = make_extra_tabs(studio.extra.tabs, partial(_tab_failed, studio))
    choices = studio.choices()
    first = choices.checkpoints[0] if choices.checkpoints else None
    name = first.name if first else ""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="header", equal_height=True):
            brand()
            checkpoint = choice_field("checkpoint", checkpoint_pairs(choices), name or None)
            chip()
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            with gr.Tab(FORM["tab"], elem_id="tab-text-to-image") as making:
                shell("place-text-to-image")
                tab = build_tab(choices, first)
            others = {kind: _place(kind) for kind in _OTHERS}
            with gr.Tab(FORM["grid_tab"], render_children=True) as gridding:
                grid = build_grid_tab()
            with gr.Tab(
                EXTENSION["tab"], render_children=True, elem_id="tab-extensions"
            ) as extending:
                shell("extensions")
            show_extra_tabs(extra)
        tab.fields["checkpoint"] = checkpoint
        bind_grid(grid)
        for kind, one in {"text_to_image": making, **others}.items():
            one.select(None, None, None, js=f"() => window.darkroom.openKind('{kind}')")
        gridding.select(None, None, None, js=f"() => window.darkroom.moveTray('{TRAY_PLACE}')")
        extending.select(None, None, None, js="() => window.darkroom.openExtensions()")
        bind(page, tab, hidden_parts(name), studio, owner)
    page.queue(api_open=False)
    return page


def _tab_failed(studio: Studio, tab: str, error: BaseException) -> str:
    """Note whose tab it is, and say what is wrong."""
    why = str(error).partition("\n")[0][:300] or type(error).__name__
    studio.extra.note_tab(tab, f"Its tab could not be built: {why}.")
    return why


def _place(kind: str) -> gr.Tab:
    """A tab into which the scripts move the one form and tray when it is opened."""
    name = kind.replace("_", "-")
    with gr.Tab(PICTURE[f"tab_{kind}"], render_children=True, elem_id=f"tab-{name}") as tab:
        shell(f"place-{name}")
    return tab
