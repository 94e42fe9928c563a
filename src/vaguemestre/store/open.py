"""From a database's address to a store: ``sqlite:///path`` or ``postgresql://…``.

Making and upgrading the tables is a step of its own (``migrating``): a server that starts never changes a
schema by itself, because another release may be running on it. What speaks PostgreSQL is loaded when a
database is there: its library takes a seventh of a second, of every command.
"""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Final

from vaguemestre.service.health.figures import Figures
from vaguemestre.service.ports.store import Store, StoreBusyError
from vaguemestre.store.company import ALONE, Company
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.dialects.sqlite import SqliteConnection
from vaguemestre.store.lanes import ThreadLanes
from vaguemestre.store.loop_lane import LoopLane
from vaguemestre.store.migrations import HEAD
from vaguemestre.store.sqlstore import InlineReader, PoolReader, SqlStore
from vaguemestre.store.transaction import TableTransaction
from vaguemestre.store.turn import Turn

_NO_TABLES: Final = "the database has no tables yet: run «vaguemestre migrate»"
_SQLITE: Final = "sqlite:///"
_REVISION: Final = "SELECT version_num FROM alembic_version"
_NAMED_SQLITE: Final = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
_NAMED_POSTGRESQL: Final = "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"
_WRITERS: Final = 4  # lanes on PostgreSQL: it commits three times as often on 8 connections as on one
_READERS: Final = 4
_READ_PATIENCE: Final = 0.25  # seconds; a reader runs in the event loop, and only a recovery holds it up


class DatabaseUrlError(ValueError):
    """The text names no database that can be used here."""


class SchemaError(Exception):
    """The database's tables are not those of this release; the message says what to run."""


class NewerSchemaError(SchemaError):
    """They are those of a release that came after this one: to migrate would not help."""


async def open_store(
    url: str,
    journal_key: bytes = b"",
    *,
    busy_timeout: float = 5.0,
    max_pages: int = 0,
    figures: Figures | None = None,
    company: Company = ALONE,
) -> Store:
    """Open a database whose tables are up to date, inside the running event loop.

    ``journal_key`` seals the lines of the journal; without it their seals prove nothing.
    ``busy_timeout``: seconds to wait for another process's lock. ``max_pages``: the most pages of 4 KiB a
    SQLite file may have, 0 for no bound. ``figures`` learns how long writes take. ``company``: the processes
    that serve a SQLite file with this one; those on PostgreSQL find one another by the database.
    Raises DatabaseUrlError, SchemaError, StoreBusyError.
    """
    check_url(url)
    check_schema(url)
    begin = partial(TableTransaction, journal_key=journal_key)
    writes = (figures or Figures()).writes
    if not url.startswith(_SQLITE):
        from vaguemestre.store.dialects.postgresql import PostgresqlConnection
        from vaguemestre.store.neighbours import Neighbours

        pool = PoolReader(partial(PostgresqlConnection, url, read_only=True), begin, _READERS)
        writers = [partial(PostgresqlConnection, url)] * _WRITERS
        return SqlStore(pool, partial(ThreadLanes, writers, partial(Neighbours, url), begin), writes)
    path = Path(url.removeprefix(_SQLITE))
    reader = SqliteConnection(path, read_only=True, busy_timeout=_READ_PATIENCE)
    writer = SqliteConnection(path, busy_timeout=busy_timeout, max_pages=max_pages)
    turn = Turn(path, make=company.is_shared)
    lane = partial(LoopLane, writer, begin(writer), turn, company, busy_timeout)
    return SqlStore(InlineReader(reader, begin(reader)), lane, writes)


def check_schema(url: str) -> None:
    """SchemaError unless the tables are those of this release, StoreBusyError without answer. Blocking."""
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).exists():
        raise SchemaError(_NO_TABLES)  # asking SQLite would make an empty file
    found = _revision_in(url)
    if found == HEAD:
        return
    if found is None:
        raise SchemaError(_NO_TABLES)
    if found < HEAD:
        raise SchemaError(
            f"the database is at revision {found}, this release needs {HEAD}: run «vaguemestre migrate»"
        )
    raise _newer(found)


def check_not_newer(url: str) -> None:
    """NewerSchemaError when a newer release has been here, StoreBusyError without answer. Blocking.

    Nothing is made or changed, so that whoever asks before his first step has changed nothing either.
    Raises DatabaseUrlError too.
    """
    check_url(url)
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).exists():
        return
    found = _revision_in(url)
    if found is not None and found > HEAD:
        raise _newer(found)


def _newer(found: str) -> NewerSchemaError:
    return NewerSchemaError(
        f"the database is at revision {found}, newer than this release ({HEAD}): run the newer vaguemestre"
        " (what this one does not know it would damage; nothing was changed)"
    )


def _revision_in(url: str) -> str | None:
    """What the last migration has left; None when there was none. Raises StoreBusyError."""
    try:
        connection = connection_to_read(url)
    except sqlite3.OperationalError as error:
        raise StoreBusyError("the database does not answer") from error
    named = _NAMED_SQLITE if url.startswith(_SQLITE) else _NAMED_POSTGRESQL
    try:
        is_there = connection.one(named, {}) is not None
        row = connection.one(_REVISION, {}) if is_there else None
    except Exception as error:
        raise connection.translate(error) from error
    finally:
        connection.rollback()
        connection.close()
    return None if row is None else str(row[0])


def connection_to_read(url: str) -> Connection:
    """For whoever looks at tables outside a store. Raises sqlite3.OperationalError."""
    if url.startswith(_SQLITE):
        return SqliteConnection(Path(url.removeprefix(_SQLITE)), read_only=True)
    from vaguemestre.store.dialects.postgresql import PostgresqlConnection

    return PostgresqlConnection(url, read_only=True)


def check_url(url: str) -> None:
    """Raises DatabaseUrlError."""
    if not url.startswith((_SQLITE, "postgresql://")):
        raise DatabaseUrlError("a database is named sqlite:///path or postgresql://user@host/name")
