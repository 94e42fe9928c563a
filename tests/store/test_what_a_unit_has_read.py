"""What a unit remembers of its own reading is as true as reading it again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.store.migrating import migrate
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
CLAIRE = Address("claire.martin", "cabinet.mssante.fr")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(url)
    store = await open_store(url)
    yield store
    await store.close()


async def test_a_pair_that_was_opened_and_closed_again_is_not_open(store: Store) -> None:
    def unit(tx: Transaction) -> list[bool]:
        bal = tx.bals.add(NewBal(Address("a", "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)
        thread = tx.conversations.start(bal.id, NOW).id
        seen = [tx.conversations.is_open(thread)]
        tx.conversations.open_pair(thread, CLAIRE, NOW)
        seen.append(tx.conversations.is_open(thread))
        tx.conversations.close_pair(thread, CLAIRE, ClosedBy.OPERATOR, NOW)
        return [*seen, tx.conversations.is_open(thread)]

    assert await store.write(unit, "test") == [False, True, False]


async def test_whom_somebody_blocks_is_blocked_from_then_on(store: Store) -> None:
    def unit(tx: Transaction) -> list[bool]:
        bal = tx.bals.add(NewBal(Address("a", "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)
        seen = [tx.blocks.is_blocked(bal.id, CLAIRE)]
        tx.blocks.add(bal.id, CLAIRE, NOW)
        seen.append(tx.blocks.is_blocked(bal.id, CLAIRE))
        tx.blocks.remove(bal.id, CLAIRE)
        return [*seen, tx.blocks.is_blocked(bal.id, CLAIRE)]

    assert await store.write(unit, "test") == [False, True, False]
