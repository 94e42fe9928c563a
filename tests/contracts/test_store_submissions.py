"""What every database keeps of accepted messages and their fates: ``tx.submissions``, on both."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.store_load import file_one

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.fate import Fate, FateState, ReportKind, SubmissionId
from vaguemestre.mail.mailbox import INBOX, SEEN, BodyId, FlagSet, Mailbox, Uid
from vaguemestre.mail.tls_wish import TlsWish
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DOCTOR = Address("claire.martin", "cabinet.mssante.fr")
NURSE = Address("paul.durand", "hopital.mssante.fr")
CITIZEN = Address("191070000002243", "patient.mssante.fr")


def a_doctor(tx: Transaction) -> Bal:
    return tx.bals.add(NewBal(DOCTOR, BalKind.PER, BalState.ACTIVE), NOW)


def a_submission(
    sender: BalId, queue_id: str = "q1", fingerprint: bytes | None = b"f", at: datetime = NOW
) -> NewSubmission:
    return NewSubmission(queue_id, sender, b"identifier", fingerprint, at)


def begun(tx: Transaction, new: NewSubmission) -> SubmissionId:
    number = tx.submissions.begin(new, new.at - timedelta(hours=24))
    assert isinstance(number, int)
    return number


def states(tx: Transaction, queue_id: str = "q1") -> dict[str, FateState]:
    trace = tx.submissions.trace(queue_id)
    assert trace is not None
    return {str(fate.recipient): fate.state for fate in trace.fates}


def delivered(tx: Transaction, number: SubmissionId, to: Address, *, wants_receipt: bool = False) -> BodyId:
    copy = BodyId(os.urandom(16))
    tx.submissions.settle(number, Fate(to, FateState.DELIVERED, NOW), copy, wants_receipt=wants_receipt)
    return copy


async def test_the_same_again_is_known_by_its_first_queue_id_until_its_time_is_over(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")

    def begin(tx: Transaction, queue_id: str, at: datetime) -> SubmissionId | str:
        return tx.submissions.begin(a_submission(doctor.id, queue_id, at=at), at - timedelta(hours=24))

    first = await store.write(lambda tx: begin(tx, "q1", NOW), "test")
    assert isinstance(first, int)
    assert await store.write(lambda tx: begin(tx, "q2", NOW + timedelta(hours=23)), "test") == "q1"
    third = await store.write(lambda tx: begin(tx, "q3", NOW + timedelta(hours=25)), "test")
    assert isinstance(third, int)
    assert await store.write(lambda tx: begin(tx, "q4", NOW + timedelta(hours=26)), "test") == "q3"
    known = await store.read(lambda tx: tx.submissions.traces(b"identifier"))
    assert [one.queue_id for one in known] == ["q3", "q1"]
    assert (known[0].sender, known[0].sender_address) == (doctor.id, DOCTOR)


async def test_what_the_sender_wishes_of_tls_stays_with_the_message(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")

    def unit(tx: Transaction) -> list[TlsWish]:
        for number, wish in enumerate(TlsWish):
            begun(tx, replace(a_submission(doctor.id, f"q{number}", None), tls=wish))
        return [one.tls for one in reversed(tx.submissions.traces(b"identifier"))]

    assert await store.write(unit, "test") == list(TlsWish)


async def test_what_cannot_be_recognised_is_never_the_same(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")

    def unit(tx: Transaction) -> int:
        return len({begun(tx, a_submission(doctor.id, f"q{number}", None)) for number in range(3)})

    assert await store.write(unit, "test") == 3


async def test_the_same_by_many_at_once_is_begun_by_one_and_told_to_the_others(store: Store) -> None:
    """Ten batches, each the same twenty messages in another order: lanes wait for one another both ways."""
    doctor = await store.write(a_doctor, "test")

    def begin(tx: Transaction, number: int, sender: int) -> SubmissionId | str:
        new = a_submission(doctor.id, f"q{number}-{sender}", b"%d" % number)
        return tx.submissions.begin(new, NOW - timedelta(hours=24))

    async def send(number: int, sender: int) -> tuple[int, SubmissionId | str]:
        return number, await store.write(lambda tx: begin(tx, number, sender), "test")

    orders = [range(20), range(19, -1, -1)] * 5
    answers = await asyncio.gather(
        *(send(number, sender) for sender, order in enumerate(orders) for number in order)
    )
    for number in range(20):
        mine = [answer for which, answer in answers if which == number]
        assert sum(isinstance(answer, int) for answer in mine) == 1
        assert len({answer for answer in mine if isinstance(answer, str)}) == 1


async def test_a_fate_goes_one_way_and_a_receipt_is_due_once(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")

    def unit(tx: Transaction) -> None:
        number = begun(tx, a_submission(doctor.id))
        copy = delivered(tx, number, CITIZEN, wants_receipt=True)
        other = delivered(tx, number, NURSE)
        refused = Fate(DOCTOR, FateState.REFUSED, NOW, "5.7.1", "550 5.7.1 No", "550 5.7.1 Fermée")
        tx.submissions.settle(number, refused)
        tx.submissions.report(number, DOCTOR, ReportKind.FAILURE, "rfc822;d", "envelope")
        for body in (copy, copy, other, BodyId(os.urandom(16))):
            tx.submissions.read(body, LATER)
        failure, receipt = tx.submissions.due_reports(10)
        assert (failure.kind, failure.fate, failure.copy) == (ReportKind.FAILURE, refused, failure.copy)
        assert failure.copy in {copy, other}
        assert (failure.original, failure.envelope_id) == ("rfc822;d", "envelope")
        assert (receipt.kind, receipt.fate) == (ReportKind.RECEIPT, Fate(CITIZEN, FateState.READ, LATER))
        assert (receipt.copy, receipt.sender, receipt.queue_id) == (copy, doctor.id, "q1")
        assert len(tx.submissions.due_reports(1)) == 1
        assert tx.submissions.close_reports([receipt.id]) == 1
        assert tx.submissions.close_reports([receipt.id, failure.id]) == 1
        assert tx.submissions.due_reports(10) == []

    await store.write(unit, "test")


async def test_a_notification_moves_the_fate_of_who_sent_it(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")
    rejected = Fate(NURSE, FateState.REJECTED, LATER, reason="904")

    def unit(tx: Transaction) -> None:
        number = begun(tx, a_submission(doctor.id))
        delivered(tx, number, NURSE)
        delivered(tx, number, CITIZEN, wants_receipt=True)
        told = tx.submissions.told
        assert told(b"unknown", Fate(NURSE, FateState.READ, LATER), [doctor.id]) == 0
        assert told(b"identifier", Fate(DOCTOR, FateState.READ, LATER), [doctor.id]) == 0
        assert told(b"identifier", Fate(NURSE, FateState.READ, LATER), []) == 1
        assert told(b"identifier", rejected, []) == 1
        assert told(b"identifier", Fate(NURSE, FateState.READ, LATER), []) == 0
        assert told(b"identifier", Fate(CITIZEN, FateState.READ, LATER), []) == 0
        assert told(b"identifier", Fate(CITIZEN, FateState.READ, LATER), [doctor.id]) == 1
        assert tx.submissions.due_reports(10) == []
        trace = tx.submissions.trace("q1")
        assert trace is not None
        assert rejected in trace.fates

    await store.write(unit, "test")


async def test_what_is_returned_moves_what_its_sender_alone_sent_and_nobody_has_read(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        doctor = a_doctor(tx)
        number = begun(tx, a_submission(doctor.id))
        tx.submissions.settle(number, Fate(NURSE, FateState.QUEUED, NOW), BodyId(os.urandom(16)))
        delivered(tx, number, CITIZEN)
        tx.submissions.told(b"identifier", Fate(CITIZEN, FateState.READ, LATER), [doctor.id])
        returned = Fate(NURSE, FateState.REFUSED, LATER, "5.2.1", "returned", "renvoyé")
        bounced = tx.submissions.bounced
        assert bounced(b"unknown", returned, [doctor.id]) == 0
        assert bounced(b"identifier", returned, []) == 0
        assert bounced(b"identifier", replace(returned, recipient=CITIZEN), [doctor.id]) == 0
        assert bounced(b"identifier", returned, [doctor.id]) == 1
        assert bounced(b"identifier", returned, [doctor.id]) == 0
        assert states(tx) == {str(NURSE): FateState.REFUSED, str(CITIZEN): FateState.READ}
        trace = tx.submissions.trace("q1")
        assert trace is not None
        assert returned in trace.fates

    await store.write(unit, "test")


async def test_what_expires_unread_is_told_so(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")

    def unit(tx: Transaction) -> None:
        bal = tx.bals.add(NewBal(CITIZEN, BalKind.CITIZEN, BalState.ACTIVE), NOW)
        inbox = tx.mailboxes.create(bal.id, INBOX, None, NOW)
        for name in ("q1", "q2"):
            uid = file_one(tx, inbox)
            row = next(row for row in tx.messages.rows(inbox.id) if row.uid == uid)
            number = begun(tx, a_submission(doctor.id, name, None))
            tx.submissions.settle(number, Fate(CITIZEN, FateState.DELIVERED, NOW), row.body)
            if name == "q2":
                tx.submissions.read(row.body, NOW)
        tx.submissions.expired(inbox.id, [Uid(1), Uid(2)], LATER)
        assert states(tx, "q1") == {str(CITIZEN): FateState.EXPIRED}
        assert states(tx, "q2") == {str(CITIZEN): FateState.READ}

    await store.write(unit, "test")


async def test_the_old_are_forgotten_a_few_at_a_time_with_their_fates_and_reports(store: Store) -> None:
    doctor = await store.write(a_doctor, "test")

    def fill(tx: Transaction) -> None:
        for hour in range(4):
            at = NOW + timedelta(hours=hour)
            number = begun(tx, a_submission(doctor.id, f"q{hour}", b"%d" % hour, at))
            delivered(tx, number, CITIZEN)
            tx.submissions.report(number, CITIZEN, ReportKind.SUCCESS, "", "")

    def forget(tx: Transaction) -> int:
        return tx.submissions.forget(NOW + timedelta(hours=3), 2)

    await store.write(fill, "test")
    assert [await store.write(forget, "test") for _ in range(3)] == [2, 1, 0]
    left = await store.read(lambda tx: tx.submissions.traces(b"identifier"))
    assert [one.queue_id for one in left] == ["q3"]
    (due,) = await store.read(lambda tx: tx.submissions.due_reports(10))
    assert due.queue_id == "q3"


@pytest.mark.parametrize("how", ["read", "told"])
async def test_fates_move_while_messages_are_delivered_and_nobody_waits_for_ever(
    store: Store, how: str
) -> None:
    """Two people write to one another: each unit files for one and moves a fate of the other."""
    addresses = [DOCTOR, NURSE]

    def people(tx: Transaction) -> list[Mailbox]:
        bals = [tx.bals.add(NewBal(one, BalKind.PER, BalState.ACTIVE), NOW) for one in addresses]
        return [tx.mailboxes.create(bal.id, INBOX, None, NOW) for bal in bals]

    boxes = await store.write(people, "test")

    def deliver(tx: Transaction, number: int, to: int) -> None:
        new = a_submission(boxes[1 - to].bal, f"q{number}-{to}", b"%d-%d" % (number, to))
        begun_as = begun(tx, new)
        uid = file_one(tx, boxes[to])
        row = next(row for row in tx.messages.rows(boxes[to].id) if row.uid == uid)
        tx.submissions.settle(begun_as, Fate(addresses[to], FateState.DELIVERED, NOW), row.body)
        if how == "told":  # as a notification does, which is a message too
            tx.submissions.told(b"identifier", Fate(addresses[1 - to], FateState.READ, NOW), [])

    def read(tx: Transaction, to: int) -> None:
        rows = tx.messages.rows(boxes[to].id)
        unread = [row for row in rows if not row.flags & SEEN]
        tx.messages.set_flags(boxes[to].id, [(row.uid, FlagSet(row.flags | SEEN)) for row in unread])
        for row in unread:
            tx.submissions.read(row.body, NOW)

    async def write(number: int, to: int) -> None:
        await store.write(lambda tx: deliver(tx, number, to), "test")
        if how == "read":
            await store.write(lambda tx: read(tx, to), "test")

    await asyncio.gather(*(write(number, to) for number in range(15) for to in range(2)))
    for to in range(2):
        found = await store.read(lambda tx, to=to: [states(tx, f"q{n}-{to}") for n in range(15)])  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert len(found) == 15
        if how == "read":
            assert {state for one in found for state in one.values()} == {FateState.READ}
