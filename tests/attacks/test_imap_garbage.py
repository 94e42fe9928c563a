"""What is no IMAP at all, by the thousand lines: BAD, then good bye; the others go on. RFC 9051 §7.1.3."""

import random

import pytest
from tests.support.attacked import memory_within, unharmed
from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

MEBIBYTE = 2**20


async def test_nul_octets_are_bad_and_no_more(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a NO\0OP\r\n\0\0\0\r\n")
        assert b" BAD " in await client.line()
        assert b" BAD " in await client.line()
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_somebody_who_only_makes_mistakes_is_sent_away(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n" * 6)
        assert (await client.rest()).endswith(b"* BYE Too many failed attempts\r\n")


# A stranger is sent away at his tenth mistake: what more he said is not read, and may cost him our good bye.
@pytest.mark.parametrize(("signed_in", "lines"), [(None, 40), (DOCTOR, 5_000)])
async def test_lines_of_anything_are_bad_and_others_are_served_meanwhile(
    opened: OpenDoor, signed_in: str | None, lines: int
) -> None:
    drawn = random.Random(7)  # noqa: S311 (not a secret)
    # No line ends, and no announcement of a literal: it would swallow what follows.
    pieces = (drawn.randbytes(drawn.randrange(1, 200)).translate(None, b"\r\n}") for _ in range(lines))
    garbage = b"".join(piece + b"\r\n" for piece in pieces)
    async with opened.client(signed_in=signed_in) as client, opened.client(signed_in=DOCTOR) as other:
        with memory_within(8 * MEBIBYTE):
            client.writer.write(garbage)
            client.writer.write(b"last LOGOUT\r\n")
            await unharmed(other)
            said = await client.rest()
            await unharmed(other)
        assert b"BYE" in said
        assert b" OK " not in said.replace(b"* OK [CAPABILITY", b"").replace(b"last OK LOGOUT completed", b"")


async def test_a_bare_line_feed_ends_the_connection_with_what_follows_unread(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"a NOOP\nb DELETE Trash\r\n")
        said = await client.rest()
        assert b"a BAD " in said
        assert b"* BYE " in said
        assert b"b " not in said.replace(b"b NOOP", b"")
    async with opened.client(signed_in=DOCTOR) as client:
        assert b" OK " in (await client.ask("STATUS Trash (MESSAGES)"))[-1]


async def test_commands_sent_ahead_by_thousands_are_all_answered_in_their_order(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"".join(b"n%d NOOP\r\n" % number for number in range(20_000)))
        for number in range(20_000):
            assert await client.line() == b"n%d OK Completed\r\n" % number


async def test_mistakes_after_sign_in_are_answered_one_by_one(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        await client.ask("SELECT INBOX")
        await client.say(b"".join(b"n%d FETCH nonsense\r\n" % number for number in range(5_000)))
        for number in range(5_000):
            assert (await client.line()).startswith(b"n%d BAD " % number)
        await unharmed(other)
