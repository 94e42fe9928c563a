"""BINARY over messages small and large: the same octets, announced truly. RFC 3516 §4.2, §4.3."""

import base64
import random
import re

import pytest
from tests.support.imap_door import Client, OpenDoor

SMALL, LARGE = 300, 250_000  # the second is opened piece by piece


def a_message(encoding: str, body: bytes) -> bytes:
    return (
        b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: %b\r\n\r\n%b\r\n--b--\r\n"
        % (encoding.encode(), body)
    )


def octets(size: int, *, with_nul: bool) -> bytes:
    return random.Random(size).randbytes(size).replace(b"\0", b"\0" if with_nul else b"\1") + b"end"  # noqa: S311 (not a secret)


async def fetched(client: Client, item: str) -> tuple[bytes, bytes]:
    """What announces the literal, and its octets."""
    await client.say(f"f FETCH 1 {item}\r\n".encode())
    head = await client.line()
    size = re.search(rb"\{([0-9]+)\}\r\n\Z", head)
    assert size is not None, head
    literal = await client.exactly(int(size[1]))
    assert await client.line() == b")\r\n"
    assert (await client.until(b"f "))[-1] == b"f OK FETCH completed\r\n"
    return head, literal


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("with_nul", [True, False])
async def test_a_part_in_base64_comes_decoded(opened: OpenDoor, size: int, with_nul: bool) -> None:
    whole = octets(size, with_nul=with_nul)
    mark = b"~" if b"\0" in whole else b""
    message = a_message("base64", base64.encodebytes(whole).replace(b"\n", b" !\r\n"))
    async with opened.client(signed_in=str(opened.doctor.address)) as client:
        assert b" OK " in await client.append("INBOX", message)
        await client.ask("SELECT INBOX")
        head, literal = await fetched(client, "BINARY.PEEK[1]")
        assert literal == whole
        assert head == b"* 1 FETCH (BINARY[1] %b{%d}\r\n" % (mark, len(whole))
        told = await client.ask("FETCH 1 BINARY.SIZE[1]")
        assert told[0] == b"* 1 FETCH (BINARY.SIZE[1] %d)\r\n" % len(whole)
        head, literal = await fetched(client, f"BINARY.PEEK[1]<{size - 50}.51>")
        assert literal == whole[size - 50 : size + 1]
        head, literal = await fetched(client, f"BINARY.PEEK[1]<{size}.1000>")
        assert (head, literal) == (b"* 1 FETCH (BINARY[1]<%d> {3}\r\n" % size, b"end")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_quoted_printable_comes_decoded_and_makes_it_seen(opened: OpenDoor, size: int) -> None:
    whole = octets(size, with_nul=True)
    escaped = b"".join(b"=%02X" % octet + b"=\r\n" * (at % 24 == 0) for at, octet in enumerate(whole))
    message = a_message("quoted-printable", escaped)
    async with opened.client(signed_in=str(opened.doctor.address)) as client:
        assert b" OK " in await client.append("INBOX", message)
        await client.ask("SELECT INBOX")
        assert (await fetched(client, "BINARY.PEEK[1]"))[1] == whole
        assert b"FLAGS ()" in (await client.ask("FETCH 1 FLAGS"))[0]
        assert (await fetched(client, "BINARY[1]<0.9>"))[1] == whole[:9]
        assert b"\\Seen" in (await client.ask("FETCH 1 FLAGS"))[0]


async def test_one_part_that_cannot_be_decoded_leaves_the_other_messages(opened: OpenDoor) -> None:
    async with opened.client(signed_in=str(opened.doctor.address)) as client:
        assert b" OK " in await client.append("INBOX", a_message("x-uuencode", b"abc"))
        assert b" OK " in await client.append("INBOX", a_message("7bit", b"abc"))
        await client.ask("SELECT INBOX")
        lines = await client.ask("FETCH 1:2 BINARY.PEEK[1]")
        assert b"".join(lines[:-1]) == b"* 2 FETCH (BINARY[1] {3}\r\nabc)\r\n"
        assert b" NO [UNKNOWN-CTE] " in lines[-1]
