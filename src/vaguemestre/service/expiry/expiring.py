"""Expiry: messages go when their time has come, and the keys that sealed them with the last of their day.

domain.md §3: the mail service is not an archive. Which messages are due is ``policy.retention``; here it is
done, in bounded steps, so that a million expiring messages never stall the server. A step finds, removes
and notes in one unit of work of ``AT_ONCE`` messages, and lets the sessions have the store for as long
as that took before it goes on. Once a data key is destroyed, every backup has forgotten too.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final

import structlog

from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.mail.mailbox import Drawer, MailboxId, SpecialUse, Uid
from vaguemestre.policy.retention import Reason, Retention
from vaguemestre.service.expiry.forecast import Forecast, forecast
from vaguemestre.service.ports.aging import AgingMessage
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, KeyPlace, SealedBody, Vault

AT_ONCE: Final = 100
"""Messages in one unit of work: what the others may have to wait for (docs/performance.md, expire)."""

KEYS_AT_ONCE: Final = 250
"""Data keys destroyed in one transaction of their store: it is synced and scrubbed once for all of them."""

READING_GRACE: Final = timedelta(minutes=10)
"""How long the octets of an expunged message stay for a session that has not been told yet."""

COMMITTED_WITHIN: Final = timedelta(days=1)
"""How long after its object was kept the row of a message may still be committed, and then some."""

_ACTOR: Final = "rule:RET-1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Expired:
    """What one step did, or would do. ``octets`` as received."""

    messages: int
    octets: int
    keys: int

    def __add__(self, other: "Expired") -> "Expired":
        return Expired(self.messages + other.messages, self.octets + other.octets, self.keys + other.keys)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What one unit of work took away; ``bodies`` are those no message refers to any more."""

    messages: Sequence[AgingMessage]
    bodies: Sequence[SealedBody]
    queue_ids: Sequence[str]


class Expiry:
    """Finds what has expired, removes it, and destroys the keys nothing needs any more."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, retention: Retention) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._retention = retention
        self._forgotten_up_to = BalId(0)

    async def due(self, limit: int) -> list[AgingMessage]:
        """Messages whose time has come, at most ``limit``: what a dry run shows."""
        return await self._store.read(partial(due_messages, self._retention, self._clock.now(), limit))

    async def forecast(
        self, until: datetime | None = None, counted: Callable[[int], None] = lambda _: None
    ) -> Forecast:
        """What is due now, or will be until a moment: what a dry run shows. ``counted``: of each page."""
        now = self._clock.now()
        return await forecast(self._store, self._retention, now, max(now, until or now), counted)

    async def step(self, limit: int) -> Expired:
        """Remove at most ``limit`` messages, sweep orphaned bodies, destroy the keys of emptied days."""
        now = self._clock.now()
        messages = octets = 0
        queue_ids: set[str] = set()
        touched: set[KeyPlace] = set()
        while messages < limit:
            began, most = monotonic(), min(AT_ONCE, limit - messages)
            gone = await self._store.write(
                partial(_expire, self._retention, now, most), "expire", is_long=True
            )
            await self._vault.discard(gone.bodies)
            messages += len(gone.messages)
            queue_ids.update(gone.queue_ids)
            octets += sum(message.size for message in gone.messages)
            touched |= {(message.bal, message.day) for message in gone.messages}
            if len(gone.messages) < most:
                break
            await asyncio.sleep(monotonic() - began)
        swept = await self._sweep(now, limit)
        keys = await self._destroy(touched, "expiry", now)
        keys += await self._destroy(swept - touched, "deletion", now)
        if messages or keys:
            _log.info("messages_expired", messages=messages, keys=keys, queue_ids=sorted(queue_ids))
        return Expired(messages, octets, keys)

    async def forget(self, limit: int) -> tuple[int, int]:
        """Destroy the keys nothing needs any more, of ``limit`` bals: how many bals, how many keys.

        ``step`` sees to the days it has touched. What it leaves: those of messages deleted on the day they
        came or the day after, and a step that was cut short by the end of the process.
        """
        bals = await self._vault.holders(self._forgotten_up_to, limit)
        now = self._clock.now()
        places = {(bal, day) for bal in bals for day in await self._vault.days(bal)}
        keys = await self._destroy(places, "left over", now)
        # When all were seen the next look begins again.
        self._forgotten_up_to = bals[-1] if len(bals) == limit else BalId(0)
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

    async def settle_once(self, limit: int) -> int:
        """Mailboxes that the settings name since they were made: how many were looked at."""
        now, looked_at = self._clock.now(), 0
        uses = {use.value for use in SpecialUse}
        for drawer in self._retention.by_drawer:
            if drawer not in uses:
                looked_at += await self._store.write(
                    partial(_settle, drawer, now, limit), "settle_drawer", is_long=True
                )
        return min(looked_at, limit)

    async def _located(self, locations: Sequence[str]) -> frozenset[str]:
        return await self._store.read(lambda tx: tx.messages.located(locations))

    async def run_once(self, limit: int) -> int:
        """One step, for the background worker: how many messages went."""
        return (await self.step(limit)).messages

    async def _sweep(self, now: datetime, limit: int) -> set[KeyPlace]:
        """Bodies that no message refers to: rows first, then objects, so that no row lacks its object."""
        swept = 0
        touched: set[KeyPlace] = set()
        while swept < limit:
            began, most = monotonic(), min(AT_ONCE, limit - swept)
            bodies = await self._store.write(partial(_drop_orphans, now, most), "sweep", is_long=True)
            await self._vault.discard(bodies)
            swept += len(bodies)
            touched |= {(body.bal, body.day) for body in bodies}
            if len(bodies) < most:
                break
            await asyncio.sleep(monotonic() - began)
        return touched

    async def _destroy(self, places: Collection[KeyPlace], reason: str, now: datetime) -> int:
        """The keys of those days that hold no body any more, and a line in the journal of each bal.

        Never today's nor yesterday's: a message sealed just before midnight may be committed just after.
        """
        yesterday = KeyDay((now - _EPOCH).days - 1)
        past = sorted((bal, day) for bal, day in places if day < yesterday)
        count = 0
        for start in range(0, len(past), KEYS_AT_ONCE):
            some = past[start : start + KEYS_AT_ONCE]
            empty = await self._store.read(partial(_emptied, some))
            if not empty:
                continue
            gone = await self._vault.destroy_places(empty)
            count += len(gone)
            if gone:
                await self._store.write(partial(_note_keys, now, gone, reason), "destroy keys", is_long=True)
        return count


def _emptied(places: Sequence[KeyPlace], tx: Transaction) -> list[KeyPlace]:
    return tx.aging.emptied(places)


def _drop_orphans(now: datetime, limit: int, tx: Transaction) -> list[SealedBody]:
    """What its holder has deleted, or a unit that failed has left; noted in the journal."""
    bodies = tx.messages.orphans(now - READING_GRACE, limit)
    dropped = tx.aging.drop_orphans([body.id for body in bodies])
    for (bal, day), count in sorted(Counter((body.bal, body.day) for body in dropped).items()):
        detail = {"day": _date(day), "messages": str(count), "reason": "deletion"}
        tx.journal.record(JournalEntry(now, _ACTOR, "messages_erased", bal, detail))
    return dropped


def _note_keys(now: datetime, gone: Collection[KeyPlace], reason: str, tx: Transaction) -> None:
    days: dict[BalId, list[KeyDay]] = {}
    for bal, day in sorted(gone):
        days.setdefault(bal, []).append(day)
    for bal, destroyed in days.items():
        detail = {"keys": str(len(destroyed)), "first": _date(destroyed[0]), "last": _date(destroyed[-1])}
        entry = JournalEntry(now, _ACTOR, "keys_destroyed", bal, detail | {"reason": reason})
        tx.journal.record(entry)


def due_messages(retention: Retention, at: datetime, limit: int, tx: Transaction) -> list[AgingMessage]:
    """Messages that are to go by a moment, ``limit`` of them at most; those of a kind the oldest first."""
    found: dict[tuple[MailboxId, Uid], AgingMessage] = {}

    def take(messages: Iterable[AgingMessage]) -> bool:
        """Whether there is room for more."""
        found.update({(message.mailbox, message.uid): message for message in messages})
        return len(found) < limit

    for kind in BalKind:
        for drawer in tx.aging.drawers(kind):
            before = at - retention.age(kind, drawer)
            if not take(tx.aging.by_age(kind, drawer, before, limit - len(found))):
                return list(found.values())
    for drawer, delay in retention.by_drawer.items():
        if not take(tx.aging.by_drawer(drawer, at - delay, limit - len(found))):
            return list(found.values())
    take(tx.aging.by_wish(at, limit - len(found)))
    return list(found.values())


def _expire(retention: Retention, now: datetime, limit: int, tx: Transaction) -> _Gone:
    """Messages, and the bodies that nothing refers to any more; noted in the journal, content apart."""
    due = due_messages(retention, now, limit, tx)
    by_mailbox: dict[tuple[BalId, MailboxId], dict[Uid, AgingMessage]] = {}
    for message in due:
        by_mailbox.setdefault((message.bal, message.mailbox), {})[message.uid] = message
    gone: list[AgingMessage] = []
    queue_ids: list[str] = []
    for (_, mailbox), messages in sorted(by_mailbox.items()):
        uids = list(messages)
        queue_ids += tx.submissions.expired(mailbox, uids, now)
        gone += (messages[uid] for uid in tx.messages.remove(mailbox, uids, now))
    # At once, without the grace of an expunge: what has expired is not read any more, by anybody.
    bodies = tx.aging.drop_orphans([message.body for message in gone])
    _note(retention, now, gone, tx)
    return _Gone(gone, bodies, queue_ids)


def _note(retention: Retention, now: datetime, gone: Iterable[AgingMessage], tx: Transaction) -> None:
    """A line for each bal and day of arrival: how many messages went, and for which reason."""
    reasons: dict[tuple[BalId, KeyDay], Counter[Reason]] = {}
    for message in gone:
        reasons.setdefault((message.bal, message.day), Counter())[retention.due(message).reason] += 1
    for (bal, day), counts in sorted(reasons.items()):
        detail = {"day": _date(day), "messages": str(counts.total())}
        detail |= {reason.value: str(counts[reason]) for reason in Reason if counts[reason]}
        tx.journal.record(JournalEntry(now, _ACTOR, "expired", bal, detail))


def _date(day: KeyDay) -> str:
    return f"{_EPOCH + timedelta(days=day):%Y-%m-%d}"


def _settle(drawer: Drawer, now: datetime, limit: int, tx: Transaction) -> int:
    tx.aging.name_drawer(drawer)
    return tx.aging.settle_drawer(drawer, now, limit)
