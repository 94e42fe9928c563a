"""Where data keys are kept: one for each bal and day, wrapped, in a database of its own.

Kept apart from the messages, so that a backup of messages holds no key; destroying a row here is what
makes backups forget. A destroyed key leaves a *tombstone* (bal and day, no octets): without it a later
request would make a new key under the same name and nobody could tell lost mail from erased mail.

The same statements serve SQLite and PostgreSQL; ``Database`` is all that differs. Nothing here sees a
key in clear.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import KeyDay, KeyPlace

Value: TypeAlias = int | str | bytes | None
Row: TypeAlias = tuple[Value, ...]
Place: TypeAlias = KeyPlace

_AT_ONCE: Final = 400  # parameters in one statement: under every limit SQLite was ever built with


class KeyStoreError(Exception):
    """The key store holds what this version did not write."""


class MasterChangedError(Exception):
    """Another process has made another master key current: read the master keys again."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is kept."""

    master: str
    octets: bytes


class Cursor(Protocol):
    """Runs statements inside one transaction. Parameters are written ``?``."""

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """What a statement that returns rows returns."""
        ...

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """How many rows a statement changed."""
        ...


class Database(Protocol):
    """One database, used from several threads; raises StoreBusyError when it is locked, full or gone."""

    @property
    def octets_type(self) -> str:
        """The column type for octets."""
        ...

    @property
    def held(self) -> str:
        """What makes a SELECT hold its row until the transaction ends."""
        ...

    @property
    def alone(self) -> str:
        """A query after which no other process is making the tables until the transaction ends."""
        ...

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """A read on its own, never waiting for a writer."""
        ...

    def transaction(self) -> AbstractContextManager[Cursor]:
        """One durable transaction: committed when left normally, undone otherwise. One at a time."""
        ...

    def scrub(self) -> None:
        """Remove from the database's files what committed transactions have overwritten."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


def _wrapped(master: Value, octets: Value) -> WrappedKey | None:
    if isinstance(master, str) and isinstance(octets, bytes):
        return WrappedKey(master, octets)
    return None


def _marks(count: int) -> str:
    return ",".join("?" * count)


class KeyStore:
    """Data keys by bal and day, a few named secrets, and which master key is current."""

    def __init__(self, database: Database) -> None:
        self._database = database
        octets = database.octets_type
        with database.transaction() as cursor:
            cursor.rows(database.alone)
            cursor.run(
                "CREATE TABLE IF NOT EXISTS data_key (bal BIGINT NOT NULL, day INTEGER NOT NULL, "
                f"master TEXT, wrapped {octets}, PRIMARY KEY (bal, day))"
            )
            cursor.run(
                "CREATE TABLE IF NOT EXISTS secret (name TEXT NOT NULL PRIMARY KEY, master TEXT NOT NULL, "
                f"wrapped {octets} NOT NULL)"
            )
            cursor.run(
                "CREATE TABLE IF NOT EXISTS state (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)"
            )
            cursor.run(
                "CREATE TABLE IF NOT EXISTS archived_key (archive TEXT NOT NULL, bal BIGINT NOT NULL, "
                f"day INTEGER NOT NULL, recipient TEXT NOT NULL, sealed {octets} NOT NULL, "
                "PRIMARY KEY (bal, day))"
            )
            for name, value in (("schema", "1"), ("epoch", "0")):
                cursor.run("INSERT INTO state VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))
        if self._state("schema") != "1":
            raise KeyStoreError("the key store was written by another version")

    @property
    def database(self) -> Database:
        """Where it is kept."""
        return self._database

    def found(self, bal: BalId, days: Sequence[KeyDay]) -> dict[KeyDay, WrappedKey | None]:
        """The keys of those days; None for a destroyed one, and no entry where there never was one."""
        keys: dict[KeyDay, WrappedKey | None] = {}
        for at in range(0, len(days), _AT_ONCE):
            some = days[at : at + _AT_ONCE]
            for day, master, octets in self._database.rows(
                f"SELECT day, master, wrapped FROM data_key WHERE bal = ? AND day IN ({_marks(len(some))})",  # noqa: S608 (marks only)
                (bal, *some),
            ):
                if isinstance(day, int):
                    keys[KeyDay(day)] = _wrapped(master, octets)
        return keys

    def made(self, master: str, proposals: Mapping[Place, bytes]) -> dict[Place, WrappedKey | None]:
        """Keep these keys, wrapped under ``master``, where there is none yet; what each place holds after.

        Durable on return. The first to come decides: later proposals for a place give way to it, and None
        says that its key was destroyed. Raises MasterChangedError when ``master`` is no longer current.
        """
        kept: dict[Place, WrappedKey | None] = {}
        with self._database.transaction() as cursor:
            if self._current(cursor) != master:
                raise MasterChangedError
            for (bal, day), octets in proposals.items():
                fresh = cursor.run(
                    "INSERT INTO data_key VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (bal, day, master, octets),
                )
                if fresh:
                    kept[bal, day] = WrappedKey(master, octets)
                    continue
                there = cursor.rows(
                    "SELECT master, wrapped FROM data_key WHERE bal = ? AND day = ?", (bal, day)
                )
                kept[bal, day] = _wrapped(*there[0])
        return kept

    def days(self, bal: BalId) -> frozenset[KeyDay]:
        """The days for which this bal has a key, destroyed ones left out."""
        rows = self._database.rows("SELECT day FROM data_key WHERE bal = ? AND wrapped IS NOT NULL", (bal,))
        return frozenset(KeyDay(day) for (day,) in rows if isinstance(day, int))

    def holders(self, after: BalId, limit: int) -> list[BalId]:
        """The bals that have a key, by number, those up to ``after`` left out; ``limit`` of them at most."""
        rows = self._database.rows(
            "SELECT DISTINCT bal FROM data_key WHERE bal > ? AND wrapped IS NOT NULL ORDER BY bal LIMIT ?",
            (after, limit),
        )
        return [BalId(bal) for (bal,) in rows if isinstance(bal, int)]

    def destroyed(self, places: Collection[Place]) -> tuple[frozenset[Place], int]:
        """Destroy those keys for good, files included: which there were, and the epoch this began."""
        gone: set[Place] = set()
        with self._database.transaction() as cursor:
            for place in sorted(set(places)):
                if cursor.run(
                    "UPDATE data_key SET master = NULL, wrapped = NULL "
                    "WHERE bal = ? AND day = ? AND wrapped IS NOT NULL",
                    place,
                ):
                    gone.add(place)
            cursor.run(
                "UPDATE state SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE name = 'epoch'"
            )
            epoch = cursor.rows("SELECT value FROM state WHERE name = 'epoch'")[0][0]
        if gone:
            self._database.scrub()
        return frozenset(gone), int(str(epoch))

    def epoch(self) -> int:
        """A number that grows with each destruction: what tells other processes to forget."""
        return int(self._state("epoch") or "0")

    def secret(self, name: str) -> WrappedKey | None:
        """A named secret."""
        rows = self._database.rows("SELECT master, wrapped FROM secret WHERE name = ?", (name,))
        return _wrapped(*rows[0]) if rows else None

    def secret_made(self, name: str, proposal: WrappedKey) -> WrappedKey:
        """Keep a secret under a name where there is none yet; the one that is there after."""
        with self._database.transaction() as cursor:
            cursor.run(
                "INSERT INTO secret VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (name, proposal.master, proposal.octets),
            )
            rows = cursor.rows("SELECT master, wrapped FROM secret WHERE name = ?", (name,))
        return _wrapped(*rows[0]) or proposal

    def master(self, first: str) -> str:
        """The identifier of the current master key; ``first`` becomes it when the store is new."""
        current = self._state("master")
        if current is not None:
            return current
        with self._database.transaction() as cursor:
            cursor.run("INSERT INTO state VALUES ('master', ?) ON CONFLICT DO NOTHING", (first,))
            return self._current(cursor) or first

    def set_master(self, master: str) -> None:
        """From the return of this on, no key is made under another master, by any process."""
        with self._database.transaction() as cursor:
            cursor.run("UPDATE state SET value = ? WHERE name = 'master'", (master,))

    def under_other_masters(self, master: str, limit: int) -> list[tuple[Place, WrappedKey]]:
        """Data keys that are not yet under this master."""
        rows = self._database.rows(
            "SELECT bal, day, master, wrapped FROM data_key WHERE master <> ? ORDER BY bal, day LIMIT ?",
            (master, limit),
        )
        return [
            ((BalId(bal), KeyDay(day)), WrappedKey(old, octets))
            for bal, day, old, octets in rows
            if isinstance(bal, int)
            and isinstance(day, int)
            and isinstance(old, str)
            and isinstance(octets, bytes)
        ]

    def secrets_under_other_masters(self, master: str) -> list[tuple[str, WrappedKey]]:
        """Named secrets that are not yet under this master."""
        rows = self._database.rows("SELECT name, master, wrapped FROM secret WHERE master <> ?", (master,))
        return [
            (name, WrappedKey(old, octets))
            for name, old, octets in rows
            if isinstance(name, str) and isinstance(old, str) and isinstance(octets, bytes)
        ]

    def rewrapped(
        self,
        keys: Sequence[tuple[Place, WrappedKey, WrappedKey]],
        named: Sequence[tuple[str, WrappedKey, WrappedKey]] = (),
    ) -> int:
        """Put the second form in the place of the first where that still stands; how many did.

        One transaction. A key destroyed in the meantime stays destroyed.
        """
        with self._database.transaction() as cursor:
            count = sum(
                cursor.run(
                    "UPDATE data_key SET master = ?, wrapped = ? WHERE bal = ? AND day = ? AND wrapped = ?",
                    (new.master, new.octets, bal, day, old.octets),
                )
                for (bal, day), old, new in keys
            )
            for name, old, new in named:
                count += cursor.run(
                    "UPDATE secret SET master = ?, wrapped = ? WHERE name = ? AND wrapped = ?",
                    (new.master, new.octets, name, old.octets),
                )
        return count

    def noted(self, name: str) -> str | None:
        """A text kept here because the messages' database is no place for it."""
        return self._state(f"note {name}")

    def note(self, name: str, text: str) -> None:
        """In the place of the one before; durable on return."""
        with self._database.transaction() as cursor:
            cursor.run(
                "INSERT INTO state VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (f"note {name}", text),
            )

    def scrub(self) -> None:
        """Remove overwritten wrapped keys from the files: the end of a rotation."""
        self._database.scrub()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _state(self, name: str) -> str | None:
        rows = self._database.rows("SELECT value FROM state WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def _current(self, cursor: Cursor) -> str | None:
        # Held: a rotation that moves it waits for the keys being made now, and so finds them to rewrap.
        rows = cursor.rows(f"SELECT value FROM state WHERE name = 'master'{self._database.held}")  # noqa: S608 (a constant)
        return str(rows[0][0]) if rows else None
