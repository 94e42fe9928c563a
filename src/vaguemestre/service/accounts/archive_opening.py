"""The archive procedure: the only way to what a closed mailbox held. domain.md §2, §9 (CSP R1111-36).

It needs the private key, which is not on the server, and a reason. Every use, refused ones too, is in the
journal before anything is shown.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from vaguemestre.mail.bal import Bal, BalState
from vaguemestre.mail.mailbox import FIRST_KEYWORD_BIT, SYSTEM_FLAGS, FlagSet
from vaguemestre.service.ports.archive import (
    Archive,
    ArchiveId,
    ArchiveState,
    ArchiveVault,
    PrivateKey,
)
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, SealBrokenError

_PAGE: Final = 100


class ArchiveRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Nothing is shown and nothing moves; the sentence says what is missing."""


class ArchiveUnknown(Exception):  # noqa: N818 (a decision too)
    """There is no such archive."""


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """One message as it came, and where it lay: ``flags`` by name, ``octets`` in pieces."""

    number: int
    mailbox: str
    flags: tuple[str, ...]
    received_at: datetime
    size: int
    octets: AsyncIterator[bytes]

    def about(self, file: str) -> str:
        """A line for the list of what was opened."""
        told = {
            "file": file,
            "mailbox": self.mailbox,
            "flags": list(self.flags),
            "received": format_datetime(self.received_at),
            "size": self.size,
        }
        return json.dumps(told, ensure_ascii=False)


class ArchiveOpening:
    """Lists, opens and restores."""

    def __init__(self, store: Store, keys: ArchiveVault, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    async def all(self, limit: int = 10_000) -> list[tuple[Archive, Bal]]:
        """Every archive with its account, the oldest closing first."""

        def unit(tx: Transaction) -> list[tuple[Archive, Bal]]:
            found = tx.archives.in_state(tuple(ArchiveState), limit)
            return [(archive, bal) for archive in found if (bal := tx.bals.by_id(archive.bal)) is not None]

        return await self._store.read(unit)

    async def find(self, archive: ArchiveId) -> Archive:
        """Raises ArchiveUnknown."""
        found = await self._store.read(lambda tx: tx.archives.by_id(archive))
        if found is None:
            raise ArchiveUnknown(f"There is no archive {archive}")
        return found

    async def open(
        self, archive_id: ArchiveId, private: PrivateKey, operator: str, reason: str
    ) -> AsyncIterator[OpenedMessage]:
        """Every message, one after another. Raises ArchiveUnknown, ArchiveRefused, KeyDestroyedError."""
        archive = await self.find(archive_id)
        await self._checked(archive, private, operator, reason, "open")
        keys = await self._keys.unlock(archive.id, private)
        await self._record("archive_opened", archive, operator, reason)
        names = await self._store.read(lambda tx: tx.mailboxes.keywords(archive.bal))
        after = 0
        while page := await self._store.read(lambda tx: tx.archives.messages(archive.id, after, _PAGE)):  # noqa: B023 (run before the loop goes on)
            for message in page:
                body = await self._store.read(lambda tx: tx.messages.body(message.body))  # noqa: B023 (the same)
                if body is None:
                    raise KeyDestroyedError("a message of this archive was destroyed meanwhile")
                yield OpenedMessage(
                    message.number,
                    message.mailbox,
                    _flags(message.flags, names),
                    datetime.fromtimestamp(message.internal_date, UTC),
                    message.size,
                    keys.octets(body),
                )
            after = page[-1].number

    async def restore(
        self, archive_id: ArchiveId, private: PrivateKey, operator: str, reason: str
    ) -> Archive:
        """The holder's mailboxes get it back, when his account is open again; ``Archiving.finish`` moves it.

        Raises as ``open``.
        """
        archive = await self.find(archive_id)
        if archive.state is not ArchiveState.RESTORING:
            await self._checked(archive, private, operator, reason, "restore")
            bal = await self._store.read(lambda tx: tx.bals.by_id(archive.bal))
            if bal is None or bal.state is not BalState.ACTIVE:
                raise ArchiveRefused("The account is not open: vaguemestre bal reopen comes first")
            await self._record("archive_restoring", archive, operator, reason)
            # Keys first: a worker that sees RESTORING moves the messages, and needs nobody any more.
            await self._keys.restore_keys(archive.id, private)
            await self._store.write(
                lambda tx: tx.archives.set_state(archive.id, ArchiveState.RESTORING), "restore archive"
            )
        return await self.find(archive_id)

    async def _checked(
        self, archive: Archive, private: PrivateKey, operator: str, reason: str, act: str
    ) -> None:
        said = " ".join(reason.split())
        problem = ""
        if not said:
            problem = f"To {act} an archive needs a reason: it is kept in the journal"
        elif archive.state is not ArchiveState.SEALED:
            problem = f"This archive is {archive.state}: there is nothing to {act}"
        elif private.id != archive.recipient:
            problem = f"This archive opens with key {archive.recipient}, and this is key {private.id}"
        else:
            try:
                await self._keys.unlock(archive.id, private)
            except SealBrokenError:
                problem = "This key does not open the archive"
        if problem:
            await self._record("archive_refused", archive, operator, said)
            raise ArchiveRefused(problem)

    async def _record(self, event: str, archive: Archive, operator: str, reason: str) -> None:
        now = self._clock.now()
        detail = {"archive": str(archive.id), "reason": " ".join(reason.split())}
        entry = JournalEntry(now, f"operator:{operator}", event, archive.bal, detail)
        await self._store.write(lambda tx: tx.journal.record(entry), event)


def _flags(flags: FlagSet, keywords: tuple[str, ...]) -> tuple[str, ...]:
    system = [name for bit, name in enumerate(SYSTEM_FLAGS) if flags >> bit & 1]
    known = [name for bit, name in enumerate(keywords, FIRST_KEYWORD_BIT) if flags >> bit & 1]
    return (*system, *known)
