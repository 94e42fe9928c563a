"""Further addresses of a bal, alike on both databases. domain.md §2."""

from datetime import UTC, datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)


def an_address(local: str) -> Address:
    return Address(local, "Patient.example.fr")


def a_citizen(tx: Transaction, local: str) -> BalId:
    return tx.bals.add(NewBal(an_address(local), BalKind.CITIZEN, BalState.ACTIVE), NOW).id


async def test_an_alias_leads_to_one_bal_and_is_taken_away_again(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        first, second = a_citizen(tx, "1A"), a_citizen(tx, "2A")
        assert tx.aliases.of(first) == ()
        assert tx.aliases.add(first, an_address("4B"))
        assert tx.aliases.add(first, an_address("3B"))
        for taken in ("4b", "2a", "1a"):
            assert not tx.aliases.add(second, an_address(taken))
            assert not tx.aliases.add(first, an_address(taken))
        assert [str(alias) for alias in tx.aliases.of(first)] == [
            "3b@patient.example.fr",
            "4b@patient.example.fr",
        ]
        found = tx.bals.by_address(an_address("4b"))
        assert found is not None
        assert (found.id, found.address) == (first, an_address("1A"))
        assert not tx.aliases.remove(second, an_address("4B"))
        assert not tx.aliases.remove(first, an_address("1A"))
        assert tx.aliases.remove(first, an_address("4B"))
        assert tx.bals.by_address(an_address("4B")) is None
        assert tx.bals.by_address(an_address("1a")) is not None

    await store.write(unit, "test")
