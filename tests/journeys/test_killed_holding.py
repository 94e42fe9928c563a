"""Killed while messages are held and released: what was answered 250 arrives, and arrives once. RFC 4865."""

import asyncio
import re
import time
from collections import Counter

from tests.journeys.test_killed import signed_in, until_there_are
from tests.support.journey import PATIENCE, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import imaplib_client, inbox, messages

SENDERS = 4
EACH = 40
ENOUGH = 40  # accepted in a round before the blow falls
LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 400  # every tenth message is an object of its own
WAITING = "Envois diff&AOk-r&AOk-s"

_NAMED = re.compile(rb"Message-ID: <(\d+\.\d+)@held>")


class Load:
    """What was accepted, in this round and before."""

    def __init__(self) -> None:
        self.accepted: set[bytes] = set()
        self.wanted = 0
        self.enough = asyncio.Event()

    def begin_round(self) -> None:
        """Wait for so many more."""
        self.wanted = len(self.accepted) + ENOUGH
        self.enough = asyncio.Event()

    def accept(self, name: bytes) -> None:
        self.accepted.add(name)
        if len(self.accepted) >= self.wanted:
            self.enough.set()


async def hold_some(server: Server, number: int, first: int, load: Load) -> None:
    """Letters that are to leave in a second, until there are enough or the connection breaks."""
    who = pair(number)
    try:
        async with signed_in(server, who.doctor) as ask:
            for rank in range(first, first + EACH):
                name = f"{number}.{rank}".encode()
                pdf = (("cr.pdf", LARGE),) if rank % 10 == 0 else ()
                identifier = f"<{name.decode()}@held>"
                letter = a_letter(who.doctor, who.citizen, message_id=identifier, attachments=pdf)
                await ask(f"MAIL FROM:<{who.doctor}> HOLDFOR=1\r\n".encode())
                await ask(f"RCPT TO:<{who.citizen}>\r\n".encode())
                await ask(b"DATA\r\n")
                reply = await ask(letter + b".\r\n")
                if not reply:
                    return
                assert reply.startswith(b"250 2.0.0 Accepted as "), reply
                load.accept(name)
    except ConnectionError:
        return
    except AssertionError:
        if server.process.poll() is None:  # a reply cut by the kill is no reply
            raise


async def hold_and_be_killed(server: Server, first: int, load: Load) -> None:
    """The blow falls when many are held and the worker is in the middle of its work."""
    there = len(await asyncio.to_thread(inbox, server, pair(0).citizen))
    load.begin_round()
    async with asyncio.TaskGroup() as tasks:
        for number in range(SENDERS):
            tasks.create_task(hold_some(server, number, first, load))
        await asyncio.wait_for(load.enough.wait(), PATIENCE)
        await until_there_are(server, pair(0).citizen, there + 1)
        server.kill()


def test_what_was_held_is_released_once_whenever_the_server_is_killed(house: House) -> None:
    load = Load()
    for first in (0, EACH):
        with a_server(house) as server:
            asyncio.run(hold_and_be_killed(server, first, load))
    with a_server(house) as server:
        given_up = time.monotonic() + PATIENCE
        while server.house.command("held", "list", "--json").json():
            assert time.monotonic() < given_up
        found = Counter(
            match[1]
            for number in range(SENDERS)
            for octets in inbox(server, pair(number).citizen).values()
            if (match := _NAMED.search(octets)) is not None
        )
        # Beside what was promised there may be what was committed and could not be answered any more.
        assert load.accepted <= found.keys()
        assert set(found.values()) == {1}
        for number in range(SENDERS):
            with imaplib_client(server, pair(number).doctor) as client:
                assert messages(client, WAITING) == {}
