"""SQLite's lane runs units without savepoints: what one that fails costs its neighbours, and what not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from time import thread_time

import pytest
from tests.support.store_load import file_one

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.mailbox import INBOX, Mailbox
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.store.loop_lane import MOST_HELD
from vaguemestre.store.migrating import migrate
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(url)
    store = await open_store(url)
    yield store
    await store.close()


def an_inbox(tx: Transaction) -> Mailbox:
    bal = tx.bals.add(NewBal(Address("a", "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)
    return tx.mailboxes.create(bal.id, INBOX, None, NOW)


async def ten_of_which_one_fails(store: Store, *, writes_first: bool) -> Counter[int]:
    """How often each unit was run; the sixth fails, the others each file a message."""
    box = await store.write(an_inbox, "test")
    runs: Counter[int] = Counter()

    def unit(tx: Transaction, number: int) -> None:
        runs[number] += 1
        if number == 5 and not writes_first:
            raise ArithmeticError
        file_one(tx, box)
        if number == 5:
            raise ArithmeticError

    answers = await asyncio.gather(
        *(store.write(lambda tx, n=n: unit(tx, n), "test") for n in range(10)),  # type: ignore[misc]  # n: bound
        return_exceptions=True,
    )
    assert [isinstance(one, ArithmeticError) for one in answers] == [n == 5 for n in range(10)]
    rows = await store.read(lambda tx: tx.messages.rows(box.id))
    assert [row.uid for row in rows] == list(range(1, 10))
    return runs


async def test_a_unit_that_fails_before_it_wrote_costs_nobody_anything(store: Store) -> None:
    runs = await ten_of_which_one_fails(store, writes_first=False)
    assert set(runs.values()) == {1}


async def test_a_unit_that_fails_after_it_wrote_has_those_before_it_run_again(store: Store) -> None:
    runs = await ten_of_which_one_fails(store, writes_first=True)
    assert [runs[number] for number in range(10)] == [2, 2, 2, 2, 2, 1, 1, 1, 1, 1]


async def test_units_that_take_longer_than_usual_hold_the_loop_no_longer_together(store: Store) -> None:
    turns, turn = Counter[int](), 0

    def unit(_: Transaction) -> None:
        turns[turn] += 1
        until = thread_time() + MOST_HELD / 2
        while thread_time() < until:
            pass

    working = asyncio.gather(*(store.write(unit, "test") for _ in range(12)))
    while not working.done():
        await asyncio.sleep(0)
        turn += 1
    await working
    assert turns.total() == 12
    assert max(turns.values()) <= 2
