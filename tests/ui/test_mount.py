"""The page that Gradio builds, as configuration."""

import asyncio
from types import SimpleNamespace

import pytest

from webui.request import Choices
from webui.service.extending import NoExtensions
from webui.ui.form import FIELDS
from webui.ui.mount import build_page


def config_of(choices):
    async def built():
        studio = SimpleNamespace(choices=lambda: choices, extra=NoExtensions())
        return build_page(studio, "local").get_config_file()

    # In a loop: without one, Gradio makes one and never closes it.
    return asyncio.run(built())


@pytest.fixture
def config(choices):
    return config_of(choices)


def _props(config, name):
    wanted = f"field-{name.replace('_', '-')}"
    return next(c["props"] for c in config["components"] if c["props"].get("elem_id") == wanted)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_on_the_page_with_label_and_help(config, name):
    props = _props(config, name)
    assert props["label"]
    assert props["info"]


def test_fields_start_with_what_fits_the_first_checkpoint(config):
    assert _props(config, "width")["value"] == 64
    assert _props(config, "steps")["value"] == 4
    assert _props(config, "checkpoint")["value"] == "tiny"


def test_studio_without_checkpoints_still_opens():
    assert _props(config_of(Choices((), (), ())), "checkpoint")["choices"] == []


def test_functions_are_not_offered_to_programs(config):
    assert {one["api_visibility"] for one in config["dependencies"] if one["backend_fn"]} == {
        "private"
    }


def test_no_line_to_the_browser_is_held_open(config):
    """A browser has six; the studio's own events need one."""
    assert config["connect_heartbeat"] is False
