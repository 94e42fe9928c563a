"""BDAT as a weapon: lengths that lie, chunks without number, commands hidden in octets. RFC 3030 §2."""

import asyncio

import pytest
from tests.support.attacked import memory_within
from tests.support.jumping_loop import jump, run_jumping
from tests.support.letterbox import CLAIRE, Letterbox
from tests.support.smtp_door import PATIENCE, an_open_door

from vaguemestre.smtpd.speaker import MAX_COMMAND_LINE
from vaguemestre.smtpd.terms import SmtpLimits

ENVELOPE = f"MAIL FROM:<{CLAIRE}>\r\nRCPT TO:<paul@example.org>\r\n".encode()
FORGED = f"RSET\r\nMAIL FROM:<{CLAIRE}>\r\nRCPT TO:<victim@example.org>\r\nBDAT 1 LAST\r\nx".encode()

RECEIVED = b"250 2.0.0 1 octets received\r\n"


@pytest.mark.parametrize(
    "length",
    [
        b"9223372036854775808",
        b"9223372036854775808 LAST",
        b"18446744073709551616",
        b"4294967296",
        b"99999999999999999999",
        b"999999999999999999999",
        b"1" * 900,
        b"-1",
        b"0x5",
        b"5 LAST LAST",
        b"5LAST",
        b"",
        b"LAST",
        "\u0665".encode(),
    ],
)
@pytest.mark.parametrize("begun", [True, False])
async def test_a_length_nobody_can_read_to_closes_the_connection(length: bytes, begun: bool) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say((ENVELOPE if begun else b"") + b"BDAT " + length + b"\r\n" + FORGED)
        said = await client.rest()
        assert said.count(b"\r\n") == 2 * begun + 1
        assert said.splitlines()[-1][:3] in {b"501", b"552"}
        assert not opened.letterbox.kept


@pytest.mark.parametrize(
    "announcement",
    [
        b"BDAT %d\xff LAST" % len(FORGED),
        b"BDAT %d\0 LAST" % len(FORGED),
        b"BDAT %d\r LAST" % len(FORGED),
        b"BDAT %d\nLAST" % len(FORGED),
        b"BDAT\t%d LAST" % len(FORGED),
        b"bdat%d LAST" % len(FORGED),
        b" BDAT %d LAST" % len(FORGED),
        b"BDAT %d%s LAST" % (len(FORGED), b" " * MAX_COMMAND_LINE),
        b"BDAT %d%s LAST" % (len(FORGED), b" " * 20_000),
        b"BDAT%s%d LAST" % (b" " * 200_000, len(FORGED)),
        b"BDAT-%d" % len(FORGED),
    ],
    ids=lambda announcement: repr(announcement[:16]),
)
@pytest.mark.parametrize("begun", [True, False])
async def test_an_announcement_that_cannot_be_read_is_followed_by_no_command(
    announcement: bytes, begun: bool
) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say((ENVELOPE if begun else b"") + announcement + b"\r\n" + FORGED)
        said = await client.rest()
        assert said.count(b"\r\n") == 2 * begun + 1
        assert said.splitlines()[-1].startswith(b"501 5.5.4 The form is BDAT octets")
        assert not opened.letterbox.begun


@pytest.mark.parametrize(
    "before",
    [
        b"",  # no message was begun
        f"MAIL FROM:<{CLAIRE}>\r\n".encode(),
        f"MAIL FROM:<{CLAIRE}>\r\nRCPT TO:<nobody@example.org>\r\n".encode(),
        ENVELOPE + b"BDAT 0 LAST\r\n",
        ENVELOPE + b"BDAT 1001\r\n" + b"x" * 1001,
    ],
)
async def test_a_chunk_out_of_order_holds_no_commands(before: bytes) -> None:
    async with an_open_door(letterbox=Letterbox(max_message_size=1000)) as opened, opened.client() as client:
        await client.sign_in()
        await client.say(before + b"BDAT %d LAST\r\n" % len(FORGED) + FORGED + b"QUIT\r\n")
        assert (await client.rest()).endswith(b"221 2.0.0 Goodbye\r\n")
        addressees = [r.local for letter in opened.letterbox.begun for r in letter.envelope.recipients]
        assert "victim" not in addressees


async def test_what_looks_like_an_end_stays_in_the_chunk_and_garbage_after_it_is_refused() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        octets = b"x\r\n.\r\n" + FORGED
        await client.say(
            ENVELOPE + b"BDAT %d LAST\r\n" % len(octets) + octets + b"\0\xff garbage\r\nNOOP\r\n"
        )
        assert [(await client.reply())[:9] for _ in range(3)][-1] == b"250 2.0.0"
        assert (await client.reply()).startswith(b"500 5.5.2 ")
        assert await client.reply() == b"250 2.0.0 OK\r\n"
        assert [letter.octets for letter in opened.letterbox.kept] == [octets]


async def test_an_envelope_refused_with_its_chunks_sent_ahead_leaves_nothing_to_obey() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(b"MAIL FROM:<else@example.org>\r\nRCPT TO:<paul@example.org>\r\n")
        await client.say((b"BDAT %d\r\n" % len(FORGED) + FORGED) * 3 + b"BDAT 0 LAST\r\nQUIT\r\n")
        codes = [line[:3] for line in (await client.rest()).splitlines()]
        assert codes == [b"550", b"503", b"503", b"503", b"503", b"503", b"221"]
        assert not opened.letterbox.begun


async def test_a_hundred_thousand_chunks_of_one_octet_make_one_message_while_others_are_served() -> None:
    async with (
        an_open_door() as opened,
        opened.client() as client,
        opened.client() as other,
    ):
        await client.sign_in()
        await other.sign_in()
        await client.say(ENVELOPE)
        assert (await client.reply() + await client.reply()).count(b"250 ") == 2
        with memory_within(8 * 2**20):
            for _ in range(100):
                client.writer.write(b"BDAT 1\r\nx" * 1000)
                assert await other.ask(b"RSET\r\n") == b"250 2.0.0 OK\r\n"
                # All at once: waiting for each line by itself cost this test more than the server did.
                said = await asyncio.wait_for(client.reader.readexactly(len(RECEIVED) * 1000), PATIENCE)
                assert said == RECEIVED * 1000
        assert (await client.ask(b"BDAT 1 LAST\r\ny")).startswith(b"250 2.0.0 Kept")
        assert opened.letterbox.kept[0].octets == b"x" * 100_000 + b"y"


async def test_empty_chunks_without_end_end_the_session() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + b"BDAT 0\r\n" * 1000)
        assert (await client.rest()).endswith(
            b"421 4.7.0 Too many commands without a message, closing the connection\r\n"
        )
        await asyncio.wait_for(opened.letterbox.begun[0].abandoned.wait(), PATIENCE)


async def test_chunks_of_a_lost_message_without_end_end_the_session() -> None:
    async with an_open_door(letterbox=Letterbox(max_message_size=10)) as opened, opened.client() as client:
        await client.sign_in()
        await client.say(ENVELOPE + b"BDAT 11\r\n12345678901" * 1000)
        assert (await client.rest()).endswith(
            b"421 4.7.0 Too many commands without a message, closing the connection\r\n"
        )


async def test_a_chunk_nobody_wants_is_not_kept() -> None:
    letterbox = Letterbox(max_message_size=10 * 2**20)
    async with an_open_door(letterbox=letterbox) as opened, opened.client() as client:
        await client.sign_in()
        with memory_within(4 * 2**20):
            await client.say(b"BDAT %d LAST\r\n" % (16 * 2**20))
            for _ in range(256):
                await client.say(b"x" * 2**16)
            assert await client.reply() == b"503 5.5.1 Send MAIL first\r\n"
        assert not opened.letterbox.begun


@pytest.mark.parametrize("envelope", [ENVELOPE, b""])
def test_a_chunk_that_comes_for_hours_is_given_up(envelope: bytes) -> None:
    async def dialogue() -> None:
        limits = SmtpLimits(timeout=300, message_timeout=3600, grace=5)
        async with (
            an_open_door(limits=limits) as opened,
            opened.client() as client,
            opened.client() as other,
        ):
            await client.sign_in()
            await other.sign_in()
            await client.say(envelope + b"BDAT 1000 LAST\r\n")
            for _ in range(13):
                await client.say(b"x")
                assert await other.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"  # the octet has been seen too
                await jump(290)
            assert (await client.rest()).splitlines()[-1].startswith(b"421 4.4.2 ")
            assert not opened.letterbox.kept

    run_jumping(dialogue())


def test_a_message_whose_chunks_come_for_hours_is_given_up() -> None:
    async def dialogue() -> None:
        limits = SmtpLimits(timeout=300, message_timeout=3600, grace=5)
        async with an_open_door(limits=limits) as opened, opened.client() as client:
            await client.sign_in()
            await client.ask(ENVELOPE)
            await client.reply()
            for _ in range(12):
                assert (await client.ask(b"BDAT 1\r\nx")).startswith(b"250 ")
                await jump(290)
            assert (await client.ask(b"BDAT 1\r\nx")).startswith(b"250 ")
            await jump(290)
            assert (await client.rest()).startswith(b"421 4.4.2 ")
            await asyncio.wait_for(opened.letterbox.begun[0].abandoned.wait(), PATIENCE)

    run_jumping(dialogue())


def test_a_client_that_stops_in_the_middle_of_a_chunk_is_given_up() -> None:
    async def dialogue() -> None:
        async with an_open_door(limits=SmtpLimits(timeout=300, grace=5)) as opened, opened.client() as client:
            await client.sign_in()
            await client.ask(ENVELOPE + b"BDAT 10 LAST\r\nhalf")
            await client.reply()
            await opened.letterbox.begun[0].grown.wait()
            await jump(301)
            assert (await client.rest()).startswith(b"421 4.4.2 ")
            await asyncio.wait_for(opened.letterbox.begun[0].abandoned.wait(), PATIENCE)
            assert not opened.letterbox.kept

    run_jumping(dialogue())
