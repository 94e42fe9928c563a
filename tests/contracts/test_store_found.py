"""Accounts found for an administrator: unpublished ones too, page by page, alike on both databases."""

from datetime import UTC, datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, tzinfo=UTC)


async def test_accounts_are_found_by_words_whatever_their_state_one_page_after_another(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        made = [
            tx.bals.add(
                NewBal(Address(f"a{n}", "cabinet.fr"), BalKind.PER, state, "Claire MARTIN", is_unlisted=True),
                NOW,
            ).id
            for n, state in enumerate((BalState.ACTIVE, BalState.SUSPENDED, BalState.CLOSED))
        ]
        first = tx.published.found(["mart", "clai"], BalId(0), 2)
        assert [bal.id for bal in first] == made[:2]
        assert [bal.id for bal in tx.published.found(["mart"], made[1], 2)] == made[2:]
        assert tx.published.found(["martine"], BalId(0), 2) == []
        assert tx.published.found([], BalId(0), 2) == []

    await store.write(unit, "test")
