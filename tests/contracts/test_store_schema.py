"""On each database the migrated tables are those that the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from vaguemestre.store.migrating import migrate
from vaguemestre.store.migrations import running
from vaguemestre.store.open import check_schema
from vaguemestre.store.schema import METADATA


def test_migrated_tables_are_those_of_the_metadata(database_url: str) -> None:
    engine = running.engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_again_is_harmless(database_url: str) -> None:
    migrate(database_url)
    check_schema(database_url)
