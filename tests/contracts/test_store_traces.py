"""Traces searched by sender, recipient and date, a bounded look at a time, alike on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission
from vaguemestre.service.ports.traces import RefusalCount, Refused, Sought, TracePlace

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
ALWAYS = (NOON - timedelta(days=1), NOON + timedelta(days=1))
TO = tuple(Address(f"to{n}", "cabinet.fr") for n in range(3))


def a_sender(tx: Transaction, name: str) -> PartyId:
    new = NewBal(Address(name, "cabinet.fr"), BalKind.PER, BalState.ACTIVE, name)
    return tx.bals.add(new, NOON).id


def a_message(tx: Transaction, sender: PartyId, number: int, *recipients: Address) -> None:
    """The ``number``-th, at that minute after noon."""
    at = NOON + timedelta(minutes=number)
    begun = tx.submissions.begin(NewSubmission(f"q{number:02}", sender, b"id", None, at), NOON)
    assert not isinstance(begun, str)
    for recipient in recipients:
        tx.submissions.settle(begun, Fate(recipient, FateState.DELIVERED, at))


def found(tx: Transaction, sought: Sought, limit: int = 3, most: int = 4) -> list[str]:
    """Queue ids, look by look, until there is nothing further back."""
    names: list[str] = []
    place: TracePlace | None = None
    for _ in range(100):
        look = tx.traces.walk(sought, place, limit, most)
        assert len(look.traces) <= limit
        names += (trace.queue_id for trace in look.traces)
        if look.next is None:
            return names
        place = look.next
    raise AssertionError("the walk has no end")


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("most", [1, 4, 100])
async def test_every_way_of_asking_finds_each_message_once_the_latest_first(
    store: Store, limit: int, most: int
) -> None:
    def unit(tx: Transaction) -> None:
        anna, bert = a_sender(tx, "anna"), a_sender(tx, "bert")
        for number in range(12):
            to = TO[number % 3]
            a_message(tx, anna if number % 2 else bert, number, to, *(TO[:2] if number == 11 else ()))
        names = [f"q{number:02}" for number in range(12)]

        def asked(sender: PartyId | None, *keys: Address, first: int = 0, last: int = 12) -> list[str]:
            span = (NOON + timedelta(minutes=first), NOON + timedelta(minutes=last))
            return found(tx, Sought(*span, sender, tuple(one.key for one in keys)), limit, most)

        assert asked(None) == names[::-1]
        assert asked(anna) == names[1::2][::-1]
        assert asked(None, first=3, last=5) == names[3:5][::-1]
        assert asked(anna, first=3, last=6) == ["q05", "q03"]
        assert asked(None, TO[2]) == ["q11", "q08", "q05", "q02"]
        assert asked(None, TO[2], first=4, last=9) == ["q08", "q05"]
        assert asked(None, TO[0], TO[1])[0] == "q11"
        assert len(asked(None, TO[0], TO[1])) == 9
        assert asked(anna, TO[2]) == ["q11", "q05"]
        assert asked(bert, TO[2]) == ["q08", "q02"]
        assert asked(bert, TO[0], TO[2], first=1, last=9) == ["q08", "q06", "q02"]
        assert asked(BalId(999)) == []
        assert asked(None, Address("nobody", "cabinet.fr")) == []

    await store.write(unit, "test")


async def test_the_rarer_of_two_is_walked_along(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        busy, rare = a_sender(tx, "busy"), a_sender(tx, "rare")
        for number in range(30):
            a_message(tx, busy, number, TO[0])
        a_message(tx, rare, 30, TO[0])
        a_message(tx, busy, 31, TO[1])
        for sender, to, name in ((rare, TO[0], "q30"), (busy, TO[1], "q31")):
            look = tx.traces.walk(Sought(*ALWAYS, sender, (to.key,)), None, 10, 10)
            assert [trace.queue_id for trace in look.traces] == [name]
            assert look.next is None

    await store.write(unit, "test")


async def test_messages_of_one_moment_are_all_found(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna = a_sender(tx, "anna")
        for number in range(5):
            begun = tx.submissions.begin(NewSubmission(f"s{number}", anna, None, None, NOON), NOON)
            assert not isinstance(begun, str)
            tx.submissions.settle(begun, Fate(TO[0], FateState.READ, NOON))
        names = [f"s{number}" for number in range(4, -1, -1)]
        assert found(tx, Sought(*ALWAYS), 2) == names
        assert found(tx, Sought(*ALWAYS, anna), 2) == names
        assert found(tx, Sought(*ALWAYS, anna, (TO[0].key,)), 2) == names

    await store.write(unit, "test")


async def test_what_was_refused_whole_is_known_by_its_sender_and_counted_by_rule(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna = a_sender(tx, "anna")
        for minute, rule in enumerate(("CONV-2", "CONV-2", "ATT-1")):
            detail = {"rule": rule, "status": "5.7.1"}
            at = NOON + timedelta(minutes=minute)
            tx.journal.record(JournalEntry(at, "bal:1", "refused", anna, detail))
        a_message(tx, anna, 1, TO[0])  # the second line is of a recipient of this one
        tx.journal.record(JournalEntry(NOON, "bal:1", "accepted", anna, {"rule": "none"}))
        later, earlier = NOON + timedelta(minutes=2), NOON
        assert tx.traces.refused(anna, *ALWAYS, 10) == [
            Refused(later, "ATT-1", "5.7.1"),
            Refused(earlier, "CONV-2", "5.7.1"),
        ]
        assert tx.traces.refused(anna, *ALWAYS, 1) == [Refused(later, "ATT-1", "5.7.1")]
        assert tx.traces.refused(anna, NOON, later, 10) == [Refused(earlier, "CONV-2", "5.7.1")]
        assert tx.traces.refused(BalId(999), *ALWAYS, 10) == []
        assert tx.traces.refusals(*ALWAYS) == [
            RefusalCount("ATT-1", "5.7.1", 1),
            RefusalCount("CONV-2", "5.7.1", 2),
        ]
        assert tx.traces.refusals(later, later) == []

    await store.write(unit, "test")


async def test_lines_of_a_message_are_found_between_two_moments(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        assert tx.traces.lines_of("mine", *ALWAYS, 10) == []
        for day in range(-9, 10):
            at = NOON + timedelta(days=day)
            for name in ("mine", "other"):
                event = "delayed" if day % 2 else "accepted"
                tx.journal.record(JournalEntry(at, "x", event, None, {"queue_id": name, "n": str(day)}))
        lines = tx.traces.lines_of("mine", NOON - timedelta(days=3), NOON + timedelta(days=4), 10)
        assert [line.detail["n"] for line in lines] == ["-3", "-1", "1", "3"]
        assert {line.event for line in lines} == {"delayed"}

    await store.write(unit, "test")
