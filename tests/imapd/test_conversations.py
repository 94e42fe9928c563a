"""Closing a conversation from any mail client: a keyword, or a mailbox. domain.md §2."""

from uuid import uuid4

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
    """Whether another answer of the citizen's is taken."""
    name = f"<{uuid4().hex}@patient.mssante.fr>"
    answer = a_letter(opened.citizen, DOCTOR, message_id=name, answers="<1@cabinet.mssante.fr>")
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


async def test_every_session_of_both_is_told_when_it_closes_and_when_it_opens_again(opened: OpenDoor) -> None:
    await _conversation(opened)
    async with (
        opened.client(signed_in=DOCTOR) as client,
        opened.client(signed_in=DOCTOR) as second,
        opened.client(signed_in=CITIZEN) as citizen,
    ):
        for each in (client, second, citizen):
            await each.ask("SELECT INBOX")
        await second.say(b"i IDLE\r\n")
        assert await second.line() == b"+ idling\r\n"
        await client.ask("STORE 1 +FLAGS.SILENT ($Clos)")
        assert await second.line() == b"* 1 FETCH (FLAGS ($Clos))\r\n"
        assert b"* 1 FETCH (FLAGS ($Clos))\r\n" in await citizen.ask("NOOP")
        await opened.world.closing_notices.run_once(100)
        again = a_letter(opened.doctor, CITIZEN, message_id="<3@x>", answers="<1@cabinet.mssante.fr>")
        assert (await opened.world.send(opened.doctor, again, CITIZEN)).is_positive
        assert await second.line() == b"* 1 FETCH (FLAGS ($ConvOpen))\r\n"
        told = await citizen.ask("NOOP")
        assert b"* 1 FETCH (FLAGS ($ConvOpen))\r\n" in told
        assert b"* 3 EXISTS\r\n" in told
        assert (await citizen.ask("SEARCH KEYWORD $ConvOpen"))[0] == b"* SEARCH 1 2 3\r\n"
        threads = {line.split(b"FETCH")[1] for line in (await citizen.ask("FETCH 1:3 THREADID"))[:-1]}
        assert len(threads) == 1


async def test_a_change_made_too_late_closes_nothing(opened: OpenDoor) -> None:
    await _conversation(opened)
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        assert b" OK [MODIFIED 1] " in (await client.ask("STORE 1 (UNCHANGEDSINCE 1) +FLAGS ($Clos)"))[-1]
    assert await _answer(opened)


@pytest.mark.parametrize("mode", ["FLAGS", "-FLAGS"])
async def test_what_clients_write_back_neither_closes_nor_opens(opened: OpenDoor, mode: str) -> None:
    await _conversation(opened)
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        await client.ask(f"STORE 1 {mode} (\\Seen $Clos)")
        assert await _answer(opened)
        await client.ask("STORE 1 +FLAGS ($Clos)")
        await client.ask(f"STORE 1 {mode} ($Clos $ConvOpen)")
        assert not await _answer(opened)
        found = await client.ask("UID SEARCH KEYWORD $Clos UNKEYWORD $ConvOpen")
        assert found[0] == b"* SEARCH 1 2\r\n"


async def test_an_idling_doctor_is_told_of_the_answer_at_once(opened: OpenDoor) -> None:
    letter = a_letter(opened.doctor, CITIZEN, message_id="<1@cabinet.mssante.fr>")
    assert (await opened.world.send(opened.doctor, letter, CITIZEN)).is_positive
    async with opened.client(tls=True, signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        await client.say(b"i IDLE\r\n")
        assert await client.line() == b"+ idling\r\n"
        assert await _answer(opened)
        # The first message of a conversation that this account receives brings two keywords with it.
        assert (await client.line()).startswith(b"* FLAGS (")
        assert (await client.line()).startswith(b"* OK [PERMANENTFLAGS (")
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
        assert start.startswith(b"* 1 FETCH (FLAGS ($ConvOpen) BODY[2] {")
        octets = await client.exactly(int(start[38:-3]))
        assert octets in letter
        assert await client.line() == b" BODY[2]<10> {5}\r\n"
        assert await client.exactly(5) == octets[10:15]
        assert await client.line() == b")\r\n"
