"""The final app, Gradio's page and ours together: every route is in the table, on purpose."""

import asyncio
import json
import re
from urllib.parse import urljoin

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from tests.api.house import build_house
from tests.api.test_guard import strict
from webui.api.route_table import Access, RouteTable
from webui.api.routes import ROUTES
from webui.app import build_app
from webui.request.from_picture import KINDS
from webui.settings import Settings


@pytest.fixture(scope="module")
def final(tmp_path_factory):
    """The app as it is served, over a scripted engine."""
    outputs = tmp_path_factory.mktemp("outputs")
    house = build_house(outputs)

    async def build():
        """Within a loop, as otherwise Gradio makes loops of its own and leaves them open."""
        return build_app(house.studio, Settings(outputs=outputs))

    yield asyncio.run(build())
    house.studio.close()


@pytest.fixture
def page(_servers, final):
    _servers[0].app = final
    with _servers[0].client() as client:
        yield client


def routes_of(app, prefix=""):
    """(method, path) of every route, also of what is mounted."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield from routes_of(route.app, prefix + route.path)
    for context in iter_route_contexts(app.routes):
        for method in getattr(context, "methods", None) or ():
            yield method, prefix + context.path


def plain(path):
    """A path in which every parameter has some value."""
    return re.sub(r"\{[^}]*\}", "x", path)


@pytest.fixture(scope="module")
def all_routes(final):
    found = set(routes_of(final._app))
    assert ("GET", "/gradio_api/info") in found, "Gradio's own routes must be seen"
    assert ("POST", "/api/v1/jobs") in found
    return found


def rule_of(method, path):
    """The rule that stands in the table for this very route."""
    wanted = "GET" if method == "HEAD" else method
    return next((rule for rule in ROUTES if wanted in rule.methods and rule.path == path), None)


def test_every_route_of_the_app_is_in_the_table(all_routes):
    unknown = sorted(route for route in all_routes if rule_of(*route) is None)
    assert unknown == []


def test_every_rule_of_the_table_has_a_route(all_routes):
    left_over = sorted(
        (method, rule.path)
        for rule in ROUTES
        for method in rule.methods
        if (method, rule.path) not in all_routes
    )
    assert left_over == []


def test_no_rule_is_hidden_by_one_before_it(all_routes):
    table = RouteTable(ROUTES)
    for method, path in sorted(all_routes):
        assert table.access(method, plain(path)) is rule_of(method, path).access, path


def test_nothing_of_the_owner_is_public():
    public = {rule.path for rule in ROUTES if rule.access is Access.PUBLIC}
    assert not [path for path in public if path.startswith("/api/") or path == "/"]


def test_blocked_routes_of_the_real_app_look_like_none(page, all_routes):
    blocked = [route for route in all_routes if rule_of(*route).access is Access.BLOCKED]
    assert len(blocked) > 40
    for method, path in sorted(blocked):
        answer = strict(page.request(method, plain(path)))
        assert answer.status_code == 404, (method, path)
        if method != "HEAD":
            assert answer.json()["error"]["message"] == "There is nothing at this address."


# Answered for as long as somebody listens; every other open address answers at once.
ENDLESS = {"/api/v1/events", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/queue/data"}


def test_every_open_address_answers_without_a_fault_and_with_strict_headers(page, all_routes):
    for method, path in sorted(all_routes):
        if rule_of(method, path).access is Access.BLOCKED or path in ENDLESS:
            continue
        answer = strict(page.request(method, plain(path)))
        assert answer.status_code < 500, (method, path)


def test_page_is_served_under_its_policy_and_asks_no_other_host(page):
    answer = strict(page.get("/"))
    assert answer.status_code == 200
    assert foreign(answer.text) == []


def foreign(text):
    """What a page would fetch from another host."""
    sources = re.findall(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//([^"'\s>]+)""", text)
    imported = re.findall(r"""@import\s+(?:url\()?["']?(?:https?:)?//([^"')]+)""", text)
    return [found for found in sources + imported if not found.startswith("127.0.0.1")]


# --- OpenAPI ---


def test_description_of_the_api_is_valid_and_lists_our_routes(client):
    answer = client.get("/openapi.json")
    described = answer.json()
    assert described["openapi"].startswith("3.")
    listed = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert {
        ("POST", "/api/v1/jobs"),
        ("GET", "/api/v1/jobs"),
        ("GET", "/api/v1/jobs/{job_id}"),
        ("DELETE", "/api/v1/jobs/{job_id}"),
        ("GET", "/api/v1/jobs/{job_id}/events"),
        ("GET", "/api/v1/images/{image_id}"),
        ("GET", "/api/v1/checkpoints"),
        ("GET", "/api/v1/samplers"),
        ("GET", "/api/v1/schedules"),
        ("GET", "/healthz"),
    } <= listed
    for reference in re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(described)):
        target = described
        for part in reference.split("/"):
            target = target[part]


def test_description_says_the_limits_of_a_request(client):
    described = client.get("/openapi.json").json()
    body = described["paths"]["/api/v1/jobs"]["post"]["requestBody"]
    kinds = body["content"]["application/json"]["schema"]["anyOf"]
    schemas = {one["properties"]["kind"]["const"]: one for one in kinds}
    assert schemas.keys() == {*KINDS, "grid", "map"}
    schema, grid = schemas["text_to_image"], schemas["grid"]
    assert schemas["inpaint"]["properties"]["padding"]["maximum"] == 1024
    assert grid["properties"]["base"]["properties"].keys() == schema["properties"].keys()
    steps = schema["properties"]["steps"]["anyOf"][0]
    assert (steps["minimum"], steps["maximum"]) == (1, 150)
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) >= {"prompt", "negative_prompt", "seed", "lane", "exact"}


def test_description_of_the_final_app_is_the_same(client, page):
    assert page.get("/openapi.json").json()["paths"].keys() >= (
        client.get("/openapi.json").json()["paths"].keys()
    )


def test_page_of_the_api_is_whole_without_a_network(client):
    answer = strict(client.get("/api/docs"))
    assert foreign(answer.text) == []
    assert "<script>" not in answer.text
    parts = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(parts) == 3
    for part in parts:
        file = client.get(urljoin("/api/docs", part))
        assert file.status_code == 200
        assert file.headers["content-type"].startswith(("text/css", "text/javascript"))
        assert len(file.content) > 50
    start = client.get("/api/docs/start.js").text
    assert '"/openapi.json"' in start
    assert "validatorUrl: null" in start
