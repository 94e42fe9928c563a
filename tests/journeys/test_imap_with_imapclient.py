"""IMAPClient, a client library that checks what it is told, does a day's work over TLS."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

from imapclient import IMAPClient
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, an_open_door, client_context
from tests.support.letters import SENTENCE, a_letter

LETTER = a_letter(
    DOCTOR, CITIZEN, subject="Résultats d'analyse", attachments=(("a.pdf", b"%PDF-1.7\n" * 9_000),)
)


def _day(port: int, context: ssl.SSLContext) -> None:
    with IMAPClient("localhost", port, ssl=True, ssl_context=context) as client:
        client.login(DOCTOR, PASSWORD)
        assert client.id_() == ((b"name", b"Vaguemestre"),)
        assert {name for _, _, name in client.list_folders()} >= {"INBOX", "Conversations closes"}
        assert client.find_special_folder(b"\\Sent") == "Sent"
        client.create_folder("Dossiers/Été")
        assert client.folder_exists("Dossiers/Été")
        client.append("Dossiers/Été", LETTER, [b"\\Flagged", b"Urgent"], datetime(2026, 11, 20, tzinfo=UTC))
        assert client.select_folder("Dossiers/Été")[b"EXISTS"] == 1
        fetched = client.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "FLAGS", "INTERNALDATE", "BODY[]"])[1]
        assert fetched[b"BODY[]"] == LETTER
        assert fetched[b"ENVELOPE"].to[0].mailbox == CITIZEN.partition("@")[0].encode()
        assert fetched[b"BODYSTRUCTURE"].is_multipart
        assert client.get_flags([1])[1] == (b"\\Seen", b"\\Flagged", b"Urgent")
        assert client.search(["SUBJECT", "RÉSULTATS"], "UTF-8") == [1]
        assert client.search(["BODY", SENTENCE.split()[-1]]) == [1]
        client.copy([1], "INBOX")
        client.move([1], "Trash")
        assert client.search() == []
        client.select_folder("INBOX")
        client.idle()
        assert client.idle_done()[0] == b"IDLE completed"
        client.delete_messages([1])
        client.uid_expunge([1])
        assert client.folder_status("Trash", ["MESSAGES", "UNSEEN"]) == {b"MESSAGES": 1, b"UNSEEN": 0}
        client.rename_folder("Dossiers", "Archives")
        client.delete_folder("Archives/Été")
        client.logout()


async def test_a_day_with_imapclient(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened:
        await asyncio.to_thread(_day, opened.tls_port, client_context())
