"""Archives, alike on both databases: what leaves the mailboxes, comes back or goes for good. domain.md §2."""

import os
from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.mail.mailbox import INBOX, NO_DRAWER, SEEN, BodyId, FlagSet, MessageRow
from vaguemestre.service.ports.archive import Archive, ArchiveId, ArchiveState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
LATER = NOW + timedelta(days=400)
A, B = ArchiveId("a" * 16), ArchiveId("b" * 16)


def a_bal(tx: Transaction, local: str, kind: BalKind = BalKind.CITIZEN) -> Bal:
    return tx.bals.add(NewBal(Address(local, "example.fr"), kind, BalState.ACTIVE), NOW)


def an_archive(bal: Bal, id_: ArchiveId = A, days: int = 0) -> Archive:
    closed = NOW + timedelta(days=days)
    return Archive(id_, bal.id, ArchiveState.SEALING, "k", closed, closed + timedelta(days=365))


def a_message(tx: Transaction, bal: Bal, mailbox: str, flags: int = 0) -> None:
    box = tx.mailboxes.by_name(bal.id, mailbox) or tx.mailboxes.create(bal.id, mailbox, None, NOW)
    body = BodyId(os.urandom(16))
    tx.messages.add_body(SealedBody(body, bal.id, KeyDay(1), 10, b"sealed", None, None, b"card"), NOW)
    tx.messages.file(box.id, [NewMessage(body, FlagSet(flags), 10, 1, None, NOW)])


def rows_of(tx: Transaction, bal: Bal, mailbox: str = INBOX) -> list[MessageRow]:
    box = tx.mailboxes.by_name(bal.id, mailbox)
    return tx.messages.rows(box.id) if box is not None else []


async def test_what_is_taken_is_in_no_mailbox_does_not_expire_and_keeps_its_body(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal, other = a_bal(tx, "c"), a_bal(tx, "d")
        for mailbox in (INBOX, INBOX, "Trash"):
            a_message(tx, bal, mailbox, SEEN)
        a_message(tx, other, INBOX)
        archive = an_archive(bal)
        tx.archives.begin(archive)
        assert [tx.archives.take(archive, 2, NOW) for _ in range(3)] == [2, 1, 0]
        assert not rows_of(tx, bal)
        assert len(rows_of(tx, other)) == 1
        assert len(tx.aging.by_age(BalKind.CITIZEN, NO_DRAWER, LATER, 10)) == 1
        assert tx.messages.orphans(LATER, 10) == []
        kept = tx.archives.messages(A, 0, 10)
        assert [(one.mailbox, one.flags, one.size) for one in kept] == [
            (INBOX, SEEN, 10),
            (INBOX, SEEN, 10),
            ("Trash", SEEN, 10),
        ]
        assert tx.archives.messages(A, kept[1].number, 10) == kept[2:]
        body = tx.messages.body(kept[0].body)
        assert body is not None
        assert body.octets == b"sealed"
        found, account = tx.archives.by_id(A), tx.bals.by_id(bal.id)
        assert found is not None
        assert account is not None
        assert (found.messages, found.octets, account.used) == (3, 30, 0)

    await store.write(unit, "test")


async def test_what_is_given_back_is_where_it_was_and_its_retention_begins_anew(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal = a_bal(tx, "c")
        for mailbox in (INBOX, "Dossier"):
            a_message(tx, bal, mailbox, SEEN)
        archive = an_archive(bal)
        tx.archives.begin(archive)
        while tx.archives.take(archive, 10, NOW):
            continue
        box = tx.mailboxes.by_name(bal.id, "Dossier")
        assert box is not None
        tx.mailboxes.delete(box.id, NOW)
        assert [tx.archives.give_back(archive, 1, LATER) for _ in range(3)] == [1, 1, 0]
        for mailbox in (INBOX, "Dossier"):
            (row,) = rows_of(tx, bal, mailbox)
            assert (row.flags, row.size, row.internal_date) == (SEEN, 10, 1)
        assert tx.aging.by_age(BalKind.CITIZEN, NO_DRAWER, LATER, 10) == []
        assert tx.messages.orphans(LATER, 10) == []
        (inbox,) = rows_of(tx, bal)
        box = tx.mailboxes.by_name(bal.id, INBOX)
        assert box is not None
        tx.messages.remove(box.id, [inbox.uid], LATER)
        assert len(tx.messages.orphans(LATER + timedelta(1), 10)) == 1  # nobody else refers to it

    await store.write(unit, "test")


async def test_what_is_dropped_becomes_an_orphan(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal = a_bal(tx, "c")
        for _ in range(3):
            a_message(tx, bal, INBOX)
        archive = an_archive(bal)
        tx.archives.begin(archive)
        tx.archives.take(archive, 10, NOW)
        assert [tx.archives.drop(A, 2, NOW) for _ in range(3)] == [2, 1, 0]
        assert len(tx.messages.orphans(NOW + timedelta(1), 10)) == 3
        assert tx.archives.messages(A, 0, 10) == []

    await store.write(unit, "test")


async def test_archives_are_found_by_bal_by_state_and_by_age(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal, other = a_bal(tx, "c"), a_bal(tx, "d")
        first, second = an_archive(bal), an_archive(bal, B, days=30)
        for archive in (second, first):
            tx.archives.begin(archive)
        assert [one.id for one in tx.archives.of(bal.id)] == [B, A]
        assert tx.archives.of(other.id) == []
        assert tx.archives.by_id(ArchiveId("c")) is None
        assert tx.archives.due(LATER, 10) == []
        for id_ in (A, B):
            tx.archives.set_state(id_, ArchiveState.SEALED)
        assert [one.id for one in tx.archives.due(LATER, 10)] == [A, B]
        assert [one.id for one in tx.archives.due(NOW + timedelta(days=365), 10)] == [A]
        assert [one.id for one in tx.archives.in_state(tuple(ArchiveState), 1)] == [A]
        assert tx.archives.in_state((ArchiveState.SEALING,), 10) == []

    await store.write(unit, "test")
