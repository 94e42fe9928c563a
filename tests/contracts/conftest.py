"""Databases for the contract suites: a SQLite file for each test, a PostgreSQL server for the session."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.migrated import a_migrated_file
from tests.support.postgresql import a_database, a_server, name_of

from vaguemestre.service.ports.store import Store
from vaguemestre.store.migrating import migrate
from vaguemestre.store.open import open_store


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_server(tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_database(postgresql: str) -> str:
    """The name of a database migrated once, to make others from."""
    url = a_database(postgresql)
    migrate(url)
    return name_of(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return a_migrated_file(tmp_path / "store.db")
    server: str = request.getfixturevalue("postgresql")
    return a_database(server, template=request.getfixturevalue("migrated_database"))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await open_store(database_url)
    yield opened
    await opened.close()
