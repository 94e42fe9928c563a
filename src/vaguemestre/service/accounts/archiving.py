"""Closing a citizen's mailbox seals its content away for ten years. domain.md §2, §9 (CSP R1111-36).

Messages leave the mailboxes for the archive in steps; then every data key of the bal is sealed to a key
whose private half is not here, and destroyed as the server knew it. From there on neither the server nor
its administrators nor a backup of it opens anything. Ordinary retention ends with the closing: the archive
holds what was there then, and is destroyed as a whole when its years are over.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.expiry.expiring import READING_GRACE
from vaguemestre.service.ports.archive import Archive, ArchiveId, ArchiveState, ArchiveVault, PublicKey
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

AT_ONCE: Final = 50  # messages moved in one unit of work: some 1.3 ms of the thread that writes

_UNFINISHED: Final = (ArchiveState.SEALING, ArchiveState.RESTORING, ArchiveState.DESTROYING)

_ENDED: Final = {ArchiveState.SEALED: "archive_sealed", ArchiveState.RESTORED: "archive_restored"}

_log = structlog.get_logger()


def years_later(moment: datetime, years: int) -> datetime:
    """The same day and hour so many years later; of a 29 February, the 1 March where there is none."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


class Archiving:
    """``recipient`` is the public half of the archive's key, None where none is configured."""

    def __init__(
        self, store: Store, keys: ArchiveVault, clock: Clock, recipient: PublicKey | None, years: int = 10
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._recipient = recipient
        self._years = years

    def begin(self, tx: Transaction, bal: Bal, now: datetime) -> None:
        """In the unit of work that closes. Raises AccountRefused where there is no key to seal to."""
        if self._recipient is None:
            raise AccountRefused(
                "A citizen's closing archives the content, and there is no key to seal it to: make one with "
                "vaguemestre archive key, and name its public half in [archive] public_key"
            )
        archive = Archive(
            ArchiveId(secrets.token_hex(8)),
            bal.id,
            ArchiveState.SEALING,
            self._recipient.id,
            now,
            years_later(now, self._years),
        )
        tx.archives.begin(archive)

    async def finish(self, bal: BalId, progress: Callable[[int], None] | None = None) -> int:
        """Do what is left to do for the archives of a bal; how many messages that moved."""
        moved = 0
        while True:
            archives = await self._store.read(lambda tx: tx.archives.of(bal))
            unfinished = [archive for archive in archives if archive.state in _UNFINISHED]
            if not unfinished:
                return moved
            step = await self._step(unfinished[-1])
            moved += step
            if progress is not None:
                progress(step)

    async def run_once(self, limit: int) -> int:
        """Some steps of some archives, for the worker: what was interrupted, and what is due."""
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.archives.due(now, max(1, limit // AT_ONCE)))
        for archive in due:
            await self.destroy(archive, "rule:ARC-1")
        archives = await self._store.read(lambda tx: _unfinished(tx, max(1, limit // AT_ONCE)))
        for archive in archives:
            await self._step(archive)
        return limit if archives else len(due)

    async def due(self, limit: int) -> list[Archive]:
        """Those that a worker would destroy now."""
        now = self._clock.now()
        return await self._store.read(lambda tx: tx.archives.due(now, limit))

    async def destroy(self, archive: Archive, actor: str) -> int:
        """Destroy its keys at once; the rows follow in steps. How many keys there were.

        Keys first: from here on nothing opens what is left of it.
        """
        keys = await self._keys.destroy(archive.id)
        now = self._clock.now()
        detail = {"archive": archive.id, "messages": str(archive.messages), "keys": str(keys)}

        def unit(tx: Transaction) -> None:
            current = tx.archives.by_id(archive.id)
            if current is not None and current.state is not ArchiveState.DESTROYED:
                tx.archives.set_state(archive.id, ArchiveState.DESTROYING)
                tx.journal.record(JournalEntry(now, actor, "archive_destroyed", archive.bal, detail))

        await self._store.write(unit, "destroy archive")
        _log.info("archive_destroyed", archive=archive.id, keys=keys)
        return keys

    async def _step(self, archive: Archive) -> int:
        now = self._clock.now()
        gone = now - READING_GRACE - READING_GRACE  # nobody reads it any more: swept at the next expiry
        moves: dict[ArchiveState, Callable[[Transaction], int]] = {
            ArchiveState.SEALING: lambda tx: tx.archives.take(archive, AT_ONCE, now),
            ArchiveState.RESTORING: lambda tx: tx.archives.give_back(archive, AT_ONCE, now),
            ArchiveState.DESTROYING: lambda tx: tx.archives.drop(archive.id, AT_ONCE, gone),
        }
        moved = await self._store.write(moves[archive.state], f"archive {archive.state}", is_long=True)
        if moved == 0:
            await self._end(archive, now)
        return moved

    async def _end(self, archive: Archive, now: datetime) -> None:
        """Nothing is left to move."""
        after = {
            ArchiveState.SEALING: ArchiveState.SEALED,
            ArchiveState.RESTORING: ArchiveState.RESTORED,
            ArchiveState.DESTROYING: ArchiveState.DESTROYED,
        }[archive.state]
        detail = {"archive": str(archive.id)}
        if archive.state is ArchiveState.SEALING:
            if self._recipient is None or self._recipient.id != archive.recipient:
                raise LookupError("an archive was begun for another key than [archive] public_key names")
            detail["keys"] = str(await self._keys.seal_keys(archive.id, archive.bal, self._recipient))

        def unit(tx: Transaction) -> None:
            current = tx.archives.by_id(archive.id)
            if current is None or current.state is not archive.state:
                return
            tx.archives.set_state(archive.id, after)
            counted = detail | {"messages": str(current.messages)}
            if after in _ENDED:
                tx.journal.record(JournalEntry(now, "rule:ARC-0", _ENDED[after], archive.bal, counted))

        await self._store.write(unit, f"archive {after}")


def _unfinished(tx: Transaction, limit: int) -> list[Archive]:
    """Not while conversations are being closed: messages are archived as they show it."""
    found = tx.archives.in_state(_UNFINISHED, limit)
    return [archive for archive in found if tx.departures.of(archive.bal) is None]
