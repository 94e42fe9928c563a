"""When accounts were last seen, alike on both databases. domain.md §3."""

from datetime import UTC, date, datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.presence import Presence
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5)


def a_bal(tx: Transaction, local: str, kind: BalKind = BalKind.PER, state: BalState = BalState.ACTIVE) -> Bal:
    return tx.bals.add(NewBal(Address(local, "cabinet.fr"), kind, state), NOW)


async def test_a_later_day_ends_a_warning_and_an_earlier_one_changes_nothing(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal = a_bal(tx, "a").id
        assert tx.presences.of(bal) is None
        tx.presences.note(bal, FEBRUARY)
        tx.presences.warned(bal, MARCH)
        tx.presences.note(bal, JANUARY)
        assert tx.presences.of(bal) == Presence(FEBRUARY, MARCH)
        tx.presences.note(bal, MARCH)
        assert tx.presences.of(bal) == Presence(MARCH)

    await store.write(unit, "test")


async def test_the_quiet_are_found_by_kind_state_day_and_warning(store: Store) -> None:
    def unit(tx: Transaction) -> list[list[str]]:
        made = (
            ("a", BalKind.PER, BalState.ACTIVE, FEBRUARY),
            ("b", BalKind.ORG, BalState.ACTIVE, JANUARY),
            ("c", BalKind.PER, BalState.SUSPENDED, JANUARY),
            ("d", BalKind.CITIZEN, BalState.ACTIVE, JANUARY),
            ("e", BalKind.PER, BalState.ACTIVE, MARCH),
        )
        for local, kind, state, day in made:
            tx.presences.note(a_bal(tx, local, kind, state).id, day)
        warned = tx.bals.by_address(Address("b", "cabinet.fr"))
        assert warned is not None
        tx.presences.warned(warned.id, FEBRUARY)
        kinds, active = {BalKind.PER, BalKind.ORG}, {BalState.ACTIVE}
        both = {*active, BalState.SUSPENDED}
        found = (
            tx.presences.quiet(kinds, active, FEBRUARY, None, 9),
            tx.presences.quiet(kinds, both, FEBRUARY, None, 9),
            tx.presences.quiet(kinds, both, FEBRUARY, None, 1),
            tx.presences.quiet(kinds, active, FEBRUARY, FEBRUARY, 9),
            tx.presences.quiet(kinds, active, FEBRUARY, JANUARY, 9),
            tx.presences.quiet(set(), active, FEBRUARY, None, 9),
        )
        return [[bal.address.local for bal, _ in some] for some in found]

    assert await store.write(unit, "test") == [["a"], ["c", "a"], ["c"], ["b"], [], []]
