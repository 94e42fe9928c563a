"""Lines without end: refused once they are too long, skipped while they come, never kept. RFC 9051 §2.2.1."""

import pytest
from tests.support.attacked import memory_within, unharmed
from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

from vaguemestre.imap.frame import SKIP_LIMIT

MEBIBYTE = 2**20


async def test_a_line_that_is_too_long_is_refused_and_the_next_one_read(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a NOOP " + b"x" * 3_000_000 + b"\r\n")
        assert b" BAD " in await client.line()
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


@pytest.mark.parametrize("signed_in", [None, DOCTOR])
@pytest.mark.parametrize("octets", [b"x" * 4096, b"\0" * 4096, b"((((" * 1024, b'"\\' * 2048, b"\r" * 4096])
async def test_a_line_that_never_ends_is_given_up(
    opened: OpenDoor, signed_in: str | None, octets: bytes
) -> None:
    async with opened.client(signed_in=signed_in) as client, opened.client(signed_in=DOCTOR) as other:
        if signed_in is None:
            await client.line()
        with memory_within(4 * MEBIBYTE):
            await client.say(b"a SEARCH ")
            for _ in range(SKIP_LIMIT // MEBIBYTE + 1):
                client.writer.write(octets * (MEBIBYTE // 4096))
                await unharmed(other)
                if opened.door.connected < 2:
                    break
        assert (await client.line()).startswith(b"a BAD ")
        assert b"* BYE " in await client.rest()
        await unharmed(other)


async def test_an_answer_that_never_ends_is_given_up_too(opened: OpenDoor) -> None:
    async with opened.client() as client, opened.client(signed_in=DOCTOR) as other:
        await client.line()
        await client.say(b"a AUTHENTICATE PLAIN\r\n")
        assert (await client.line()).startswith(b"+ ")
        await client.say(b"A" * 1_000_000 + b"\r\n")
        assert b" BAD " in await client.line()
        await unharmed(other)
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_whoever_idles_and_says_anything_but_done_is_answered_once(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        await client.say(b"i IDLE\r\n")
        assert await client.line() == b"+ idling\r\n"
        await client.say(b"x" * 1_000_000 + b"\r\n")
        assert b" BAD " in await client.line()
        assert (await client.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")
