"""Expiry: messages go when their time has come, and the keys that sealed them with the last of their day.

domain.md §3: the mail service is not an archive. Work is done in bounded steps, so that a million expiring
messages never stall the server. Once a data key is destroyed, every backup has forgotten too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.mail.mailbox import MailboxId, Uid
from vaguemestre.service.ports import Clock, KeyDay, SealedBody, Vault
from vaguemestre.service.store_port import ExpiringMessage, JournalEntry, Store, Transaction

READING_GRACE: Final = timedelta(minutes=10)
"""How long the octets of an expunged message stay for a session that has not been told yet."""

COMMITTED_WITHIN: Final = timedelta(days=1)
"""How long after its object was kept the row of a message may still be committed, and then some."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long messages are kept after they were filed, by kind of bal. domain.md §3: 90 days by default."""

    by_kind: Mapping[BalKind, timedelta]
    otherwise: timedelta = timedelta(days=90)

    def of(self, kind: BalKind) -> timedelta:
        """The delay for bals of a kind."""
        return self.by_kind.get(kind, self.otherwise)


@dataclass(frozen=True, slots=True)
class Expired:
    """What one step did, or would do. ``octets`` as received."""

    messages: int
    octets: int
    keys: int

    def __add__(self, other: "Expired") -> "Expired":
        return Expired(self.messages + other.messages, self.octets + other.octets, self.keys + other.keys)


class Expiry:
    """Finds what has expired, removes it, and destroys the keys nothing needs any more."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, retention: Retention) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._retention = retention
        self._forgotten_up_to = BalId(0)

    async def due(self, limit: int) -> list[ExpiringMessage]:
        """Messages whose time has come, at most ``limit``: what a dry run shows."""
        now = self._clock.now()
        due: list[ExpiringMessage] = []
        for kind in BalKind:
            before = now - self._retention.of(kind)
            left = limit - len(due)
            if left > 0:
                due += await self._store.read(partial(_expiring, kind, before, now, left))
        return due

    async def step(self, limit: int) -> Expired:
        """Remove at most ``limit`` messages, sweep orphaned bodies, destroy the keys of emptied days."""
        now = self._clock.now()
        due = await self.due(limit)
        if due:
            await self._store.write(lambda tx: _remove(tx, due, now), "expire", is_long=True)
        touched = {message.bal for message in due} | await self._sweep(now, limit)
        keys = 0
        for bal in touched:
            keys += await self._destroy_keys(bal, now)
        done = Expired(len(due), sum(message.size for message in due), keys)
        if due or keys:
            _log.info("messages_expired", messages=done.messages, keys=done.keys)
        return done

    async def forget(self, limit: int) -> tuple[int, int]:
        """Destroy the keys nothing needs any more, of ``limit`` bals: how many bals, how many keys.

        ``step`` sees to the bals it has touched. What it leaves: messages deleted by their holder, whose key
        still sealed the mail of that day; a step that was cut short by the end of the process.
        """
        bals = await self._vault.holders(self._forgotten_up_to, limit)
        now = self._clock.now()
        keys = 0
        for bal in bals:
            keys += await self._destroy_keys(bal, now)
            self._forgotten_up_to = bal
        if len(bals) < limit:
            self._forgotten_up_to = BalId(0)  # all were seen: the next look begins again
        if keys:
            _log.info("keys_destroyed", keys=keys)
        return len(bals), keys

    async def forget_once(self, limit: int) -> int:
        """A step of ``forget``, for the background worker."""
        return (await self.forget(limit))[0]

    async def sweep_once(self, limit: int) -> int:
        """Remove the objects a crash left without a row: never as many as ``limit``, they are all seen to."""
        removed = await self._vault.sweep_objects(self._located, self._clock.now() - COMMITTED_WITHIN)
        if removed:
            _log.info("objects_swept", objects=removed)
        return min(removed, limit - 1)

    async def _located(self, locations: Sequence[str]) -> frozenset[str]:
        return await self._store.read(lambda tx: tx.messages.located(locations))

    async def run_once(self, limit: int) -> int:
        """One step, for the background worker: how many messages went."""
        return (await self.step(limit)).messages

    async def _sweep(self, now: datetime, limit: int) -> set[BalId]:
        """Bodies that no message refers to: rows first, then objects, so that no row lacks its object."""
        orphans: list[SealedBody] = await self._store.read(
            lambda tx: tx.messages.orphans(now - READING_GRACE, limit)
        )
        if not orphans:
            return set()
        gone = [body.id for body in orphans]
        await self._store.write(lambda tx: tx.messages.drop_bodies(gone), "sweep", is_long=True)
        await self._vault.discard(orphans)
        return {body.bal for body in orphans}

    async def _destroy_keys(self, bal: BalId, now: datetime) -> int:
        """Keys of days that hold no body any more.

        Never today's nor yesterday's: a message sealed just before midnight may be committed just after.
        """
        yesterday = KeyDay((now - _EPOCH).days - 1)
        kept = await self._vault.days(bal)
        used = await self._store.read(lambda tx: tx.messages.days_in_use(bal))
        empty = sorted(day for day in kept - used if day < yesterday)
        return await self._vault.destroy_keys(bal, empty) if empty else 0


def _expiring(
    kind: BalKind, before: datetime, now: datetime, limit: int, tx: Transaction
) -> list[ExpiringMessage]:
    return tx.messages.expiring(kind, before, now, limit)


def _remove(tx: Transaction, due: list[ExpiringMessage], now: datetime) -> None:
    by_mailbox: dict[tuple[BalId, MailboxId], list[Uid]] = {}
    for message in due:
        by_mailbox.setdefault((message.bal, message.mailbox), []).append(message.uid)
    for (bal, mailbox), uids in by_mailbox.items():
        tx.submissions.expired(mailbox, uids, now)
        # Orphans since before the grace: what has expired is not read any more, by anybody.
        gone = tx.messages.remove(mailbox, uids, now - READING_GRACE - timedelta(seconds=1))
        detail = {"messages": str(len(gone))}
        tx.journal.record(JournalEntry(now, "rule:RET-1", "expired", bal, detail))
