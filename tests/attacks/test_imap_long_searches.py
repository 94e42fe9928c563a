"""A search of much, for much, leaves the event loop to the others. RFC 9051 §6.4.4."""

import asyncio
from pathlib import Path

from tests.support.builders import DOCTOR
from tests.support.imap_door import an_open_door

LETTER = b"Subject: lettre\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"


async def _turns() -> int:
    """Counts the event loop's turns until it is cancelled."""
    turns = 0
    try:
        while True:
            await asyncio.sleep(0)
            turns += 1
    except asyncio.CancelledError:
        return turns


async def test_others_have_their_turn_while_a_large_text_is_searched_many_times(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER + "été ".encode() * 150_000)
        await client.ask("SELECT INBOX")
        counting = asyncio.create_task(_turns())
        answer = await client.ask("SEARCH " + "OR BODY zzz " * 400 + "BODY hiver")
        counting.cancel()
        assert answer[-1].endswith(b"OK SEARCH completed\r\n")
        assert await counting > 20  # there would be three or four: octets in, search, octets out


async def test_others_have_their_turn_between_messages_asked_for_thousands_of_things(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        header = b"".join(b"X-%d: %b\r\n" % (number, b"a" * 900) for number in range(100))
        for _ in range(20):
            await client.append("INBOX", header + LETTER)
        await client.ask("SELECT INBOX")
        counting = asyncio.create_task(_turns())
        answer = await client.ask("SEARCH " + "OR TEXT zzz " * 2000 + "SUBJECT lettre")
        counting.cancel()
        assert answer[0].count(b" ") == 21
        assert await counting > 20
