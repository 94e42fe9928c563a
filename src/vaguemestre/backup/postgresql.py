"""A PostgreSQL database in a backup: each table as COPY gives it, all of one REPEATABLE READ transaction.

Not ``pg_dump``: it must be installed, be at least as new as the server, and writes tables nobody named, so
that keys kept in the same database would go along. What is copied here is named: the tables of messages,
or those of keys. COPY's text and not its binary form, because backups outlive releases of PostgreSQL.

Loading makes the tables by their own history at the revision of the backup, and holds the whole of it in
one transaction: a load that was cut leaves them empty. Foreign keys are taken off and put back at the end,
which checks each row once, in whatever order tables came.
"""

import json
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, LiteralString, TypeAlias

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from vaguemestre.backup.archive import add_octets
from vaguemestre.backup.sealing import BackupRefused
from vaguemestre.backup.snapshots import COUNTED, LOCATIONS, Progress
from vaguemestre.service.ports.store import StoreBusyError

MESSAGES: Final = "tables"
KEYS: Final = "keys"
KEY_TABLES: Final = ("archived_key", "data_key", "secret", "state")
LAYOUT: Final = "layout.json"
_PIECE: Final = 4 * 1024 * 1024  # octets held in memory, and of one member of the archive
_CONNECT_TIMEOUT: Final = 5  # seconds
# As pg_dump has it: what is written must be read whatever the server's defaults, and take the time it takes.
_PLAIN: Final = (
    "SET client_encoding = 'UTF8'",
    "SET datestyle = 'ISO'",
    "SET extra_float_digits = 3",
    "SET statement_timeout = 0",
    "SET lock_timeout = 0",
)
_COLUMNS: Final = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
_SEQUENCES: Final = """
SELECT sequencename, last_value FROM pg_sequences
WHERE schemaname = current_schema() AND last_value IS NOT NULL
"""
_FOREIGN: Final = """
SELECT relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
WHERE contype = 'f' AND connamespace = to_regnamespace(current_schema()) ORDER BY 1, 2
"""
_ANY_TABLE: Final = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1"

_Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the pieces are pieces of; written last, so that its presence says that they are all there."""

    columns: dict[str, list[str]]
    pieces: dict[str, int]
    sequences: dict[str, int]


class PostgresqlSnapshot:
    """Reads in one transaction that sees one moment."""

    def __init__(self, connection: _Connection, prefix: str, tables: Sequence[str], told: Progress) -> None:
        self._connection = connection
        self._prefix = prefix
        self._tables = tables
        self._told = told

    def add_to(self, archive: tarfile.TarFile) -> None:
        """Each table in pieces, then what they are pieces of."""
        columns = {table: self._columns(table) for table in self._tables}
        pieces = {}
        for number, table in enumerate(self._tables):
            self._told("tables", number, len(self._tables))
            pieces[table] = self._add_table(archive, table, columns[table])
        self._told("tables", len(self._tables), len(self._tables))
        # Sequences belong to no transaction: what they say now is past every row that was seen.
        sequences = {
            str(name): int(str(last)) for name, last in self._connection.execute(_SEQUENCES).fetchall()
        }
        layout = asdict(Layout(columns, pieces, sequences))
        add_octets(archive, f"{self._prefix}/{LAYOUT}", json.dumps(layout, indent=1).encode())

    def rows(self) -> dict[str, int]:
        """Of the same moment."""
        return {
            table: _number(self._connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            for table in COUNTED
        }

    def locations(self) -> list[str]:
        """Of the same moment."""
        return [str(location) for (location,) in self._connection.execute(LOCATIONS.encode()).fetchall()]

    def _columns(self, table: str) -> list[str]:
        found = self._connection.execute(_COLUMNS, (table,)).fetchall()
        if not found:
            raise BackupRefused(f"the database has no table {table}: run «vaguemestre migrate»")
        return [str(name) for (name,) in found]

    def _add_table(self, archive: tarfile.TarFile, table: str, columns: Sequence[str]) -> int:
        statement = _copying("COPY {} ({}) TO STDOUT", table, columns)
        piece, written = bytearray(), 0
        with self._connection.cursor() as cursor, cursor.copy(statement) as rows:
            for row in rows:
                piece += row
                if len(piece) >= _PIECE:
                    written += 1
                    add_octets(archive, _name(self._prefix, table, written), piece)
                    piece.clear()
        if piece:
            written += 1
            add_octets(archive, _name(self._prefix, table, written), piece)
        return written


def message_tables() -> Sequence[str]:
    """Those that messages are kept in."""
    from vaguemestre.store.schema import METADATA  # half a second: for this alone

    return sorted(METADATA.tables)


@contextmanager
def snapshot(url: str, prefix: str, tables: Sequence[str], told: Progress) -> Iterator[PostgresqlSnapshot]:
    """Of one moment; no writer waits for it, and VACUUM does. Raises StoreBusyError."""
    with _connected(url) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SELECT 1 FROM pg_class LIMIT 1")  # the moment is that of the first read
        yield PostgresqlSnapshot(connection, prefix, tables, told)


def check_empty(url: str) -> None:
    """Raises BackupRefused unless it names a database without any table, StoreBusyError without answer."""
    try:
        conninfo_to_dict(_as_libpq(url))
    except psycopg.ProgrammingError:  # not told: it repeats the text, and a password with it
        raise BackupRefused("A database to load into is named postgresql://USER@HOST/NAME") from None
    with _connected(url) as connection:
        if connection.execute(_ANY_TABLE).fetchone() is not None:
            raise BackupRefused("The database has tables already: name an empty one")


def load(url: str, folder: Path, told: Progress) -> None:
    """Into tables that were just made: all of it, or nothing. Raises StoreBusyError, OSError."""
    written = json.loads((folder / LAYOUT).read_text(encoding="utf-8"))
    layout = Layout(**written)
    with _connected(url) as connection:
        with connection.transaction():
            foreign = connection.execute(_FOREIGN).fetchall()
            for table, name, _ in foreign:
                _alter(connection, "ALTER TABLE {} DROP CONSTRAINT {}", str(table), str(name))
            for number, (table, columns) in enumerate(layout.columns.items()):
                told("tables", number, len(layout.columns))
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
                _load_table(connection, folder, table, columns, layout.pieces[table])
            for name, last in layout.sequences.items():
                connection.execute("SELECT setval(to_regclass(%s), %s)", (name, last))
            for table, name, definition in foreign:
                _alter(
                    connection, "ALTER TABLE {} ADD CONSTRAINT {} ", str(table), str(name), str(definition)
                )
        connection.execute("ANALYZE")
        told("tables", len(layout.columns), len(layout.columns))


def _load_table(
    connection: _Connection, folder: Path, table: str, columns: Sequence[str], pieces: int
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(_copying("COPY {} ({}) FROM STDIN", table, columns)) as copy,
    ):
        for number in range(1, pieces + 1):
            copy.write((folder / _name("", table, number).lstrip("/")).read_bytes())


def _alter(
    connection: _Connection, words: LiteralString, table: str, name: str, definition: str = ""
) -> None:
    statement = sql.SQL(words).format(sql.Identifier(table), sql.Identifier(name))
    # PostgreSQL's own words for its constraint, of a moment ago.
    connection.execute(statement + sql.SQL(definition))


def _copying(words: LiteralString, table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(words).format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    )


def _name(prefix: str, table: str, number: int) -> str:
    return f"{prefix}/{table}/{number:08}.copy"


def _number(connection: _Connection, statement: sql.Composed) -> int:
    row = connection.execute(statement).fetchone()
    return 0 if row is None else int(str(row[0]))


def _as_libpq(url: str) -> str:
    return url.replace("+psycopg", "", 1)


@contextmanager
def _connected(url: str) -> Iterator[_Connection]:
    try:
        with psycopg.connect(_as_libpq(url), autocommit=True, connect_timeout=_CONNECT_TIMEOUT) as connection:
            for setting in _PLAIN:
                connection.execute(setting)
            yield connection
    except psycopg.OperationalError as error:
        raise StoreBusyError(str(error).partition("\n")[0]) from error
