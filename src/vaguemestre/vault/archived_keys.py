"""Where the data keys of archives are kept: beside the ordinary ones, sealed to a key the server lacks.

A bal's key of one day stands in one place only: putting it here takes it from there in the same
transaction, and a restoration takes it back.
"""

from collections.abc import Mapping
from typing import NamedTuple

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import KeyDay
from vaguemestre.vault.keystore import Cursor, Database, MasterChangedError, Place, WrappedKey

_EPOCH = "UPDATE state SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE name = 'epoch'"


class ArchivedKey(NamedTuple):
    """One data key as the archive holds it; ``recipient`` names the key pair it is sealed to."""

    place: Place
    recipient: str
    sealed: bytes


class ArchivedKeys:
    """The table, which the key store has made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, archive: str, recipient: str, sealed: Mapping[Place, tuple[WrappedKey, bytes]]
    ) -> tuple[int, int]:
        """Keep these, and destroy the ordinary wraps they were made from: how many, and the new epoch.

        A key that was destroyed or wrapped anew in the meantime is left alone: call again.
        """
        count = 0
        with self._database.transaction() as cursor:
            for (bal, day), (wrapped, octets) in sealed.items():
                taken = cursor.run(
                    "UPDATE data_key SET master = NULL, wrapped = NULL "
                    "WHERE bal = ? AND day = ? AND wrapped = ?",
                    (bal, day, wrapped.octets),
                )
                if taken:
                    count += cursor.run(
                        "INSERT INTO archived_key VALUES (?, ?, ?, ?, ?)",
                        (archive, bal, day, recipient, octets),
                    )
            cursor.run(_EPOCH)
            epoch = cursor.rows("SELECT value FROM state WHERE name = 'epoch'")[0][0]
        self._database.scrub()
        return count, int(str(epoch))

    def of(self, archive: str) -> list[ArchivedKey]:
        """By day."""
        rows = self._database.rows(
            "SELECT bal, day, recipient, sealed FROM archived_key WHERE archive = ? ORDER BY bal, day",
            (archive,),
        )
        return [
            ArchivedKey((BalId(bal), KeyDay(day)), str(recipient), sealed)
            for bal, day, recipient, sealed in rows
            if isinstance(bal, int) and isinstance(day, int) and isinstance(sealed, bytes)
        ]

    def give_back(self, archive: str, master: str, wrapped: Mapping[Place, bytes]) -> int:
        """Put these in the ordinary place again, and forget them here; how many there were.

        Raises MasterChangedError when ``master`` is no longer current.
        """
        count = 0
        with self._database.transaction() as cursor:
            self._require_current(cursor, master)
            for (bal, day), octets in wrapped.items():
                there = cursor.run(
                    "DELETE FROM archived_key WHERE archive = ? AND bal = ? AND day = ?", (archive, bal, day)
                )
                if there:
                    count += cursor.run(
                        "UPDATE data_key SET master = ?, wrapped = ? "
                        "WHERE bal = ? AND day = ? AND wrapped IS NULL",
                        (master, octets, bal, day),
                    )
        return count

    def destroy(self, archive: str) -> int:
        """For good, files included; how many there were. The tombstones of the days stay."""
        with self._database.transaction() as cursor:
            count = cursor.run("DELETE FROM archived_key WHERE archive = ?", (archive,))
        if count:
            self._database.scrub()
        return count

    def _require_current(self, cursor: Cursor, master: str) -> None:
        rows = cursor.rows(f"SELECT value FROM state WHERE name = 'master'{self._database.held}")  # noqa: S608 (a constant)
        if not rows or str(rows[0][0]) != master:
            raise MasterChangedError
