"""Closing a conversation from any mail client: a keyword, or a mailbox. domain.md §2."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import OpenDoor
from tests.support.letters import a_letter


async def _conversation(opened: OpenDoor) -> None:
    """The doctor writes, the citizen answers."""
    letter = a_letter(opened.doctor, CITIZEN, message_id="<1@cabinet.mssante.fr>")
    assert (await opened.world.send(opened.doctor, letter, CITIZEN)).is_positive
    assert await _answer(opened)


async def _answer(opened: OpenDoor) -> bool:
    """Whether the citizen's answer is taken."""
    answer = a_letter(
        opened.citizen, DOCTOR, message_id="<2@patient.mssante.fr>", answers="<1@cabinet.mssante.fr>"
    )
    return (await opened.world.send(opened.citizen, answer, DOCTOR)).is_positive


@pytest.mark.parametrize(
    "command",
    ["STORE 1 +FLAGS.SILENT ($Clos)", 'COPY 1 "Conversations closes"', 'MOVE 1 "Conversations closes"'],
)
async def test_the_professional_closes(opened: OpenDoor, command: str) -> None:
    await _conversation(opened)
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        assert b" OK " in (await client.ask(command))[-1]
    assert not await _answer(opened)


async def test_the_citizen_closes_nothing(opened: OpenDoor) -> None:
    await _conversation(opened)
    async with opened.client(signed_in=CITIZEN) as client:
        await client.ask("SELECT INBOX")
        assert b" OK " in (await client.ask("STORE 1 +FLAGS ($Clos)"))[-1]
        assert b" OK " in (await client.ask('MOVE 1 "Conversations closes"'))[-1]
    assert await _answer(opened)


async def test_an_idling_doctor_is_told_of_the_answer_at_once(opened: OpenDoor) -> None:
    letter = a_letter(opened.doctor, CITIZEN, message_id="<1@cabinet.mssante.fr>")
    assert (await opened.world.send(opened.doctor, letter, CITIZEN)).is_positive
    async with opened.client(tls=True, signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        await client.say(b"i IDLE\r\n")
        assert await client.line() == b"+ idling\r\n"
        assert await _answer(opened)
        assert await client.line() == b"* 1 EXISTS\r\n"
        await client.say(b"done\r\n")
        assert await client.line() == b"i OK IDLE completed\r\n"


async def test_an_attachment_is_read_back_to_the_octet(opened: OpenDoor) -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 1_000
    letter = a_letter(opened.doctor, CITIZEN, attachments=(("a.pdf", pdf),))
    assert (await opened.world.send(opened.doctor, letter, CITIZEN)).is_positive
    async with opened.client(signed_in=CITIZEN) as client:
        await client.ask("SELECT INBOX")
        await client.say(b"f FETCH 1 (BODY.PEEK[2] FLAGS BODY.PEEK[2]<10.5>)\r\n")
        start = await client.line()
        assert start.startswith(b"* 1 FETCH (FLAGS () BODY[2] {")
        octets = await client.exactly(int(start[29:-3]))
        assert octets in letter
        assert await client.line() == b" BODY[2]<10> {5}\r\n"
        assert await client.exactly(5) == octets[10:15]
        assert await client.line() == b")\r\n"
