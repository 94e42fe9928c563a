"""The history of the tables, run by Alembic from a program: ``upgrade(url)``.

Revisions are numbered ``0001``, ``0002``…, one after another, so that behind and ahead can be told apart.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

HEAD: Final = "0030"
"""The revision this release's code is written for; a test holds it to the newest file."""


def engine(url: str) -> Engine:
    """For schema work alone: the store itself never goes through it."""
    if url.startswith("postgresql://"):
        return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    made = create_engine(url, poolclass=NullPool)
    event.listen(made, "connect", _prepare)
    return made


def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def configuration() -> Config:
    """Alembic's, without any file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Make or bring up the tables; all of it or nothing on PostgreSQL. Blocking."""
    made = engine(url)
    with made.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    made.dispose()


def current_revision(url: str) -> str | None:
    """The revision the database is at; None when it has no tables. Blocking."""
    made = engine(url)
    with made.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    made.dispose()
    return found
