"""What expiry will do, day by day, without doing it: by kind of bal, by folder, by reason. domain.md §3.

Messages are read in the order in which they will go, a page at a time, and only counted: no page stays in
memory. Each is counted once, by the first of the three questions that finds it (``policy.retention``).
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.mail.mailbox import Drawer, MailboxId, Uid
from vaguemestre.policy.retention import Reason, Retention
from vaguemestre.service.ports.aging import AgingMessage
from vaguemestre.service.ports.store import Store, Transaction

PAGE: Final = 1_000

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Page = Callable[[Transaction, datetime, int], list[AgingMessage]]


@dataclass(frozen=True, slots=True)
class Slot:
    """Messages that go alike. ``day`` is of UTC, and today for those that are overdue."""

    day: date
    kind: BalKind
    drawer: Drawer
    reason: Reason


@dataclass(slots=True)
class Sum:
    """Of messages; ``octets`` as received."""

    messages: int = 0
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """All that goes until a moment, by slot, and how many bals lose anything."""

    slots: dict[Slot, Sum]
    bals: int

    @property
    def total(self) -> Sum:
        """Of all slots."""
        sums = self.slots.values()
        return Sum(sum(one.messages for one in sums), sum(one.octets for one in sums))


async def forecast(
    store: Store,
    retention: Retention,
    now: datetime,
    until: datetime,
    counted: Callable[[int], None] = lambda _: None,
) -> Forecast:
    """What goes until a moment if nobody does anything; ``counted`` is told of each page."""
    slots: dict[Slot, Sum] = {}
    bals: set[BalId] = set()

    def count(message: AgingMessage) -> None:
        due = retention.due(message)
        day = max(due.at, now).date()
        slot = slots.setdefault(Slot(day, message.kind, message.drawer, due.reason), Sum())
        slot.messages += 1
        slot.octets += message.size
        bals.add(message.bal)

    def by_age(message: AgingMessage) -> bool:
        return message.filed_at < until - retention.age(message.kind, message.drawer)

    def by_drawer(message: AgingMessage) -> bool:
        own = retention.by_drawer.get(message.drawer)
        return own is not None and message.put_at is not None and message.put_at < until - own

    for page in await store.read(partial(_by_age, retention, until)):
        async for message in _messages(store, page, lambda message: message.filed_at, counted):
            count(message)
    for page in _by_drawer(retention, until):
        async for message in _messages(store, page, lambda message: message.put_at or now, counted):
            if not by_age(message):
                count(message)
    wishes = partial(_wished, until)
    async for message in _messages(store, wishes, lambda message: message.expires_at or now, counted):
        if not by_age(message) and not by_drawer(message):
            count(message)
    return Forecast(slots, len(bals))


def _by_age(retention: Retention, until: datetime, tx: Transaction) -> list[_Page]:
    return [
        partial(_aged, kind, drawer, until - retention.age(kind, drawer))
        for kind in BalKind
        for drawer in tx.aging.drawers(kind)
    ]


def _by_drawer(retention: Retention, until: datetime) -> list[_Page]:
    return [partial(_put, drawer, until - delay) for drawer, delay in retention.by_drawer.items()]


def _aged(
    kind: BalKind, drawer: Drawer, before: datetime, tx: Transaction, since: datetime, limit: int
) -> list[AgingMessage]:
    return tx.aging.by_age(kind, drawer, before, limit, since)


def _put(
    drawer: Drawer, before: datetime, tx: Transaction, since: datetime, limit: int
) -> list[AgingMessage]:
    return tx.aging.by_drawer(drawer, before, limit, since)


def _wished(before: datetime, tx: Transaction, since: datetime, limit: int) -> list[AgingMessage]:
    return tx.aging.by_wish(before, limit, since)


async def _messages(
    store: Store,
    page: _Page,
    moment: Callable[[AgingMessage], datetime],
    counted: Callable[[int], None],
) -> AsyncIterator[AgingMessage]:
    """Each once, though a page begins with the very moment at which the one before it ended."""
    since, limit = _BEGINNING, PAGE
    seen: set[tuple[MailboxId, Uid]] = set()
    while True:
        found = await store.read(lambda tx: page(tx, since, limit))  # noqa: B023 (awaited at once)
        fresh = [message for message in found if (message.mailbox, message.uid) not in seen]
        for message in fresh:
            yield message
        counted(len(fresh))
        if len(found) < limit:
            return
        last = moment(found[-1])
        if last == since:
            limit *= 2  # as many as a page came at one moment
        since = last
        seen = {(message.mailbox, message.uid) for message in found if moment(message) == last}
