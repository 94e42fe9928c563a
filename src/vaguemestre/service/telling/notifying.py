"""Telling holders that something arrived: what is due is leased, sent by its way, and forgotten.

domain.md §2, notification. A smart host may be slow, refuse or hang: it is waited for here, in a background
job, and never where mail is filed. At least once: a process killed between the sending and the commit leaves
its lease, and the same notification is sent again under the same name when that has run out.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.contact import Contact, ContactKind
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.notification import (
    Lease,
    NotTold,
    SealedContact,
    Session,
    Telling,
    Way,
)
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, Vault
from vaguemestre.service.telling.notification_text import NotificationText
from vaguemestre.service.telling.opened_contact import open_contact

_LEASE: Final = timedelta(minutes=10)
_BATCH: Final = 240.0  # seconds: well within the lease, so that nobody takes over what is being sent
_AT_ONCE: Final = 100
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_NO_WAY: Final = "no way to tell is set for this kind of contact"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """When and whom: ``window`` gathers what arrives, ``give_up_after`` counts from the first of it."""

    window: timedelta = timedelta(minutes=10)
    give_up_after: timedelta = timedelta(days=1)
    kinds: frozenset[BalKind] = frozenset({BalKind.CITIZEN})


@dataclass(slots=True)
class _Count:
    sent: int = 0
    dropped: int = 0
    deferred: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read of one lease before it is sent."""

    lease: Lease
    bal: Bal | None
    contact: SealedContact | None
    has_unread: bool


class Notifying:
    """``ways``: what each kind of contact is told by; ``key`` makes the names of notifications."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        ways: Mapping[ContactKind, Way],
        text: NotificationText,
        terms: Terms,
        key: bytes,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._ways = ways
        self._text = text
        self._terms = terms
        self._key = key

    @property
    def text(self) -> NotificationText:
        """What is sent."""
        return self._text

    @property
    def window(self) -> timedelta:
        """How long what arrives is gathered."""
        return self._terms.window

    async def run_once(self, limit: int) -> int:
        """Tell at most ``limit`` of those whose window has ended, for the background worker; how many."""
        if not self._ways:
            return 0
        now = self._clock.now()
        before = now - self._terms.window
        if not await self._store.read(lambda tx: tx.notifications.is_due(before, now)):
            return 0
        most = min(limit, _AT_ONCE)
        leases = await self._store.write(
            lambda tx: tx.notifications.lease(before, now, now + _LEASE, most), "notify"
        )
        left = {lease.bal: lease for lease in leases}
        count = _Count()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BATCH):
                    await self._tell(leases, left, count)
        finally:  # also when the server stops: what was not tried is free at once
            if left:
                untried = list(left.values())
                await self._store.write(lambda tx: tx.notifications.release(untried), "notify")
        if leases:
            oldest = max((now - lease.since for lease in leases), default=timedelta(0))
            _log.info(
                "notifications_sent",
                sent=count.sent,
                dropped=count.dropped,
                deferred=count.deferred,
                failed=count.failed,
                oldest=int(oldest.total_seconds()),
            )
        return limit if len(leases) == most and not left else 0

    async def test(self, contact: Contact, name: str) -> None:
        """Tell one contact at once, whatever waits for it. Raises NotTold."""
        way = self._ways.get(contact.kind)
        if way is None:
            raise NotTold(_NO_WAY, is_final=True)
        async with way.session() as session:
            await session.tell(self._telling(contact, name))

    async def _tell(self, leases: Sequence[Lease], left: dict[BalId, Lease], count: _Count) -> None:
        known = await self._store.read(lambda tx: [_known(tx, lease) for lease in leases])
        by_kind: dict[ContactKind, list[tuple[Lease, Contact]]] = {}
        for one in known:
            contact = self._contact(one)
            if contact is None:
                await self._settle(one.lease, left, None)
                count.dropped += 1
            else:
                by_kind.setdefault(contact.kind, []).append((one.lease, contact))
        for kind, together in by_kind.items():
            await self._tell_by(self._ways.get(kind), together, left, count)

    async def _tell_by(
        self,
        way: Way | None,
        together: list[tuple[Lease, Contact]],
        left: dict[BalId, Lease],
        count: _Count,
    ) -> None:
        try:
            if way is None:
                raise NotTold(_NO_WAY)
            async with way.session() as session:
                for lease, contact in together:
                    if not await self._tell_one(session, lease, contact, left, count):
                        return  # the others were not tried: they are free for the next session
        except NotTold as refused:
            for lease, _ in together:
                if lease.bal in left:
                    await self._in_vain(lease, left, refused, count)

    async def _tell_one(
        self, session: Session, lease: Lease, contact: Contact, left: dict[BalId, Lease], count: _Count
    ) -> bool:
        """Whether the session may be used again."""
        name = hashlib.blake2b(b"%d %d" % (lease.bal, lease.named), key=self._key, digest_size=16).hexdigest()
        try:
            await session.tell(self._telling(contact, name))
        except NotTold as refused:
            await self._in_vain(lease, left, refused, count)
            return not refused.is_cut
        await self._settle(lease, left, "notified")
        count.sent += 1
        return True

    def _telling(self, contact: Contact, name: str) -> Telling:
        return Telling(contact.to, name, self._text.subject, self._text.text, self._clock.now())

    def _contact(self, known: _Known) -> Contact | None:
        """Whom to tell; None when there is nobody, or nothing to be told any more."""
        bal, sealed = known.bal, known.contact
        if bal is None or not bal.state.receives or bal.kind not in self._terms.kinds:
            return None
        if sealed is None or not sealed.is_on or not known.has_unread:
            return None
        with suppress(KeyDestroyedError):
            return open_contact(self._vault, sealed)
        return None

    async def _settle(self, lease: Lease, left: dict[BalId, Lease], event: str | None) -> None:
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            tx.notifications.told(lease)
            if event is not None:
                tx.journal.record(JournalEntry(now, "rule:NOTIFICATION", event, lease.bal))

        await self._store.write(unit, "notify")
        del left[lease.bal]

    async def _in_vain(self, lease: Lease, left: dict[BalId, Lease], refused: NotTold, count: _Count) -> None:
        now = self._clock.now()
        is_over = refused.is_final or now - lease.since >= self._terms.give_up_after
        again = None if is_over else self._waits_from(now, lease.attempts)

        def unit(tx: Transaction) -> None:
            tx.notifications.defer(lease, again, refused.reason)
            if is_over:
                detail = {"reason": refused.reason}
                tx.journal.record(
                    JournalEntry(now, "rule:NOTIFICATION", "notification_failed", lease.bal, detail)
                )

        await self._store.write(unit, "notify")
        del left[lease.bal]
        count.failed += is_over
        count.deferred += not is_over

    def _waits_from(self, now: datetime, attempts: int) -> datetime:
        """So that it is due after a pause, each twice as long as the one before."""
        pause = min(_FIRST_PAUSE * (1 << min(attempts, 16)), _LONGEST_PAUSE)
        return now + pause - self._terms.window


def _known(tx: Transaction, lease: Lease) -> _Known:
    bal, contact = tx.bals.by_id(lease.bal), tx.notifications.contact(lease.bal)
    return _Known(lease, bal, contact, tx.notifications.has_unread(lease))
