"""Databases for the contract suites: a SQLite file for each test, a PostgreSQL server for the session."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vaguemestre.service.store_port import Store
from vaguemestre.store.open import migrate, open_store


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(url)
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await open_store(database_url)
    yield opened
    await opened.close()
