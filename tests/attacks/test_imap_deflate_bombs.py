"""COMPRESS with hostile streams: a little that stands for much, and what is no stream at all. RFC 4978 §3."""

import zlib

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import Client, OpenDoor

from vaguemestre.imap.frame import SKIP_LIMIT
from vaguemestre.imapd.compression import INFLATED_AT_ONCE, Deflater, InflateError, Inflater


async def compress(client: Client) -> None:
    assert (await client.ask("COMPRESS DEFLATE"))[-1].endswith(b" OK DEFLATE active\r\n")
    client.start_deflate()


def a_bomb(beginning: bytes, octets: int) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    mebibyte = b"x" * 2**20
    pieces = [stream.compress(beginning), *(stream.compress(mebibyte) for _ in range(octets // 2**20))]
    return b"".join(pieces) + stream.flush(zlib.Z_SYNC_FLUSH)


def test_what_is_inflated_comes_a_little_at_a_time() -> None:
    inflater = Inflater()
    inflater.feed(a_bomb(b"", 32 * 2**20))
    total = 0
    while inflater.has_more:
        piece = inflater.take()
        assert len(piece) <= INFLATED_AT_ONCE
        total += len(piece)
    assert total == 32 * 2**20


def test_how_a_stream_is_cut_never_matters() -> None:
    octets = b"".join(b"%d NOOP\r\n" % number for number in range(20_000))
    deflater = Deflater()
    stream = deflater.deflated(octets[:1000]) + deflater.deflated(octets[1000:])
    for stride in (1, 7, 4096, len(stream)):
        inflater, pieces = Inflater(), []
        for at in range(0, len(stream), stride):
            inflater.feed(stream[at : at + stride])
            while inflater.has_more:
                pieces.append(inflater.take())
        assert b"".join(pieces) == octets


def test_nothing_follows_the_end_of_a_stream() -> None:
    inflater = Inflater()
    stream = zlib.compressobj(wbits=-15)
    inflater.feed(stream.compress(b"a NOOP\r\n") + stream.flush() + b"more")
    assert inflater.take() == b"a NOOP\r\n"
    assert inflater.has_more
    with pytest.raises(InflateError):
        inflater.take()


async def test_a_line_of_many_megabytes_is_refused_and_others_are_served(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as bomber, opened.client(signed_in=CITIZEN) as other:
        await compress(bomber)
        bomb = a_bomb(b"a NOOP ", SKIP_LIMIT + 2**21)
        assert len(bomb) < 100_000
        bomber.writer.write(bomb)
        assert b" OK " in (await other.ask("STATUS INBOX (MESSAGES)"))[-1]
        assert (await bomber.line()).startswith(b"a BAD A command has at most ")
        assert b"* BYE " in await bomber.rest()
        assert b" OK " in (await other.ask("NOOP"))[-1]


@pytest.mark.parametrize("octets", [b"b NOOP\r\n", b"\xff" * 100, zlib.compress(b"b NOOP\r\n")])
async def test_what_is_not_deflate_ends_the_connection(opened: OpenDoor, octets: bytes) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await compress(client)
        client.writer.write(octets)
        assert await client.rest() == b""
    async with opened.client(signed_in=DOCTOR) as client:
        assert b" OK " in (await client.ask("NOOP"))[-1]


@pytest.mark.parametrize("tls", [False, True])
async def test_a_large_message_goes_in_and_out_compressed(opened: OpenDoor, tls: bool) -> None:
    message = b"Subject: x\r\n\r\n" + b"".join(b"line %d\r\n" % number for number in range(60_000))
    async with opened.client(tls=tls, signed_in=DOCTOR) as client:
        assert "COMPRESS=DEFLATE" in (await client.ask("CAPABILITY"))[0].decode().split()
        await compress(client)
        assert "COMPRESS=DEFLATE" not in (await client.ask("CAPABILITY"))[0].decode().split()
        assert b" OK " in await client.append("INBOX", message)
        await client.ask("SELECT INBOX")
        lines = await client.ask("FETCH 1 BODY.PEEK[]")
        assert b"".join(lines[:-1]) == b"* 1 FETCH (BODY[] {%d}\r\n%b)\r\n" % (len(message), message)
