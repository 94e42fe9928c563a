"""A database as it stands at one moment, to be put into a backup: SQLite's copied, PostgreSQL's read."""

import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Final, Protocol

from vaguemestre.backup.archive import add_file
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.open import connection_to_read

COUNTED: Final = ("bal", "mailbox", "message", "body", "conversation", "outbound_message", "journal")
SQLITE: Final = "sqlite:///"
_PAGES: Final = 1_000  # 4 MiB between two looks at the progress
LOCATIONS: Final = """
SELECT location FROM body WHERE location IS NOT NULL
UNION SELECT location FROM outbound_message WHERE location IS NOT NULL ORDER BY 1
"""

Progress = Callable[[str, int, int], None]
"""What is being done, how far, of how much."""


class Snapshot(Protocol):
    """One moment of a database; writers go on and are not seen."""

    def add_to(self, archive: tarfile.TarFile) -> None:
        """All of it."""
        ...

    def rows(self) -> dict[str, int]:
        """How many rows the tables of messages that matter have."""
        ...

    def locations(self) -> list[str]:
        """The objects that its rows name."""
        ...


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A read of the messages' database, of one moment. Raises StoreBusyError."""
    connection = connection_to_read(url)
    try:
        connection.begin()
        yield connection
    except Exception as error:
        raise connection.translate(error) from error
    finally:
        connection.rollback()
        connection.close()


def rows_of(connection: Connection) -> dict[str, int]:
    """How many rows the tables that matter have."""
    counts = {}
    for table in COUNTED:
        row = connection.one(f"SELECT count(*) FROM {table}", {})  # noqa: S608 (constants)
        counts[table] = 0 if row is None else int(row[0])
    return counts


def locations_of(connection: Connection) -> list[str]:
    """The objects that its rows name."""
    return [str(location) for (location,) in connection.all(LOCATIONS, {})]


class SqliteSnapshot:
    """A copy of the file, under another name beside it."""

    def __init__(self, copy: Path, name: str) -> None:
        self._copy = copy
        self._name = name

    def add_to(self, archive: tarfile.TarFile) -> None:
        """As one file."""
        add_file(archive, self._copy, self._name)

    def rows(self) -> dict[str, int]:
        """Of the copy."""
        with reading(f"{SQLITE}{self._copy}") as connection:
            return rows_of(connection)

    def locations(self) -> list[str]:
        """Of the copy."""
        with reading(f"{SQLITE}{self._copy}") as connection:
            return locations_of(connection)


def snapshot(url: str, name: str, told: Progress, *, keys: bool = False) -> AbstractContextManager[Snapshot]:
    """Of the messages, or of the ``keys``. ``name``: of the file in the archive, where it is SQLite's.

    Raises StoreBusyError, OSError, sqlite3.Error.
    """
    if url.startswith(SQLITE):
        return _copied(Path(url.removeprefix(SQLITE)), name, told)
    from vaguemestre.backup import postgresql  # its library takes a seventh of a second of every command

    if keys:
        return postgresql.snapshot(url, postgresql.KEYS, postgresql.KEY_TABLES, told)
    return postgresql.snapshot(url, postgresql.MESSAGES, postgresql.message_tables(), told)


@contextmanager
def _copied(source: Path, name: str, told: Progress) -> Iterator[Snapshot]:
    """One moment of it: the read that is open keeps writers from being seen, and does not hold them up."""
    copy = source.with_name(f".{source.name}.backup.{os.getpid()}")
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(sqlite3.connect(source, isolation_level=None)) as live,
            closing(sqlite3.connect(copy)) as new,
        ):
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            live.backup(
                new, pages=_PAGES, progress=lambda _, left, total: told(source.name, total - left, total)
            )
            live.execute("ROLLBACK")
        yield SqliteSnapshot(copy, name)
    finally:
        for left in ("", "-wal", "-shm"):
            copy.with_name(copy.name + left).unlink(missing_ok=True)
