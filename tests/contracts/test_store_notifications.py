"""What waits to be told is one a bal, leased by one process alone, on every database."""

import asyncio
from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.contact import ContactKind
from vaguemestre.mail.mailbox import INBOX, SEEN, BodyId, FlagSet, Uid
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.notification import Lease, SealedContact
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
UNTIL = LATER + timedelta(minutes=10)


def a_holder(tx: Transaction, local: str = "claire", *, is_on: bool = True) -> BalId:
    new = NewBal(Address(local, "cabinet.mssante.fr"), BalKind.PER, BalState.ACTIVE)
    bal = tx.bals.add(new, NOW).id
    tx.mailboxes.create(bal, INBOX, None, NOW)
    tx.notifications.set_contact(a_contact(bal, is_on=is_on))
    return bal


def a_contact(bal: BalId, *, is_on: bool = True) -> SealedContact:
    return SealedContact(BodyId(bytes(16)), bal, KeyDay(20_000), b"sealed", ContactKind.MAIL, is_on)


async def lease(store: Store, now: datetime = LATER, until: datetime = UNTIL, limit: int = 9) -> list[Lease]:
    before = now - timedelta(minutes=10)
    return await store.write(lambda tx: tx.notifications.lease(before, now, until, limit), "test")


async def test_a_contact_is_kept_as_it_is_switched_and_dropped_with_what_waits(store: Store) -> None:
    bal = await store.write(a_holder, "test")
    assert await store.read(lambda tx: tx.notifications.contact(bal)) == a_contact(bal)
    assert await store.write(lambda tx: tx.notifications.switch(bal, False), "test")
    assert await store.read(lambda tx: tx.notifications.contact(bal)) == a_contact(bal, is_on=False)
    assert await store.read(lambda tx: tx.messages.days_in_use(bal)) == {20_000}
    await store.write(lambda tx: tx.notifications.set_contact(a_contact(bal)), "test")
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(1), NOW), "test")
    assert await store.write(lambda tx: tx.notifications.drop_contact(bal), "test")
    assert not await store.write(lambda tx: tx.notifications.drop_contact(bal), "test")
    assert not await store.write(lambda tx: tx.notifications.switch(bal, True), "test")
    assert await store.read(lambda tx: tx.notifications.waiting(9)) == []


async def test_ten_messages_wait_as_one_and_nobody_waits_who_does_not_wish_it(store: Store) -> None:
    def unit(tx: Transaction) -> BalId:
        told, switched_off = a_holder(tx), a_holder(tx, "paul", is_on=False)
        for number in range(1, 11):
            tx.notifications.arrived(told, Uid(number), NOW + timedelta(seconds=number))
            tx.notifications.arrived(switched_off, Uid(number), NOW)
        return told

    bal = await store.write(unit, "test")
    first = NOW + timedelta(seconds=1)
    [waiting] = await store.read(lambda tx: tx.notifications.waiting(9))
    assert (waiting.bal, waiting.since, waiting.waits_from, waiting.attempts) == (bal, first, first, 0)
    assert await lease(store, LATER) == []
    due = LATER + timedelta(seconds=1)
    assert await store.read(lambda tx: tx.notifications.is_due(first, due))
    assert await lease(store, due) == [Lease(bal, Uid(1), Uid(1), first, 0, UNTIL)]
    assert not await store.read(lambda tx: tx.notifications.is_due(first, due))


async def test_what_was_told_is_gone_and_what_came_meanwhile_begins_anew(store: Store) -> None:
    bal = await store.write(a_holder, "test")
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(1), NOW), "test")
    [first] = await lease(store)
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(2), LATER), "test")
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(3), LATER), "test")
    await store.write(lambda tx: tx.notifications.told(first), "test")
    [waiting] = await store.read(lambda tx: tx.notifications.waiting(9))
    assert (waiting.since, waiting.waits_from, waiting.leased_until) == (LATER, LATER, None)
    [second] = await lease(store, LATER + timedelta(minutes=10), UNTIL + timedelta(hours=1))
    assert (second.first, second.named, second.attempts) == (2, 2, 0)
    await store.write(lambda tx: tx.notifications.told(second), "test")
    assert await store.read(lambda tx: tx.notifications.waiting(9)) == []


async def test_a_lease_that_ran_out_is_taken_over_under_the_same_name_and_means_nothing(store: Store) -> None:
    bal = await store.write(a_holder, "test")
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(7), NOW), "test")
    [lost] = await lease(store)
    assert await lease(store, UNTIL - timedelta(microseconds=1)) == []
    [taken] = await lease(store, UNTIL, UNTIL + timedelta(minutes=10))
    assert (taken.named, taken.first) == (lost.named, lost.first) == (7, 7)
    for late in (
        lambda tx: tx.notifications.told(lost),
        lambda tx: tx.notifications.defer(lost, None, "late"),
        lambda tx: tx.notifications.release([lost]),
    ):
        await store.write(late, "test")
    [waiting] = await store.read(lambda tx: tx.notifications.waiting(9))
    assert (waiting.leased_until, waiting.attempts, waiting.reason) == (taken.until, 0, "")


async def test_something_new_after_a_try_in_vain_gives_a_new_name_and_life_to_what_was_given_up(
    store: Store,
) -> None:
    bal = await store.write(a_holder, "test")
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(1), NOW), "test")
    [first] = await lease(store)
    await store.write(lambda tx: tx.notifications.defer(first, None, "550 5.1.1"), "test")
    [given_up] = await store.read(lambda tx: tx.notifications.waiting(9))
    assert (given_up.waits_from, given_up.attempts, given_up.reason) == (None, 1, "550 5.1.1")
    assert await lease(store, UNTIL + timedelta(days=9)) == []
    await store.write(lambda tx: tx.notifications.arrived(bal, Uid(5), LATER), "test")
    [second] = await lease(store, LATER + timedelta(minutes=10))
    assert (second.first, second.named, second.since, second.attempts) == (1, 5, LATER, 0)


async def test_the_operator_hastens_one_or_all_that_were_tried_in_vain(store: Store) -> None:
    def unit(tx: Transaction) -> list[BalId]:
        holders = [a_holder(tx, local) for local in ("a", "b", "c")]
        for bal in holders:
            tx.notifications.arrived(bal, Uid(1), NOW)
        return holders

    a, b, _ = await store.write(unit, "test")
    tried = [found for found in await lease(store) if found.bal in (a, b)]

    def in_vain(tx: Transaction) -> None:
        for one in tried:
            tx.notifications.defer(one, None, "no")

    await store.write(in_vain, "test")
    assert await store.write(lambda tx: tx.notifications.hasten(a, NOW), "test") == 1
    assert await store.write(lambda tx: tx.notifications.hasten(None, NOW), "test") == 2
    assert {one.bal for one in await lease(store)} == {a, b}


async def test_what_was_read_moved_or_deleted_is_not_unread(store: Store) -> None:
    bal = await store.write(a_holder, "test")

    def file(tx: Transaction) -> Uid:
        inbox = tx.mailboxes.by_name(bal, INBOX)
        assert inbox is not None
        uids = []
        for number, flags in enumerate((FlagSet(0), FlagSet(0), SEEN)):
            body = SealedBody(BodyId(bytes([number]) * 16), bal, KeyDay(20_000), 3, b"abc", None, None, b"c")
            tx.messages.add_body(body, NOW)
            new = NewMessage(body.id, flags, 3, 0, None, NOW)
            uids += [row.uid for row in tx.messages.file(inbox.id, [new])]
        return uids[1]

    second = await store.write(file, "test")

    told = Lease(bal, second, second, NOW, 0, UNTIL)
    assert await store.read(lambda tx: tx.notifications.has_unread(told))

    def see(tx: Transaction) -> None:
        inbox = tx.mailboxes.by_name(bal, INBOX)
        assert inbox is not None
        tx.messages.set_flags(inbox.id, [(second, SEEN)])

    await store.write(see, "test")
    assert not await store.read(lambda tx: tx.notifications.has_unread(told))


async def test_two_processes_never_lease_the_same(store: Store, database_url: str) -> None:
    def unit(tx: Transaction) -> None:
        for number in range(60):
            tx.notifications.arrived(a_holder(tx, f"h{number}"), Uid(1), NOW)

    await store.write(unit, "test", is_long=True)
    other = await open_store(database_url)
    try:
        rounds = [
            lease(one, until=UNTIL + timedelta(seconds=number), limit=5)
            for number in range(20)
            for one in (store, other)
        ]
        leased = [found.bal for leases in await asyncio.gather(*rounds) for found in leases]
    finally:
        await other.close()
    assert len(leased) == len(set(leased)) == 60
