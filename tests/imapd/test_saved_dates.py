"""SAVEDATE is set anew by whatever brings a message into a mailbox, and by nothing else. RFC 8514 §4.2."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import Client, OpenDoor
from tests.support.letters import a_letter

LETTER = b"Subject: x\r\n\r\nx\r\n"


async def saved(client: Client) -> list[bytes]:
    """The day of each message of the mailbox that is open."""
    lines = await client.ask("FETCH 1:* (SAVEDATE)")
    return [line.split(b'SAVEDATE "')[1][:6] for line in lines[:-1]]


async def test_delivery_and_append_save_now_and_flags_change_nothing(opened: OpenDoor) -> None:
    assert (await opened.world.send(opened.doctor, a_letter(opened.doctor, CITIZEN), CITIZEN)).is_positive
    opened.world.clock.pass_(days=1)
    async with opened.client(signed_in=CITIZEN) as client:
        await client.append("INBOX", LETTER, '"01-Jan-2020 00:00:00 +0000" ')
        opened.world.clock.pass_(days=1)
        await client.ask("SELECT INBOX")
        await client.ask("STORE 1:2 +FLAGS (\\Seen)")
        assert await saved(client) == [b"22-Nov", b"23-Nov"]


@pytest.mark.parametrize("command", ["COPY 1 Trash", "MOVE 1 Trash", "RENAME INBOX Trash/Old"])
async def test_a_copy_is_saved_when_it_is_made_and_as_old_as_its_original(
    opened: OpenDoor, command: str
) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER)
        opened.world.clock.pass_(days=2)
        await client.ask("SELECT INBOX")
        assert b" OK " in (await client.ask(command))[-1]
        await client.ask(f"SELECT {command.split()[-1]}")
        assert await saved(client) == [b"24-Nov"]
        assert (await client.ask("SEARCH SAVEDON 24-Nov-2026 ON 22-Nov-2026"))[0] == b"* SEARCH 1\r\n"
        if command.startswith("COPY"):
            await client.ask("SELECT INBOX")
            assert await saved(client) == [b"22-Nov"]
    opened.world.clock.pass_(days=88, seconds=1)
    assert await opened.world.expiry.run_once(10) > 0  # it lives no longer than if it had stayed


async def test_a_message_that_went_meanwhile_has_none(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        await client.append("INBOX", LETTER)
        await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        await other.ask("SELECT INBOX")
        await other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)")
        await other.ask("EXPUNGE")
        assert b"1 FETCH (SAVEDATE NIL)" in (await client.ask("FETCH 1:2 SAVEDATE"))[0]
        assert (await client.ask("SEARCH SAVEDON 22-Nov-2026"))[0] == b"* SEARCH 2\r\n"
