"""Sums of a month and their cursor, alike on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.service.ports.audit import Link, Placed
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.statistics import ALL_DOMAINS, Cell, Cursor, Figure, Side, Standing, Told
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SENT = Cell("2026-03", "cabinet.fr", "PER", Figure.SENT, "citizen")
ACTIVE = Cell("2026-03", "cabinet.fr", "PER", Figure.MAILBOXES, "active")
OLDER = SENT._replace(month="2026-02")


def a_bal(tx: Transaction, name: str, kind: BalKind = BalKind.PER) -> BalId:
    return tx.bals.add(NewBal(Address(name, "Cabinet.fr"), kind, BalState.ACTIVE, name), NOON).id


async def test_sums_are_added_and_levels_written_anew(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        assert tx.statistics.cursor() is None
        tx.statistics.begin("2026-02")
        tx.statistics.add({SENT: 2, OLDER: 1})
        tx.statistics.add({SENT: 3})
        tx.statistics.add({})
        tx.statistics.set_levels("2026-03", {ACTIVE: 7})
        tx.statistics.set_levels("2026-03", {ACTIVE: 6})
        assert tx.statistics.read("2026-03", "cabinet.fr") == [(ACTIVE, 6), (SENT, 5)]
        assert tx.statistics.months() == ["2026-03", "2026-02"]
        tx.statistics.begin("2026-03")
        assert tx.statistics.read("2026-02", "cabinet.fr") == [(OLDER, 1)]
        assert tx.statistics.read("2026-03", "cabinet.fr") == [(ACTIVE, 6)]
        assert tx.statistics.cursor() == Cursor("2026-03", 0, 0)

    await store.write(unit, "test")


async def test_domains_are_told_one_by_one_and_side_by_side(store: Store) -> None:
    other, nobodys = SENT._replace(domain="hopital.fr", kind="ORG"), SENT._replace(domain="", kind="")
    together = SENT._replace(domain=ALL_DOMAINS)

    def unit(tx: Transaction) -> None:
        assert tx.statistics.months() == []
        tx.statistics.add({SENT: 2, SENT._replace(kind="ORG"): 1, other: 4, nobodys: 8, OLDER: 16, ACTIVE: 3})
        tx.statistics.add({together: 15, SENT._replace(figure=Figure.REFUSED): 7})
        assert tx.statistics.domains("2026-03") == ["", "cabinet.fr", "hopital.fr"]
        assert tx.statistics.read("2026-03", ALL_DOMAINS) == [(together, 15)]
        of_cabinet = [(ACTIVE._replace(kind=""), 3), (SENT._replace(kind=""), 3)]
        both = [(nobodys, 8), *of_cabinet, (other._replace(kind=""), 4)]
        assert tx.statistics.by_domain("2026-03", "", "hopital.fr") == both
        assert tx.statistics.by_domain("2026-03", "a", "h") == of_cabinet
        assert tx.statistics.by_domain("2026-01", "", "z") == tx.statistics.read("2026-01", "") == []

    await store.write(unit, "test")


async def test_whoever_counted_from_the_same_place_comes_too_late(store: Store) -> None:
    await store.write(lambda tx: tx.statistics.begin("2026-02"), "test")
    before = Cursor("2026-02", 0, 0)

    def count(tx: Transaction) -> bool:
        if is_moved := tx.statistics.counted(before, before._replace(journal=9)):
            tx.statistics.add({SENT: 1})
        return is_moved

    moved = await asyncio.gather(*(store.write(count, "test") for _ in range(5)))
    assert sorted(moved) == [False] * 4 + [True]
    assert await store.read(lambda tx: tx.statistics.read("2026-03", "cabinet.fr")) == [(SENT, 1)]
    assert await store.read(lambda tx: tx.statistics.cursor()) == Cursor("2026-02", 9, 0)


async def test_lines_are_read_by_place_and_only_those_that_count(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        doctor = a_bal(tx, "doc")
        for event in ("refused", "inspected", "signed_in"):
            tx.journal.record(JournalEntry(NOON, f"bal:{doctor}", event, doctor, {"a": "b"}))
        assert tx.statistics.last_line() == 0
        lines = tx.chain.unchained(9)
        tx.chain.place([Placed(line.id, Link(seq, b"h" * 32)) for seq, line in enumerate(lines, 1)])
        assert tx.statistics.last_line() == 3
        assert [line.event for line in tx.statistics.lines(0, 3)] == ["refused", "signed_in"]
        (line,) = tx.statistics.lines(1, 3)
        assert (line.actor, line.bal, line.detail) == (f"bal:{doctor}", doctor, '{"a":"b"}')
        assert tx.statistics.sides({doctor, 9_999}) == {doctor: Side("cabinet.fr", BalKind.PER)}
        assert tx.statistics.side_of(Address("DOC", "cabinet.FR")) == Side("cabinet.fr", BalKind.PER)
        assert tx.statistics.side_of(Address("who", "elsewhere.fr")) is None

    await store.write(unit, "test")


async def test_what_became_of_messages_is_told_of_recipients_here(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        doctor = a_bal(tx, "doc")
        a_bal(tx, "one", BalKind.ORG)
        a_bal(tx, "two", BalKind.ORG)
        fates = {
            "one": FateState.READ,
            "two": FateState.DELIVERED,
            "doc": FateState.REFUSED,
            "gone": FateState.DELIVERED,
        }
        begun = tx.submissions.begin(NewSubmission("q", doctor, None, None, NOON), NOON)
        assert not isinstance(begun, str)
        for name, state in fates.items():
            tx.submissions.settle(begun, Fate(Address(name, "cabinet.fr"), state, NOON))
        assert tx.statistics.last_trace(NOON) == 0
        last = tx.statistics.last_trace(NOON + timedelta(seconds=1))
        assert last == begun
        at, side = int(NOON.timestamp()) * 1_000_000, Side("cabinet.fr", BalKind.ORG)
        assert set(tx.statistics.told(0, last)) == {Told(at, side, at), Told(at, side, None)}
        assert not tx.statistics.told(last, last + 1)

    await store.write(unit, "test")


async def test_mailboxes_are_walked_by_number(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        first, second = a_bal(tx, "doc"), a_bal(tx, "two", BalKind.ORG)
        tx.presences.note(first, NOON.date())
        assert tx.statistics.standing(0, 1) == [
            Standing(first, Side("cabinet.fr", BalKind.PER), "active", False, 0, NOON.date())
        ]
        assert [one.id for one in tx.statistics.standing(first, 9)] == [second]

    await store.write(unit, "test")
