"""A short command that names much: CATENATE multiplies what is in a mailbox. RFC 4469 §3, §4.2.

What cannot be filed is refused before anything of it is read, what can be never stands whole in memory, and
the others have their turn meanwhile.
"""

import asyncio
import tracemalloc
from pathlib import Path

from tests.support.builders import DOCTOR
from tests.support.imap_door import MAX_MESSAGE, Client, an_open_door

HEADER = b"Subject: grand\r\n\r\n"
LARGE = HEADER + b"a" * 76 * 12_500 + b"\r\n"  # nearly MAX_MESSAGE; a spool may be 256 KiB behind


async def urls(client: Client, count: int, url: str = ";UID=1") -> bytes:
    """The last line that answers a message made of so many URLs."""
    return (await client.ask(f"APPEND Drafts CATENATE ({' '.join([f'URL {url}'] * count)})"))[-1]


async def test_what_is_too_large_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        assert b" OK " in await client.append("INBOX", LARGE)
        await client.ask("SELECT INBOX")
        objects = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
        assert objects
        for path in objects:
            path.unlink()  # whoever reads now finds nothing
        assert b" NO [UNAVAILABLE] " in await urls(client, 1)
        for count in (2, 200):
            assert b" NO [TOOBIG] " in await urls(client, count)
        await client.say(
            b"a APPEND Drafts CATENATE (URL ;UID=1 TEXT {%d}\r\n" % (MAX_MESSAGE - len(LARGE) + 1)
        )
        assert (await client.line()).startswith(b"a NO [TOOBIG] ")
        await client.say(b"b APPEND Drafts CATENATE (TEXT {1} URL ;UID=1 URL ;UID=1)\r\n")
        assert (await client.line()).startswith(b"b BAD ")
        await client.say(b"c APPEND Drafts CATENATE (TEXT {1+}\r\na URL ;UID=1 URL ;UID=1)\r\n")
        assert (await client.line()).startswith(b"c NO [TOOBIG] ")
        assert (await client.ask("STATUS Drafts (MESSAGES)"))[0] == b"* STATUS Drafts (MESSAGES 0)\r\n"


async def test_a_message_that_quotes_itself_over_and_over_stops_at_the_limit(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        await client.append("Drafts", HEADER + b"a" * 1000)
        await client.ask("SELECT Drafts")
        size, uid, answer = len(HEADER) + 1000, 0, b" OK "
        while b" OK " in answer:
            size, uid = size * 2, uid + 1
            answer = await urls(client, 2, f";UID={uid}")
        assert b" NO [TOOBIG] " in answer
        assert size // 2 <= MAX_MESSAGE < size


async def test_what_is_quoted_never_stands_whole_in_memory_and_others_have_their_turn(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LARGE)
        await client.ask("SELECT INBOX")
        await urls(client, 1)
        counting = asyncio.create_task(_turns())
        tracemalloc.start()
        try:
            answer = await urls(client, 1)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        counting.cancel()
        assert b" OK " in answer
        assert peak < len(LARGE)
        assert await counting > len(LARGE) // (64 * 1024)


async def test_thousands_of_parts_are_not_looked_at(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        assert b" BAD Expected at most 200 parts" in await urls(client, 5000)
        # Every literal makes the command be read again: so there is an end to them too.
        texts = b" ".join([b"TEXT {0+}\r\n"] * 5000)
        await client.say(b"a APPEND Drafts CATENATE (" + texts + b")\r\n")
        assert (await client.line()).startswith(b"a BAD Expected at most 200 parts")
        assert (await client.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")


async def test_parentheses_do_not_nest(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        nested = "CATENATE (" * 5000
        assert b" BAD Expected TEXT or URL here" in (await client.ask(f"APPEND Drafts {nested}"))[-1]


async def _turns() -> int:
    """Counts the event loop's turns until it is cancelled."""
    turns = 0
    try:
        while True:
            await asyncio.sleep(0)
            turns += 1
    except asyncio.CancelledError:
        return turns
