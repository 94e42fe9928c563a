"""People elsewhere are forgotten when nothing names them any more. domain.md §3, traces."""

from datetime import timedelta

from tests.support.world import World

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.service.accounts.strangers import Strangers
from vaguemestre.service.ports.store import Transaction

GONE, TALKING, LAST = (parse_address(f"{name}@clinique.example") for name in ("gone", "talking", "last"))


async def known(world: World) -> list[Address]:
    def unit(tx: Transaction) -> list[Address]:
        return [one for one in (GONE, TALKING, LAST) if tx.correspondents.known(one) is not None]

    return await world.store.read(unit)


async def test_after_a_year_who_has_no_conversation_is_forgotten(world: World) -> None:
    def met(tx: Transaction) -> None:
        now = world.clock.now()
        tx.correspondents.meet(GONE, now)
        tx.conversations.start(tx.correspondents.meet(TALKING, now), now)
        tx.correspondents.meet(LAST, now)

    await world.store.write(met, "test")
    strangers = Strangers(world.store, world.clock)
    world.clock.moment += timedelta(days=364)
    assert await strangers.forget_once(2) == 0
    assert await known(world) == [GONE, TALKING, LAST]
    world.clock.moment += timedelta(days=2)
    assert [await strangers.forget_once(2) for _ in range(3)] == [2, 2, 0]
    assert await known(world) == [TALKING, LAST]
