"""A connection that ends at the very moment a message is whole: nothing was promised, nothing is there twice.

RFC 5321 §4.2.5: a client that heard no reply sends the message again. Whether it was filed the first time
depends on what came first, its last octets or the end of the connection, and both may come in one turn of
the event loop. Nothing has to be settled there: the same message within a day is the same (decision 12).
"""

import asyncio
from pathlib import Path

import pytest
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.practice import Practice, a_practice, begin

LETTER = b"From: <%b>\r\nMessage-ID: <%d@cabinet.mssante.fr>\r\n\r\nBonjour\r\n"
TURNS = range(8)  # of the event loop, between the last octets and the end of the connection
ENVELOPE = f"MAIL FROM:<{DOCTOR}>\r\nRCPT TO:<{OTHER_DOCTOR}>\r\n".encode()


async def send_and_go(practice: Practice, number: int, turns: int, by_chunks: bool, tls: bool) -> None:
    """The whole message, and the connection lost so many turns later, in order or without a word."""
    letter = LETTER % (DOCTOR.encode(), number)
    async with practice.opened.client(tls) as client:
        await client.sign_in()
        if by_chunks:
            client.writer.write(ENVELOPE + b"BDAT %d LAST\r\n" % len(letter) + letter)
        else:
            await begin(client)
            client.writer.write(letter + b".\r\n")
        for _ in range(turns):
            await asyncio.sleep(0)
        if number % 2:
            client.writer.close()
        else:
            client.leave()


async def send_again(practice: Practice, number: int) -> None:
    async with practice.sender() as client:
        await begin(client)
        reply = await client.ask(LETTER % (DOCTOR.encode(), number) + b".\r\n")
        assert reply.startswith(b"250 2.0.0 Accepted as "), reply


@pytest.mark.parametrize("tls", [False, True], ids=["in clear", "tls"])
@pytest.mark.parametrize("by_chunks", [False, True], ids=["DATA", "BDAT"])
async def test_what_was_sent_again_after_a_lost_reply_is_there_once(
    tmp_path: Path, by_chunks: bool, tls: bool
) -> None:
    async with a_practice(tmp_path) as practice:
        for number, turns in enumerate([*TURNS, *reversed(TURNS)]):  # each in order, and without a word
            await send_and_go(practice, number, turns, by_chunks, tls)
            await send_again(practice, number)
        await practice.opened.door.close()  # whatever was still being filed is
        received = await practice.received()
        for number in range(2 * len(TURNS)):
            assert sum(b"<%d@cabinet" % number in octets for octets in received) == 1
