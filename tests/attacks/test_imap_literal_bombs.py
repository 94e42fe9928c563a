"""Literals that announce more than anybody has: refused before they come. RFC 9051 §4.3, RFC 7888."""

import pytest
from tests.support.attacked import memory_within, unharmed
from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

from vaguemestre.imap.frame import BEFORE_SIGN_IN

MEBIBYTE = 2**20


@pytest.mark.parametrize("size", [5_000, 10**9, 10**30])
@pytest.mark.parametrize("command", [b"LOGIN", b"APPEND INBOX", b"AUTHENTICATE PLAIN", b"ID (", b"X"])
async def test_an_absurd_literal_is_refused_before_it_comes(
    opened: OpenDoor, command: bytes, size: int
) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a %b {%d}\r\n" % (command, size))
        assert (await client.line()).startswith(b"a NO [TOOBIG] ")
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_an_absurd_literal_that_does_not_wait_ends_the_connection(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a LOGIN {99999999999+}\r\n")
        assert (await client.line()).startswith(b"a NO [TOOBIG] ")
        assert (await client.rest()).startswith(b"* BYE ")


async def test_a_large_literal_that_does_not_wait_is_skipped_and_never_kept(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as other, opened.client() as client:
        await client.line()
        with memory_within(4 * MEBIBYTE):
            await client.say(b"a LOGIN {%d+}\r\n" % (32 * MEBIBYTE))
            assert (await client.line()).startswith(b"a NO [TOOBIG] ")
            for _ in range(32):
                await client.say(b"b NOOP\r\n" * (MEBIBYTE // 8))
                await unharmed(other)
            await client.say(b" x\r\n")
            assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_a_literal_of_thirty_digits_wastes_no_time_and_more_are_no_literal(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a LOGIN {%b}\r\n" % (b"9" * 15_000))
        assert (await client.line()).startswith(b"a BAD ")
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_many_small_literals_are_refused_together(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a ID (" + b"{1+}\r\nx " * (BEFORE_SIGN_IN.literals + 1) + b")\r\n")
        assert (await client.line()).startswith(b"a BAD ")
        size = BEFORE_SIGN_IN.literal
        await client.say(b"b ID (" + (b"{%d+}\r\n" % size + b"x" * size) * 5 + b")\r\n")
        assert (await client.line()).startswith(b"b NO [TOOBIG] ")
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_literals_by_the_hundred_stay_within_what_a_command_may_hold(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        with memory_within(4 * MEBIBYTE):
            await client.say(b"a ID (")
            for _ in range(200):
                await client.say(b'"k" {65536+}\r\n' + b"x" * 65_536 + b" ")
                await unharmed(other)
            await client.say(b")\r\n")
            assert (await client.until(b"a "))[-1].startswith(b"a NO [TOOBIG] ")
            assert (await client.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")


async def test_an_unfinished_message_leaves_nothing_behind(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"a APPEND INBOX {500000}\r\n")
        assert await client.line() == b"+ Ready\r\n"
        await client.say(b"Subject: x\r\n" * 30_000)
        client.leave()
    async with opened.client(signed_in=DOCTOR) as client:
        status = await client.ask("STATUS INBOX (MESSAGES)")
        assert status[0] == b"* STATUS INBOX (MESSAGES 0)\r\n"
