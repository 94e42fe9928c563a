"""Clients that do not read, do not speak, or never leave: they cost one buffer, for a while."""

import asyncio

import pytest
from tests.support.attacked import memory_within, unharmed
from tests.support.builders import DOCTOR
from tests.support.imap_door import PATIENCE, OpenDoor

LETTER = b"Subject: Radiographie\r\n\r\n" + b"0123456789abcdef" * 50_000


async def test_a_client_that_asks_for_everything_and_reads_nothing_holds_up_nobody(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as greedy, opened.client(signed_in=DOCTOR) as other:
        assert b" OK " in await greedy.append("INBOX", LETTER)
        await greedy.ask("SELECT INBOX")
        await greedy.say(b"".join(b"g%d FETCH 1 BODY.PEEK[]\r\n" % number for number in range(100)))
        async with asyncio.timeout(PATIENCE):
            while opened.door.connected > 1:  # until it is seen to have stopped reading, then is hung up on
                assert b" OK " in (await other.ask("STATUS INBOX (MESSAGES)"))[-1]
                opened.door.check(asyncio.get_running_loop().time() + 600)
        assert b" OK " in (await other.ask("NOOP"))[-1]


@pytest.mark.parametrize(
    "item", ["BODY.PEEK[]", "BINARY.PEEK[1]", "ENVELOPE BODY.PEEK[HEADER] BODY.PEEK[TEXT]<5.700000>"]
)
async def test_a_client_that_reads_nothing_costs_its_buffers_and_no_more(opened: OpenDoor, item: str) -> None:
    async with opened.client(signed_in=DOCTOR) as greedy, opened.client(signed_in=DOCTOR) as other:
        for _ in range(10):
            assert b" OK " in await greedy.append("INBOX", LETTER)
        await greedy.ask("SELECT INBOX")
        greedy.reader._limit = 1  # type: ignore[attr-defined]  # this client's reader stops reading at once
        with memory_within(6 * 2**20):  # 800 MB are asked for; a letter of 800 KB is in hand
            for number in range(100):
                await greedy.say(b"g%d FETCH 1:* (%b)\r\n" % (number, item.encode()))
            async with asyncio.timeout(PATIENCE):
                while opened.door.connected > 1:  # until it is seen to have stopped reading
                    await unharmed(other)
                    opened.door.check(asyncio.get_running_loop().time() + 600)
        await unharmed(other)


async def test_a_client_that_reads_late_gets_every_octet(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        assert b" OK " in await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        await client.say(b"".join(b"g%d FETCH 1 BODY.PEEK[]\r\n" % number for number in range(10)))
        for number in range(10):
            assert await client.line() == b"* 1 FETCH (BODY[] {%d}\r\n" % len(LETTER)
            assert await client.exactly(len(LETTER)) == LETTER
            assert await client.line() == b")\r\n"
            assert await client.line() == b"g%d OK FETCH completed\r\n" % number


async def test_whoever_does_not_sign_in_is_sent_away(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        now = asyncio.get_running_loop().time()
        opened.door.check(now + 59)
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]
        opened.door.check(now + 130)
        assert (await client.rest()).startswith(b"* BYE ")


async def test_whoever_signed_in_may_be_silent_for_half_an_hour(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        now = asyncio.get_running_loop().time()
        opened.door.check(now + 29 * 60)
        assert await client.ask("NOOP") == [b"t2 OK Completed\r\n"]
        opened.door.check(now + 31 * 60)
        assert (await client.rest()).startswith(b"* BYE ")


async def test_a_command_begun_must_be_finished_sooner(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"a APPEND INBOX {500}\r\n")
        await client.line()
        opened.door.check(asyncio.get_running_loop().time() + 6 * 60)
        assert (await client.rest()).startswith(b"* BYE ")


async def test_when_the_server_stops_everybody_is_told(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as idle, opened.client() as stranger:
        await stranger.line()
        await idle.ask("SELECT INBOX")
        await idle.say(b"i IDLE\r\n")
        assert await idle.line() == b"+ idling\r\n"
        await opened.door.close()
        assert await idle.rest() == b"* BYE [UNAVAILABLE] The server is stopping\r\n"
        assert await stranger.rest() == b"* BYE [UNAVAILABLE] The server is stopping\r\n"
        assert opened.door.connected == 0
        assert opened.mailboxes.open_count == 0
