"""Whatever is appended comes out unchanged: whole, in sections, and piece by piece. RFC 9051 §6.4.5."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.builders import DOCTOR
from tests.support.imap_door import Client, an_open_door
from tests.support.imap_values import fetch_items, octets

# NUL is refused, see test_hard_mime.py; all the rest is kept.
ANY = st.binary(min_size=1, max_size=200).map(lambda octets: octets.replace(b"\0", b"\1"))
LINES = st.sampled_from(
    [
        b"",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"Subject: caf\xe9\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"--b\r\n",
        b"\r\n--b--",
        b"t1 OK FETCH completed\r\n",
        b")\r\n* 1 EXPUNGE\r\n",
        b"{10}\r\n",
        b".\r\n",
        b"From claire\r\n",
    ]
)
PIECES = st.lists(st.one_of(ANY, LINES), min_size=1, max_size=12).map(b"".join).filter(bool)
# Messages above 64 KiB are kept elsewhere than the others, and read piece by piece.
FILLERS = st.sampled_from([b"", b"", b"x" * 70_000, b"y\r\n" * 60_000])


class Stage:
    """A door, on a loop of its own: hypothesis awaits nothing. Each message has a connection of its own."""

    def __init__(self, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._opened = self._runner.run(self._stack.enter_async_context(an_open_door(folder)))

    def play(self, message: bytes, stride: int) -> None:
        self._runner.run(self._play(message, stride))

    async def _play(self, message: bytes, stride: int) -> None:
        async with self._opened.client(signed_in=DOCTOR) as client:
            await client.ask("SELECT INBOX")
            await _comes_out(client, message, stride)

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()


async def _comes_out(client: Client, message: bytes, stride: int) -> None:
    await client.say(b"a APPEND INBOX {%d}\r\n" % len(message))
    while not (await client.line()).startswith(b"+"):
        pass
    await client.say(message, b"\r\n")
    assert b" OK " in (await client.until(b"a "))[-1]
    *told, done = await client.responses(
        "UID FETCH * (RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[])"
    )
    assert b" OK " in done
    items = next(items for items in map(fetch_items, told) if "BODY[]" in items)
    assert items["BODY[]"] == message
    assert items["RFC822.SIZE"] == str(len(message))
    assert octets(items["BODY[HEADER]"]) + octets(items["BODY[TEXT]"]) == message
    assert await _glued(client, "BODY", stride, len(message)) == message
    assert await _glued(client, "BINARY", stride, len(message)) == message


async def _glued(client: Client, item: str, stride: int, size: int) -> bytes:
    """What partial fetches bring, one after the other, until one brings nothing."""
    pieces: list[bytes] = []
    for at in range(0, size + stride, stride):
        response = (await client.responses(f"UID FETCH * {item}.PEEK[]<{at}.{stride}>"))[0]
        pieces.append(octets(fetch_items(response)[f"{item}[]<{at}>"]))
    return b"".join(pieces)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(head=PIECES, filler=FILLERS, tail=PIECES, parts=st.integers(1, 7))
@example(head=b"\r", filler=b"", tail=b"\n", parts=1)
@example(head=b"Subject: x\r\n\r\n", filler=b"x" * 250_000, tail=b"\r\n.\r\n", parts=3)
def test_any_octets_come_out_as_they_went_in(
    stage: Stage, head: bytes, filler: bytes, tail: bytes, parts: int
) -> None:
    message = head + filler + tail
    stage.play(message, stride=len(message) // parts + 1)
