"""What aiosmtpd 1.4.6 does otherwise, one test for each.

Why it matters: docs/decisions/0006-what-is-left-of-aiosmtpd.md.
"""

import asyncio
from pathlib import Path

import pytest
from tests.support.attacked import memory_within
from tests.support.builders import DOCTOR
from tests.support.letterbox import CLAIRE
from tests.support.practice import a_practice, begin
from tests.support.smtp_door import AUTH, PATIENCE, an_open_door

from vaguemestre.mail.dsn import Notify, Returned


async def test_a_slow_password_hash_stops_nobody_else() -> None:
    async with an_open_door() as opened, opened.client() as slow, opened.client() as other:
        opened.porter.gate.clear()
        await slow.say(b"EHLO pc\r\n" + AUTH)
        await asyncio.wait_for(opened.porter.called.wait(), PATIENCE)
        await other.reply()
        assert await other.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"
        opened.porter.gate.set()
        assert (await slow.reply()).startswith(b"220 ")
        assert (await slow.reply()).startswith(b"250-")
        assert (await slow.reply()).startswith(b"235 ")


async def test_signing_in_is_offered_on_a_listener_with_tls_from_the_first_octet() -> None:
    async with an_open_door(require_tls=True) as opened, opened.client(tls=True) as client:
        await client.reply()
        assert b"\r\n250-AUTH PLAIN LOGIN\r\n" in await client.ask(b"EHLO pc\r\n")
        assert (await client.ask(AUTH)).startswith(b"235 ")


@pytest.mark.parametrize("mechanism", [b"plain", b"Plain", b"pLAIN"])
async def test_the_name_of_a_mechanism_has_no_case(mechanism: bytes) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.reply()
        await client.ask(b"EHLO pc\r\n")
        assert (await client.ask(AUTH.replace(b"PLAIN", mechanism))).startswith(b"235 ")


async def test_a_message_is_not_kept_in_memory_while_it_comes(tmp_path: Path) -> None:
    piece = (b"x" * 998 + b"\r\n") * 100
    async with a_practice(tmp_path) as practice, practice.sender() as client:
        await begin(client)
        with memory_within(8_000_000):  # of 20 MB; nearly all of it is what both sides' sockets hold
            await client.say(f"From: {DOCTOR}\r\n\r\n".encode())
            for _ in range(200):
                await client.say(piece)
        assert (await client.ask(b".\r\n")).startswith(b"250 ")
        (received,) = await practice.received()
        assert received.endswith(b"\r\n\r\n" + piece * 200)


async def test_what_a_client_wishes_to_be_told_reaches_the_service_as_it_was_said() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(f"MAIL FROM:<{CLAIRE}> RET=HDRS ENVID=Nuit+2B7\r\n".encode())
        said = await client.ask(b"RCPT TO:<p@b.fr> notify=success,Delay ORCPT=rfc822;Paul.D@b.fr\r\n")
        assert said.startswith(b"250 ")
        await client.ask(b"DATA\r\n")
        await client.ask(b"x\r\n.\r\n")
        envelope = opened.letterbox.kept[0].envelope
        assert envelope.identifier == "Nuit+7"
        assert envelope.returned is Returned.HEADERS
        (wish,) = envelope.wishes
        assert wish.notify == {Notify.SUCCESS, Notify.DELAY}
        assert wish.original == "rfc822;Paul.D@b.fr"


async def test_ehlo_again_and_again_does_not_lengthen_the_lines_anybody_may_send() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.reply()
        for _ in range(50):
            await client.ask(b"EHLO pc\r\n")
        assert (await client.ask(b"MAIL FROM:<" + b"a" * 1150 + b"@b.fr>\r\n")).startswith(b"500 5.5.2 ")


async def test_who_comes_changes_nothing_of_what_another_may_send() -> None:
    mail = f"MAIL FROM:<{CLAIRE}> SIZE=10 ENVID={'e' * 100} AUTH=<{'a' * 450}>\r\n".encode()
    noop = b"NOOP " + b"n" * 1000 + b"\r\n"  # of 512 octets, and what each extension adds
    async with an_open_door() as opened, opened.client() as first:
        await first.sign_in()
        async with opened.client() as second:
            await second.reply()
            await second.ask(b"EHLO pc\r\n")
            assert (await first.ask(mail)).startswith(b"250 ")
            assert (await second.ask(noop)).startswith(b"250 ")
        assert (await first.ask(noop)).startswith(b"250 ")
        assert (await first.ask(noop[:-2] + b"n" * 200 + b"\r\n")).startswith(b"500 5.5.2 ")


async def test_a_long_line_of_a_message_is_kept_whole() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.begin_message()
        line = b"x" * 300_000 + b"\r\n"
        assert (await client.ask(line + b".\r\n")).startswith(b"250 ")
        assert opened.letterbox.kept[0].octets == line


async def test_a_notification_has_no_sender_and_gets_recipients_all_the_same() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(b"MAIL FROM:<>\r\n")
        assert (await client.ask(b"RCPT TO:<paul@example.org>\r\n")).startswith(b"250 ")
        assert (await client.ask(b"DATA\r\n")).startswith(b"354 ")
        assert (await client.ask(b"x\r\n.\r\n")).startswith(b"250 ")
        assert opened.letterbox.kept[0].envelope.reverse_path is None


async def test_the_case_of_a_parameter_does_not_change_the_address() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(f"mail from:<{CLAIRE}> body=8bitmime\r\n".encode())
        await client.ask(b"rcpt to:<Paul.DURAND@Example.org>\r\n")
        await client.ask(b"data\r\n")
        await client.ask(b"x\r\n.\r\n")
        assert str(opened.letterbox.kept[0].envelope.recipients[0]) == "Paul.DURAND@Example.org"


async def test_the_service_gets_octets_before_the_message_is_complete() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.begin_message()
        letter = opened.letterbox.begun[0]
        await client.say(b"x" * 100_000)
        await asyncio.wait_for(letter.grown.wait(), PATIENCE)
        assert not opened.letterbox.kept
        await client.ask(b"\r\n.\r\n")
        assert letter.size == 100_002


async def test_a_session_is_forgotten_when_tls_begins() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
        await client.start_tls()
        assert (await client.ask(b"MAIL FROM:<>\r\n")).startswith(b"503 5.5.1 Send EHLO first")
        await client.ask(b"EHLO pc\r\n")
        assert (await client.ask(b"MAIL FROM:<>\r\n")).startswith(b"530-5.7.0 ")
        assert (await client.ask(AUTH)).startswith(b"235 ")
        await client.begin_message()
        assert (await client.ask(b"x\r\n.\r\n")).startswith(b"250 ")
        assert opened.letterbox.kept[0].protocol == "ESMTPSA"
