"""Stores that share a file, as the processes of one server do: each in its turn, each told of the others."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.migrated import a_migrated_file
from tests.support.store_load import NOW, file_one

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.mailbox import INBOX, Mailbox, MailboxId
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.store import loop_lane
from vaguemestre.store.company import Company
from vaguemestre.store.open import open_store
from vaguemestre.store.turn import Turn

SOON = 20  # seconds until something that should have come long ago is given up
NEVER = 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    a_migrated_file(tmp_path / "store.db")
    return tmp_path / "store.db"


@pytest.fixture
def places() -> Iterator[list[Company]]:
    """Those of three processes."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(3)]
    yield [
        Company(
            number,
            pairs[number][0].fileno(),
            tuple(bell.fileno() for other, (_, bell) in enumerate(pairs) if other != number),
        )
        for number in range(3)
    ]
    for ears, bell in pairs:
        ears.close()
        bell.close()


@pytest.fixture
async def stores(
    path: Path, places: list[Company], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Store]]:
    """Three, who never look at the file by themselves."""
    monkeypatch.setattr(loop_lane, "OUTSIDE_EVERY", NEVER)
    opened = [await open_store(f"sqlite:///{path}", company=place) for place in places]
    yield opened
    for store in opened:
        await store.close()


def a_mailbox(tx: Transaction) -> Mailbox:
    bal = tx.bals.add(NewBal(Address("a", "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)
    return tx.mailboxes.create(bal.id, INBOX, None, NOW)


async def test_what_all_of_them_write_at_once_is_there_once(stores: list[Store]) -> None:
    box = await stores[0].write(a_mailbox, "test")
    uids = await asyncio.gather(
        *(
            store.write(lambda tx: file_one(tx, box), "test", is_long=number % 20 == 0)
            for number in range(200)
            for store in stores
        )
    )
    assert sorted(uids) == list(range(1, 601))
    for store in stores:
        assert len(await store.read(lambda tx: tx.messages.rows(box.id))) == 600


async def test_a_unit_that_fails_leaves_the_turn_to_the_others(stores: list[Store]) -> None:
    box = await stores[0].write(a_mailbox, "test")

    def fails(tx: Transaction) -> None:
        file_one(tx, box)
        raise ArithmeticError

    for store in stores:
        with pytest.raises(ArithmeticError):
            await store.write(fails, "test")
        with pytest.raises(ArithmeticError):
            await store.write(fails, "test", is_long=True)
    assert [await store.write(lambda tx: file_one(tx, box), "test") for store in stores] == [1, 2, 3]


async def test_a_change_is_told_to_those_who_watch_in_the_others(stores: list[Store]) -> None:
    box = await stores[0].write(a_mailbox, "test")
    told = [asyncio.Event() for _ in stores]
    bals = [asyncio.Event() for _ in stores]
    for store, event, of_bal in zip(stores, told, bals, strict=True):
        store.changes.subscribe(box.id, lambda _, event=event: event.set())  # type: ignore[misc]  # bound
        store.changes.subscribe_bal(box.bal, of_bal.set)
    await stores[2].write(lambda tx: file_one(tx, box), "test")
    async with asyncio.timeout(SOON):
        for event in (*told, *bals):
            await event.wait()


async def test_more_is_said_than_somebody_can_hear_and_nobody_waits_for_him(
    path: Path, places: list[Company]
) -> None:
    store = await open_store(f"sqlite:///{path}", company=places[0])  # the two others never listen
    box = await store.write(a_mailbox, "test")
    for _ in range(30):
        await asyncio.gather(*(store.write(lambda tx: file_one(tx, box), "test") for _ in range(16)))
    assert len(await store.read(lambda tx: tx.messages.rows(box.id))) == 480
    await store.close()


async def test_who_waits_too_long_for_his_turn_is_told_and_nothing_is_done_for_him(
    path: Path, places: list[Company]
) -> None:
    store = await open_store(f"sqlite:///{path}", company=places[0], busy_timeout=0.1)
    box = await store.write(a_mailbox, "test")
    other = Turn(path, make=False)
    other.take()
    first, second = await asyncio.gather(
        *(store.write(lambda tx: file_one(tx, box), "test") for _ in range(2)), return_exceptions=True
    )
    assert isinstance(first, StoreBusyError)
    assert isinstance(second, StoreBusyError)
    later = asyncio.ensure_future(store.write(lambda tx: file_one(tx, box), "test"))
    other.close()
    assert await later == 1
    await store.close()


async def test_a_lock_without_a_turn_is_waited_for_as_ever(path: Path, places: list[Company]) -> None:
    """A command that was started before the server had several processes knows of no turn."""
    command = await open_store(f"sqlite:///{path}")
    store = await open_store(f"sqlite:///{path}", company=places[0])
    box = await store.write(a_mailbox, "test")
    writes = [
        one.write(lambda tx: file_one(tx, box), "test", is_long=number % 2 == 0)
        for number in range(30)
        for one in (command, store)
    ]
    assert sorted(await asyncio.gather(*writes)) == list(range(1, 61))
    await store.close()
    await command.close()


async def test_a_command_makes_no_turn_and_takes_the_one_that_is_there(
    path: Path, places: list[Company]
) -> None:
    turn = path.with_name("store.db.turn")
    alone = await open_store(f"sqlite:///{path}")
    await alone.close()
    assert not turn.exists()
    server = await open_store(f"sqlite:///{path}", company=places[0])
    assert turn.exists()
    command = await open_store(f"sqlite:///{path}", busy_timeout=0.1)
    other = Turn(path, make=False)
    other.take()
    with pytest.raises(StoreBusyError):
        await command.write(a_mailbox, "test")
    other.close()
    await command.write(a_mailbox, "test")
    await command.close()
    await server.close()


async def test_many_who_watch_are_told_in_pieces_of_what_a_command_did(path: Path) -> None:
    server, command = await open_store(f"sqlite:///{path}"), await open_store(f"sqlite:///{path}")
    box = await server.write(a_mailbox, "test")
    told: set[int] = set()
    everybody = asyncio.Event()
    crowd = [MailboxId(number) for number in range(1000, 2000)]

    def hear(number: int) -> None:
        told.add(number)
        if len(told) == len(crowd):
            everybody.set()

    for number in crowd:
        server.changes.subscribe(number, lambda change: hear(change.mailbox))
    await command.write(lambda tx: file_one(tx, box), "test")
    async with asyncio.timeout(SOON):
        await everybody.wait()
    await command.close()
    await server.close()
