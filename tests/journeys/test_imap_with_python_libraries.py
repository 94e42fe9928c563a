"""imaplib, imap-tools and aioimaplib do a day's work over TLS: what practice software is often built on.

IMAPClient, which checks more than they do, has its own file.
"""

import asyncio
import imaplib
import ssl
from datetime import UTC, datetime
from pathlib import Path

import aioimaplib
import pytest
from imap_tools import AND, OR, H, MailBox, MailboxLoginError, MailMessageFlags
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, PATIENCE, an_open_door, client_context
from tests.support.letters import SENTENCE, a_letter

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 400
LETTER = a_letter(
    DOCTOR, CITIZEN, subject="Résultats d'analyse", message_id="<1@a.fr>", attachments=(("é.pdf", PDF),)
)
ANSWER = a_letter(DOCTOR, CITIZEN, subject="Rendez-vous", message_id="<2@a.fr>", answers="<1@a.fr>")


def with_imaplib(port: int, context: ssl.SSLContext) -> None:
    with imaplib.IMAP4_SSL("localhost", port, ssl_context=context, timeout=PATIENCE) as client:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(DOCTOR, "wrong")
        client.authenticate("PLAIN", lambda _: f"\0{DOCTOR}\0{PASSWORD}".encode())
        assert client.enable("CONDSTORE")[0] == "OK"
        when = imaplib.Time2Internaldate(datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
        assert client.append("INBOX", r"(\Flagged)", when, LETTER)[0] == "OK"
        assert client.append("INBOX", "", when, ANSWER)[0] == "OK"
        assert client.select() == ("OK", [b"2"])
        assert client.response("UIDNEXT") == ("UIDNEXT", [b"3"])
        client.literal = "RÉSULTATS".encode()  # type: ignore[assignment]  # typed as text; how imaplib sends a literal
        assert client.uid("SEARCH", "CHARSET", "UTF-8", "SUBJECT") == ("OK", [b"1"])
        assert client.sort("REVERSE SUBJECT", "UTF-8", "ALL") == ("OK", [b"1 2"])
        assert client.thread("REFERENCES", "UTF-8", "ALL") == ("OK", [b"(1 2)"])
        status, found = client.fetch("1", "(FLAGS INTERNALDATE RFC822)")
        assert status == "OK"
        head, octets = found[0] or (b"", b"")
        assert octets == LETTER
        assert imaplib.Internaldate2tuple(bytes(head)) is not None
        assert b"\\Flagged" in imaplib.ParseFlags(bytes(head))
        status, found = client.fetch("1:2", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODYSTRUCTURE)")
        assert [item for item in found if isinstance(item, tuple)][1][1].startswith(b"Subject: Rendez-vous")
        assert client.store("2", "+FLAGS", r"(\Deleted $Vu)")[0] == "OK"
        assert client.copy("1", '"Conversations closes"')[0] == "OK"
        assert client.expunge() == ("OK", [b"2"])
        assert client.status("INBOX", "(MESSAGES UNSEEN UIDNEXT)")[1] == [
            b"INBOX (MESSAGES 1 UNSEEN 0 UIDNEXT 3)"
        ]
        assert client.getquotaroot("INBOX")[0] == "OK"
        assert client.namespace() == ("OK", [b'(("" "/")) NIL NIL'])
        assert client.unselect()[0] == "OK"


def with_imap_tools(port: int, context: ssl.SSLContext) -> None:
    with pytest.raises(MailboxLoginError), MailBox("localhost", port, ssl_context=context) as box:
        box.login(DOCTOR, "wrong")
    mailbox = MailBox("localhost", port, timeout=PATIENCE, ssl_context=context)
    with mailbox.login_utf8(DOCTOR, PASSWORD) as box:
        box.folder.create("Dossiers/Été")
        assert box.folder.exists("Dossiers/Été")
        assert {"INBOX", "Sent", "Dossiers/Été"} <= {folder.name for folder in box.folder.list()}
        box.append(
            LETTER, "INBOX", dt=datetime(2026, 11, 20, tzinfo=UTC), flag_set=[MailMessageFlags.FLAGGED]
        )
        box.append(ANSWER, "INBOX")
        first, second = box.fetch(mark_seen=False, bulk=True)
        assert (first.uid, first.subject, first.from_) == ("1", "Résultats d'analyse", DOCTOR)
        assert MailMessageFlags.FLAGGED in first.flags
        assert [(part.filename, part.payload) for part in first.attachments] == [("é.pdf", PDF)]
        assert SENTENCE in second.text
        assert [message.uid for message in box.fetch(AND(subject="rendez"), headers_only=True)] == ["2"]
        assert box.uids(AND(subject="résultats"), charset="UTF-8") == ["1"]
        assert box.uids(OR(header=[H("In-Reply-To", "1@a.fr"), H("Message-ID", "<3@")])) == ["2"]
        assert box.uids(
            AND(flagged=True, date=datetime(2026, 11, 20, tzinfo=UTC).date(), size_gt=100_000)
        ) == ["1"]
        assert box.uids("ALL", sort="REVERSE ARRIVAL") == ["2", "1"]
        box.flag(["1", "2"], ["$Vu", MailMessageFlags.SEEN], value=True)
        assert box.uids(AND(keyword="$Vu", seen=True)) == ["1", "2"]
        box.copy("1", "Dossiers/Été")
        box.move("2", "Trash")
        assert box.uids() == ["1"]
        with (
            MailBox("localhost", port, ssl_context=context).login(DOCTOR, PASSWORD) as other,
            box.idle as idle,
        ):
            other.append(ANSWER, "INBOX")
            assert idle.poll(timeout=PATIENCE) == [b"* 2 EXISTS"]
        box.delete(["1", "3"])
        assert box.folder.status("INBOX", ["MESSAGES"]) == {"MESSAGES": 0}
        box.folder.set("Dossiers/Été")
        assert [message.subject for message in box.fetch()] == ["Résultats d'analyse"]
        box.folder.set("INBOX")
        box.folder.rename("Dossiers/Été", "Dossiers/Automne")
        box.folder.delete("Dossiers/Automne")


@pytest.mark.parametrize("day", [with_imaplib, with_imap_tools])
async def test_a_day_with_a_library_that_blocks(tmp_path: Path, day: object) -> None:
    assert callable(day)
    async with an_open_door(tmp_path) as opened:
        await asyncio.to_thread(day, opened.tls_port, client_context())


async def test_a_day_with_aioimaplib(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened:
        client, other = [
            aioimaplib.IMAP4_SSL("localhost", opened.tls_port, ssl_context=client_context(), timeout=PATIENCE)
            for _ in range(2)
        ]
        for each in (client, other):
            await each.wait_hello_from_server()
            assert (await each.login(DOCTOR, PASSWORD)).result == "OK"
        assert (await client.id(name="aioimaplib")).result == "OK"
        assert (
            await client.append(LETTER, "INBOX", r"\Flagged", datetime(2026, 11, 20, tzinfo=UTC))
        ).result == "OK"
        assert (await client.select("INBOX")).result == "OK"
        assert (await client.uid_search("SUBJECT", '"résultats"')).lines[0] == b"1"
        fetched = await client.uid("fetch", "1", "(FLAGS BODY.PEEK[])")
        assert fetched.lines[1] == LETTER
        idling = await client.idle_start(timeout=PATIENCE)
        assert (await other.append(ANSWER, "INBOX")).result == "OK"
        assert list(await client.wait_server_push(PATIENCE)) == [b"2 EXISTS"]
        client.idle_done()
        await asyncio.wait_for(idling, PATIENCE)
        assert (await client.uid("store", "1:2", r"+FLAGS.SILENT (\Seen)")).result == "OK"
        assert (await client.move("2", "Trash")).result == "OK"
        status = await client.status("Trash", "(MESSAGES UNSEEN)")
        assert status.lines[0] == b"Trash (MESSAGES 1 UNSEEN 0)"
        for each in (client, other):
            assert (await each.logout()).result == "OK"
