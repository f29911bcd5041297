"""The guard: who is let in, what is refused, and what every answer carries."""

import asyncio
from itertools import product

import pytest

from tests.api.house import build_house, raw, status_of
from webui.api.guard import Guard
from webui.api.route_table import OURS, Access, RouteTable, rules
from webui.api.routes import ROUTES

STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One studio for all tests of this file: none of them minds what another left there."""
    house = build_house(tmp_path_factory.mktemp("outputs"))
    yield house
    house.studio.close()


def strict(answer):
    """Every answer of the studio carries these, and none of those."""
    assert STRICT.items() <= dict(answer.headers).items()
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "*" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert [name for name in answer.headers if name.startswith("access-control-")] == []
    assert "server" not in answer.headers
    return answer


# --- Host ---


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:7860",
        "localhost",
        "LOCALHOST:80",
        "LocalHost:1",
        "[::1]",
        "[::1]:7860",
    ],
)
def test_studio_answers_under_its_own_names(client, host):
    assert strict(client.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7860",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "localhost.",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "192.168.1.20",
        "::1",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::1]:7860:80",
        "localhost:7860:80",
        "localhost:",
        "localhost:x",
        "localhost:-1",
        "user@localhost",
        "localhost@evil.example",
        "evil.example#localhost",
        "localhost/",
        "http://localhost",
        "local host",
        "localhost,evil.example",
        "metadata.google.internal",
        "x" * 1000,
    ],
)
def test_any_other_name_is_refused_so_that_no_page_can_rebind_its_own(client, host):
    answer = strict(client.get("/healthz", headers={"Host": host}))
    assert answer.status_code == 421
    assert "not known under that name" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n\r\n",
        b"GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_request_without_one_clear_host_is_refused(server, head):
    answer = raw(server.port, head, until_end=False)
    assert status_of(answer) in (400, 421)


# --- Origin and Sec-Fetch ---

SAME = "http://127.0.0.1:{port}"
ORIGINS = [
    (None, True),
    (SAME, True),
    # Encrypted on the way by something in front of the studio.
    ("https://127.0.0.1:{port}", True),
    ("ftp://127.0.0.1:{port}", False),
    ("http://localhost:{port}", False),
    ("null", False),
    ("", False),
    ("http://127.0.0.1", False),
    ("http://127.0.0.1:{other}", False),
    ("http://127.0.0.1:{port}.evil.example", False),
    ("http://evil.example", False),
    ("http://evil.example:{port}", False),
    ("http://192.168.1.20:{port}", False),
    ("http://[::1]:{port}", False),
    ("chrome-extension://abcdefgh", False),
    ("file://", False),
    ("127.0.0.1:{port}", False),
    ("http://user@127.0.0.1:{port}", False),
    (SAME + "/", False),
    (SAME + ", " + SAME, False),
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(("origin", "let_in"), ORIGINS)
def test_only_our_own_page_may_ask(client, server, origin, let_in, method):
    headers = {}
    if origin is not None:
        headers["Origin"] = origin.format(port=server.port, other=server.port + 1)
    path = "/api/v1/jobs/nothing" if method == "DELETE" else "/api/v1/jobs"
    answer = strict(client.request(method, path, headers=headers, json={"steps": 0}))
    assert answer.status_code == (
        {"GET": 200, "POST": 422, "DELETE": 404}[method] if let_in else 403
    )
    if not let_in:
        assert "other sites" in answer.json()["error"]["message"]


FETCHES = [
    (
        site,
        mode,
        method,
        site in ("none", "same-origin") or (mode == "navigate" and method == "GET"),
    )
    for site, mode, method in product(
        ["none", "same-origin", "same-site", "cross-site", "nonsense", ""],
        ["navigate", "cors", "no-cors", "websocket", "nested-navigate", ""],
        ["GET", "POST", "DELETE"],
    )
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_browsers_word_on_where_a_request_comes_from_is_heeded(client, method):
    for site, mode, its_method, let_in in FETCHES:
        if its_method == method:
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
            path = "/api/v1/jobs/x" if method == "DELETE" else "/api/v1/jobs"
            answer = client.request(method, path, headers=headers, json={"steps": 0})
            assert (answer.status_code != 403) is let_in, (site, mode)


def test_link_on_another_site_may_open_the_studio_but_not_in_a_frame(client):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = client.get("/api/docs", headers={**headers, "Sec-Fetch-Dest": "document"})
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


# --- paths and methods ---


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "CONNECT", "PUT", "PATCH", "PROPFIND", "X" * 500]
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/jobs", "/gradio_api/queue/join"])
def test_method_that_no_route_has_is_refused(client, method, path):
    answer = strict(client.request(method, path))
    assert answer.status_code in (404, 405)


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/jobs", "/api/docs", "/openapi.json"])
def test_asking_for_the_head_alone_never_breaks(client, path):
    answer = strict(client.head(path))
    assert answer.status_code in (200, 405)
    assert answer.content == b""


TRICKS = [
    "//gradio_api/upload",
    "/gradio_api//upload",
    "/gradio_api/./upload",
    "/./gradio_api/upload",
    "/static/../gradio_api/upload",
    "/static/..%2fgradio_api/upload",
    "/static/%2e%2e/gradio_api/upload",
    "/assets/..%5c..%5cgradio_api/upload",
    "/gradio_api%2fupload",
    "/%67radio_api/upload",
    "/gradio_api/upload%2f",
    "/gradio_api/upload/",
    "/gradio_api/upload;x=1",
    "/gradio_api/upload%00",
    "/gradio_api/upload%0a",
    "/gradio_api/upload%20",
    "/gradio_api/upload?x=/healthz",
    "/gradio_api/UPLOAD",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file%3d/etc/passwd",
    "/gradio_api/file=/etc/%0apasswd",
    "/gradio_api/file=http://evil.example/",
    "/gradio_api/file/etc/passwd",
    "/file=/etc/passwd",
    "/gradio_api/proxy=http://evil.example/",
    "/api/v1/images/../../../etc/passwd",
    "/api/v1/images/..%2f..%2fetc%2fpasswd",
    "/api/v1/jobs/../../gradio_api/upload",
    "/login",
    "/login/",
    "/api/v1",
    "/api/v1/",
    "/api/v1/jobs/",
    "/api//v1/jobs",
    "/docs",
    "/redoc",
    "/.env",
    "/webui/app.py",
    "/%ff%fe",
    "/" + "a" * 5000,
    "*",
    "/healthz/",
    "/healthz%0a",
]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tricks_with_paths_reach_nothing(server, method):
    for path in TRICKS:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = raw(server.port, head.encode())
        assert status_of(answer) in (400, 404), path
        assert b"root:" not in answer


def test_first_rule_that_fits_decides():
    table = RouteTable((*rules(Access.BLOCKED, "GET /a/b"), *rules(Access.OWNER, "GET /a/{x}")))
    assert table.access("GET", "/a/b") is Access.BLOCKED
    assert table.access("GET", "/a/c") is Access.OWNER
    assert table.access("GET", "/a/b/c") is None
    assert table.access("GET", "/a/") is None
    assert table.access("POST", "/a/c") is None
    assert table.access("HEAD", "/a/c") is Access.OWNER


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("/static/a", True),
        ("/static/a/b/c", True),
        ("/static/", True),
        ("/static", False),
        ("/staticx/a", False),
        ("x/static/a", False),
    ],
)
def test_rest_of_a_path_is_the_whole_rest(path, fits):
    table = RouteTable(rules(Access.BLOCKED, "GET /static/{path:path}"))
    assert (table.access("GET", path) is not None) is fits


def test_dots_in_a_rule_are_dots():
    assert RouteTable(OURS).access("GET", "/openapiXjson") is None


# --- answers ---


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/api/v1/samplers", 200),
        ("GET", "/api/docs", 200),
        ("GET", "/api/docs/swagger-ui.css", 200),
        ("GET", "/openapi.json", 200),
        ("POST", "/api/v1/jobs", 422),
        ("GET", "/api/v1/jobs/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/api/v1/jobs", 404),
    ],
)
def test_every_answer_carries_the_strict_headers(client, method, path, status):
    assert strict(client.request(method, path)).status_code == status


def drive(app, scope, *messages):
    """Speak ASGI with the guard directly: what it sent, and what the app behind it saw."""
    sent, seen = [], []
    incoming = iter(messages)

    async def inner(scope, receive, send):
        seen.append(scope)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"Server", b"gradio"),
                    (b"Access-Control-Allow-Origin", b"*"),
                    (b"access-control-allow-credentials", b"true"),
                    (b"X-Frame-Options", b"ALLOWALL"),
                    (b"Content-Security-Policy", b"default-src *"),
                    (b"x-own", b"kept"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": b"inside"})

    async def receive():
        return next(incoming, {"type": "http.disconnect"})

    async def send(message):
        sent.append(message)

    guard = Guard(app or inner, RouteTable(ROUTES), ["localhost"], "me")
    asyncio.run(guard(scope, receive, send))
    return sent, seen


def a_scope(kind="http", path="/healthz", **headers):
    found = {"host": "localhost", **headers}
    return {
        "type": kind,
        "method": "GET",
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in found.items()
        ],
    }


def test_headers_of_the_app_behind_are_replaced_where_they_are_too_weak():
    sent, seen = drive(None, a_scope())
    names = [name.lower() for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    found = dict(sent[0]["headers"])
    assert (found[b"x-own"], found[b"x-frame-options"]) == (b"kept", b"DENY")
    assert {b"server", b"access-control-allow-origin"}.isdisjoint(names)
    assert seen[0]["darkroom.owner"] == "me"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_live_line_from_elsewhere_is_closed_before_it_opens(headers):
    scope = a_scope("websocket", "/gradio_api/queue/join", **headers)
    del scope["method"]
    sent, seen = drive(None, scope)
    assert [message["type"] for message in sent] == ["websocket.close"]
    assert seen == []


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "+1", "1.5", "abc", "", "²"])
def test_length_that_is_no_length_is_refused(length):
    sent, seen = drive(None, a_scope(content_length=length))
    assert sent[0]["status"] in (400, 413)
    assert seen == []


def test_owner_cannot_be_brought_along():
    scope = a_scope(darkroom_owner="other")
    scope["darkroom.owner"] = "other"
    _, seen = drive(None, scope)
    assert seen[0]["darkroom.owner"] == "me"
