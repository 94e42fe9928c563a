"""The directory in PostgreSQL: a schema of its own, built beside and renamed over the one in place.

For several processes on several machines, which then share one directory. A rename of the schema swaps
all its tables at once; readers hold their locks for milliseconds, and whoever comes meanwhile waits.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TypeAlias

import psycopg
from psycopg import errors

from vaguemestre.directory.row import Row, searched
from vaguemestre.service.ports.directory import DirectoryRefused, DirectoryState
from vaguemestre.service.ports.store import StoreBusyError

Connection: TypeAlias = psycopg.Connection[tuple[str, ...]]

WEIGHTS: Final = dict(zip(("name", "occupation", "place", "number"), "ABCD", strict=True))
"""Which words a field of ``row.Searched`` gave, as the weight of the lexeme."""

_LOCK: Final = 0x616E6E7561697265  # «annuaire»: the advisory lock of imports
_CONNECT_TIMEOUT: Final = 5  # seconds
_SWAP_TRIES: Final = 20
_MOST_POSITIONS: Final = 255  # of a lexeme in a tsvector; words of one row are far fewer

_TEXTS: Final = ", ".join(
    f'{name} text COLLATE "C" NOT NULL' if name == "key" else f"{name} text NOT NULL"
    for name in Row._fields[:-1]
)
_TABLES: Final = (
    "DROP SCHEMA IF EXISTS directory_next CASCADE",
    "CREATE SCHEMA directory_next",
    f"CREATE TABLE directory_next.listing (id bigint, {_TEXTS}, rank integer NOT NULL, words tsvector)",
    "CREATE TABLE directory_next.fact (name text PRIMARY KEY, value text NOT NULL)",
)
_INDEXES: Final = (
    "CREATE INDEX ON directory_next.listing (key)",
    "CREATE INDEX ON directory_next.listing (substr(key, strpos(key, '@')))",
    "CREATE INDEX ON directory_next.listing USING gin (words) WITH (fastupdate = off)",
    "ANALYZE directory_next.listing",
)
_SWAP: Final = (
    "SET LOCAL lock_timeout = '500ms'",
    "DROP SCHEMA IF EXISTS directory CASCADE",
    "ALTER SCHEMA directory_next RENAME TO directory",
)


class PostgresqlBuilding:
    """``place.Building``; its connection commits each statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        for statement in _TABLES:
            connection.execute(statement.encode())
        self._last = 0

    def add(self, rows: Sequence[Row]) -> None:
        """By COPY."""
        with (
            self._connection.cursor() as cursor,
            cursor.copy(b"COPY directory_next.listing FROM STDIN") as copy,
        ):
            for number, row in enumerate(rows, self._last + 1):
                copy.write_row((number, *row, _vector(row)))
        self._last += len(rows)

    def put_in_place(self, source: str, published_at: datetime, imported_at: datetime) -> DirectoryState:
        """Indexes and facts, then the swap, tried until no reader stands in the way."""
        run = self._connection.execute
        for statement in _INDEXES:
            run(statement.encode())
        counted = run(b"SELECT count(DISTINCT key)::text FROM directory_next.listing").fetchone()
        addresses = int(counted[0]) if counted is not None else 0
        state = DirectoryState(self._last, addresses, source, published_at, imported_at)
        with self._connection.cursor() as cursor:
            cursor.executemany(b"INSERT INTO directory_next.fact VALUES (%s, %s)", list(facts_of(state)))
        for last in range(_SWAP_TRIES):
            try:
                with self._connection.transaction():
                    for statement in _SWAP:
                        run(statement.encode())
            except errors.LockNotAvailable:
                if last == _SWAP_TRIES - 1:
                    raise
            else:
                break
        return state


class PostgresqlPlace:
    """``place.Place``."""

    def __init__(self, url: str) -> None:
        self._url = url

    def state(self) -> DirectoryState | None:
        """None when there is no such schema."""
        with _busy(), connect(self._url) as connection:
            return state_in(connection)

    @contextmanager
    def building(self) -> Iterator[PostgresqlBuilding]:
        """The lock is the session's: it ends with the connection."""
        with _busy(), connect(self._url) as connection:
            held = connection.execute(b"SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
            if held is None or not held[0]:
                raise DirectoryRefused("Another import of the directory is running")
            try:
                yield PostgresqlBuilding(connection)
            finally:
                if not connection.broken:
                    connection.execute(b"DROP SCHEMA IF EXISTS directory_next CASCADE")


def connect(url: str) -> Connection:
    """Each statement a transaction; nothing is prepared, since the tables change under their names."""
    return psycopg.connect(
        url,
        autocommit=True,
        prepare_threshold=None,
        connect_timeout=_CONNECT_TIMEOUT,
        client_encoding="utf-8",
    )


def state_in(connection: Connection) -> DirectoryState | None:
    """What the schema says of itself."""
    try:
        rows = connection.execute(b"SELECT name, value FROM directory.fact").fetchall()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return None
    facts: dict[str, str] = {name: value for name, value in rows}  # noqa: C416 (rows of any width are typed so)
    published, imported = (datetime.fromisoformat(facts[name]) for name in ("published_at", "imported_at"))
    return DirectoryState(
        int(facts["rows"]),
        int(facts["addresses"]),
        facts["source"],
        published.astimezone(UTC),
        imported.astimezone(UTC),
    )


def facts_of(state: DirectoryState) -> Iterator[tuple[str, str]]:
    """The same, as it is written."""
    yield "rows", str(state.rows)
    yield "addresses", str(state.addresses)
    yield "source", state.source
    yield "published_at", state.published_at.isoformat()
    yield "imported_at", state.imported_at.isoformat()


def _vector(row: Row) -> str:
    """The words as a tsvector is written: letters and digits alone, each with the weight of its field."""
    lexemes: list[str] = []
    for weight, words in zip(WEIGHTS.values(), searched(row), strict=True):
        lexemes += [f"'{word}':1{weight}" for word in words.split()]
    return " ".join(lexemes[:_MOST_POSITIONS])


@contextmanager
def _busy() -> Iterator[None]:
    try:
        yield
    except errors.InsufficientPrivilege as error:
        sentence = "The database lets this account make no schema: GRANT CREATE ON DATABASE … TO …"
        raise DirectoryRefused(sentence) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreBusyError("directory: the database does not answer") from error
