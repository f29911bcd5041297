"""Whatever is sent, the answer is a message in plain words, and the studio stays up."""

import json
import socket
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.house import build_house, raw, status_of
from webui.api.guard import MAX_BODY

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One studio for all tests of this file: none of them minds what another left there."""
    house = build_house(tmp_path_factory.mktemp("outputs"))
    yield house
    house.studio.close()


def refused(client, answer, status=422):
    """The one form of an error; and the studio answers afterwards."""
    assert answer.status_code == status, answer.text[:300]
    error = answer.json()["error"]
    assert set(error) == {"message", "field"}
    assert 0 < len(error["message"]) < 1000
    assert "Traceback" not in answer.text
    assert client.get("/healthz").status_code == 200
    return error


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"steps": 0}, "steps", "steps must be a whole number from 1 to 150; you gave 0."),
        ({"width": 7}, "width", "from 16 to 4096, a multiple of 8; you gave 7."),
        ({"height": 4100}, "height", "from 16 to 4096, a multiple of 8; you gave 4100."),
        ({"cfg_scale": 31}, "cfg_scale", "must be a number from 0 to 30; you gave 31."),
        ({"sampler": "nonsense"}, "sampler", 'sampler "nonsense" is not known. There is: dpmpp_2m'),
        ({"schedule": "x"}, "schedule", 'schedule "x" is not known. There is: normal, karras'),
        ({"checkpoint": "sdxl"}, "checkpoint", 'checkpoint "sdxl" is not known. There is: tiny.'),
        ({"checkpoint": "text.safetensors"}, "checkpoint", "is not a safetensors file."),
        ({"stepz": 5}, "stepz", "There is no field \"stepz\". Did you mean 'steps'?"),
        ({"prompt": "x" * 100_000}, "prompt", "at most 20,000 characters; you gave"),
        ({"prompt": 5}, "prompt", "at most 20,000 characters; you gave 5."),
        ({"seed": -2}, "seed", "from -1 to 9007199254740991; you gave -2."),
        ({"seed": 2**60}, "seed", "from -1 to 9007199254740991; you gave 1152921504606846976."),
        ({"batch_size": 17}, "batch_size", "from 1 to 16; you gave 17."),
        ({"batch_count": 0}, "batch_count", "from 1 to 100; you gave 0."),
        ({"lane": "vip"}, "lane", "one of interactive, normal, background; you gave"),
        ({"exact": "yes"}, "exact", 'must be true or false; you gave "yes".'),
        ({"width": 4096, "height": 4096, "batch_size": 2}, "batch_size", "at most 1 fit"),
        ({"k" * 100_000: 1}, "k" * 200, "There is no field"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_wrong_field_is_named_with_its_value_and_what_is_allowed(client, fields, field, words):
    error = refused(client, client.post("/api/v1/jobs", json=fields))
    assert error["field"] == field
    assert words in error["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"{'steps': 1}",
        b"\xff\xfe\x00",
        b'{"prompt": "\xff"}',
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "\xed\xa0\x80"}',
        b'{"\\udfff": 1}',
        '{"prompt": "x"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"prompt":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
        b"prompt=x&steps=5",
        b"--b\r\nContent-Disposition: form-data; name=prompt\r\n\r\nx\r\n--b--",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b'{"steps": NaN}',
        b'{"cfg_scale": Infinity}',
        b'{"cfg_scale": -Infinity}',
        b'{"cfg_scale": 1e400}',
        b'{"steps": 1e400}',
        b'{"seed": ' + b"9" * 1_000_000 + b"}",
        b'{"prompt": "' + b"\\u0000" * 100_000 + b'"}',
        b"{" + b",".join(b'"%d": 1' % n for n in range(100_000)) + b"}",
        b"\0" * 100_000,
    ],
    ids=lambda body: repr(body[:20])[2:-1],
)
def test_body_that_is_no_request_is_refused_in_words(client, body):
    refused(client, client.post("/api/v1/jobs", content=body, headers=JSON))


def test_zeros_in_a_prompt_are_just_characters(client):
    answer = client.post("/api/v1/jobs", content=b'{"prompt": "a\\u0000b"}', headers=JSON)
    assert answer.status_code == 202
    assert answer.json()["request"]["prompt"] == "a\0b"


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "application/xml",
        "application/json; charset=utf-16",
        "application/octet-stream",
        "nonsense",
        "",
        "\xff",
    ],
)
def test_body_of_another_kind_never_breaks_anything(client, kind):
    headers = {"Content-Type": kind.encode("latin-1")}
    answer = client.post("/api/v1/jobs", content=b"<prompt>x</prompt>", headers=headers)
    assert answer.status_code in (415, 422)
    refused(client, answer, answer.status_code)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "nonsense"])
def test_packed_body_is_refused_not_unpacked(client, coding):
    headers = {**JSON, "Content-Encoding": coding}
    answer = client.post("/api/v1/jobs", content=b"\x1f\x8b" + bytes(100), headers=headers)
    assert answer.status_code in (415, 422)
    refused(client, answer, answer.status_code)


FIFTY = 50 << 20


def test_announced_body_of_50_mb_is_refused_in_words(client):
    body = b'{"prompt": "' + b"x" * FIFTY + b'"}'
    error = refused(client, client.post("/api/v1/jobs", content=body, headers=JSON), 413)
    assert "at most 2 MiB" in error["message"]


def test_body_of_50_mb_in_chunks_is_refused_in_words(client):
    def parts():
        yield b'{"prompt": "'
        for _ in range(50):
            yield b"x" * (1 << 20)
        yield b'"}'

    error = refused(client, client.post("/api/v1/jobs", content=parts(), headers=JSON), 413)
    assert "at most 2 MiB" in error["message"]


@pytest.mark.parametrize("size", [MAX_BODY - 1, MAX_BODY, MAX_BODY + 1])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_limit_of_bodies_is_exact(client, size, chunked):
    body = b'{"prompt": "a"}'.ljust(size)
    content = iter([body]) if chunked else body
    answer = client.post("/api/v1/jobs", content=content, headers=JSON)
    assert answer.status_code == (202 if size <= MAX_BODY else 413)


def test_large_body_on_an_address_that_takes_none_is_refused(server, client):
    for path in (b"/healthz", b"/api/v1/jobs", b"/api/v1/events", b"/api/v1/images/x"):
        head = b"GET %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" % path
        part = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
        answer = raw(server.port, [head, part * 4], until_end=False)
        assert status_of(answer) in (200, 404, 413)
        assert client.get("/healthz").status_code == 200


def test_large_body_behind_an_open_stream_only_ends_the_stream(server, client, caplog):
    head = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    answer = raw(server.port, [head, *[part] * 4])
    assert answer.count(b"HTTP/1.1") == 1
    assert client.get("/healthz").status_code == 200
    assert "Exception" not in caplog.text


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 99999999999999999999",
        b"Content-Length: -1",
        b"Content-Length: +5",
        b"Content-Length: 5, 6",
        b"Content-Length: 1e3",
        b"Content-Length: " + b"9" * 5000,
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: ",
        b"Transfer-Encoding: nonsense",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"X: " + b"x" * 100_000,
        b"no colon here",
        b": nameless",
        b"A\0B: x",
        b"Host: evil.example",
    ],
    ids=lambda head: repr(head[:30])[2:-1],
)
def test_malformed_head_is_refused(server, client, head):
    text = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n%s\r\nConnection: close\r\n\r\n{}\r\n"
    answer = raw(server.port, text % head)
    assert answer == b"" or 400 <= status_of(answer) < 500
    assert client.get("/healthz").status_code == 200


def test_client_that_goes_away_in_the_middle_harms_nobody(server, client):
    head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    before = client.get("/api/v1/jobs").json()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(head)
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/jobs").json() == before


def test_many_bad_requests_at_once_leave_the_studio_up(server, client):
    found = []

    def bother():
        with server.client() as own:
            for body in (b"{", b'{"steps": 0}', b"[" * 10_000, b'{"prompt": "\\ud800"}'):
                found.append(own.post("/api/v1/jobs", content=body, headers=JSON).status_code)

    threads = [threading.Thread(target=bother) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [422] * 32
    assert client.get("/healthz").status_code == 200


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
FIELDS = ["prompt", "steps", "sampler", "cfg_scale", "width", "seed", "lane", "files", "x"]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.sampled_from(FIELDS), ANY_JSON, min_size=1, max_size=3))
def test_any_json_is_accepted_or_refused_in_words(client, fields):
    answer = client.post("/api/v1/jobs", content=json.dumps(fields), headers=JSON)
    assert answer.status_code in (202, 422)
    if answer.status_code == 422:
        assert answer.json()["error"]["message"]
