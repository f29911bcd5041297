"""Routes of extensions: behind the guard like ours, and alone with their faults."""

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request

from tests.api.house import HOSTS
from webui.api.errors import add_error_handlers
from webui.api.extra_routes import add_extra_routes
from webui.api.guard import Guard
from webui.api.route_table import RouteTable
from webui.api.routes import ROUTES
from webui.errors import RequestRejected


@dataclass
class Route:
    method: str
    path: str
    function: Any


def hello(name: str, times: int = 1, request: Request = None):
    return {"said": [f"hello {name}"] * times, "owner": request.scope["darkroom.owner"]}


async def fails():
    raise KeyError("colours")


def leaves():
    raise SystemExit(3)


def refuses():
    raise RequestRejected("Not this one.", field="name")


def missing():
    raise HTTPException(404)


@pytest.fixture
def street(_servers):
    """Adds routes to an app behind the guard and gives a client, the rules and what was noted."""
    noted = []

    def build(*routes, owner="anna"):
        app = FastAPI(docs_url=None, redoc_url=None)
        add_error_handlers(app)
        app.get("/api/v1/jobs")(lambda: "ours")
        found = add_extra_routes(app, routes, lambda id, message: noted.append((id, message)))
        _servers[0].app = Guard(app, RouteTable((*ROUTES, *found)), HOSTS, owner)
        return _servers[0].client(), found, noted

    return build


def test_route_answers_its_owner_and_knows_who_asks(street):
    client, found, noted = street(Route("get", "/extensions/my-one/hello/{name}", hello))
    with client:
        answer = client.get("/extensions/my-one/hello/ada", params={"times": 2})
        assert answer.json() == {"said": ["hello ada"] * 2, "owner": "anna"}
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert client.post("/extensions/my-one/hello/ada").status_code == 404
        assert client.get("/extensions/other/hello/ada").status_code == 404
        elsewhere = client.get(
            "/extensions/my-one/hello/ada", headers={"Origin": "http://evil.example"}
        )
        assert elsewhere.status_code == 403
    assert (len(found), noted) == (1, [])


def test_wrong_arguments_and_refusals_are_told_as_ours_are(street):
    client, _, noted = street(
        Route("GET", "/extensions/my-one/hello/{name}", hello),
        Route("GET", "/extensions/my-one/refuses", refuses),
        Route("GET", "/extensions/my-one/missing", missing),
    )
    with client:
        many = client.get("/extensions/my-one/hello/ada", params={"times": "many"})
        assert (many.status_code, many.json()["error"]["field"]) == (422, "times")
        assert client.get("/extensions/my-one/refuses").json()["error"]["field"] == "name"
        assert client.get("/extensions/my-one/missing").status_code == 404
    assert noted == []


@pytest.mark.parametrize("function", [fails, leaves])
def test_fault_of_an_author_is_told_by_the_name_of_the_extension(street, function):
    client, _, noted = street(Route("GET", "/extensions/my-one/x", function))
    with client:
        for _ in range(2):  # the server goes on
            answer = client.get("/extensions/my-one/x")
            assert answer.status_code == 500
            assert "'my-one' failed" in answer.json()["error"]["message"]
    assert noted[0][0] == "my-one"


@pytest.mark.parametrize(
    ("method", "path", "function", "said"),
    [
        ("GET", "/extensions/my-one/fine", hello, "already"),
        ("TRACE", "/extensions/my-one/x", hello, "a method is one of"),
        ("GET", "/extensions/my-one/{name:nothing}", hello, "outside"),
        ("GET", "/extensions/my-one/x", "hello", "cannot be a route"),
    ],
)
def test_one_bad_route_leaves_out_all_of_its_extension_and_no_other(
    street, method, path, function, said
):
    client, found, noted = street(
        Route("GET", "/extensions/my-one/fine", missing),
        Route(method, path, function),
        Route("GET", "/extensions/other/refuses", refuses),
    )
    with client:
        assert client.get("/extensions/my-one/fine").status_code == 404
        assert client.get("/extensions/other/refuses").status_code == 422
    assert [rule.path for rule in found] == ["/extensions/other/refuses"]
    ((extension, message),) = noted
    assert (extension, said in message) == ("my-one", True)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/jobs", "/", "/{path:path}", "/extensions/x y/z", "/extensions/UP/x", "extensions"],
)
def test_routes_outside_their_place_are_left_out(street, path):
    client, found, noted = street(Route("GET", path, missing))
    with client:
        assert client.get("/api/v1/jobs").json() == "ours"
    assert (found, len(noted)) == ((), 1)


def test_parameter_may_not_take_what_another_route_answers(street):
    _, found, noted = street(
        Route("GET", "/extensions/my-one/{name}", hello),
        Route("GET", "/extensions/my-one/fixed", missing),
        Route("POST", "/extensions/other/{name}", hello),
        Route("GET", "/extensions/other/fixed", missing),
    )
    assert [rule.path for rule in found] == [
        "/extensions/other/{name}",
        "/extensions/other/fixed",
    ]
    assert noted[0][0] == "my-one"
