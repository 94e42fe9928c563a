"""Whom citizens have blocked, alike on both databases. domain.md §2."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
CLAIRE, PAUL = Address("Claire", "cabinet.fr"), Address("paul", "ailleurs.fr")


def a_citizen(tx: Transaction, local: str) -> BalId:
    return tx.bals.add(NewBal(Address(local, "patient.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW).id


async def test_a_block_is_one_citizens_by_address_and_can_be_taken_back(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        first, second = a_citizen(tx, "a"), a_citizen(tx, "b")
        assert tx.blocks.add(first, PAUL, NOW)
        assert tx.blocks.add(first, CLAIRE, NOW)
        assert not tx.blocks.add(first, Address("CLAIRE", "Cabinet.fr"), NOW + timedelta(1))
        assert [(str(one.professional), one.since) for one in tx.blocks.of(first)] == [
            ("Claire@cabinet.fr", NOW),
            ("paul@ailleurs.fr", NOW),
        ]
        assert tx.blocks.is_blocked(first, Address("claire", "cabinet.FR"))
        assert not tx.blocks.is_blocked(second, CLAIRE)
        assert tx.blocks.remove(first, CLAIRE)
        assert not tx.blocks.remove(first, CLAIRE)
        assert not tx.blocks.is_blocked(first, CLAIRE)
        assert tx.blocks.of(second) == []

    await store.write(unit, "test")
