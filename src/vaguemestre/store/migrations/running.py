"""Runs the history of the tables from a program, by Alembic: ``upgrade(url)``."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool


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
