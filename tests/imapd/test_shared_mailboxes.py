"""One mailbox, several sessions: what one does to it the others are told, and it is let go at the end."""

import asyncio

from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

LETTER = b"Subject: x\r\n\r\nx\r\n"


async def test_a_mailbox_deleted_while_open_is_seen_empty(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.ask("CREATE Ancien")
        await one.append("Ancien", LETTER)
        await other.ask("SELECT Ancien")
        assert b" OK " in (await one.ask("DELETE Ancien"))[-1]
        assert await other.ask("STORE 1 +FLAGS (\\Seen)") == [b"t3 OK STORE completed\r\n"]
        assert await other.ask("NOOP") == [b"* 1 EXPUNGE\r\n", b"t4 OK Completed\r\n"]


async def test_renaming_inbox_moves_its_messages_and_leaves_it_empty(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.append("INBOX", LETTER, "(\\Flagged) ")
        await other.ask("SELECT INBOX")
        assert b" OK " in (await one.ask("RENAME INBOX Ancien"))[-1]
        assert await other.ask("NOOP") == [b"* 1 EXPUNGE\r\n", b"t3 OK Completed\r\n"]
        assert (await one.ask("STATUS Ancien (MESSAGES)"))[0] == b"* STATUS Ancien (MESSAGES 1)\r\n"


async def test_a_name_is_one_whether_composed_or_not(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        assert (
            b" OK " in (await client.ask("CREATE &AOk-t&AOk-"))[-1]
        )  # é in one character, as Windows sends it
        assert b"ALREADYEXISTS" in (await client.ask("CREATE e&AwE-te&AwE-"))[-1]  # in two, as macOS does


async def test_flags_set_by_many_at_once_are_all_there(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER)

    async def set_flag(number: int) -> None:
        async with opened.client(signed_in=DOCTOR) as client:
            await client.ask("SELECT INBOX")
            assert b" OK " in (await client.ask(f"STORE 1 +FLAGS (k{number})"))[-1]

    await asyncio.gather(*map(set_flag, range(10)))
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        told = (await client.ask("FETCH 1 FLAGS"))[0]
        assert all(b"k%d" % number in told for number in range(10))


async def test_the_last_to_leave_lets_go_of_it(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.ask("SELECT INBOX")
        await other.ask("SELECT INBOX")
        assert opened.mailboxes.open_count == 1
        await one.ask("UNSELECT")
        assert opened.mailboxes.open_count == 1
        await other.ask("CLOSE")
        assert opened.mailboxes.open_count == 0
