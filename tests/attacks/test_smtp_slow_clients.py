"""Clients that stop, or go so slowly that they hold a connection for ever. RFC 5321 §4.5.3.2."""

import asyncio
from contextlib import suppress

import pytest
from tests.support.jumping_loop import jump, run_jumping
from tests.support.smtp_door import AUTH, PATIENCE, Client, OpenDoor, an_open_door

from vaguemestre.smtpd.terms import SmtpLimits

TOO_LONG = b"421 4.4.2 Nothing was heard for too long, closing the connection\r\n"
LIMITS = SmtpLimits(timeout=300, message_timeout=3600, grace=5)


def test_a_client_that_says_nothing_is_told_and_dropped() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=LIMITS) as opened, opened.client() as client:
            await client.reply()
            await jump(299)
            assert await client.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"
            await jump(299)
            assert await client.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"
            await jump(301)
            assert await client.rest() == TOO_LONG

    run_jumping(dialogue())


def test_a_command_sent_octet_by_octet_does_not_hold_the_connection() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=LIMITS) as opened, opened.client() as client:
            await client.reply()
            for _ in range(4):
                await client.say(b"N")
                await jump(80)
            assert await client.rest() == TOO_LONG

    run_jumping(dialogue())


async def say_and_see(opened: OpenDoor, client: Client, octets: bytes) -> None:
    """Send a piece of a message, and wait until the service has it."""
    letter = opened.letterbox.begun[-1]
    expected = letter.size + len(octets)
    await client.say(octets)
    while letter.size < expected:
        await letter.grown.wait()
        letter.grown.clear()


def test_time_begins_anew_while_a_message_comes() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=LIMITS) as opened, opened.client() as client:
            await client.sign_in()
            await client.begin_message()
            for _ in range(10):
                await say_and_see(opened, client, b"a line of many")
                await jump(250)
            assert (await client.ask(b"\r\n.\r\n")).startswith(b"250 ")

    run_jumping(dialogue())


def test_a_message_that_comes_for_hours_is_given_up() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=LIMITS) as opened, opened.client() as client:
            await client.sign_in()
            await client.begin_message()
            for _ in range(13):
                await say_and_see(opened, client, b"x")
                await jump(290)
            assert await client.rest() == TOO_LONG
            await asyncio.wait_for(opened.letterbox.begun[0].abandoned.wait(), PATIENCE)

    run_jumping(dialogue())


def test_a_client_that_stops_in_the_middle_of_a_message_is_given_up() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=LIMITS) as opened, opened.client() as client:
            await client.sign_in()
            await client.begin_message()
            await say_and_see(opened, client, b"Subject: x")
            await jump(301)
            assert await client.rest() == TOO_LONG
            await asyncio.wait_for(opened.letterbox.begun[0].abandoned.wait(), PATIENCE)
            assert not opened.letterbox.kept

    run_jumping(dialogue())


def test_our_own_slowness_is_not_the_clients_fault() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=LIMITS) as opened, opened.client() as client:
            await client.sign_in()
            await client.begin_message()
            opened.letterbox.gate.clear()
            await client.say(b"x\r\n.\r\n")
            await opened.letterbox.asked_to_submit.wait()
            await jump(1000)
            opened.letterbox.gate.set()
            assert (await client.reply()).startswith(b"250 2.0.0 Kept")

    run_jumping(dialogue())


def test_a_client_that_reads_nothing_is_cut() -> None:
    async def dialogue() -> None:
        limits = SmtpLimits(timeout=300, grace=5, idle_commands=10**9)
        async with an_open_door(limits=limits) as opened, opened.client() as client:
            transport = client.writer.transport
            client.reader._limit = 1  # type: ignore[attr-defined]  # so that this client's reader stops reading
            client.writer.write(b"HELP\r\n" * 4_000_000)
            left = transport.get_write_buffer_size() + 1
            while transport.get_write_buffer_size() < left:  # until neither side takes any more
                left = transport.get_write_buffer_size()
                for _ in range(100):
                    await asyncio.sleep(0)
            await jump(301)
            await jump(6)
            with suppress(ConnectionError):  # the client finds out as it goes on writing
                await asyncio.wait_for(client.writer.wait_closed(), PATIENCE)
            assert transport.is_closing()

    run_jumping(dialogue())


async def test_a_client_that_leaves_in_the_middle_of_a_message_leaves_nothing() -> None:
    async with an_open_door() as opened:
        for farewell in ("abort", "eof"):
            async with opened.client() as client:
                await client.sign_in()
                await client.begin_message()
                await client.say(b"Subject: x\r\n\r\nhalf a mess")
                if farewell == "abort":
                    client.leave()
                else:
                    client.writer.write_eof()
                await asyncio.wait_for(opened.letterbox.begun[-1].abandoned.wait(), PATIENCE)
        assert len(opened.letterbox.begun) == 2
        assert not opened.letterbox.kept


async def test_a_client_that_leaves_while_it_signs_in_disturbs_nobody() -> None:
    async with an_open_door() as opened:
        async with opened.client() as client:
            opened.porter.gate.clear()
            await client.say(b"EHLO pc\r\n" + AUTH)
            await opened.porter.called.wait()
            client.leave()
        opened.porter.gate.set()
        async with opened.client() as other:
            await other.sign_in()


@pytest.mark.parametrize("implicit", [True, False], ids=["TLS at once", "STARTTLS"])
def test_a_client_that_never_ends_its_handshake_is_cut(implicit: bool) -> None:
    async def dialogue() -> None:
        limits = SmtpLimits(timeout=10**6, grace=5)  # no other timer may be the one that cuts
        async with an_open_door(limits=limits) as opened:
            port = opened.tls_port if implicit else opened.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            client = Client(reader, writer)
            if not implicit:
                await client.reply()
                await client.ask(b"EHLO pc\r\n")
                assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
            await client.say(b"\x16\x03\x01")
            end = asyncio.ensure_future(reader.read())
            for _ in range(100):  # it is cut 30 seconds after the handshake began, whenever that was
                if not end.done():
                    await jump(31)
            with suppress(ConnectionError):
                assert await asyncio.wait_for(end, PATIENCE) == b""
            writer.transport.abort()
            async with opened.client() as other:
                await other.sign_in()

    run_jumping(dialogue())
