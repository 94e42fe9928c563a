"""Messages in chunks over real sockets. RFC 3030 §2."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.letterbox import CLAIRE, Letterbox
from tests.support.practice import a_practice
from tests.support.smtp_door import PATIENCE, an_open_door

from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.smtp import replies
from vaguemestre.smtp.replies import encode_reply

ENVELOPE = f"MAIL FROM:<{CLAIRE}>\r\nRCPT TO:<paul@example.org>\r\n".encode()
BEGUN = b"250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n"
LETTER = b"Subject: x\r\n\r\n.\r\n..\r\nfin\r\n"


def chunk(octets: bytes, last: bool = False) -> bytes:
    return b"BDAT %d%b\r\n" % (len(octets), b" LAST" if last else b"") + octets


async def test_a_message_sent_ahead_in_chunks_is_answered_in_one_go() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + chunk(LETTER[:9]) + chunk(LETTER[9:20]) + b"NOOP\r\n")
        expected = BEGUN + b"250 2.0.0 9 octets received\r\n250 2.0.0 11 octets received\r\n250 2.0.0 OK\r\n"
        assert await client.reader.read(2**16) == expected
        assert await client.ask(chunk(LETTER[20:], last=True)) == b"250 2.0.0 Kept as number 1\r\n"
        assert opened.letterbox.kept[0].octets == LETTER


async def test_octets_cut_anywhere_make_the_same_letter() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        for octet in ENVELOPE + chunk(LETTER[:7]) + chunk(b"") + chunk(LETTER[7:], last=True) + b"QUIT\r\n":
            await client.say(bytes([octet]))
        await client.rest()
        assert [letter.octets for letter in opened.letterbox.kept] == [LETTER]


async def test_the_service_gets_octets_before_the_chunk_is_whole() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + b"BDAT 900000 LAST\r\n" + b"x" * 450_000)
        assert await client.line() + await client.line() == BEGUN  # nothing is held back while octets are due
        letter = opened.letterbox.begun[0]
        while letter.size < 450_000:
            await asyncio.wait_for(letter.grown.wait(), PATIENCE)
            letter.grown.clear()
        assert (await client.ask(b"y" * 450_000)).startswith(b"250 2.0.0 Kept")
        assert letter.octets == b"x" * 450_000 + b"y" * 450_000


async def test_chunks_and_data_take_turns_over_one_connection() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        one = ENVELOPE + chunk(LETTER[:3]) + chunk(LETTER[3:], last=True)
        other = ENVELOPE + b"DATA\r\nx\r\n.\r\n"
        await client.say((one + other) * 5 + b"QUIT\r\n")
        assert (await client.rest()).count(b"250 2.0.0 Kept") == 10
        assert [letter.octets for letter in opened.letterbox.kept] == [LETTER, b"x\r\n"] * 5


async def test_what_is_too_large_is_read_to_its_end_and_the_message_failed() -> None:
    async with an_open_door(letterbox=Letterbox(max_message_size=1000)) as opened, opened.client() as client:
        await client.sign_in()
        too_much = chunk(b"x" * 600) + chunk(b"RSET\r\n" * 100) + chunk(b"QUIT\r\n", last=True)
        await client.say(ENVELOPE + too_much + b"NOOP\r\n")
        for _ in range(3):
            assert (await client.reply()).startswith(b"250 ")
        assert (await client.reply()).startswith(b"552-5.3.4 ")
        assert opened.letterbox.begun[0].abandoned.is_set()
        assert await client.reply() == b"503 5.5.1 This message was refused, send RSET before another\r\n"
        assert await client.reply() == b"250 2.0.0 OK\r\n"
        for command in (
            ENVELOPE[: ENVELOPE.index(b"\n") + 1],
            b"RCPT TO:<paul@example.org>\r\n",
            b"DATA\r\n",
        ):
            assert (await client.ask(command)).startswith(b"503 5.5.1 This message was refused")
        await client.say(b"RSET\r\n" + ENVELOPE + chunk(LETTER, last=True))
        assert [(await client.reply())[:9] for _ in range(4)][-1] == b"250 2.0.0"
        assert [letter.octets for letter in opened.letterbox.kept] == [LETTER]


async def test_too_large_a_last_chunk_ends_the_message() -> None:
    async with an_open_door(letterbox=Letterbox(max_message_size=1000)) as opened, opened.client() as client:
        await client.sign_in()
        await client.say((ENVELOPE + chunk(b"x" * 1001, last=True)) * 2 + b"QUIT\r\n")
        refused = encode_reply(replies.MESSAGE_TOO_LARGE)
        assert await client.rest() == (BEGUN + refused) * 2 + b"221 2.0.0 Goodbye\r\n"
        assert not opened.letterbox.kept


@pytest.mark.parametrize("last", [True, False])
async def test_a_service_that_fails_is_told_of_after_the_chunk(last: bool) -> None:
    letterbox = Letterbox()
    letterbox.feeding_fails = StoreBusyError("database is locked")
    async with an_open_door(letterbox=letterbox) as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + chunk(b"QUIT\r\n" * 1000, last) + b"RSET\r\nQUIT\r\n")
        said = (await client.rest()).removeprefix(BEGUN)
        assert said == encode_reply(replies.STORE_BUSY) + b"250 2.0.0 OK\r\n221 2.0.0 Goodbye\r\n"
        assert opened.letterbox.begun[0].abandoned.is_set()


async def test_a_message_in_chunks_that_fails_is_logged_as_such() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        opened.letterbox.failure = RuntimeError("what nobody foresaw")
        with capture_logs() as logged:
            await client.say(ENVELOPE + chunk(LETTER, last=True))
            assert (await client.reply(), await client.reply()) == tuple(BEGUN.splitlines(keepends=True))
            assert await client.reply() == encode_reply(replies.UNFORESEEN)
        assert [one["command"] for one in logged if one["event"] == "command_failed"] == ["BDAT"]


@pytest.mark.parametrize("farewell", ["abort", "eof", "RSET\r\n", "EHLO pc\r\n", "QUIT\r\n"])
@pytest.mark.parametrize("half", [b"BDAT 5\r\nhello", b"BDAT 10\r\nhello"])
async def test_a_message_whose_last_chunk_did_not_come_leaves_nothing(half: bytes, farewell: str) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + half)
        assert await client.line() + await client.line() == BEGUN
        if farewell == "abort":
            client.leave()
        elif farewell == "eof":
            client.writer.write_eof()
        else:
            await client.say(b"12345" * half.startswith(b"BDAT 10") + farewell.encode())
        await asyncio.wait_for(opened.letterbox.begun[0].abandoned.wait(), PATIENCE)
        assert not opened.letterbox.kept


async def test_a_client_that_leaves_after_its_last_chunk_has_its_letter_kept() -> None:
    async with an_open_door() as opened, opened.client() as client:
        opened.letterbox.gate.clear()
        await client.sign_in()
        await client.say(ENVELOPE + chunk(LETTER[:5]) + chunk(LETTER[5:], last=True))
        await asyncio.wait_for(opened.letterbox.asked_to_submit.wait(), PATIENCE)
        client.leave()
        opened.letterbox.gate.set()
        await asyncio.wait_for(opened.letterbox.letter_kept.wait(), PATIENCE)
        assert opened.letterbox.kept[0].octets == LETTER
        assert not opened.letterbox.kept[0].abandoned.is_set()


async def test_a_client_that_sends_its_chunks_and_shuts_its_side_is_answered() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + chunk(LETTER, last=True))
        client.writer.write_eof()
        assert (await client.rest()).endswith(b"250 2.0.0 Kept as number 1\r\n")


@pytest.mark.parametrize("bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n", b"a\0b\r\n"])
async def test_what_data_may_not_bring_chunks_may_not_either(tmp_path: Path, bad: bytes) -> None:
    async with a_practice(tmp_path) as practice, practice.sender() as client:
        head = f"From: {DOCTOR}\r\n\r\n".encode()
        for body, reply in ((bad, b"550-5.6."), (b".\r\n..\r\n", b"250 2.0.0 ")):
            await client.say(f"MAIL FROM:<{DOCTOR}>\r\nRCPT TO:<{OTHER_DOCTOR}>\r\n".encode())
            await client.say(chunk(head) + chunk(body, last=True))
            assert [(await client.reply())[:4] for _ in range(3)] == [b"250 "] * 3
            assert (await client.reply()).startswith(reply)
        (kept,) = await practice.received()
        assert kept.endswith(head + b".\r\n..\r\n")
