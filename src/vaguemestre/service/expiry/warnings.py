"""Whoever is going to lose messages is warned: a keyword on each, and one digest a period. domain.md §3.

The keyword ``$ExpireBientot`` is put on messages so many days before they go, by walks that take them in the
order in which they will, in bounded steps; when a delay is lengthened the walk goes back and takes it
away. A digest in INBOX tells how many go and between which days, never which: it looks twice as far ahead,
so that there is one a period at most and nothing goes unannounced.

What would surprise: nothing in the trash, in junk or in the history of accesses is warned of, nor is
anything that its sender wished to be gone within the period. Programs' mailboxes get the keyword and no
digest, which unattended software would take for a letter. A digest bears the keyword from the start and goes
when its time is over, so that none is ever written about digests.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final

import structlog

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.mailbox import (
    ACCESS_HISTORY,
    EXPIRES_SOON,
    Drawer,
    FlagSet,
    MailboxId,
    SpecialUse,
    Uid,
)
from vaguemestre.policy.retention import Reason, Retention
from vaguemestre.service.arriving.inbox import file_in_inbox
from vaguemestre.service.ports.aging import AgingMessage
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.ports.warning import Going, Walk
from vaguemestre.service.telling.notices import Notice, SealedNotice, seal_notice

AT_ONCE: Final = 100  # messages in one unit of work, as expiry takes them

UNWARNED: Final = frozenset(map(Drawer, (SpecialUse.TRASH.value, SpecialUse.JUNK.value, ACCESS_HISTORY)))

_ACTOR: Final = "rule:RET-2"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_FLAG: Final = FlagSet(0)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Path:
    """One walk: messages from a moment to another by one index; ``delay`` from that moment to their going."""

    name: str
    delay: timedelta
    between: Callable[[datetime, datetime, int], list[AgingMessage]]
    moment: Callable[[AgingMessage], datetime]


@dataclass(frozen=True, slots=True)
class _Owed:
    """A digest to be written: of what, and until when."""

    bal: Bal
    going: Going
    until: datetime


class ExpiryWarnings:
    """Walks, then writes the digests that are owed. ``period`` zero: nobody is warned."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        retention: Retention,
        period: timedelta,
        hostname: str,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._retention = retention
        self._period = period
        self._hostname = hostname

    async def run_once(self, limit: int) -> int:
        """How many messages were looked at and digests written, ``limit`` of each at most."""
        now = self._clock.now()
        done = 0
        while self._period and done < limit:
            began = monotonic()
            unit = partial(_step, self._retention, now + self._period, now, AT_ONCE)
            looked_at = await self._store.write(unit, "warn", is_long=True)
            done += looked_at
            if looked_at < AT_ONCE:
                break
            await asyncio.sleep(monotonic() - began)
        digests = await self._write_digests(now, limit)
        if digests:
            _log.info("expiry_announced", mailboxes=digests)
        return min(limit, max(done, digests))

    async def _write_digests(self, now: datetime, limit: int) -> int:
        """One by one: each is sealed for its bal."""
        owing = await self._store.read(lambda tx: tx.warnings.owing(limit))
        for bal in owing:
            owed = await self._store.write(
                partial(_owed, self._retention, bal, now, now + 2 * self._period), "digest", is_long=True
            )
            if owed is not None:
                notice = replace(_digest(owed.going), expires=owed.until)
                sealed = await seal_notice(self._vault, bal, owed.bal.address, notice, self._hostname, now)
                await self._store.write(partial(_file, owed, sealed, now), "digest")
        return len(owing)


def _step(retention: Retention, horizon: datetime, now: datetime, limit: int, tx: Transaction) -> int:
    """At most ``limit`` messages of one walk or of several; how many were looked at."""
    looked_at = 0
    for path in _paths(tx, retention):
        while looked_at < limit:
            count = _advance(tx, retention, path, horizon, now, limit - looked_at)
            looked_at += count
            if not count:
                break
    return looked_at


def _paths(tx: Transaction, retention: Retention) -> Iterator[_Path]:
    for kind in BalKind:
        for drawer in tx.aging.drawers(kind):
            if drawer not in UNWARNED:
                yield _Path(
                    f"age {kind} {drawer}",
                    retention.age(kind, drawer),
                    partial(_by_age, tx, kind, drawer),
                    lambda message: message.filed_at,
                )
    for drawer, delay in retention.by_drawer.items():
        if drawer not in UNWARNED:
            yield _Path(
                f"drawer {drawer}",
                delay,
                partial(_by_drawer, tx, drawer),
                lambda message: message.put_at or _BEGINNING,
            )
    yield _Path("wish", timedelta(0), partial(_by_wish, tx), lambda message: message.expires_at or _BEGINNING)


def _by_age(
    tx: Transaction, kind: BalKind, drawer: Drawer, since: datetime, before: datetime, limit: int
) -> list[AgingMessage]:
    return tx.aging.by_age(kind, drawer, before, limit, since)


def _by_drawer(
    tx: Transaction, drawer: Drawer, since: datetime, before: datetime, limit: int
) -> list[AgingMessage]:
    return tx.aging.by_drawer(drawer, before, limit, since)


def _by_wish(tx: Transaction, since: datetime, before: datetime, limit: int) -> list[AgingMessage]:
    return tx.aging.by_wish(before, limit, since)


def _advance(
    tx: Transaction, retention: Retention, path: _Path, horizon: datetime, now: datetime, limit: int
) -> int:
    """One piece of one walk, forward or back; how many messages were looked at."""
    target = horizon - path.delay
    walk = tx.warnings.walk(path.name) or Walk(_BEGINNING)
    if walk.goal is None and target < walk.reached:
        walk = replace(walk, goal=target, cleared=target)  # a delay was lengthened
    if walk.goal is not None and walk.cleared is not None:
        found, moved = _piece(path, walk.cleared, walk.reached, limit)
        _unmark(tx, [message for message in found if retention.due(message).at > horizon])
        back = Walk(walk.goal) if moved is None else replace(walk, cleared=moved)
        tx.warnings.set_walk(path.name, back)
        return len(found)
    if target == walk.reached:
        return 0
    found, moved = _piece(path, walk.reached, target, limit)
    _mark(tx, retention, found, now)
    tx.warnings.set_walk(path.name, Walk(target if moved is None else moved))
    return len(found)


def _piece(
    path: _Path, since: datetime, before: datetime, limit: int
) -> tuple[list[AgingMessage], datetime | None]:
    """Messages, and where to go on; None at the end. More than ``limit`` if as many came at one moment."""
    while True:
        found = path.between(since, before, limit)
        if len(found) < limit:
            return found, None
        last = path.moment(found[-1])
        if last > since:
            return found, last  # those of that very moment are looked at again
        limit *= 2


def _mark(tx: Transaction, retention: Retention, found: list[AgingMessage], now: datetime) -> None:
    warned = [message for message in found if message.drawer not in UNWARNED]
    _set(tx, warned, lambda flags, bit: FlagSet(flags | bit))
    latest: dict[BalId, datetime] = {}
    for message in warned:
        if _is_told(retention, message, now):
            latest[message.bal] = max(retention.due(message).at, latest.get(message.bal, now))
    for bal, due in sorted(latest.items()):
        announced = tx.warnings.announced(bal)
        if announced is None or due > announced:
            tx.warnings.owe(bal)


def _is_told(retention: Retention, message: AgingMessage, now: datetime) -> bool:
    due = retention.due(message)
    return message.kind is not BalKind.APP and due.reason is not Reason.EXPIRES and due.at > now


def _unmark(tx: Transaction, found: list[AgingMessage]) -> None:
    _set(tx, found, lambda flags, bit: FlagSet(flags & ~bit))


def _set(tx: Transaction, found: list[AgingMessage], changed: Callable[[FlagSet, FlagSet], FlagSet]) -> None:
    bits: dict[BalId, FlagSet] = {}
    by_mailbox: dict[tuple[BalId, MailboxId], list[tuple[Uid, FlagSet]]] = {}
    for message in sorted(found, key=lambda message: (message.bal, message.mailbox, message.uid)):
        if message.bal not in bits:
            bits[message.bal] = keyword_bit(tx, message.bal)
        flags = changed(message.flags, bits[message.bal])
        if flags != message.flags:
            by_mailbox.setdefault((message.bal, message.mailbox), []).append((message.uid, flags))
    for (_, mailbox), flagged in by_mailbox.items():
        tx.messages.set_flags(mailbox, flagged)


def keyword_bit(tx: Transaction, bal: BalId) -> FlagSet:
    """That of the keyword, learnt if need be; none where an old bal has no room for it."""
    try:
        return FlagSet(1 << tx.mailboxes.add_keyword(bal, EXPIRES_SOON))
    except ValueError:
        return _NO_FLAG


def _owed(
    retention: Retention, number: BalId, now: datetime, until: datetime, tx: Transaction
) -> _Owed | None:
    """What is to be announced to a bal; settled at once when there is nothing, or nobody to read it."""
    bal = tx.bals.by_id(number)
    if bal is None or not bal.state.receives:
        tx.warnings.settle(number, None)
        return None
    after = max(now, tx.warnings.announced(number) or now)
    parts = [
        tx.warnings.going(
            mailbox.id,
            retention.age(bal.kind, mailbox.drawer),
            retention.by_drawer.get(mailbox.drawer),
            after,
            until,
        )
        for mailbox in tx.mailboxes.of(number)
        if mailbox.drawer not in UNWARNED
    ]
    messages = sum(part.messages for part in parts)
    if not messages:
        tx.warnings.settle(number, None)
        return None
    first = min(part.first for part in parts if part.first is not None)
    last = max(part.last for part in parts if part.last is not None)
    return _Owed(bal, Going(messages, first, last), until)


def _digest(going: Going) -> Notice:
    """How many, and between which days."""
    first, last = f"{going.first:%d/%m/%Y}", f"{going.last:%d/%m/%Y}"
    if going.messages == 1:
        what_fr, what_en = (
            "Un message de cette boîte sera effacé",
            "One message of this mailbox will be removed",
        )
    else:
        what_fr = f"{going.messages} messages de cette boîte seront effacés"
        what_en = f"{going.messages} messages of this mailbox will be removed"
    when_fr = f"le {first}" if first == last else f"entre le {first} et le {last}"
    when_en = f"on {first}" if first == last else f"between {first} and {last}"
    return Notice(
        subject_fr="Des messages vont expirer",
        subject_en="Messages are about to expire",
        text_fr=f"{what_fr} {when_fr} : cette messagerie n'est pas une archive. Enregistrez ailleurs ce que "
        f"vous devez garder. Quelques jours avant, chaque message porte le mot-clé {EXPIRES_SOON}.",
        text_en=f"{what_en} {when_en}: this service is not an archive. Save elsewhere what you must keep. "
        f"Some days before, each message bears the keyword {EXPIRES_SOON}.",
    )


def _file(owed: _Owed, sealed: SealedNotice, now: datetime, tx: Transaction) -> None:
    bal = owed.bal.id
    tx.messages.add_body(sealed.body, now)
    flags = keyword_bit(tx, bal)
    when = int(now.timestamp())
    file_in_inbox(tx, bal, NewMessage(sealed.body.id, flags, sealed.body.size, when, None, now, owed.until))
    tx.warnings.settle(bal, owed.until)
    detail = {"messages": str(owed.going.messages), "until": f"{owed.until:%Y-%m-%d}"}
    tx.journal.record(JournalEntry(now, _ACTOR, "warned", bal, detail))
