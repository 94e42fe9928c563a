"""The directory in PostgreSQL, read: one connection for looks at an address, one for searches.

Looks come from units of work, which run in threads there; searches have a thread of their own.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import psycopg
from psycopg import errors

from vaguemestre.directory.asked import Term, address_range, best_first
from vaguemestre.directory.postgresql_place import WEIGHTS, Connection, connect, state_in
from vaguemestre.directory.row import Row, listing_of
from vaguemestre.mail.address import Address
from vaguemestre.mail.listing import Listing
from vaguemestre.service.ports.directory import DirectoryState, SearchTooWide, Wanted
from vaguemestre.service.ports.store import StoreBusyError

T = TypeVar("T")

_COLUMNS: Final = ", ".join(f"l.{name}" for name in Row._fields)
_LISTED: Final = f"SELECT {_COLUMNS} FROM directory.listing l WHERE TRUE"  # noqa: S608 (names of fields)
_BY_RANK: Final = " ORDER BY l.rank = 0, l.rank, l.id"
_AT: Final = f"{_LISTED} AND l.key = %s{_BY_RANK}"
_WORDS: Final = " AND l.words @@ %s::tsquery"
_DOMAIN: Final = "substr(l.key, strpos(l.key, '@'))"
_PATIENCE: Final = b"SET statement_timeout = '2s'"


class _Reader:
    """A connection, opened when it is first needed and again when it was lost; one thread at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def ask(self, work: Callable[[Connection], T], nothing: T) -> T:
        """``nothing`` when there is no directory. Raises SearchTooWide, StoreBusyError."""
        with self._lock:
            try:
                return work(self._open())
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                return nothing
            except errors.QueryCanceled as error:
                raise SearchTooWide("Too many mailboxes answer to that: add a word") from error
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                self._let_go()
                raise StoreBusyError("directory: the database does not answer") from error

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)
            self._connection.execute(_PATIENCE)
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        with self._lock:
            self._let_go()


class PostgresqlDirectory:
    """``service.ports.directory.Directory``."""

    def __init__(self, url: str) -> None:
        self._looks = _Reader(url)
        self._searches = _Reader(url)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="directory")

    def listings(self, address: Address) -> Sequence[Listing]:
        """By the index of addresses."""
        return self._looks.ask(lambda connection: _listings(connection, _AT, (address.key,)), [])

    async def search(self, wanted: Wanted, limit: int) -> list[Listing]:
        """Whole words first, then beginnings, until there are enough."""
        return await self._run(lambda connection: _search(connection, wanted, limit), [])

    async def numbered(self, number: str, limit: int) -> list[Listing]:
        """A lexeme of the numbers."""
        asked = (_query([Term("number", number.lower(), is_beginning=False)]), limit)
        statement = f"{_LISTED}{_WORDS}{_BY_RANK} LIMIT %s"
        return await self._run(lambda connection: _listings(connection, statement, asked), [])

    async def state(self) -> DirectoryState | None:
        """Read from its schema."""
        return await self._run(state_in, None)

    def close(self) -> None:
        """Let the connections go."""
        self._executor.shutdown()
        self._looks.close()
        self._searches.close()

    async def _run(self, work: Callable[[Connection], T], nothing: T) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._searches.ask, work, nothing)


def _search(connection: Connection, wanted: Wanted, limit: int) -> list[Listing]:
    condition, values = _at(wanted.address)

    def asked(terms: Sequence[Term], most: int) -> list[Listing]:
        words, queries = (_WORDS, (_query(terms),)) if terms else ("", ())
        statement = f"{_LISTED}{words}{condition} LIMIT %s"
        return _listings(connection, statement, (*queries, *values, most))

    return best_first(asked, wanted, limit)


def _listings(connection: Connection, statement: str, parameters: Sequence[str | int]) -> list[Listing]:
    rows = connection.execute(statement.encode(), parameters).fetchall()
    return [listing_of(Row._make(row)) for row in rows]


def _query(terms: Sequence[Term]) -> str:
    """As a tsquery is written; words are letters and digits alone."""
    return " & ".join(
        f"'{term.word}'{':' if term.is_beginning or term.field else ''}"
        f"{'*' if term.is_beginning else ''}{WEIGHTS.get(term.field, '')}"
        for term in terms
    )


def _at(address: str) -> tuple[str, tuple[str, ...]]:
    """The condition on the address, and its values."""
    if not address:
        return "", ()
    column = _DOMAIN if address.startswith("@") else "l.key"
    return f' AND {column} COLLATE "C" >= %s AND {column} COLLATE "C" < %s', address_range(address)
