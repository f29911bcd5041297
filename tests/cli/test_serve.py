"""Where the studio may listen."""

import socket

import pytest

from tests.cli.test_listing import run
from webui.errors import WebuiError
from webui.serving import check_address
from webui.settings import Settings


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


@pytest.fixture
def free():
    with socket.create_server(("127.0.0.1", 0)) as held:
        found = held.getsockname()
    return found[1]


def test_port_that_is_taken_is_told_with_a_way_out(taken, tmp_path):
    found = run("serve", "--port", taken, "--outputs", tmp_path / "outputs")
    assert found.exit_code == 2
    assert f"Port {taken} is taken" in found.stderr
    assert "--port" in found.stderr
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "8.8.8.8", "fe80::1"])
def test_address_that_others_can_reach_is_refused_with_the_reason(host, free, tmp_path):
    found = run("serve", "--host", host, "--port", free, "--outputs", tmp_path / "outputs")
    assert found.exit_code == 2
    assert "no accounts yet" in " ".join(found.stderr.split())
    assert "127.0.0.1" in found.stderr
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    "host",
    ["not an address", "999.0.0.1", "nowhere", "", ".", "a..b", "127..0.1", "x" * 64]
    + ["x" * 5000, "http://127.0.0.1", "127.0.0.1:7860", "[::1]", "\udcff", "ü" * 70],
    ids=lambda host: repr(host)[:20],
)
def test_address_that_is_none_is_told_by_name(host, free, monkeypatch):
    look_up = socket.getaddrinfo

    def without_a_network(host, port, **options):
        return look_up(host, port, flags=socket.AI_NUMERICHOST, **options)

    monkeypatch.setattr(socket, "getaddrinfo", without_a_network)
    with pytest.raises(WebuiError) as refused:
        check_address(Settings(host=host, port=free))
    assert "not an address of this machine" in refused.value.message


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST"])
def test_address_of_this_machine_alone_is_taken(host, free):
    check_address(Settings(host=host, port=free))


def test_outputs_folder_that_is_a_file_is_told_in_words(tmp_path, free):
    (tmp_path / "outputs").write_text("in the way")
    found = run("serve", "--port", free, "--outputs", tmp_path / "outputs")
    assert found.exit_code == 2
    assert "cannot be used" in found.stderr
    assert "Traceback" not in found.output
