"""What the service files by itself is there once, and leaves nothing behind when it is not filed."""

import asyncio
import threading
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.telling.filing import filed_once
from vaguemestre.service.telling.notices import Notice, SealedNotice, seal_notice

LONG = "Bonjour. " * 20_000  # so long that it is an object of its own


async def a_notice(world: World) -> tuple[Bal, SealedNotice]:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    notice = Notice("Avis", "Notice", LONG, LONG)
    now = world.clock.now()
    return citizen, await seal_notice(world.vault, citizen.id, citizen.address, notice, "mail.test", now)


def objects(folder: Path) -> list[Path]:
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


async def test_what_is_filed_by_another_process_first_leaves_nothing_behind(
    world: World, tmp_path: Path
) -> None:
    _, sealed = await a_notice(world)
    assert objects(tmp_path)
    assert not await filed_once(world.store, world.vault, sealed.body, lambda tx: False, "test")
    assert not objects(tmp_path)


async def test_what_fails_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    _, sealed = await a_notice(world)

    def unit(tx: Transaction) -> bool:
        raise LookupError

    with pytest.raises(LookupError):
        await filed_once(world.store, world.vault, sealed.body, unit, "test")
    assert not objects(tmp_path)


async def test_what_is_filed_after_its_caller_was_cancelled_can_be_read(world: World) -> None:
    citizen, sealed = await a_notice(world)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Transaction) -> None:
        begun.set()
        assert go_on.wait(20)

    def unit(tx: Transaction) -> bool:
        sealed.file(tx, citizen.id, world.clock.now())
        return True

    holding_up = asyncio.create_task(world.store.write(slow, "test", is_long=True))
    assert await asyncio.to_thread(begun.wait, 20)
    filing = asyncio.create_task(filed_once(world.store, world.vault, sealed.body, unit, "test"))
    await asyncio.sleep(0)  # it is in the lane, for nothing is awaited before
    filing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filing
    go_on.set()
    await holding_up
    await world.store.write(lambda tx: None, "test")  # after it, in the same lane
    (row,) = await world.inbox(citizen)
    assert b"Bonjour." in await world.octets(row)
