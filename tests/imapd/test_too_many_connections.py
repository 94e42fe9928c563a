"""One connection too many of one account: the one idle longest is told BYE, and the new one works."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import Client, an_open_door

from vaguemestre.imapd.limits import ImapLimits

TWO = replace(ImapLimits(), connections_per_account=2)
FAREWELL = b"* BYE [LIMIT] Too many connections of this account: the one silent longest makes room\r\n"


async def works(client: Client) -> bool:
    return (await client.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")


async def begin_to_append(client: Client) -> None:
    await client.say(b"a APPEND INBOX {4}\r\n")
    assert (await client.line()).startswith(b"+ ")
    await client.say(b"ab")


async def finish_appending(client: Client) -> bytes:
    await client.say(b"\r\n\r\n")
    return await client.line()


async def test_the_one_idle_longest_goes_on_any_listener_and_other_accounts_stay(
    tmp_path: Path,
) -> None:
    async with (
        an_open_door(tmp_path, limits=TWO) as opened,
        opened.client(signed_in=CITIZEN) as other,
        opened.client(signed_in=DOCTOR) as first,
        opened.client(tls=True, signed_in=DOCTOR) as second,
        opened.client(tls=True, signed_in=DOCTOR) as third,
    ):
        assert await first.rest() == FAREWELL
        assert await works(second)
        assert await works(third)
        assert await works(other)


@pytest.mark.parametrize("limit", [1, 2])
async def test_everybody_always_gets_in(limit: int, tmp_path: Path) -> None:
    limits = replace(ImapLimits(), connections_per_account=limit)
    async with an_open_door(tmp_path, limits=limits) as opened, opened.client(signed_in=DOCTOR) as last:
        for _ in range(5):
            async with opened.client(signed_in=DOCTOR) as client:
                assert await works(client)
        if limit == 1:
            assert await last.rest() == FAREWELL


async def test_those_that_left_are_not_counted(tmp_path: Path) -> None:
    async with an_open_door(tmp_path, limits=TWO) as opened, opened.client(signed_in=DOCTOR) as first:
        for _ in range(3):
            async with opened.client(signed_in=DOCTOR) as client:
                await client.ask("LOGOUT")
                assert await client.rest() == b""
        assert await works(first)


async def test_those_that_were_refused_push_nobody_out(tmp_path: Path) -> None:
    async with (
        an_open_door(tmp_path, limits=TWO) as opened,
        opened.client(signed_in=DOCTOR) as first,
        opened.client(signed_in=DOCTOR) as second,
        opened.client() as stranger,
    ):
        await stranger.line()
        assert b" NO [AUTHENTICATIONFAILED] " in (await stranger.ask(f"LOGIN {DOCTOR} wrong"))[-1]
        assert await works(first)
        assert await works(second)


async def test_idle_is_idle_however_lately_the_other_spoke(tmp_path: Path) -> None:
    async with (
        an_open_door(tmp_path, limits=TWO) as opened,
        opened.client(signed_in=DOCTOR) as phone,
        opened.client(signed_in=DOCTOR) as screen,
    ):
        await phone.ask("SELECT INBOX")
        await phone.say(b"i IDLE\r\n")
        assert await phone.line() == b"+ idling\r\n"
        assert await works(screen)
        async with opened.client(signed_in=DOCTOR) as newcomer:
            assert await phone.rest() == FAREWELL
            assert b" OK " in await newcomer.append("INBOX", b"\r\n\r\n")
            assert await works(screen)


async def test_one_in_the_middle_of_a_command_stays_while_another_is_idle(tmp_path: Path) -> None:
    async with (
        an_open_door(tmp_path, limits=TWO) as opened,
        opened.client(signed_in=DOCTOR) as sending,
        opened.client(signed_in=DOCTOR) as idle,
    ):
        await begin_to_append(sending)
        assert await works(idle)
        async with opened.client(signed_in=DOCTOR) as newcomer:
            assert await idle.rest() == FAREWELL
            assert b"a OK " in await finish_appending(sending)
            assert await works(newcomer)


async def test_where_all_are_in_the_middle_of_a_command_the_newcomer_works_too(
    tmp_path: Path,
) -> None:
    async with (
        an_open_door(tmp_path, limits=TWO) as opened,
        opened.client(signed_in=DOCTOR) as first,
        opened.client(signed_in=DOCTOR) as second,
    ):
        await begin_to_append(first)
        await begin_to_append(second)
        async with opened.client(signed_in=DOCTOR) as newcomer:
            assert await first.rest() == FAREWELL
            assert await works(newcomer)
            assert b"a OK " in await finish_appending(second)
