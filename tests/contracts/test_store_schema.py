"""On each database the migrated tables are those that the code describes, and no newer ones are touched."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from vaguemestre.store.migrating import migrate
from vaguemestre.store.migrations import running
from vaguemestre.store.open import NewerSchemaError, check_schema, open_store
from vaguemestre.store.schema import METADATA


def test_migrated_tables_are_those_of_the_metadata(database_url: str) -> None:
    engine = running.engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_again_is_harmless(database_url: str) -> None:
    migrate(database_url)
    check_schema(database_url)


async def test_a_database_that_a_newer_release_has_used_is_neither_migrated_nor_opened(
    database_url: str,
) -> None:
    with running.engine(database_url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("CREATE TABLE of_the_future (id INTEGER)"))
    with pytest.raises(NewerSchemaError, match="9999, newer than this release"):
        migrate(database_url)
    with pytest.raises(NewerSchemaError, match="nothing was changed"):
        await open_store(database_url)
    with running.engine(database_url).connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        assert connection.scalar(text("SELECT count(*) FROM of_the_future")) == 0
