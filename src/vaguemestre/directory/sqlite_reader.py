"""The directory's file, read: a look at one address in the asking thread, searches in a thread of their own.

Connections are to the file that had the name when they were opened; a question opens the next one when
the name leads to another. A search still reading the old file goes on with it: it is there until let go.
"""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from vaguemestre.directory.asked import Term, address_range, best_first
from vaguemestre.directory.row import Row, listing_of
from vaguemestre.directory.sqlite_file import DOMAIN, connect, state_in
from vaguemestre.mail.address import Address
from vaguemestre.mail.listing import Listing
from vaguemestre.service.ports.directory import DirectoryState, SearchTooWide, Wanted
from vaguemestre.service.ports.store import StoreBusyError

_COLUMNS: Final = ", ".join(f"l.{name}" for name in Row._fields)
_AT: Final = f"SELECT {_COLUMNS} FROM listing l WHERE l.key = ? ORDER BY l.rank = 0, l.rank, l.id"  # noqa: S608 (names of fields)
_LISTED: Final = f"SELECT {_COLUMNS} FROM listing l WHERE TRUE"  # noqa: S608 (names of fields)
_FOUND: Final = f"SELECT {_COLUMNS} FROM words CROSS JOIN listing l ON l.id = words.rowid WHERE words MATCH ?"  # noqa: S608 (names of fields)
_BY_RANK: Final = " ORDER BY l.rank = 0, l.rank, l.id LIMIT ?"
_PATIENCE: Final = 2.0  # seconds of one search; a word of two letters takes a tenth of it
_STEPS: Final = 10_000  # of SQLite's machine between two looks at the time: some 0.1 ms

T = TypeVar("T")
_File: TypeAlias = tuple[int, int]


class _Reader:
    """A connection to whatever file has the name now, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: _File | None = None
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection | None]:
        """None when there is no directory."""
        with self._lock:
            try:
                found = os.stat(self._path)
                file: _File | None = (found.st_ino, found.st_mtime_ns)
            except FileNotFoundError:
                file = None
            if file != self._file:
                self._let_go()
                self._connection = connect(self._path) if file is not None else None
                self._file = file
            try:
                yield self._connection
            except sqlite3.DatabaseError as error:
                raise StoreBusyError(f"directory: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._let_go()
            self._file = None

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SqliteDirectory:
    """``service.ports.directory.Directory``."""

    def __init__(self, path: Path) -> None:
        self._looks = _Reader(path)
        self._searches = _Reader(path)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="directory")

    def listings(self, address: Address) -> Sequence[Listing]:
        """By the index of addresses."""
        with self._looks.connection() as connection:
            if connection is None:
                return ()
            return [listing_of(Row(*row)) for row in connection.execute(_AT, (address.key,))]

    async def search(self, wanted: Wanted, limit: int) -> list[Listing]:
        """Whole words first, then beginnings, until there are enough."""
        return await self._run(lambda connection: _search(connection, wanted, limit))

    async def numbered(self, number: str, limit: int) -> list[Listing]:
        """A word of the numbers."""
        match = _match([Term("number", number.lower(), is_beginning=False)])
        return await self._run(lambda connection: _listings(connection, _FOUND + _BY_RANK, (match, limit)))

    async def state(self) -> DirectoryState | None:
        """Read from the file."""
        states = await self._run(lambda connection: [state_in(connection)])
        return states[0] if states else None

    def close(self) -> None:
        """Let the files go."""
        self._executor.shutdown()
        self._looks.close()
        self._searches.close()

    async def _run(self, work: Callable[[sqlite3.Connection], list[T]]) -> list[T]:
        """In the thread of searches; nothing when there is no directory."""

        def in_thread() -> list[T]:
            with self._searches.connection() as connection, _bounded(connection):
                return [] if connection is None else work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._executor, in_thread)


@contextmanager
def _bounded(connection: sqlite3.Connection | None) -> Iterator[None]:
    """SearchTooWide past the patience of one search."""
    if connection is None:
        yield
        return
    until = time.monotonic() + _PATIENCE
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if time.monotonic() <= until:
            raise
        raise SearchTooWide("Too many mailboxes answer to that: add a word") from error
    finally:
        connection.set_progress_handler(None, 0)


def _search(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> list[Listing]:
    condition, values = _at(wanted.address)

    def asked(terms: Sequence[Term], most: int) -> list[Listing]:
        statement, words = (_FOUND, (_match(terms),)) if terms else (_LISTED, ())
        return _listings(connection, f"{statement}{condition} LIMIT ?", (*words, *values, most))

    return best_first(asked, wanted, limit)


def _listings(
    connection: sqlite3.Connection, statement: str, parameters: Sequence[str | int]
) -> list[Listing]:
    return [listing_of(Row(*row)) for row in connection.execute(statement, parameters)]


def _match(terms: Sequence[Term]) -> str:
    """In the language of FTS5. Words are letters and digits alone, so quoting them is enough."""
    return " AND ".join(
        f'{term.field}{":" if term.field else ""} "{term.word}"{" *" if term.is_beginning else ""}'
        for term in terms
    )


def _at(address: str) -> tuple[str, tuple[str, ...]]:
    """The condition on the address, and its values."""
    if not address:
        return "", ()
    column = DOMAIN if address.startswith("@") else "l.key"
    return f" AND {column} >= ? AND {column} < ?", address_range(address)
