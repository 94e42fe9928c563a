"""A store that is slow makes the door slow, and never makes it hold more messages than it may."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.smtp_door import AUTH, PATIENCE, Client, a_door_on, an_open_door
from tests.support.world import a_world

from vaguemestre.smtp import replies
from vaguemestre.smtp.replies import encode_reply
from vaguemestre.smtpd.terms import SmtpLimits

TOO_SLOW = encode_reply(replies.STORE_SLOW)
MAIL = f"MAIL FROM:<{DOCTOR}>\r\n".encode()


async def come_in(client: Client) -> None:
    """Sign in as the doctor, who has Claire's password too."""
    assert (await client.reply()).startswith(b"220 ")
    await client.ask(b"EHLO pc\r\n")
    assert (await client.ask(AUTH)).startswith(b"235 ")


async def begin(client: Client) -> None:
    """Up to 354."""
    assert (await client.ask(MAIL)).startswith(b"250 ")
    assert (await client.ask(f"RCPT TO:<{OTHER_DOCTOR}>\r\n".encode())).startswith(b"250 ")
    assert (await client.ask(b"DATA\r\n")).startswith(b"354 ")


async def until_it_is_slow(client: Client) -> None:
    """Ask whether a message may be begun until the answer is that none may."""
    while (reply := await client.ask(MAIL)) != TOO_SLOW:
        assert reply.startswith(b"250 ")
        await client.ask(b"RSET\r\n")


async def test_while_the_store_stands_still_few_messages_wait_and_none_is_lost(tmp_path: Path) -> None:
    limits = SmtpLimits(submissions=2, patience=0.01, idle_commands=1_000_000)
    async with a_world(tmp_path, busy_timeout=10 * PATIENCE) as world, AsyncExitStack() as stack:
        await world.bal(DOCTOR, password="correct horse")
        other = await world.bal(OTHER_DOCTOR)
        opened = await stack.enter_async_context(
            a_door_on(world.authentication, world.submissions, require_tls=False, limits=limits)
        )
        *senders, latecomer = [await stack.enter_async_context(opened.client()) for _ in range(6)]
        for client in (*senders, latecomer):
            await come_in(client)
        for client in senders:
            await begin(client)
        lock = sqlite3.connect(tmp_path / "messages.db")
        try:
            lock.execute("BEGIN IMMEDIATE")
            for number, client in enumerate(senders):
                letter = a_letter(DOCTOR, OTHER_DOCTOR, message_id=f"<{number}@cabinet.mssante.fr>")
                await client.say(letter + b".\r\n")
            await until_it_is_slow(latecomer)
            assert (await latecomer.ask(b"NOOP\r\n")).startswith(b"250 ")  # it is the store that waits
            assert not await world.inbox(other)
            lock.rollback()
        finally:
            lock.close()
        for client in senders:
            assert (await client.reply()).startswith(b"250 2.0.0 Accepted as ")
        assert (await latecomer.ask(MAIL)).startswith(b"250 ")
        assert len(await world.inbox(other)) == len(senders)


async def test_one_more_message_waits_for_room_and_gets_it() -> None:
    limits = SmtpLimits(submissions=1, patience=PATIENCE)
    async with an_open_door(limits=limits) as opened, opened.client() as first, opened.client() as second:
        opened.letterbox.gate.clear()
        await first.sign_in()
        await second.sign_in()
        await first.begin_message()
        await first.say(b"Subject: x\r\n\r\n.\r\n")
        await asyncio.wait_for(opened.letterbox.asked_to_submit.wait(), PATIENCE)
        await second.say(b"NOOP\r\n" + MAIL)
        assert await second.reply() == b"250 2.0.0 OK\r\n"  # what came before does not wait
        opened.letterbox.gate.set()
        assert (await second.reply()).startswith(b"250 2.1.0 ")
        assert (await first.reply()).startswith(b"250 2.0.0 Kept")


async def test_whoever_hangs_up_before_there_is_room_leaves_nothing_behind() -> None:
    limits = SmtpLimits(submissions=1)
    async with (
        an_open_door(limits=limits) as opened,
        opened.client() as first,
        opened.client(tls=True) as second,  # in clear, it might still be listening
    ):
        opened.letterbox.gate.clear()
        for client in (first, second):
            await client.sign_in()
            await client.begin_message()
        await first.say(b"Subject: first\r\n\r\n.\r\n")
        await asyncio.wait_for(opened.letterbox.asked_to_submit.wait(), PATIENCE)
        await second.say(b"Subject: second\r\n\r\n.\r\n")
        second.leave()
        one, other = opened.letterbox.begun
        await asyncio.wait_for(other.abandoned.wait(), PATIENCE)
        opened.letterbox.gate.set()
        assert (await first.reply()).startswith(b"250 2.0.0 Kept")
        assert opened.letterbox.kept == [one]
