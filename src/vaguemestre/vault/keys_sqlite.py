"""The key store's database as one SQLite file, mode 0600.

``secure_delete`` makes SQLite overwrite what is deleted, and a truncating checkpoint empties the
write-ahead log, so that no file keeps a destroyed key. Two connections: a read never waits for the disk
while a commit does.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import structlog

from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.vault.keystore import Cursor, Row, Value

_log = structlog.get_logger()
_BUSY_TIMEOUT: Final = 5.0  # seconds
_BETWEEN_TRIES: Final = 0.005  # seconds
_SCRUBS: Final = 3


class _SqliteCursor:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        return self._connection.execute(sql, parameters).rowcount


class SqliteDatabase:
    """One file. Raises StoreBusyError when it is locked or the disk is full."""

    octets_type = "BLOB"
    held = ""  # BEGIN IMMEDIATE lets one writer in at a time
    alone = "SELECT 1"

    def __init__(self, path: Path) -> None:
        # Made here with its mode, rather than by SQLite with the process's: its -wal and -shm inherit it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._writer = self._connect(path)
        self._reader = self._connect(path)
        self._writing = threading.Lock()
        self._reading = threading.Lock()

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        with _errors():
            SqliteDatabase._log_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    @staticmethod
    def _log_ahead(connection: sqlite3.Connection) -> None:
        """Set WAL. SQLite does not wait here when another process does the same: so we do."""
        deadline = time.monotonic() + _BUSY_TIMEOUT
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    connection.close()
                    raise
                time.sleep(_BETWEEN_TRIES)
            else:
                return

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """A read on its own."""
        with _errors(), self._reading:
            return self._reader.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """One durable transaction."""
        with _errors(), self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteCursor(self._writer)
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Copy the write-ahead log into the file, and make it empty."""
        with _errors(), self._writing:
            for _ in range(_SCRUBS):
                busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return
        # The keys are destroyed all the same; the next scrub, or the last close, empties the log.
        _log.warning("key store log kept: another process is reading")

    def close(self) -> None:
        """Close both connections; the last one to leave removes the log."""
        with self._writing, self._reading, closing(self._writer), closing(self._reader):
            pass


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreBusyError(f"key store: {error}") from error
