"""Headers of a hundred thousand lines, of ten megabytes, of fifty thousand people. RFC 5322 §2.2.

They are refused with a text, cost no more memory than any other message, and nobody else notices.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.attacked import memory_within
from tests.support.builders import DOCTOR
from tests.support.practice import a_practice, begin, send

MEGABYTE = 2**20
FROM = f"From: {DOCTOR}\r\nMessage-ID: <1@x.example>\r\n".encode()
LINE = b"y" * 1000


def lines() -> Iterator[bytes]:
    yield FROM
    for _ in range(1000):
        yield b"X-A: b\r\n" * 100


def one_folded_field() -> Iterator[bytes]:
    yield FROM + b"X-A: b\r\n"
    for _ in range(10_000):
        yield b" " + LINE + b"\r\n"


def one_line(name: bytes) -> Iterator[bytes]:
    yield FROM if name != b"From" else b""
    yield name + b": "
    for _ in range(10_000):
        yield LINE
    yield b"\r\n"


def people(count: int) -> Iterator[bytes]:
    yield FROM + b"To: nobody@hopital.example"
    for number in range(count):
        yield b",\r\n p%d@hopital.example" % number
    yield b"\r\n"


def fields(count: int) -> Iterator[bytes]:
    yield FROM
    for number in range(count):
        yield b"To: p%d@hopital.example\r\n" % number


def identifiers() -> Iterator[bytes]:
    yield FROM + b"References:"
    for number in range(100_000):
        yield b" <%d@x.example>\r\n" % number


NAMES_TOO_MANY = b"550-5.6.0 [MSS-LIM-3] "
TOO_LONG = b"552-5.3.4 [MSS-LIM-5] "

FLOODS = {
    "100,000 lines": (lines, TOO_LONG),
    "10 MB folded": (one_folded_field, TOO_LONG),
    "10 MB in a line": (lambda: one_line(b"X-A"), TOO_LONG),
    "10 MB of subject": (lambda: one_line(b"Subject"), TOO_LONG),
    "10 MB of From": (lambda: one_line(b"From"), TOO_LONG),
    "50,000 in To": (lambda: people(50_000), NAMES_TOO_MANY),
    "9,000 in To": (lambda: people(9_000), NAMES_TOO_MANY),
    "50,000 To fields": (lambda: fields(50_000), NAMES_TOO_MANY),
    "100,000 references": (identifiers, TOO_LONG),
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_of_header_is_refused_in_little_memory(tmp_path: Path, flood: str) -> None:
    make, refusal = FLOODS[flood]
    pieces = list(make())
    ordinary = FROM + b"Subject: x\r\n\r\nx\r\n"
    async with a_practice(tmp_path) as practice, practice.sender() as client, practice.sender() as other:
        await begin(client)
        with memory_within(10 * MEGABYTE):
            for start in range(0, len(pieces), 500):
                await client.say(b"".join(pieces[start : start + 500]))
                if start % 5000 == 0:
                    assert await other.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"
                    await other.ask(b"RSET\r\n")
            reply = await client.ask(b"\r\nx\r\n.\r\n")
        assert reply.startswith(refusal), reply
        assert (await send(client, ordinary)).startswith(b"250 2.0.0 Accepted as ")
        assert len(await practice.received()) == 1


async def test_a_header_that_never_ends_is_a_message_too(tmp_path: Path) -> None:
    async with a_practice(tmp_path) as practice, practice.sender() as client:
        assert (await send(client, FROM + b"X-A: " + LINE * 10_000)).startswith(TOO_LONG)
        assert not await practice.received()
