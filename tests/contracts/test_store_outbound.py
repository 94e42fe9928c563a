"""What every database keeps of mail that waits to be sent: ``tx.outbound``, on both. domain.md §6."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.deliver_by import DeliverBy, Lateness
from vaguemestre.mail.dsn import NO_WISH, Notify, Returned, Wish
from vaguemestre.mail.fate import Fate, FateState, ReportKind, SubmissionId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.outbound import (
    OUTGOING,
    AgeCount,
    LeasedDelivery,
    NewOutbound,
    OutboundDelivery,
    OutboundId,
    Pause,
    WaitState,
)
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CLAIRE = Address("claire", "cabinet.mssante.fr")
ÉLODIE, PAUL = Address("élodie", "Hôpital.example"), Address("paul", "hôpital.example")
LÉA = Address("léa", "labo.example")
WISH = Wish(frozenset({Notify.SUCCESS, Notify.DELAY}), "rfc822;É@x")


def a_body(number: int, location: str | None = None, bal: BalId = OUTGOING) -> SealedBody:
    octets = None if location else b"sealed"
    wrapped = b"key" if location else None
    return SealedBody(BodyId(b"%016d" % number), bal, KeyDay(20_000), 42, octets, location, wrapped, b"card")


def queue(
    tx: Transaction,
    number: int,
    recipients: Sequence[tuple[Address, Wish]] = ((ÉLODIE, NO_WISH),),
    *,
    at: datetime = NOW,
    submission: SubmissionId | None = None,
    location: str | None = None,
    deliver_by: DeliverBy | None = None,
) -> OutboundId:
    body = a_body(number, location)
    new = NewOutbound(
        submission, f"q{number}", CLAIRE, recipients, body, at, "nuit+7", Returned.HEADERS, requires_tls=True
    )
    return tx.outbound.add(replace(new, deliver_by=deliver_by))


def lease(tx: Transaction, owner: str = "a", now: datetime = NOW, limit: int = 10) -> list[LeasedDelivery]:
    return [
        one
        for destination in tx.outbound.due(now, "", 100)
        for one in tx.outbound.lease(destination, owner, now, now + 10 * MINUTE, limit)
    ]


def names(found: Sequence[OutboundDelivery]) -> list[str]:
    return [f"{one.queue_id} {one.destination}" for one in found]


async def test_what_is_queued_is_leased_as_it_was_a_delivery_for_each_destination(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        message = queue(tx, 1, ((ÉLODIE, WISH), (LÉA, NO_WISH), (PAUL, Wish(frozenset({Notify.NEVER})))))
        assert tx.outbound.due(NOW, "", 10) == ["hôpital.example", "labo.example"]
        assert tx.outbound.due(NOW, "hôpital.example", 10) == ["labo.example"]
        assert tx.outbound.due(NOW, "", 1) == ["hôpital.example"]
        assert tx.outbound.due(NOW - MINUTE, "", 10) == []
        (hospital,) = tx.outbound.lease("hôpital.example", "me", NOW, NOW + HOUR, 10)
        assert hospital.lease == (message, "hôpital.example", 1, NOW + HOUR)
        one = hospital.delivery
        assert one.recipients == ((PAUL, Wish(frozenset({Notify.NEVER}))), (ÉLODIE, WISH))
        assert (one.queue_id, one.reverse_path, one.at, one.size) == ("q1", CLAIRE, NOW, 42)
        assert (one.identifier, one.returned, one.requires_tls) == ("nuit+7", Returned.HEADERS, True)
        assert (one.state, one.due_at, one.attempts, one.owner) == (WaitState.WAITING, NOW + HOUR, 1, "me")
        assert tx.outbound.body(message) == a_body(1)
        assert tx.outbound.body(OutboundId(99)) is None

    await store.write(unit, "test")


async def test_what_is_sealed_for_a_bal_is_not_queued(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        new = NewOutbound(None, "q1", CLAIRE, ((LÉA, NO_WISH),), a_body(1, bal=BalId(7)), NOW)
        with pytest.raises(ValueError, match="nobody's bal"):
            tx.outbound.add(new)

    await store.write(unit, "test")


async def test_nobody_leases_what_is_leased_until_the_lease_has_run_out(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1)
        (first,) = lease(tx)
        assert lease(tx, "b") == []
        assert lease(tx, "b", NOW + 9 * MINUTE) == []
        (second,) = lease(tx, "b", NOW + 10 * MINUTE)
        assert second.delivery.attempts == 2
        assert [tx.outbound.stands(one.lease) for one in (first, second)] == [False, True]
        assert not tx.outbound.settle(first.lease, [ÉLODIE], NOW)
        assert not tx.outbound.defer(first.lease, NOW, "too late")
        assert not tx.outbound.park(first.lease, "too late")
        tx.outbound.release([first.lease], NOW)
        assert tx.outbound.renew([first.lease, second.lease], NOW + 2 * HOUR) == [second.lease]
        assert lease(tx, "c", NOW + HOUR) == []
        assert tx.outbound.settle(second.lease, [ÉLODIE], NOW)
        assert not tx.outbound.stands(second.lease)
        assert tx.outbound.listed() == []

    await store.write(unit, "test")


async def test_leases_taken_back_are_due_at_once_and_whoever_had_them_has_lost_them(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        for number in (1, 2):
            queue(tx, number)
        held, had = lease(tx)
        tx.outbound.hold(held.delivery.queue_id)
        assert tx.outbound.take_back(NOW, most=0) == 0
        assert tx.outbound.take_back(NOW, most=1) == 1
        assert not tx.outbound.stands(had.lease)
        (again,) = lease(tx, "b")
        assert (again.delivery.queue_id, again.delivery.attempts) == (had.delivery.queue_id, 2)

    await store.write(unit, "test")


async def test_a_message_leaves_with_its_last_recipient(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        message = queue(tx, 1, ((ÉLODIE, NO_WISH), (PAUL, NO_WISH), (LÉA, NO_WISH)), location="objects/one")
        hospital, labo = lease(tx)
        assert tx.outbound.settle(hospital.lease, [PAUL], NOW)
        assert names(tx.outbound.of("q1")) == ["q1 hôpital.example", "q1 labo.example"]
        assert tx.outbound.of("q1")[0].recipients == ((ÉLODIE, NO_WISH),)
        assert tx.outbound.settle(hospital.lease, [ÉLODIE], NOW)
        assert names(tx.outbound.of("q1")) == ["q1 labo.example"]
        assert tx.outbound.left(10) == []
        assert tx.messages.located(["objects/one"]) == {"objects/one"}
        assert tx.outbound.days() == {20_000}
        assert tx.outbound.settle(labo.lease, [LÉA], NOW)
        (body,) = tx.outbound.left(10)
        assert (body.bal, body.location, body.wrapped_key) == (OUTGOING, "objects/one", b"key")
        assert tx.outbound.body(message) is None
        assert tx.messages.located(["objects/one"]) == set()
        assert tx.outbound.days() == set()

    await store.write(unit, "test")


async def test_a_message_stays_until_its_reports_are_written(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        claire = tx.bals.add(NewBal(CLAIRE, BalKind.PER, BalState.ACTIVE), NOW)
        begun = tx.submissions.begin(NewSubmission("q1", claire.id, None, None, NOW), NOW - HOUR)
        assert isinstance(begun, int)
        queue(tx, 1, submission=begun)
        tx.submissions.settle(begun, Fate(ÉLODIE, FateState.QUEUED, NOW), a_body(1).id)
        (found,) = lease(tx)
        refusal = Fate(ÉLODIE, FateState.REFUSED, NOW, "5.1.1", "unknown", "inconnu")
        assert tx.submissions.conclude(begun, refusal)
        assert not tx.submissions.conclude(begun, Fate(ÉLODIE, FateState.DELIVERED, NOW))
        tx.submissions.report(begun, ÉLODIE, ReportKind.FAILURE, "", "")
        tx.outbound.settle(found.lease, [ÉLODIE], NOW)
        assert tx.outbound.left(10) == []
        (report,) = tx.submissions.due_reports(10)
        assert (report.fate, report.copy, report.others) == (refusal, a_body(1).id, False)
        tx.submissions.close_reports([report.id])
        assert [body.id for body in tx.outbound.left(10)] == [a_body(1).id]

    await store.write(unit, "test")


async def test_what_was_not_tried_is_due_at_once_and_what_was_deferred_at_its_time(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1)
        (found,) = lease(tx)
        tx.outbound.release([found.lease], NOW)
        (again,) = lease(tx)
        assert again.delivery.attempts == 1
        assert tx.outbound.defer(again.lease, NOW + HOUR, "busy", has_crashed=True)
        assert lease(tx, now=NOW + 59 * MINUTE) == []
        (later,) = lease(tx, now=NOW + HOUR)
        assert (later.delivery.attempts, later.delivery.crashes, later.delivery.reason) == (2, 1, "busy")

    await store.write(unit, "test")


async def test_what_is_parked_or_held_waits_for_the_operator(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1)
        queue(tx, 2)
        first, second = lease(tx)
        assert tx.outbound.park(first.lease, "poison")
        assert tx.outbound.hold("q2") == 1
        assert not tx.outbound.settle(second.lease, [ÉLODIE], NOW)
        assert lease(tx, now=NOW + 9 * HOUR) == []
        assert names(tx.outbound.listed(state=WaitState.PARKED)) == ["q1 hôpital.example"]
        assert names(tx.outbound.listed(state=WaitState.HELD)) == ["q2 hôpital.example"]
        assert tx.outbound.hasten(NOW) == 0
        assert tx.outbound.hasten(NOW, queue_id="q1") == 1
        assert tx.outbound.hasten(NOW, destination="hôpital.example") == 2
        assert len(lease(tx)) == 2
        assert tx.outbound.hold("q9") == 0

    await store.write(unit, "test")


async def test_a_destination_that_is_paused_is_left_alone_and_the_others_are_not(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1, ((ÉLODIE, NO_WISH), (LÉA, NO_WISH)))
        pause = Pause("hôpital.example", NOW + HOUR, NOW - MINUTE, 3, "no answer")
        tx.outbound.pause(Pause("hôpital.example", NOW, NOW, 1, "slow"))
        tx.outbound.pause(pause)
        assert tx.outbound.paused("hôpital.example") == pause
        assert tx.outbound.pauses() == [pause]
        assert tx.outbound.due(NOW, "", 10) == ["labo.example"]
        assert tx.outbound.due(NOW + HOUR, "", 10) == ["hôpital.example", "labo.example"]
        assert tx.outbound.hasten(NOW, queue_id="q1") == 2
        assert tx.outbound.due(NOW, "", 10) == ["hôpital.example", "labo.example"]
        assert tx.outbound.paused("hôpital.example") is None

    await store.write(unit, "test")


async def test_a_delay_is_told_once_and_only_where_there_is_somebody_to_tell(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1, submission=SubmissionId(1))
        queue(tx, 2)
        queue(tx, 3, submission=SubmissionId(3), at=NOW + HOUR)
        assert names(tx.outbound.tell_late(NOW + HOUR, 10)) == ["q1 hôpital.example"]
        assert tx.outbound.tell_late(NOW + HOUR, 10) == []

    await store.write(unit, "test")


async def test_who_set_a_time_is_told_then_and_once_and_not_by_ours(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        due = DeliverBy(NOW + 2 * HOUR, Lateness.NOTIFY, is_traced=True)
        queue(tx, 1, submission=SubmissionId(1), deliver_by=due)
        queue(tx, 2, deliver_by=due)
        queue(tx, 3, submission=SubmissionId(3), deliver_by=DeliverBy(NOW, Lateness.NOTIFY))
        assert tx.outbound.tell_late(NOW + HOUR, 10) == []
        assert tx.outbound.tell_due(NOW + HOUR, 10) == []
        (told,) = tx.outbound.tell_due(NOW + 2 * HOUR, 10)
        assert (told.queue_id, told.deliver_by) == ("q1", due)
        assert tx.outbound.tell_due(NOW + 2 * HOUR, 10) == []
        assert tx.outbound.take_out_of_time(NOW + 9 * HOUR, 10) == []

    await store.write(unit, "test")


async def test_what_is_out_of_time_is_taken_held_or_not_but_not_while_it_is_sent(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        due = DeliverBy(NOW + HOUR, Lateness.RETURN)
        for number in range(1, 5):
            queue(tx, number, submission=SubmissionId(number), deliver_by=due if number < 4 else None)
        tx.outbound.hold("q2")
        (leased,) = lease(tx, now=NOW + HOUR - MINUTE / 2, limit=1)
        assert tx.outbound.take_out_of_time(NOW + HOUR - MINUTE / 2, 10) == []
        taken = tx.outbound.take_out_of_time(NOW + HOUR, 10)
        assert sorted(names(taken)) == ["q2 hôpital.example", "q3 hôpital.example"]
        assert taken[0].deliver_by == due
        assert tx.outbound.settle(leased.lease, [ÉLODIE], NOW + HOUR)
        assert tx.outbound.take_out_of_time(NOW + 9 * HOUR, 10) == []
        assert names(tx.outbound.listed()) == ["q4 hôpital.example"]

    await store.write(unit, "test")


async def test_what_has_ended_is_taken_but_not_what_is_held_or_being_sent(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        for number in range(1, 5):
            queue(tx, number, at=NOW + number * MINUTE)
        tx.outbound.hold("q1")
        lease(tx, now=NOW + 2 * MINUTE, limit=1)
        assert names(tx.outbound.take_ended(NOW + 4 * MINUTE, NOW + 4 * MINUTE, 10)) == ["q3 hôpital.example"]
        assert names(tx.outbound.listed()) == [f"q{number} hôpital.example" for number in (1, 2, 4)]
        ended = tx.outbound.take_ended(NOW + HOUR, NOW + HOUR, 1)
        assert names(ended) == ["q2 hôpital.example"]
        assert ended[0].recipients == ((ÉLODIE, NO_WISH),)
        assert len(tx.outbound.left(10)) == 2

    await store.write(unit, "test")


async def test_what_is_taken_out_is_lost_to_whoever_sends_it(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1, ((ÉLODIE, NO_WISH), (LÉA, NO_WISH)))
        leased = lease(tx)
        assert names(tx.outbound.take("q1", NOW)) == ["q1 hôpital.example", "q1 labo.example"]
        assert not any(tx.outbound.settle(one.lease, [ÉLODIE, LÉA], NOW) for one in leased)
        assert tx.outbound.take("q1", NOW) == []
        assert len(tx.outbound.left(10)) == 1

    await store.write(unit, "test")


async def test_ages_are_counted_by_destination(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        queue(tx, 1, ((ÉLODIE, NO_WISH), (LÉA, NO_WISH)))
        queue(tx, 2, at=NOW - MINUTE)
        queue(tx, 3, at=NOW - 9 * HOUR)
        assert tx.outbound.ages(NOW, (30, 3600)) == [
            AgeCount("hôpital.example", 30, 1),
            AgeCount("labo.example", 30, 1),
            AgeCount("hôpital.example", 3600, 1),
            AgeCount("hôpital.example", -1, 1),
        ]
        assert names(tx.outbound.listed(destination="labo.example")) == ["q1 labo.example"]
        assert names(tx.outbound.listed(limit=1)) == ["q3 hôpital.example"]

    await store.write(unit, "test")


async def test_the_depth_is_counted_by_state_up_to_a_bound(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        empty = tx.outbound.depth(2)
        assert (set(empty.deliveries.values()), empty.oldest) == ({0}, None)
        for number in range(3):
            queue(tx, number, at=NOW - number * MINUTE)
        queue(tx, 9)
        tx.outbound.hold("q9")
        depth = tx.outbound.depth(2)
        assert (depth.deliveries[WaitState.WAITING], depth.deliveries[WaitState.HELD]) == (2, 1)
        assert depth.oldest == NOW - 2 * MINUTE

    await store.write(unit, "test")


async def test_two_processes_never_lease_the_same(database_url: str, store: Store) -> None:
    other = await open_store(database_url)
    try:
        await store.write(lambda tx: [queue(tx, number) for number in range(20)], "test")
        leased: list[LeasedDelivery] = []
        for number in range(10):
            process, owner = (store, "a") if number % 2 else (other, "b")
            leased += await process.write(lambda tx, who=owner: lease(tx, who, limit=3), "test")  # type: ignore[misc]  # mypy loses the type of a lambda with a default
        assert len({one.delivery.queue_id for one in leased}) == len(leased) == 20
    finally:
        await other.close()
