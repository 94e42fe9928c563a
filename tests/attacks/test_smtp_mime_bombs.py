"""Parts by the hundred thousand, nests without end: read once, judged, refused. RFC 2046 §5.1."""

from pathlib import Path

import pytest
from tests.support.attacked import memory_within
from tests.support.builders import DOCTOR
from tests.support.practice import a_practice, send

MEGABYTE = 2**20
FROM = f"From: {DOCTOR}\r\nMessage-ID: <1@x.example>\r\n".encode()
MULTIPART = FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
COUNT = 100_000


def multiparts_in_multiparts() -> bytes:
    nest = (b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n) for n in range(COUNT))
    return FROM + b"".join(nest) + b"\r\nx\r\n"


BOMBS = {
    "multiparts in multiparts": (multiparts_in_multiparts, b"550-5.6.0 [MSS-ATT-5] "),
    "messages in messages": (
        lambda: FROM + b"Content-Type: message/rfc822\r\n\r\n" * COUNT + b"x\r\n",
        b"550-5.6.0 [MSS-ATT-5] ",
    ),
    "empty parts": (
        lambda: MULTIPART + b"--b\r\n\r\nx\r\n" * COUNT + b"--b--\r\n",
        b"550-5.6.0 [MSS-ATT-5] ",
    ),
    "attachments": (
        lambda: MULTIPART + b"--b\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n" * COUNT + b"--b--\r\n",
        b"550-5.6.0 [MSS-ATT-5] ",
    ),
    "one boundary for all": (
        lambda: MULTIPART + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * COUNT,
        b"550-5.6.0 [MSS-ATT-5] ",
    ),
    "parameters": (
        lambda: (
            FROM
            + b"Content-Type: text/plain"
            + b"".join(b";\r\n a%d=b" % n for n in range(COUNT))
            + b"\r\n\r\nx\r\n"
        ),
        b"552-5.3.4 [MSS-LIM-5] ",
    ),
    "pieces of one parameter": (
        lambda: (
            FROM
            + b"Content-Type: text/plain"
            + b"".join(b";\r\n name*%d=b" % n for n in range(COUNT))
            + b"\r\n\r\nx\r\n"
        ),
        b"552-5.3.4 [MSS-LIM-5] ",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_is_refused_and_costs_little_more_than_its_octets(tmp_path: Path, bomb: str) -> None:
    make, refusal = BOMBS[bomb]
    octets = make()
    async with a_practice(tmp_path) as practice, practice.sender() as client:
        with memory_within(3 * len(octets) + 8 * MEGABYTE):  # as sent, its dots doubled, in the buffers
            assert (await send(client, octets)).startswith(refusal)
        assert not await practice.received()
        assert (await send(client, FROM + b"\r\nx\r\n")).startswith(b"250 ")
