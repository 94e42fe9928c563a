"""Too much of everything: memory stays bounded, and the session ends or goes on in order."""

import tracemalloc

import pytest
from tests.support.letterbox import CLAIRE, Letterbox
from tests.support.smtp_door import Client, an_open_door

from vaguemestre.smtpd.speaker import MAX_COMMAND_LINE
from vaguemestre.smtpd.terms import SmtpLimits

MEGABYTE = 2**20


async def pour(client: Client, octets: bytes, times: int) -> None:
    """Send until done, or until the server has had enough."""
    try:
        for _ in range(times):
            await client.say(octets)
    except ConnectionError:
        pass


async def last_words(client: Client) -> bytes:
    """What the server said before it closed; a reset may swallow it."""
    try:
        return await client.rest()
    except ConnectionError:
        return b"421 4.5.2 "


async def test_a_line_without_end_is_not_kept() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.reply()
        tracemalloc.start()
        try:
            await pour(client, b"x" * 65536, 64)
            assert tracemalloc.get_traced_memory()[1] < 2 * MEGABYTE
        finally:
            tracemalloc.stop()
        assert b"421 4.5.2 " in await last_words(client)


@pytest.mark.parametrize("command", [b"NOOP ", b"MAIL FROM:<", b"EHLO ", b""])
async def test_a_line_too_long_is_refused_and_the_session_goes_on(command: bytes) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.reply()
        for length in (MAX_COMMAND_LINE, 12_300, 500_000):
            assert (await client.ask(command + b"x" * length + b"\r\n")).startswith(b"500 5.5.2 ")
        assert await client.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


async def test_a_line_too_long_in_a_sign_in_has_its_own_code() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.reply()
        await client.ask(b"EHLO pc\r\n")
        assert await client.ask(b"AUTH PLAIN\r\n") == b"334 \r\n"
        assert (await client.ask(b"x" * 12_300 + b"\r\n")).startswith(b"500 5.5.6 ")
        assert await client.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


async def test_thousands_of_recipients_cost_a_short_answer_each_then_the_session() -> None:
    async with an_open_door(limits=SmtpLimits(excess_recipients=1000)) as opened, opened.client() as client:
        await client.sign_in()
        await client.say(f"MAIL FROM:<{CLAIRE}>\r\n".encode())
        await client.say(b"".join(b"RCPT TO:<r%d@example.org>\r\n" % n for n in range(5000)))
        said = await last_words(client)
        assert said.count(b"250 2.1.5 ") == 100
        assert said.count(b"452 4.5.3 ") <= 1001
        assert not opened.letterbox.begun


async def test_too_many_recipients_leave_those_accepted() -> None:
    async with an_open_door(letterbox=Letterbox(max_recipients=2)) as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(f"MAIL FROM:<{CLAIRE}>\r\n".encode())
        said = [await client.ask(b"RCPT TO:<r%d@example.org>\r\n" % n) for n in range(4)]
        assert [reply[:3] for reply in said] == [b"250", b"250", b"452", b"452"]
        await client.ask(b"DATA\r\n")
        assert (await client.ask(b"x\r\n.\r\n")).startswith(b"250 ")
        assert len(opened.letterbox.kept[0].envelope.recipients) == 2


async def test_a_message_without_end_is_given_up() -> None:
    async with (
        an_open_door(letterbox=Letterbox(max_message_size=100_000)) as opened,
        opened.client() as client,
    ):
        await client.sign_in()
        await client.begin_message()
        await pour(client, b"x" * 65536, 100)
        await last_words(client)
        assert opened.letterbox.begun[0].abandoned.is_set()
        assert not opened.letterbox.kept


async def test_a_message_of_dots_is_read_in_no_time() -> None:
    async with an_open_door(letterbox=Letterbox(max_message_size=10**7)) as opened, opened.client() as client:
        await client.sign_in()
        await client.begin_message()
        assert (await client.ask(b"..\r\n" * 500_000 + b".\r\n")).startswith(b"250 ")
        assert opened.letterbox.kept[0].octets == b".\r\n" * 500_000


async def test_nuls_are_refused_in_commands_and_left_to_a_rule_in_messages() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        assert (await client.ask(b"MAIL FROM:<a\0@b.fr>\r\n")).startswith(b"500 5.5.2 ")
        assert (await client.ask(b"\0\r\n")).startswith(b"500 5.5.2 ")
        await client.begin_message()
        assert (await client.ask(b"a\0b\r\n.\r\n")).startswith(b"250 ")
        assert opened.letterbox.kept[0].octets == b"a\0b\r\n"


async def test_what_is_sent_ahead_of_a_slow_service_is_bounded() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        opened.letterbox.gate.clear()
        await client.begin_message()
        await client.say(b"x\r\n.\r\n")
        await opened.letterbox.asked_to_submit.wait()
        client.writer.write(b"NOOP\r\n" * 5_000_000)
        for _ in range(5):
            async with opened.client() as other:  # time enough to read, were it to
                await other.sign_in()
        # What is no longer the client's lies in the system's buffers: the server reads 64 KiB ahead.
        assert client.writer.transport.get_write_buffer_size() > 10 * MEGABYTE
        opened.letterbox.gate.set()
        assert (await client.reply()).startswith(b"250 2.0.0 Kept")
