"""What only PostgreSQL can do to us: go away and come back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import psycopg
import pytest
from tests.support.postgresql import a_database
from tests.support.store_load import file_one

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import INBOX, Mailbox, ModSeq
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, tzinfo=UTC)
T = TypeVar("T")
PATIENCE = 20.0  # seconds until a test that waits for nothing is given up


def a_bal(tx: Transaction, local: str) -> Bal:
    return tx.bals.add(NewBal(Address(local, "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)


async def test_connections_cut_by_the_server_are_opened_again(
    postgresql: str, migrated_database: str
) -> None:
    url = a_database(postgresql, template=migrated_database)
    store = await open_store(url)
    await asyncio.gather(*(store.write(lambda tx, n=n: a_bal(tx, f"a{n}"), "test") for n in range(20)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    with psycopg.connect(postgresql, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vaguemestre'"
        )
    assert len(await store.read(lambda tx: tx.bals.all())) == 20
    await asyncio.gather(*(store.write(lambda tx, n=n: a_bal(tx, f"b{n}"), "test") for n in range(20)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert len(await store.read(lambda tx: tx.bals.all())) == 40
    await store.close()


async def test_a_connection_cut_in_the_middle_of_a_unit_is_busy_and_nothing_is_kept(
    postgresql: str, migrated_database: str
) -> None:
    url = a_database(postgresql, template=migrated_database)
    store = await open_store(url)

    def cut(tx: Transaction) -> Bal:
        a_bal(tx, "half")
        with psycopg.connect(postgresql, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'vaguemestre' AND state = 'idle in transaction'"
            )
        return a_bal(tx, "whole")

    with pytest.raises(StoreBusyError):
        await store.write(cut, "test")
    assert await store.read(lambda tx: tx.bals.all()) == []
    await store.write(lambda tx: a_bal(tx, "after"), "test")
    await store.close()


class Watcher:
    """What a store tells of one mailbox and of its bal, as it comes."""

    def __init__(self, store: Store, box: Mailbox) -> None:
        self.changes: asyncio.Queue[Change] = asyncio.Queue()
        self.looks: asyncio.Queue[None] = asyncio.Queue()
        store.changes.subscribe(box.id, self.changes.put_nowait)
        store.changes.subscribe_bal(box.bal, lambda: self.looks.put_nowait(None))

    async def next(self) -> Change:
        return await asyncio.wait_for(self.changes.get(), PATIENCE)


def an_inbox(tx: Transaction) -> Mailbox:
    return tx.mailboxes.create(a_bal(tx, "a").id, INBOX, None, NOW)


async def first_written(url: str, unit: Callable[[Transaction], T]) -> T:
    """What was there before the stores were opened that listen."""
    store = await open_store(url)
    try:
        return await store.write(unit, "test")
    finally:
        await store.close()


async def test_processes_on_one_database_tell_one_another(postgresql: str, migrated_database: str) -> None:
    url = a_database(postgresql, template=migrated_database)
    box = await first_written(url, an_inbox)
    mine = await open_store(url)
    here = Watcher(mine, box)
    theirs = await open_store(url)
    there = Watcher(theirs, box)
    await here.next()  # each listens from now on, and looks at what it has not heard before
    await there.next()
    await asyncio.wait_for(there.looks.get(), PATIENCE)

    await mine.write(lambda tx: file_one(tx, box), "test")
    assert await here.next() == Change(box.bal, box.id, ModSeq(2))
    assert await there.next() == Change(box.bal, box.id, ModSeq(2))
    await asyncio.wait_for(there.looks.get(), PATIENCE)
    # Nobody is told again what he did himself: that would have come before this.
    await theirs.write(lambda tx: file_one(tx, box), "test")
    assert await here.next() == Change(box.bal, box.id, ModSeq(3))
    await mine.close()
    await theirs.close()


async def test_what_was_not_heard_while_a_connection_was_lost_is_looked_for(
    postgresql: str, migrated_database: str
) -> None:
    url = a_database(postgresql, template=migrated_database)
    box = await first_written(url, an_inbox)
    mine = await open_store(url)
    here = Watcher(mine, box)
    theirs = await open_store(url)
    there = Watcher(theirs, box)
    await here.next()
    await there.next()
    for _ in range(3):
        with psycopg.connect(postgresql, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'vaguemestre'"
            )
        uid = await mine.write(lambda tx: file_one(tx, box), "test")
        while (await there.next()).modseq <= uid:  # the first message came with the second modseq
            pass
    await mine.close()
    await theirs.close()


async def test_many_changes_at_once_are_all_told(postgresql: str, migrated_database: str) -> None:
    url = a_database(postgresql, template=migrated_database)

    def many(tx: Transaction) -> list[Mailbox]:
        bal = a_bal(tx, "a").id
        return [tx.mailboxes.create(bal, f"Box {number}", None, NOW) for number in range(300)]

    boxes = await first_written(url, many)
    mine = await open_store(url)
    theirs = await open_store(url)
    watchers = [Watcher(theirs, box) for box in boxes]
    for watcher in watchers:
        await watcher.next()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("NOTIFY vaguemestre_changes, 'something else'")
    for watcher in watchers:
        await watcher.next()  # what is not understood is a reason to look, too
    await mine.write(lambda tx: [file_one(tx, box) for box in boxes], "test")
    assert [(await watcher.next()).modseq for watcher in watchers] == [2] * 300
    await mine.close()
    await theirs.close()


async def test_a_server_that_is_not_there_is_busy() -> None:
    with pytest.raises(StoreBusyError):
        await open_store("postgresql://nobody@127.0.0.1:1/nothing")
