"""Passwords guessed through either door: ever slower, then later; the others are let in. domain.md §5.

Counts and their decay are the service's (tests/service); here is what a guesser and the others are told.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.hashing import QUICK
from tests.support.imap_door import PASSWORD, QUIET, pki
from tests.support.smtp_door import PATIENCE, Client, a_door_on
from tests.support.world import World, a_world

from vaguemestre.imapd.door import ImapDoor
from vaguemestre.mail.bal import BalKind
from vaguemestre.net.tls import server_context
from vaguemestre.service.sign_in.authentication import Authentication
from vaguemestre.service.sign_in.guessing import LONGEST_WAIT, MISTYPED, POSTPONED_FROM
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused
from vaguemestre.smtp import replies
from vaguemestre.smtp.replies import encode_reply
from vaguemestre.smtpd.terms import SmtpLimits

GUESSER, CLINIC = "127.0.0.1", "127.0.0.2"  # both are this machine; to the server, two networks


_NUMBERS = count()


@dataclass
class Pauses:
    """What the service waits for; while ``gate`` is closed, for ever."""

    waits: list[float] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.begun.set()
        await self.gate.wait()


@dataclass
class Doors:
    """Both doors on one service."""

    world: World
    authentication: Authentication
    pauses: Pauses
    smtp_port: int
    imap_port: int

    @asynccontextmanager
    async def smtp(self, network: str = GUESSER) -> AsyncIterator[Client]:
        """A client that said EHLO."""
        async with self._client(self.smtp_port, network) as client:
            assert (await client.reply()).startswith(b"220 ")
            assert (await client.ask(b"EHLO pc\r\n")).startswith(b"250-")
            yield client

    @asynccontextmanager
    async def imap(self, network: str = GUESSER) -> AsyncIterator[Client]:
        """A client that was greeted."""
        async with self._client(self.imap_port, network) as client:
            assert (await client.line()).startswith(b"* OK ")
            yield client

    async def guess_at(self, *names: str) -> None:
        """Wrong passwords from the guesser's network, said to the service itself."""
        for name in names:
            with pytest.raises(SignInRefused):
                await self.authentication.sign_in(name, a_guess(), Channel("smtp", GUESSER))

    @asynccontextmanager
    async def _client(self, port: int, network: str) -> AsyncIterator[Client]:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(network, 0))
        except OSError as error:  # other systems have but one loopback address
            pytest.skip(f"{network} is no address here: {error}")
        try:
            yield Client(reader, writer)
        finally:
            writer.transport.abort()


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        await world.bal(OTHER_DOCTOR, password=PASSWORD)
        await world.bal(CITIZEN, BalKind.CITIZEN, PASSWORD)
        pauses = Pauses()
        pauses.gate.set()
        authentication = Authentication(
            world.store, world.clock, b"s" * 32, None, pauses.pause, hashing=QUICK
        )
        limits = SmtpLimits(grace=2.0, timeout=PATIENCE)
        context = server_context(pki().certificate, pki().key)
        imap = ImapDoor(authentication, world.mailboxes, world.clock, context, False, QUIET)
        try:
            imap_port = (await imap.listen("127.0.0.1", 0, implicit_tls=False)).sockets[0].getsockname()[1]
            async with a_door_on(authentication, world.submissions, require_tls=False, limits=limits) as smtp:
                yield Doors(world, authentication, pauses, smtp.port, imap_port)
        finally:
            await imap.close()
            authentication.close()


def a_guess() -> str:
    """Another wrong password each time: the same again is no guess."""
    return f"faux{next(_NUMBERS)}"


def plain(name: str, password: str) -> bytes:
    return b"AUTH PLAIN " + b64encode(f"\0{name}\0{password}".encode()) + b"\r\n"


def login(name: str, password: str) -> bytes:
    return f'a LOGIN {name} "{password}"\r\n'.encode()


async def test_three_guesses_end_a_connection(doors: Doors) -> None:
    async with doors.smtp() as client:
        for _ in range(3):
            reply = await client.ask(plain(DOCTOR, a_guess()))
            assert reply == encode_reply(replies.SIGN_IN_REFUSED)
        assert await client.rest() == encode_reply(replies.TOO_MANY_SIGN_INS)
    async with doors.imap() as client:
        for _ in range(3):
            assert (await client.ask(login(CITIZEN, a_guess()))).startswith(b"a NO [AUTHENTICATIONFAILED] ")
        assert (await client.rest()).startswith(b"* BYE ")


async def test_guesses_through_both_doors_are_counted_together_and_wait_ever_longer(doors: Doors) -> None:
    for _ in range(4):
        async with doors.smtp() as client, doors.imap() as other:
            for _ in range(2):
                assert (await client.ask(plain(DOCTOR, a_guess()))).startswith(b"535-")
                assert (await other.ask(login(DOCTOR, a_guess()))).startswith(b"a NO ")
    waits = doors.pauses.waits
    assert len(waits) == 16 - MISTYPED - 1  # the first that is not excused finds as many as are
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


async def test_whoever_guesses_waits_and_the_others_are_served(doors: Doors) -> None:
    await doors.guess_at(*[DOCTOR] * (MISTYPED + 2))
    doors.pauses.gate.clear()
    async with doors.smtp() as guesser, doors.imap() as second, doors.smtp() as colleague:
        await guesser.say(plain(DOCTOR, a_guess()))
        await asyncio.wait_for(doors.pauses.begun.wait(), PATIENCE)
        await second.say(login(DOCTOR, a_guess()))
        assert (await colleague.ask(plain(OTHER_DOCTOR, PASSWORD))).startswith(b"235 ")
        async with doors.imap(CLINIC) as citizen:
            assert (await citizen.ask(login(CITIZEN, PASSWORD))).startswith(b"a OK ")
        doors.pauses.gate.set()
        assert (await guesser.reply()).startswith(b"535-")
        assert (await second.line()).startswith(b"a NO [AUTHENTICATIONFAILED] ")


async def test_many_guesses_at_once_gain_nothing(doors: Doors) -> None:
    async def one() -> None:
        async with doors.smtp() as client:
            assert (await client.ask(plain(DOCTOR, a_guess()))).startswith(b"535-")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(16):
            tasks.create_task(one())
    assert len(doors.pauses.waits) >= 16 - MISTYPED - 1
    assert max(doors.pauses.waits) == LONGEST_WAIT


async def test_the_holder_is_not_locked_out_however_much_is_guessed(doors: Doors) -> None:
    await doors.guess_at(*[DOCTOR] * 20)
    for _ in range(2):
        doors.pauses.waits.clear()
        async with doors.smtp(CLINIC) as client:
            assert (await client.ask(plain(DOCTOR, PASSWORD))).startswith(b"235 ")
    assert doors.pauses.waits == []  # the first paid for the guesses, and they were forgiven
    async with doors.imap(CLINIC) as client:
        assert (await client.ask(login(DOCTOR, PASSWORD))).startswith(b"a OK ")


async def test_a_network_that_only_guesses_is_told_when_to_come_back_and_another_is_let_in(
    doors: Doors,
) -> None:
    await doors.guess_at(*(f"nobody{number}@cabinet.mssante.fr" for number in range(POSTPONED_FROM)))
    told = b"Trop de connexions refusees depuis votre reseau : reessayez dans "
    async with doors.smtp() as client:
        assert (await client.ask(plain(DOCTOR, PASSWORD))).startswith(b"454-4.7.0 " + told)
    async with doors.imap() as client:
        assert (await client.ask(login(DOCTOR, PASSWORD))).startswith(b"a NO [LIMIT] " + told)
        assert (await client.ask(b"b NOOP\r\n")).startswith(b"b OK ")
    async with doors.smtp(CLINIC) as client:
        assert (await client.ask(plain(DOCTOR, PASSWORD))).startswith(b"235 ")
    async with doors.imap(CLINIC) as client:
        assert (await client.ask(login(DOCTOR, PASSWORD))).startswith(b"a OK ")
    doors.world.clock.pass_(hours=1)
    async with doors.smtp() as client:
        assert (await client.ask(plain(DOCTOR, PASSWORD))).startswith(b"235 ")
