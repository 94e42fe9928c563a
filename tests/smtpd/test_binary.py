"""What is BODY=BINARYMIME, over real sockets to the real service. RFC 3030 §3."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.support.builders import DOCTOR, OTHER_DOCTOR, a_policy
from tests.support.practice import Practice, a_practice
from tests.support.smtp_door import Client

from vaguemestre.policy.limits import Limits

HEAD = (
    f"From: {DOCTOR}\r\nTo: {OTHER_DOCTOR}\r\nSubject: Radio\r\nMessage-ID: <radio@logiciel>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    "Content-Transfer-Encoding: binary\r\n\r\n"
).encode()
TEXT = b"--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n"
PART = (
    b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: binary\r\n\r\n"
)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 300 + b"\r\n--b-\r\n.\r\n\r\n\n\r%%EOF\n"
END = b"\r\n--b--\r\n"
LETTER = HEAD + TEXT + PART + PDF + END


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with a_practice(tmp_path) as opened:
        yield opened


async def send_binary(client: Client, message: bytes, length: int = 10_000) -> bytes:
    """The reply to a message in chunks of some octets."""
    await client.say(f"MAIL FROM:<{DOCTOR}> SIZE={len(message)} BODY=BINARYMIME\r\n".encode())
    await client.say(f"RCPT TO:<{OTHER_DOCTOR}>\r\n".encode())
    chunks = [message[at : at + length] for at in range(0, len(message), length)]
    for chunk in chunks:
        await client.say(b"BDAT %d\r\n" % len(chunk) + chunk)
    await client.say(b"BDAT 0 LAST\r\n")
    for _ in range(len(chunks) + 2):
        assert (await client.reply()).startswith(b"250 ")
    return await client.reply()


async def test_a_file_sent_as_it_is_is_read_as_it_was(practice: Practice) -> None:
    async with practice.sender() as client:
        assert (await send_binary(client, LETTER)).startswith(b"250 2.0.0 Accepted as ")
        (kept,) = await practice.received()
        assert b"\0" not in kept
        assert b"binary" not in kept
        assert kept.count(b"\n") == kept.count(b"\r\n") == kept.count(b"\r")
        assert kept.partition(b"From:")[2].startswith(HEAD.replace(b"binary", b"8bit").removeprefix(b"From:"))
        *_, part = message_from_bytes(kept).walk()
        assert part.get_payload(decode=True) == PDF


async def test_the_same_message_sent_again_is_known_however_it_is_cut(practice: Practice) -> None:
    async with practice.sender() as client:
        first = await send_binary(client, LETTER)
        assert await send_binary(client, LETTER, 777) == first
        assert await send_binary(client, LETTER.replace(b"EOF", b"FIN")) != first
        assert len(await practice.received()) == 2


async def test_what_holds_nothing_binary_is_kept_octet_for_octet(practice: Practice) -> None:
    plain = (HEAD + TEXT + PART).replace(b"binary", b"7bit") + b"%PDF-" + END
    async with practice.sender() as client:
        assert (await send_binary(client, plain)).startswith(b"250 2.0.0 ")
        (kept,) = await practice.received()
        assert kept.endswith(plain)


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        (LETTER.replace(b"Voici.", b"Voici\n."), b"550-5.6.11 [MSS-FRM-1] "),
        (LETTER.replace(b"Voici.", b"\n.\r\nMAIL FROM:<>"), b"550-5.6.11 [MSS-FRM-1] "),
        (LETTER + b"fin\r", b"550-5.6.11 [MSS-FRM-1] "),
        (LETTER.replace(b"Voici.", b"\0"), b"550-5.6.0 [MSS-FRM-2] "),
        (LETTER.removesuffix(END), b"550-5.6.5 [MSS-FRM-4] Les parties binaires ne peuvent"),
        (LETTER.replace(b"/mixed", b"/signed"), b"550-5.6.5 [MSS-FRM-4] "),
        (HEAD + TEXT + PART + b"MZ" + bytes(500) + END, b"550-5.7.1 [MSS-ATT-"),
    ],
)
async def test_what_may_not_come_by_data_may_not_come_so(
    practice: Practice, message: bytes, reply: bytes
) -> None:
    async with practice.sender() as client:
        assert (await send_binary(client, message)).startswith(reply)
        assert (await send_binary(client, LETTER)).startswith(b"250 2.0.0 ")
        assert len(await practice.received()) == 1


async def test_the_size_that_counts_is_that_of_what_is_kept(tmp_path: Path) -> None:
    policy = a_policy(limits=Limits(message_size=100_000))
    async with a_practice(tmp_path, policy) as small, small.sender() as client:
        assert len(LETTER) < 100_000
        assert await send_binary(client, LETTER) == (
            b"552-5.3.4 [MSS-LIM-1] Le message est trop lourd : 0,2 Mo en base64, limite 0,1 Mo\r\n"
            b"552 5.3.4 [MSS-LIM-1] The message is too large: 0.2 MB in base64, limit 0.1 MB\r\n"
        )
        assert not await small.received()
