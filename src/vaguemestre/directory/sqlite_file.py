"""The directory as a SQLite file of its own, built beside and renamed over the one in place.

Apart from the mail's database: an import writes 300 MB, and the mail's writer would wait behind it; and
it is public data that need not be backed up. The file never changes once it has its name, so that readers
open it as immutable, without locks, and look at each question whether the name leads to another file.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vaguemestre.directory.row import Row, Searched, searched
from vaguemestre.service.ports.directory import DirectoryRefused, DirectoryState
from vaguemestre.service.ports.store import StoreBusyError

LAYOUT: Final = 1
"""``user_version`` of the file: another release's is read as none, and made again by the next import."""

_COLUMNS: Final = ", ".join(Row._fields)
_TABLES: Final = f"""
CREATE TABLE listing (id INTEGER PRIMARY KEY, {_COLUMNS});
CREATE TABLE fact (name TEXT PRIMARY KEY, value);
CREATE VIRTUAL TABLE words USING fts5(
    {", ".join(Searched._fields)}, content='', columnsize=0, detail='column', prefix='2 3', tokenize='ascii'
);
"""
_ADD: Final = f"INSERT INTO listing VALUES ({', '.join('?' * (1 + len(Row._fields)))})"  # noqa: S608 (a number of them)
_ADD_WORDS: Final = f"INSERT INTO words(rowid, {', '.join(Searched._fields)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 (names of fields)
DOMAIN: Final = "substr(key, instr(key, '@'))"
"""The part of an address that begins with its @, as the index of domains has it."""

_BUILD: Final = (  # nobody reads it before it is whole and synced: no journal, no syncs meanwhile
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA locking_mode=EXCLUSIVE",
    "PRAGMA cache_size=-32768",
    f"PRAGMA user_version={LAYOUT}",
)


class SqliteBuilding:
    """``place.Building``."""

    def __init__(self, path: Path, target: Path) -> None:
        path.unlink(missing_ok=True)  # what a crash left
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        self._path, self._target = path, target
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in _BUILD:
            self._connection.execute(pragma).fetchall()
        self._connection.executescript(_TABLES)
        self._connection.execute("INSERT INTO words(words, rank) VALUES ('automerge', 0)")
        self._connection.execute("BEGIN")
        self._last = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Under the next numbers."""
        numbered = list(enumerate(rows, self._last + 1))
        self._connection.executemany(_ADD, [(number, *row) for number, row in numbered])
        self._connection.executemany(_ADD_WORDS, [(number, *searched(row)) for number, row in numbered])
        self._last += len(numbered)

    def put_in_place(self, source: str, published_at: datetime, imported_at: datetime) -> DirectoryState:
        """Indexes, facts, sync, rename, and the folder synced too."""
        run = self._connection.execute
        run("CREATE INDEX listing_key ON listing(key)")
        run(f"CREATE INDEX listing_domain ON listing({DOMAIN})")
        (addresses,) = run("SELECT count(DISTINCT key) FROM listing").fetchone()
        facts = {
            "rows": self._last,
            "addresses": addresses,
            "source": source,
            "published_at": published_at.isoformat(),
            "imported_at": imported_at.isoformat(),
        }
        self._connection.executemany("INSERT INTO fact VALUES (?, ?)", facts.items())
        run("COMMIT")
        self._connection.close()
        for path, flags in ((self._path, os.O_RDONLY), (self._path.parent, os.O_DIRECTORY)):
            if flags == os.O_DIRECTORY:
                self._path.rename(self._target)
            descriptor = os.open(path, flags)
            os.fsync(descriptor)
            os.close(descriptor)
        return DirectoryState(self._last, addresses, source, published_at, imported_at)

    def close(self) -> None:
        """Whatever is left of it goes."""
        self._connection.close()
        self._path.unlink(missing_ok=True)


class SqlitePlace:
    """``place.Place``: one path, and beside it the lock and the file being built."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def state(self) -> DirectoryState | None:
        """None when there is no file, or one of another release."""
        connection = connect(self._path)
        if connection is None:
            return None
        with closing(connection):
            return state_in(connection)

    @contextmanager
    def building(self) -> Iterator[SqliteBuilding]:
        """The lock is the kernel's: it ends with the process."""
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            building = SqliteBuilding(self._path.with_name(f"{self._path.name}.next"), self._path)
            try:
                yield building
            finally:
                building.close()
        except BlockingIOError:
            raise DirectoryRefused("Another import of the directory is running") from None
        except sqlite3.OperationalError as error:
            raise StoreBusyError(f"directory: {error}") from error
        finally:
            os.close(lock)


def connect(path: Path) -> sqlite3.Connection | None:
    """To read the file that has this name now; None when there is none, or one of another release."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            isolation_level=None,
            check_same_thread=False,  # one thread at a time: whoever shares it holds a lock
        )
    except sqlite3.OperationalError:
        return None
    try:
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError:
        layout = 0
    if layout == LAYOUT:
        return connection
    connection.close()
    return None


def state_in(connection: sqlite3.Connection) -> DirectoryState:
    """What the file says of itself."""
    facts = dict(connection.execute("SELECT name, value FROM fact").fetchall())
    published, imported = (datetime.fromisoformat(facts[name]) for name in ("published_at", "imported_at"))
    return DirectoryState(
        facts["rows"],
        facts["addresses"],
        facts["source"],
        published.astimezone(UTC),
        imported.astimezone(UTC),
    )
