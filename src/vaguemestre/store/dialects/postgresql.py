"""PostgreSQL: several writers at once, so the account that a unit decides on is locked before it is read.

READ COMMITTED and row locks, not SERIALIZABLE: a serialisation failure would undo every unit of a group
commit, a lock holds up one (docs/decisions/0005-row-locks-on-postgresql.md). A wait for a lock is short
at first: lanes hold the locks of a whole batch, two of them may wait for one another, and giving way
costs less than the second PostgreSQL waits before it looks for a deadlock.

What would surprise: every number travels as a 64-bit integer. Left to itself the library picks the
narrowest type for each value, and the server would plan a statement anew for every mixture of widths.
"""

import re
from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import BytesBinaryDumper, StrBinaryDumper

from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.store.dialects.connection import ConflictError, Parameters, Row

LOCK_PATIENCE: Final = 50  # milliseconds; longer than the commit of a batch on a slow disk
_MAX_PATIENCE: Final = 4_000

_PARAMETER: Final = re.compile(r"(?<!:):(\w+)")
_ANY_OF: Final = re.compile(r"ANY_OF\(:(\w+)\)")
_GIVING: Final = re.compile(r"GIVING\((\w+)\)")
_BUSY: Final = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)
_CONFLICT: Final = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)

# Durable whatever the server's default; a stronger setting of the server is kept.
_DURABLE: Final = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""


class _Translated(dict[str, bytes]):
    """Statements in the library's spelling, each translated once."""

    def __missing__(self, statement: str) -> bytes:
        spelled = _ANY_OF.sub(r"= ANY(:\1)", statement.replace("%", "%%"))
        spelled = _GIVING.sub(r"RETURNING \1", spelled)
        self[statement] = _PARAMETER.sub(r"%(\1)s", spelled).encode()
        return self[statement]


class PostgresqlConnection:
    """A connection to a PostgreSQL database, opened at the first ``begin`` and again when it was lost."""

    def __init__(self, url: str, *, read_only: bool = False):
        self.has_neighbours: Final = not read_only
        self._url = url
        self._translated = _Translated()
        self._begin: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else b"BEGIN"
        self._cursor: psycopg.Cursor[Row] | None = None
        self._at_savepoint = False

    @property
    def in_transaction(self) -> bool:
        """False when the connection was lost."""
        return self._status() in {TransactionStatus.INTRANS, TransactionStatus.INERROR}

    def one(self, statement: str, parameters: Parameters) -> Row | None:
        """The first row, or None."""
        return self._execute(statement, parameters).fetchone()

    def all(self, statement: str, parameters: Parameters) -> list[Row]:
        """Every row."""
        return self._execute(statement, parameters).fetchall()

    def insert(self, statement: str, parameters: Parameters) -> int:
        """Insert one row; the number it got, or 0."""
        row = self._execute(statement, parameters).fetchone()
        return 0 if row is None else int(row[0])

    def run(self, statement: str, parameters: Parameters) -> int:
        """For its effect; how many rows it changed."""
        return self._execute(statement, parameters).rowcount

    def many(self, statement: str, parameters: Sequence[Parameters]) -> None:
        """Once for each set of parameters, in one go across the socket."""
        self._open().executemany(self._translated[statement], parameters)

    def begin(self, attempts: int = 0) -> None:
        """Each attempt waits twice as long for a lock as the one before."""
        patience = min(LOCK_PATIENCE << attempts, _MAX_PATIENCE)
        words = self._begin + b"; SET LOCAL lock_timeout = %d" % patience
        try:
            self._say(words)
        except psycopg.OperationalError:
            self.close()  # it broke while it was idle: nothing is lost, and a new one may do
            self._say(words)

    def commit(self) -> None:
        """Returns when the server has synced its log."""
        self._at_savepoint = False
        self._say(b"COMMIT")

    def rollback(self) -> None:
        """Undo everything; a connection that was lost is forgotten, and opened again at ``begin``."""
        self._at_savepoint = False
        if self.in_transaction:
            self._say(b"ROLLBACK")
        elif self._status() is not TransactionStatus.IDLE:
            self.close()

    def savepoint(self) -> None:
        """Release the one before in the same breath, so that they do not pile up."""
        self._say(b"RELEASE unit; SAVEPOINT unit" if self._at_savepoint else b"SAVEPOINT unit")
        self._at_savepoint = True

    def rollback_to_savepoint(self) -> None:
        """Locks taken by the unit are let go with it."""
        self._say(b"ROLLBACK TO unit")

    def translate(self, error: BaseException) -> BaseException:
        """Locks and deadlocks are conflicts; a server lost, full or shutting down is busy."""
        if isinstance(error, _CONFLICT):
            return ConflictError(str(error))
        if isinstance(error, _BUSY):
            return StoreBusyError(str(error))
        return error

    def close(self) -> None:
        """Close the socket; may be called twice."""
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            cursor.connection.close()

    def _say(self, words: bytes) -> None:
        # In text, never prepared: the one protocol that takes two statements in one crossing.
        self._open().execute(words, prepare=False, binary=False)

    def _execute(self, statement: str, parameters: Parameters) -> psycopg.Cursor[Row]:
        return self._open().execute(self._translated[statement], parameters, prepare=True)

    def _status(self) -> TransactionStatus:
        if self._cursor is None:
            return TransactionStatus.UNKNOWN
        return self._cursor.connection.info.transaction_status

    def _open(self) -> psycopg.Cursor[Row]:
        if self._cursor is None:
            connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=5, application_name="vaguemestre"
            )
            connection.prepared_max = 500
            connection.adapters.register_dumper(int, Int8BinaryDumper)
            connection.adapters.register_dumper(str, StrBinaryDumper)
            connection.adapters.register_dumper(bytes, BytesBinaryDumper)
            connection.execute(_DURABLE)
            self._cursor = connection.cursor(binary=True)
        return self._cursor
