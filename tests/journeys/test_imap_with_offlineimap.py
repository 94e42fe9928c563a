"""OfflineIMAP keeps a Maildir and an account the same, in both directions, over TLS."""

from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, an_open_door, pki
from tests.support.letters import a_letter
from tests.support.maildir import flagged, kept, written
from tests.support.programs import program, run

LETTERS = [a_letter(DOCTOR, CITIZEN, subject=f"Lettre {n}", message_id=f"<{n}@a.fr>") for n in range(1, 9)]

# sep: mailboxes are folders inside folders, as on the server.
CONFIGURATION = """
[general]
accounts = gateway
metadata = {folder}/metadata
ui = basic
socktimeout = 30

[Account gateway]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {folder}/mail
sep = /

[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = yes
sslcacertfile = {authority}
"""


async def test_offlineimap_syncs_both_ways_and_stops_at_another_uidvalidity(tmp_path: Path) -> None:
    binary = program("offlineimap")
    settings, mail = tmp_path / "offlineimaprc", tmp_path / "mail"
    (tmp_path / "server").mkdir()

    async def sync(status: int = 0) -> str:
        ended = await run(binary, "-c", str(settings), "-o", HOME=str(tmp_path))
        assert ended.status == status, ended.said
        return ended.said

    async with an_open_door(tmp_path / "server") as opened, opened.client(signed_in=DOCTOR) as client:
        settings.write_text(
            CONFIGURATION.format(
                folder=tmp_path,
                port=opened.tls_port,
                user=DOCTOR,
                password=PASSWORD,
                authority=pki().authority,
            )
        )
        await client.ask("CREATE Dossiers/&AMk-t&AOk-")
        for letter in LETTERS[:4]:
            assert b" OK " in await client.append("INBOX", letter)
        await sync()
        there = kept(mail / "INBOX")
        assert {letter.octets for letter in there.values()} == {
            letter.replace(b"\r\n", b"\n") for letter in LETTERS[:4]
        }
        assert (mail / "Dossiers" / "&AMk-t&AOk-" / "cur").is_dir()

        there["Lettre 1"].path.unlink()
        flagged(there["Lettre 2"], "RS")
        written(mail / "Drafts", LETTERS[4], "D")
        await client.ask("SELECT INBOX")
        await client.ask("STORE 3 +FLAGS (\\Deleted)")
        await client.ask("STORE 4 +FLAGS (\\Flagged)")
        await client.ask("EXPUNGE")
        assert b" OK " in await client.append("INBOX", LETTERS[5])
        await sync()
        flags = {subject: letter.flags for subject, letter in kept(mail / "INBOX").items()}
        assert flags == {"Lettre 2": "RS", "Lettre 4": "F", "Lettre 6": ""}
        await client.ask("NOOP")
        assert (await client.ask("FETCH 1:* (UID FLAGS)"))[:-1] == [
            b"* 1 FETCH (UID 2 FLAGS (\\Seen \\Answered))\r\n",
            b"* 2 FETCH (UID 4 FLAGS (\\Flagged))\r\n",
            b"* 3 FETCH (UID 5 FLAGS ())\r\n",
        ]
        assert (await client.ask("STATUS Drafts (MESSAGES)"))[0] == b"* STATUS Drafts (MESSAGES 1)\r\n"
        assert "Copy message" not in await sync()

        await client.ask("SELECT Drafts")
        assert (await client.ask("FETCH 1 (FLAGS)"))[0] == b"* 1 FETCH (FLAGS (\\Draft))\r\n"
        await client.ask("CLOSE")
        await client.ask("DELETE Drafts")
        await client.ask("CREATE Drafts")
        assert b" OK " in await client.append("Drafts", LETTERS[6])
        assert "UID validity problem for folder Drafts" in await sync(status=2)
        assert set(kept(mail / "Drafts")) == {"Lettre 5"}
        assert (await client.ask("STATUS Drafts (MESSAGES)"))[0] == b"* STATUS Drafts (MESSAGES 1)\r\n"
