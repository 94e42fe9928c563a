"""What SEARCH saved, while others change the mailbox. RFC 5182 §2.1."""

from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor


async def test_a_message_that_another_client_expunged_leaves_the_result(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        for subject in (b"a", b"b", b"c"):
            await one.append("INBOX", b"Subject: " + subject + b"\r\n\r\nx\r\n")
        await one.ask("SELECT INBOX")
        await other.ask("SELECT INBOX")
        await one.ask("SEARCH RETURN (SAVE) ALL")
        await other.ask("STORE 2 +FLAGS (\\Deleted)")
        await other.ask("EXPUNGE")
        # The client still counts three messages, and is not told otherwise during FETCH.
        lines = await one.ask("FETCH $ (UID)")
        assert lines[:2] == [b"* 1 FETCH (UID 1)\r\n", b"* 3 FETCH (UID 3)\r\n"]
        assert lines[-1].endswith(b" OK FETCH completed\r\n")
        assert await one.ask("NOOP") == [b"* 2 EXPUNGE\r\n", b"t8 OK Completed\r\n"]
        assert b"* SEARCH 1 2\r\n" in await one.ask("SEARCH $")
