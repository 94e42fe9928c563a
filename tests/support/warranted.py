"""Operators of the console, for services that are told who asks."""

from tests.support.world import World

from vaguemestre.policy.administration import Role
from vaguemestre.service.access.reading import Reading
from vaguemestre.service.access.warrants import WarrantKeeping, WarrantTerms
from vaguemestre.service.ports.administrator import Administrator
from vaguemestre.service.ports.store import Transaction


async def an_operator(world: World, name: str) -> Administrator:
    """A new one; nobody signs in as him."""

    def unit(tx: Transaction) -> Administrator:
        made = tx.administrators.by_id(tx.administrators.add(name, Role.OPERATOR, world.clock.now()))
        assert made is not None
        return made

    return await world.store.write(unit, "test")


def reading_in(world: World, terms: WarrantTerms | None = None) -> tuple[WarrantKeeping, Reading]:
    """What asks for warrants, and what reads under them."""
    keeping = WarrantKeeping(world.store, world.vault, world.clock, terms or WarrantTerms(), "mail.test")
    return keeping, Reading(world.store, world.vault, world.clock, "mail.test")
