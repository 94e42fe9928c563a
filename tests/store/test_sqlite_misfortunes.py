"""A full disk and a locked file are temporary: StoreBusyError, and the lane goes on afterwards."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.migrated import a_migrated_file
from tests.support.store_load import file_one

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.mailbox import INBOX, Mailbox
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.store.migrating import migrate
from vaguemestre.store.open import DatabaseUrlError, open_store

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)


def an_inbox(tx: Transaction) -> Mailbox:
    bal = tx.bals.add(NewBal(Address("a", "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)
    return tx.mailboxes.create(bal.id, INBOX, None, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    a_migrated_file(tmp_path / "store.db")
    return tmp_path / "store.db"


@pytest.fixture
async def small(path: Path) -> AsyncIterator[Store]:
    """A store with room for 40 pages more than its empty tables take: 160 KiB."""
    with closing(sqlite3.connect(path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    opened = await open_store(f"sqlite:///{path}", max_pages=pages + 40)
    yield opened
    await opened.close()


async def test_a_full_disk_is_busy_and_everything_answered_is_kept(small: Store) -> None:
    box = await small.write(an_inbox, "test")
    answers = await asyncio.gather(
        *(small.write(lambda tx: file_one(tx, box), "test") for _ in range(400)), return_exceptions=True
    )
    kept = {answer for answer in answers if isinstance(answer, int)}
    failed = [answer for answer in answers if not isinstance(answer, int)]
    assert failed
    assert all(isinstance(answer, StoreBusyError) for answer in failed)
    rows = {row.uid for row in await small.read(lambda tx: tx.messages.rows(box.id))}
    assert rows == kept


async def test_room_made_on_a_full_disk_is_used_again(small: Store) -> None:
    box = await small.write(an_inbox, "test")
    for _ in range(20):
        await small.write(lambda tx: file_one(tx, box), "test")
    first = await small.read(lambda tx: tx.messages.rows(box.id))
    await small.write(lambda tx: tx.messages.remove(box.id, [row.uid for row in first], NOW), "test")
    filed = 0
    with suppress(StoreBusyError):
        while await small.write(lambda tx: file_one(tx, box), "test"):
            filed += 1
    assert len(await small.read(lambda tx: tx.messages.rows(box.id))) == filed
    await small.write(lambda tx: tx.aging.drop_orphans([row.body for row in first]), "test")
    await small.write(lambda tx: file_one(tx, box), "test")


async def test_a_file_locked_by_another_process_is_busy_then_free(path: Path) -> None:
    store = await open_store(f"sqlite:///{path}", busy_timeout=0.05)
    box = await store.write(an_inbox, "test")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError):
        await store.write(lambda tx: file_one(tx, box), "test")
    assert await store.read(lambda tx: tx.messages.rows(box.id)) == []  # reading never waits for a writer
    other.execute("ROLLBACK")
    other.close()
    assert await store.write(lambda tx: file_one(tx, box), "test") == 1
    await store.close()


async def test_a_reader_cannot_write(path: Path) -> None:
    store = await open_store(f"sqlite:///{path}")
    with pytest.raises((sqlite3.OperationalError, StoreBusyError)):
        await store.read(an_inbox)
    assert await store.read(lambda tx: tx.bals.all()) == []
    await store.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "store.db", ""])
async def test_an_address_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUrlError):
        await open_store(url)
    with pytest.raises(DatabaseUrlError):
        migrate(url)


async def test_what_another_process_does_is_told_to_those_who_watch(path: Path) -> None:
    server, command = await open_store(f"sqlite:///{path}"), await open_store(f"sqlite:///{path}")
    try:
        mailbox = await server.write(an_inbox, "test")
        told, told_of_bal = asyncio.Event(), asyncio.Event()
        server.changes.subscribe(mailbox.id, lambda change: told.set())
        server.changes.subscribe_bal(mailbox.bal, told_of_bal.set)
        await command.write(lambda tx: tx.mailboxes.delete(mailbox.id, NOW), "test")
        async with asyncio.timeout(20):
            await told.wait()
            await told_of_bal.wait()
    finally:
        await command.close()
        await server.close()
