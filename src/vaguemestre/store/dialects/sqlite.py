"""SQLite: one file, one writer, readers that never wait for it (write-ahead log).

``synchronous=FULL``: a commit returns after the log is synced, so what was answered survives a power cut.
BEGIN IMMEDIATE: the writer takes the lock before it reads, so nothing it decides on can move under it.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.store.dialects.connection import Parameters, Row, Value

_ANY_OF: Final = re.compile(r"ANY_OF\(:(\w+)\)")
_GIVING: Final = re.compile(r"GIVING\(\w+\)")
_PARAMETER: Final = re.compile(r":(\w+)")

# Low octet of sqlite_errorcode: BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
_TEMPORARY: Final = frozenset({5, 6, 7, 8, 10, 13, 14, 15})


# A list of integers travels as JSON; process-wide in sqlite3, and of no effect on any other type.
sqlite3.register_adapter(list, json.dumps)


_Values: TypeAlias = tuple[Value, ...]


class _Spelled(NamedTuple):
    """A statement in SQLite's spelling, and how its values are put in the order of its question marks.

    By name, the library makes a text of each name and looks it up: of the 90 values of one submission that
    is 15 µs, in order it is 5.
    """

    text: str
    values: Callable[[Parameters], _Values]


class _Translated(dict[str, _Spelled]):
    """Statements, each translated once."""

    def __missing__(self, statement: str) -> _Spelled:
        spelled = _ANY_OF.sub(r"IN (SELECT value FROM json_each(:\1))", statement)
        spelled = _GIVING.sub("", spelled)
        self[statement] = _Spelled(_PARAMETER.sub("?", spelled), _in_order(_PARAMETER.findall(spelled)))
        return self[statement]


def _in_order(names: Sequence[str]) -> Callable[[Parameters], _Values]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        [name] = names
        return lambda parameters: (parameters[name],)
    return itemgetter(*names)


class SqliteConnection:
    """A connection to a SQLite file. ``max_pages`` bounds the file (pages of 4 KiB), 0 for no bound."""

    has_neighbours: Final = False

    def __init__(self, path: Path, *, read_only: bool = False, busy_timeout: float = 5.0, max_pages: int = 0):
        """Open; ``busy_timeout`` in seconds is how long a lock held by another process is waited for."""
        self._translated = _Translated()
        self._connection = sqlite3.connect(
            path,
            timeout=busy_timeout,
            isolation_level=None,  # transactions are begun and ended here, never by the library
            check_same_thread=False,  # opened in the event loop's thread, then used by one thread at a time
            cached_statements=512,
        )
        self._cursor = self._connection.cursor()
        for pragma in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA foreign_keys=ON",
            "PRAGMA temp_store=MEMORY",
            "PRAGMA cache_size=-65536",  # 64 MiB: the inner pages of every index of a large database
            "PRAGMA wal_autocheckpoint=4000",  # 16 MiB of log: fewer syncs of the main file under load
            *((f"PRAGMA max_page_count={int(max_pages)}",) if max_pages else ()),
            *(("PRAGMA query_only=ON",) if read_only else ()),
        ):
            self._cursor.execute(pragma).fetchall()
        self._patience = int(busy_timeout * 1000)
        self._patient = self._patience  # what the library was last told: telling it costs 3 µs
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self._at_savepoint = False

    @property
    def changes(self) -> int:
        """How many rows were changed since it was opened: whether a unit has written is seen by it."""
        return self._connection.total_changes

    @property
    def in_transaction(self) -> bool:
        """False when SQLite rolled everything back by itself, as it may on a full disk."""
        return self._connection.in_transaction

    def one(self, statement: str, parameters: Parameters) -> Row | None:
        """The first row, or None."""
        rows: list[Row] = self._execute(statement, parameters).fetchall()
        return rows[0] if rows else None

    def all(self, statement: str, parameters: Parameters) -> list[Row]:
        """Every row."""
        return self._execute(statement, parameters).fetchall()

    def insert(self, statement: str, parameters: Parameters) -> int:
        """Insert one row; the number it got, or 0. RETURNING would cost a temporary table."""
        cursor = self._execute(statement, parameters)
        return (
            cursor.lastrowid or 0 if cursor.rowcount else 0
        )  # lastrowid is an older one's when it did nothing

    def run(self, statement: str, parameters: Parameters) -> int:
        """For its effect; how many rows it changed."""
        return self._execute(statement, parameters).rowcount

    def many(self, statement: str, parameters: Sequence[Parameters]) -> None:
        """Once for each set of parameters."""
        text, values = self._translated[statement]
        self._cursor.executemany(text, map(values, parameters))

    def _execute(self, statement: str, parameters: Parameters) -> sqlite3.Cursor:
        text, values = self._translated[statement]
        return self._cursor.execute(text, values(parameters))

    def begin(self, attempts: int = 0) -> None:
        """A snapshot for a reader, the lock for the writer; nobody else ever stands in the way."""
        self._wait(self._patience)
        self._cursor.execute(self._begin)

    def begin_at_once(self) -> bool:
        """Take the lock if nobody holds it; without waiting."""
        self._wait(0)
        try:
            self._cursor.execute(self._begin)
        except sqlite3.OperationalError:
            return False
        return True

    def _wait(self, milliseconds: int) -> None:
        """How long for a lock: who holds the writers' one waits for nothing more until its commit."""
        if self._patient != milliseconds:
            self._cursor.execute(f"PRAGMA busy_timeout={milliseconds}")
            self._patient = milliseconds

    def version_outside(self) -> int:
        """A number that changes when another connection has written, and not by what this one writes."""
        version: int = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        return version

    def commit(self) -> None:
        """Write and sync the log."""
        self._at_savepoint = False
        self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        """Undo everything."""
        self._at_savepoint = False
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def savepoint(self) -> None:
        """Release the one before, so that they do not pile up."""
        if self._at_savepoint:
            self._cursor.execute("RELEASE unit")
        self._cursor.execute("SAVEPOINT unit")
        self._at_savepoint = True

    def rollback_to_savepoint(self) -> None:
        """The savepoint itself stays, and is released with the next."""
        self._cursor.execute("ROLLBACK TO unit")

    def translate(self, error: BaseException) -> BaseException:
        """Locked, full, unreadable: temporary."""
        if isinstance(error, sqlite3.Error):
            code = getattr(error, "sqlite_errorcode", None)
            if code is not None and code & 0xFF in _TEMPORARY:
                return StoreBusyError(str(error))
        return error

    def close(self) -> None:
        """Close the file; the last connection to it folds the log into it."""
        self._connection.close()
