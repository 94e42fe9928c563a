"""One message takes the place of another, all at once or not at all. RFC 8508 §3.4; domain.md §2."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, Client, OpenDoor
from tests.support.letters import a_letter

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.accounts.keeping import AccountRequest

DRAFT = b"Subject: brouillon\r\n\r\nx\r\n"
LARGE = b"Subject: grand\r\n\r\n" + b"a" * 100_000 + b"\r\n"


async def replace(client: Client, command: str, octets: bytes) -> list[bytes]:
    return await client.ask(f"{command} {{{len(octets)}+}}\r\n".encode() + octets)


async def counted(client: Client, mailbox: str) -> int:
    return int((await client.ask(f"STATUS {mailbox} (MESSAGES)"))[0].split()[-1][:-1])


async def test_a_message_expunged_meanwhile_is_not_replaced_and_the_new_one_is_not_filed(
    opened: OpenDoor,
) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.append("Drafts", DRAFT)
        await one.ask("SELECT Drafts")
        await other.ask("SELECT Drafts")
        await one.say(b"a REPLACE 1 Sent {%d}\r\n" % len(LARGE))
        assert await one.line() == b"+ Ready\r\n"
        await other.ask("STORE 1 +FLAGS (\\Deleted)")
        await other.ask("EXPUNGE")
        await one.say(LARGE, b"\r\n")
        told = await one.until(b"a ")
        assert told[-1].startswith(b"a NO [EXPUNGEISSUED] ")
        assert b"* 1 EXPUNGE\r\n" in told
        assert await counted(other, "Sent") == 0


async def test_the_new_message_is_there_for_others_and_the_old_one_gone(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.append("Drafts", DRAFT)
        await one.append("Drafts", DRAFT)
        await one.ask("SELECT Drafts")
        await other.ask("SELECT Drafts")
        assert (await replace(one, "UID REPLACE 1 Drafts (\\Seen)", LARGE))[-1].startswith(b"t5 OK ")
        assert await other.ask("NOOP") == [b"* 1 EXPUNGE\r\n", b"* 2 EXISTS\r\n", b"t3 OK Completed\r\n"]
        assert await other.ask("FETCH 1:* (UID FLAGS RFC822.SIZE)") == [
            b"* 1 FETCH (UID 2 FLAGS () RFC822.SIZE %d)\r\n" % len(DRAFT),
            b"* 2 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE %d)\r\n" % len(LARGE),
            b"t4 OK FETCH completed\r\n",
        ]


async def test_replacing_needs_only_the_room_that_the_old_message_does_not_leave(opened: OpenDoor) -> None:
    address = "etroit@cabinet.mssante.fr"
    request = AccountRequest(parse_address(address), BalKind.PER, password=PASSWORD, quota=len(DRAFT))
    await opened.world.accounts.add(request, "test")
    async with opened.client(signed_in=address) as client:
        assert b" OK " in await client.append("Drafts", DRAFT)
        await client.ask("SELECT Drafts")
        await client.say(b"a REPLACE 1 Drafts {%d}\r\n" % (len(DRAFT) + 1))
        assert (await client.line()).startswith(b"a NO [OVERQUOTA] ")
        assert (await replace(client, "REPLACE 1 Sent", DRAFT))[-1].startswith(b"t4 OK ")
        assert await counted(client, "Drafts") == 0
        assert await counted(client, "Sent") == 1


async def test_nothing_that_cannot_be_replaced_is_asked_for(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.append("Drafts", DRAFT)
        await client.ask("EXAMINE Drafts")
        await client.say(b"a REPLACE 1 Drafts {20}\r\n")
        assert (await client.line()).startswith(b"a NO [READ-ONLY] ")
        await client.ask("SELECT Drafts")
        await client.say(b"b REPLACE 2 Drafts {20}\r\n")
        assert (await client.line()).startswith(b"b BAD There is no message of that number")
        await client.say(b"c UID REPLACE 2 Drafts {20}\r\n")
        assert (await client.line()).startswith(b"c NO [NONEXISTENT] ")
        await client.say(b"d REPLACE 1 Absente {20}\r\n")
        assert (await client.line()).startswith(b"d NO [TRYCREATE] ")
        await client.ask("UNSELECT")
        await client.say(b"e REPLACE 1 Drafts {20}\r\n")
        assert (await client.line()).startswith(b"e BAD ")
        assert await counted(client, "Drafts") == 1


@pytest.mark.parametrize("flags", ["", " ($Clos)"])
async def test_what_replaces_a_message_belongs_to_no_conversation_and_closes_none(
    opened: OpenDoor, flags: str
) -> None:
    letter = a_letter(opened.doctor, CITIZEN, message_id="<1@cabinet.mssante.fr>")
    assert (await opened.world.send(opened.doctor, letter, CITIZEN)).is_positive
    answer = a_letter(
        opened.citizen, DOCTOR, message_id="<2@patient.mssante.fr>", answers="<1@cabinet.mssante.fr>"
    )
    assert (await opened.world.send(opened.citizen, answer, DOCTOR)).is_positive
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        told = await replace(client, f'REPLACE * "Conversations closes"{flags}', DRAFT)
        assert told[-1].startswith(b"t3 OK ")
        await client.ask('SELECT "Conversations closes"')
        assert await client.ask("FETCH 1 THREADID") == [
            b"* 1 FETCH (THREADID NIL)\r\n",
            b"t5 OK FETCH completed\r\n",
        ]
    assert (await opened.world.send(opened.citizen, answer, DOCTOR)).is_positive
