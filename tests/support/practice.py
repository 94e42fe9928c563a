"""An SMTP door on the real service: two doctors, one who sends, one who receives, and a citizen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.letterbox import PASSWORD
from tests.support.smtp_door import Client, OpenDoor, a_door_on
from tests.support.world import World, a_world

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.limits import Policy
from vaguemestre.service.access.grants import AccessRequest
from vaguemestre.service.arriving.examination import Examination
from vaguemestre.smtp.data import stuff


@dataclass(frozen=True, slots=True)
class Practice:
    """``other`` receives what ``Client.sign_in`` signs in to send."""

    world: World
    opened: OpenDoor
    other: Bal

    async def represent(self) -> None:
        """The citizen is a child from now on, and her mother reads her mailbox."""
        mother = await self.world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
        child = parse_address(CITIZEN)
        await self.world.birth_dates.set(child, date(2019, 7, 14), "test")
        kind, rights = GrantKind.REPRESENTATIVE, frozenset({Right.READ})
        request = AccessRequest(child, mother.address, kind, rights, None, None, "sa mère")
        await self.world.accesses.grant(request, "test")

    @asynccontextmanager
    async def sender(self) -> AsyncIterator[Client]:
        """Somebody signed in who may send."""
        async with self.opened.client() as client:
            await client.sign_in()
            yield client

    async def received(self) -> list[bytes]:
        """Every message the other doctor has, octet for octet."""
        return [await self.world.octets(row) for row in await self.world.inbox(self.other)]


@asynccontextmanager
async def a_practice(
    folder: Path, policy: Policy | None = None, examination: Examination | None = None
) -> AsyncIterator[Practice]:
    """A fresh one; this machine may sign in without TLS."""
    async with a_world(folder, policy, examination=examination) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        other = await world.bal(OTHER_DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN, password=PASSWORD)
        async with a_door_on(world.authentication, world.submissions, require_tls=False) as opened:
            yield Practice(world, opened, other)


async def begin(client: Client) -> None:
    """Up to 354."""
    assert (await client.ask(f"MAIL FROM:<{DOCTOR}>\r\n".encode())).startswith(b"250 ")
    assert (await client.ask(f"RCPT TO:<{OTHER_DOCTOR}>\r\n".encode())).startswith(b"250 ")
    assert (await client.ask(b"DATA\r\n")).startswith(b"354 ")


async def send(client: Client, message: bytes) -> bytes:
    """One message of whole lines, dots doubled; the reply to it."""
    await begin(client)
    return await client.ask(stuff(message))
