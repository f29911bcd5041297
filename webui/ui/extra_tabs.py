"""Tabs that extensions bring, each built so that one that fails is alone with its fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

import gradio as gr

from webui.ui.extension_texts import EXTENSION


class ExtraTab(Protocol):
    """What an extension gives: `build()` makes gradio components where it is called."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def build(self) -> Callable[[], None]: ...


Failed = Callable[[str, BaseException], str]
"""Is told the id of a tab that could not be built and why; says in words what to show in it."""


@dataclass(frozen=True, slots=True)
class MadeTab:
    """A tab that was built apart from the page, or the words that are shown for it."""

    id: str
    title: str
    inside: gr.Blocks | None
    problem: str = ""


def make_extra_tabs(tabs: Sequence[ExtraTab], failed: Failed) -> tuple[MadeTab, ...]:
    """Build every tab. Call this before the page is begun: what fails leaves no half of it there.

    Whatever an author's `build` raises ends here.
    """
    return tuple(_made(tab, failed) for tab in tabs)


def show_extra_tabs(made: Sequence[MadeTab]) -> None:
    """Put the tabs where the page is: call this inside its `gr.Tabs`."""
    for tab in made:
        with gr.Tab(tab.title, elem_id=f"tab-extra-{tab.id}", elem_classes="extra-tab"):
            if tab.inside is None:
                gr.HTML(_message(tab.problem), js_on_load=None, apply_default_css=False)
            else:
                tab.inside.render()


def _made(tab: ExtraTab, failed: Failed) -> MadeTab:
    try:
        return MadeTab(tab.id, tab.title, _built(tab))
    except (Exception, SystemExit) as error:  # noqa: BLE001 (an author's code may raise all)
        return MadeTab(tab.id, tab.title, None, failed(tab.id, error))


def _built(tab: ExtraTab) -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as inside:
        tab.build()
    for function in inside.fns.values():
        function.api_visibility = "private"  # reached from the page alone, as ours are
    # What cannot be told to a browser would keep it from the whole page.
    json.dumps(inside.get_config_file(), allow_nan=False)
    return inside


def _message(problem: str) -> str:
    lead = escape(EXTENSION["extra_failed"])
    return f'<div class="extra-failed" role="alert"><p>{lead}</p><p>{escape(problem)}</p></div>'
