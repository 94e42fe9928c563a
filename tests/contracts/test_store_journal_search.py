"""The journal searched, alike on both databases."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.journal_search import LinesAsked
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
ANNA = "operator:anna"


def lines(tx: Transaction) -> None:
    """Three hundred, an hour apart."""
    for number in range(300):
        event = ("inspected", "accepted", "accepted")[number % 3]
        actor, bal = (ANNA, BalId(number % 2 + 1)) if event == "inspected" else ("bal:1", None)
        tx.journal.record(JournalEntry(NOW + timedelta(hours=number), actor, event, bal))


def asked(tx: Transaction, wanted: LinesAsked, limit: int = 1000) -> list[int]:
    first = tx.journal_search.first_since(NOW - timedelta(days=1))
    return [line.id - first for line in tx.journal_search.found(wanted, limit)]


async def test_lines_are_found_by_what_is_asked_the_latest_first(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        lines(tx)
        assert tx.journal_search.events() == ["accepted", "inspected"]
        assert asked(tx, LinesAsked()) == list(range(299, -1, -1))
        assert asked(tx, LinesAsked(event="inspected"), 2) == [297, 294]
        assert asked(tx, LinesAsked(bal=2), 2) == [297, 291]
        assert asked(tx, LinesAsked(bal=2, actor="bal:1")) == []
        assert asked(tx, LinesAsked(actor=ANNA, event="inspected", bal=1), 1) == [294]
        day = LinesAsked(since=NOW + timedelta(hours=3), until=NOW + timedelta(hours=6))
        assert asked(tx, day) == [5, 4, 3]

    await store.write(unit, "test")


async def test_a_page_goes_on_where_the_one_before_ended(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        lines(tx)
        page = tx.journal_search.found(LinesAsked(), 10)
        beyond = tx.journal_search.found(LinesAsked(before=page[-1].id), 10)
        assert beyond[0].id == page[-1].id - 1
        assert tx.journal_search.found(LinesAsked(first=page[0].id), 10) == page[:1]

    await store.write(unit, "test")


async def test_a_moment_is_found_by_halving_and_never_too_late(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        assert tx.journal_search.first_since(NOW) == 0
        lines(tx)
        origin = tx.journal_search.first_since(NOW - timedelta(days=400))
        for hours in (0, 1, 150, 299):
            assert tx.journal_search.first_since(NOW + timedelta(hours=hours)) == origin + hours
        assert tx.journal_search.first_since(NOW + timedelta(days=400)) == origin + 300

    await store.write(unit, "test")
