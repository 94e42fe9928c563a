"""Conditional STORE between clients that act at once. RFC 7162 §3.1.3."""

import asyncio
import re

from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

LETTER = b"Subject: x\r\n\r\nx\r\n"


async def test_of_two_clients_that_change_one_message_at_once_one_is_refused(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.append("INBOX", LETTER)
        for client in (one, other):
            await client.ask("SELECT INBOX (CONDSTORE)")
        for _ in range(10):
            told = b"".join([*await one.ask("FETCH 1 MODSEQ"), *await other.ask("FETCH 1 MODSEQ")])
            modseq = max(map(int, re.findall(rb"MODSEQ \((\d+)\)", told)))
            answers = await asyncio.gather(
                one.ask(f"STORE 1 (UNCHANGEDSINCE {modseq}) FLAGS (\\Seen k{modseq})"),
                other.ask(f"UID STORE 1 (UNCHANGEDSINCE {modseq}) FLAGS (\\Flagged k{modseq})"),
            )
            results = [lines[-1].split(b" ", 1)[1] for lines in answers]
            assert b"OK STORE completed\r\n" in results
            assert sum(b"MODIFIED" in line for line in results) == 1


async def test_modification_sequences_outlive_the_session_and_never_go_back(opened: OpenDoor) -> None:
    highest = []
    for _ in range(3):
        async with opened.client(signed_in=DOCTOR) as client:
            await client.append("INBOX", LETTER)
            lines = b"".join(await client.ask("SELECT INBOX"))
            found = re.search(rb"HIGHESTMODSEQ (\d+)", lines)
            assert found is not None
            highest.append(int(found[1]))
            await client.ask("STORE * +FLAGS (\\Deleted)")
            await client.ask("EXPUNGE")
    assert highest == sorted(set(highest))


async def test_a_refused_change_closes_no_conversation(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        answer = await client.ask("STORE 1 (UNCHANGEDSINCE 1) +FLAGS ($Clos)")
        assert answer[-1].split(b" ", 1)[1].startswith(b"OK [MODIFIED 1]")
        assert b"$Clos" not in (await client.ask("FETCH 1 FLAGS"))[0]


async def test_a_status_in_list_shows_a_client_that_knows_modification_sequences(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        assert (await client.ask("FETCH 1 FLAGS"))[0] == b"* 1 FETCH (FLAGS ())\r\n"
        lines = await client.ask('LIST "" INBOX RETURN (STATUS (HIGHESTMODSEQ))')
        assert b"* OK [HIGHESTMODSEQ 2] Highest modification sequence\r\n" in lines
        assert b"* STATUS INBOX (HIGHESTMODSEQ 2)\r\n" in lines
        assert (await client.ask("FETCH 1 FLAGS"))[0] == b"* 1 FETCH (FLAGS () MODSEQ (2))\r\n"
