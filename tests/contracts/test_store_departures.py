"""Accounts that are leaving: both databases find what is left to close."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.departure import Departure
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)


def a_bal(tx: Transaction, local: str, kind: BalKind) -> Bal:
    return tx.bals.add(NewBal(Address(local, "example.fr"), kind, BalState.ACTIVE), NOW)


async def test_departures_are_kept_once_in_the_order_they_began_until_they_end(store: Store) -> None:
    def unit(tx: Transaction) -> list[list[Departure]]:
        bals = [a_bal(tx, name, BalKind.CITIZEN).id for name in "abc"]
        for minutes, bal in enumerate(reversed(bals)):
            tx.departures.begin(Departure(bal, "operator:anne", NOW + timedelta(minutes=minutes)))
        tx.departures.begin(Departure(bals[0], "rule:INA-3", NOW))
        before = tx.departures.oldest(2)
        tx.departures.end(bals[2])
        tx.departures.end(bals[2])
        assert tx.departures.of(bals[2]) is None
        return [before, tx.departures.oldest(9)]

    before, after = await store.write(unit, "test")
    assert [departure.actor for departure in before] == ["operator:anne"] * 2
    assert [departure.begun_at for departure in after] == [
        NOW + timedelta(minutes=1),
        NOW + timedelta(minutes=2),
    ]


async def test_the_open_pairs_of_either_side_are_found_some_at_a_time(store: Store) -> None:
    def unit(tx: Transaction) -> list[int]:
        citizen, doctor = a_bal(tx, "c", BalKind.CITIZEN), a_bal(tx, "D", BalKind.PER)
        other = a_bal(tx, "e", BalKind.PER)
        for _ in range(3):
            conversation = tx.conversations.start(citizen.id, NOW).id
            for professional in (doctor, other):
                tx.conversations.open_pair(conversation, professional.address, NOW)
        tx.conversations.close_pair(conversation, doctor.address, ClosedBy.ACCOUNT, NOW)
        asked = ((citizen, 9), (citizen, 2), (doctor, 9), (other, 9))
        return [len(tx.departures.open_pairs(bal, limit)) for bal, limit in asked]

    assert await store.write(unit, "test") == [5, 2, 2, 3]
