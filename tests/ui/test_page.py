"""The page as it is served, without a browser."""

import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from webui import ui
from webui.ui.page import page_html, page_routes, words_module
from webui.ui.texts import FORM, LANES, TRAY


@pytest.fixture
def client():
    app = FastAPI()
    app.include_router(page_routes())
    return TestClient(app)


def test_page_has_no_inline_script_and_no_address_elsewhere():
    page = page_html()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "http://" not in page
    assert "https://" not in page


def test_every_file_of_the_page_is_served(client):
    for path in re.findall(r'(?:src|href)="\./(studio/[^"]+)"', client.get("/").text):
        assert client.get(f"/{path}").status_code == 200, path


def test_every_import_of_a_script_is_served(client):
    for name in (*_scripts(client), "words.js"):
        answer = client.get(f"/studio/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].startswith("text/javascript")


def test_file_that_has_not_changed_is_not_sent_again(client):
    tag = client.get("/studio/studio.js").headers["etag"]
    again = client.get("/studio/studio.js", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["..%2ftexts.py", "texts.py", "nothing.js", "%2e%2e"])
def test_nothing_else_is_served(client, name):
    assert client.get(f"/studio/{name}").status_code == 404


def test_every_text_that_the_scripts_ask_for_is_there(client):
    words = json.loads(re.search(r"words = (\{.*\});", words_module()).group(1))
    for name in _scripts(client):
        for key in re.findall(r'\bsay\("(\w+)"', client.get(f"/studio/{name}").text):
            assert key in words, f"{name} says {key}"


def test_no_text_is_left_over(client):
    asked = "".join(client.get(f"/studio/{name}").text for name in _scripts(client))
    asked += "".join(path.read_text("utf-8") for path in Path(ui.__file__).parent.glob("*.py"))
    for key in (*FORM, *TRAY):
        assert asked.count(f'"{key}"') > (2 if key in FORM and key in TRAY else 1), key


def _scripts(client):
    """The names of all scripts that the page loads but the texts, by following imports."""
    seen, waiting = {"words.js"}, ["studio.js"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting += set(_imports(client.get(f"/studio/{name}").text)) - seen
    return sorted(seen - {"words.js"})


def _imports(script):
    return re.findall(r'from "\./([^"]+)"', script)


def test_no_text_speaks_like_a_program():
    for text in (*FORM.values(), *LANES.values(), *TRAY.values()):
        assert "went wrong" not in text
        assert "rror" not in text
