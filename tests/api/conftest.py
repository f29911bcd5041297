"""One web server for all tests of the API; each test has a studio of its own behind it."""

import pytest

from tests.api.house import Server, build_house


@pytest.fixture(scope="session")
def _servers():
    servers = [Server(), Server()]
    yield servers
    for server in servers:
        server.close()


@pytest.fixture
def house(tmp_path):
    house = build_house(tmp_path / "outputs")
    yield house
    house.studio.close()


@pytest.fixture
def server(_servers, house):
    _servers[0].app = house.guarded()
    return _servers[0]


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture
def other(_servers, house):
    """The same studio, asked by somebody else."""
    _servers[1].app = house.guarded("other")
    with _servers[1].client() as client:
        yield client
