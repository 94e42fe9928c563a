"""The key store's database in PostgreSQL: for several processes, or several machines.

PostgreSQL keeps a destroyed row's octets in dead tuples and in its log until VACUUM and the recycling of
segments; what remains there opens only with the master key it was wrapped under, so rotating the master
after a destruction finishes it. Its backups must be kept no longer than erasure may take.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg

from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.vault.keystore import Cursor, Row, Value

_CONNECT_TIMEOUT: Final = 5  # seconds
_SILENCE: Final = 10_000  # milliseconds without an acknowledgement: the machine is gone
# A statement that waits longer than this is a lock somebody forgot: better a 451 than a stuck server.
_OPTIONS: Final = "-c statement_timeout=10000 -c synchronous_commit=on"


class _PostgresqlCursor:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return list(self._connection.execute(_numbered(sql), parameters).fetchall())

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        return self._connection.execute(_numbered(sql), parameters).rowcount


def _numbered(sql: str) -> bytes:
    """psycopg's way of writing parameters. As octets, because no statement here is made of data."""
    return sql.replace("?", "%s").encode()


class _Line:
    """One connection and its lock, made again when the server has gone away in between."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None

    @contextmanager
    def held(self) -> Iterator[psycopg.Connection]:
        with _errors(), self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=_CONNECT_TIMEOUT,
                    tcp_user_timeout=_SILENCE,
                    options=_OPTIONS,
                )
            yield self._connection

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class PostgresqlDatabase:
    """One database. Raises StoreBusyError when it cannot be reached."""

    octets_type = "BYTEA"
    held = " FOR SHARE"
    alone = (
        "SELECT pg_advisory_xact_lock(1986095212)"  # CREATE TABLE IF NOT EXISTS fails when run by two at once
    )

    def __init__(self, url: str) -> None:
        self._writer = _Line(url)
        self._reader = _Line(url)

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """A read on its own."""
        with contextlib.suppress(StoreBusyError), self._reader.held() as connection:
            return _PostgresqlCursor(connection).rows(sql, parameters)
        with self._reader.held() as connection:  # again, in case the server was restarted since the last read
            return _PostgresqlCursor(connection).rows(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """One durable transaction."""
        with self._writer.held() as connection, connection.transaction():
            yield _PostgresqlCursor(connection)

    def scrub(self) -> None:
        """Let the dead rows' room be used again."""
        with self._writer.held() as connection:
            for table in (b"data_key", b"secret", b"archived_key"):
                connection.execute(b"VACUUM " + table)

    def close(self) -> None:
        """Close both connections."""
        self._writer.close()
        self._reader.close()


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise StoreBusyError("key store: the database does not answer") from error
