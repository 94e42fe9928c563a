"""SMTP smuggling: a message that another server would end elsewhere. RFC 5321 §4.1.1.4, RFC 5321 §2.3.8."""

from pathlib import Path

import pytest
from tests.support.letterbox import CLAIRE
from tests.support.practice import a_practice, begin
from tests.support.smtp_door import an_open_door

# What some server somewhere took for the end: every way to leave out, double or turn round one of the four.
FALSE_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r.\n",
    b"\n.\r",
    b"\n\r.\n\r",
    b"\n\r.\r\n",
    b"\r\n.\n\r",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\r.\r\n",
    b"\r\n\n.\n\r\n",
]
SECOND = f"MAIL FROM:<{CLAIRE}>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nforged\r\n".encode()


@pytest.mark.parametrize(
    "end",
    [
        *FALSE_ENDS,
        b"\0\n.\n",
        b"\r\0\n.\r\n",
        b"\r\n.\r\0\n",
        b"\r\n.\0\r\n",
        b"\r\n\0.\r\n",
        b"\r\n\t.\r\n",
        b"\r\n.\x0b\r\n",
        "\u2028.\u2028".encode(),
        b"\r\n\xe3\x80\x82\r\n",
    ],
)
async def test_what_follows_a_false_end_stays_in_the_message(end: bytes) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.begin_message()
        sent = b"Subject: x\r\n\r\nfirst" + end + SECOND
        assert (await client.ask(sent + b".\r\n")).startswith(b"250 2.0.0 Kept as number 1")
        assert len(opened.letterbox.kept) == 1
        kept = opened.letterbox.kept[0]
        assert kept.octets == sent.replace(b"\r\n.", b"\r\n")  # bare CR and LF unchanged: a rule refuses them
        assert [recipient.local for recipient in kept.envelope.recipients] == ["paul"]


@pytest.mark.parametrize("end", FALSE_ENDS)
async def test_a_message_with_a_false_end_is_refused_and_what_follows_the_true_one_obeyed(
    tmp_path: Path, end: bytes
) -> None:
    async with a_practice(tmp_path) as practice, practice.sender() as client:
        await begin(client)
        await client.say(f"From: {CLAIRE}\r\n\r\nfirst".encode() + end + SECOND + b".\r\nNOOP\r\n")
        assert (await client.reply()).startswith(b"550-5.6.11 [MSS-FRM-1] ")
        assert await client.reply() == b"250 2.0.0 OK\r\n"
        assert not await practice.received()


@pytest.mark.parametrize("end", FALSE_ENDS[:6])
async def test_a_false_end_cut_anywhere_is_no_end(end: bytes) -> None:
    for cut in range(1, len(end)):
        async with an_open_door() as opened, opened.client() as client:
            await client.sign_in()
            await client.begin_message()
            letter = opened.letterbox.begun[0]
            await client.say(b"first" + end[:cut])
            while not letter.size:
                await letter.grown.wait()
            assert (await client.ask(end[cut:] + SECOND + b".\r\n")).startswith(b"250 2.0.0 Kept as number 1")
            assert letter.octets == (b"first" + end + SECOND).replace(b"\r\n.", b"\r\n")


@pytest.mark.parametrize("cut", range(1, 6))
async def test_the_true_end_is_found_wherever_it_is_cut(cut: int) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.begin_message()
        end = b"\r\n.\r\n"
        await client.say(b"first" + end[:cut])
        await client.say(end[cut:] + b"NOOP\r\n")
        assert (await client.reply()).startswith(b"250 2.0.0 Kept")
        assert await client.reply() == b"250 2.0.0 OK\r\n"
        assert opened.letterbox.kept[0].octets == b"first\r\n"


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\n\r", b"\x0b", b"\0"])
async def test_a_command_hidden_behind_a_false_line_end_is_not_obeyed(line_end: bytes) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        said = await client.ask(b"RSET" + line_end + f"MAIL FROM:<{CLAIRE}>\r\n".encode())
        assert said[:3] in {b"500", b"501"}
        assert (await client.ask(b"RCPT TO:<a@example.org>\r\n")).startswith(b"503 5.5.1 Send MAIL first")
