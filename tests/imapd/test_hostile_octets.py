"""Literals and lines without end, NULs, nests of keys: an answer, and the server goes on."""

import pytest
from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor


@pytest.mark.parametrize("size", [5_000, 10**9, 10**30])
async def test_an_absurd_literal_is_refused_before_it_comes(opened: OpenDoor, size: int) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a LOGIN {%d}\r\n" % size)
        assert (await client.line()).startswith(b"a NO [TOOBIG] ")
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_an_absurd_literal_that_does_not_wait_ends_the_connection(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a LOGIN {99999999999+}\r\n")
        assert (await client.line()).startswith(b"a NO [TOOBIG] ")
        assert (await client.rest()).startswith(b"* BYE ")


async def test_an_unfinished_message_leaves_nothing_behind(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"a APPEND INBOX {500000}\r\n")
        assert await client.line() == b"+ Ready\r\n"
        await client.say(b"Subject: x\r\n" * 30_000)
        client.leave()
    async with opened.client(signed_in=DOCTOR) as client:
        status = await client.ask("STATUS INBOX (MESSAGES)")
        assert status[0] == b"* STATUS INBOX (MESSAGES 0)\r\n"


async def test_a_line_without_end_is_refused_and_the_next_one_read(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a NOOP " + b"x" * 3_000_000 + b"\r\n")
        assert b" BAD " in await client.line()
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_nul_octets_are_bad_and_no_more(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a NO\0OP\r\n\0\0\0\r\n")
        assert b" BAD " in await client.line()
        assert b" BAD " in await client.line()
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_a_nest_of_search_keys_is_refused(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        for keys in ("NOT " * 5_000 + "ALL", "(" * 5_000 + "ALL" + ")" * 5_000, "OR " * 5_000 + "ALL"):
            assert b" BAD " in (await client.ask(f"SEARCH {keys}"))[-1]
        assert await client.ask("SEARCH " + "OR ALL " * 1_000 + "ALL") == [
            b"* SEARCH\r\n",
            b"t6 OK SEARCH completed\r\n",
        ]


async def test_somebody_who_only_makes_mistakes_is_sent_away(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n" * 6)
        assert (await client.rest()).endswith(b"* BYE Too many failed attempts\r\n")


async def test_commands_sent_ahead_by_thousands_are_all_answered_in_their_order(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"".join(b"n%d NOOP\r\n" % number for number in range(20_000)))
        for number in range(20_000):
            assert await client.line() == b"n%d OK Completed\r\n" % number
