"""One house and one server for the journeys that only need accounts of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.journey import House, Pair, Server, a_server, fresh_pairs, make_house
from tests.support.made_once import made_once
from tests.support.operators import TrustedSpace, a_trusted_space, make_gateways


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Made once by the command line; nothing was sent yet."""
    return House(made_once(tmp_path_factory, "house", make_house))


@pytest.fixture
def house(pristine: House, tmp_path: Path) -> House:
    """A copy of it, this test's own."""
    return pristine.copy(tmp_path / "house")


@pytest.fixture(scope="session")
def server(pristine: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that many journeys share, each with its own people."""
    folder = tmp_path_factory.mktemp("shared") / "house"
    with a_server(pristine.copy(folder)) as opened:
        yield opened
        assert opened.stop() == 0, opened.log
        assert "Traceback" not in opened.log


@pytest.fixture(scope="session")
def _pairs() -> Iterator[Pair]:
    return fresh_pairs()


@pytest.fixture
def people(_pairs: Iterator[Pair]) -> Pair:
    """A doctor and a citizen nobody else uses on the shared server."""
    return next(_pairs)


@pytest.fixture(scope="session")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of two gateways with their accounts; they know nothing of one another yet."""
    return made_once(tmp_path_factory, "gateways", make_gateways)


@pytest.fixture(scope="session")
def space(gateways: Path, tmp_path_factory: pytest.TempPathFactory) -> TrustedSpace:
    """Two gateways of one trust space; nothing is up yet."""
    return a_trusted_space(tmp_path_factory.mktemp("space"), gateways)


@pytest.fixture(scope="session")
def hospital(space: TrustedSpace) -> Iterator[Server]:
    """The one with professionals, up for all who need it."""
    with space.hospital.up() as server:
        yield server
        assert server.stop() == 0, server.log
        assert "Traceback" not in server.log
