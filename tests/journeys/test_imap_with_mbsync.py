"""mbsync keeps a folder on disk and an account the same, in both directions, over TLS."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, Client, OpenDoor, an_open_door, pki
from tests.support.letters import a_letter
from tests.support.maildir import Kept, flagged, kept, written
from tests.support.programs import Ended, program, run

_ON_ITS_WAY = re.compile(rb"(?m)^X-TUID: .*\n")  # mbsync's own mark
LETTERS = [a_letter(DOCTOR, CITIZEN, subject=f"Lettre {n}", message_id=f"<{n}@a.fr>") for n in range(1, 31)]

CONFIGURATION = """
IMAPAccount gateway
Host localhost
Port {port}
User {user}
Pass "{password}"
{tls}
CertificateFile {authority}

IMAPStore far
Account gateway

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
{far} :far:
{near} :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A folder that mbsync keeps in step with the account of a door."""

    opened: OpenDoor
    client: Client
    folder: Path
    command: tuple[str, ...]

    async def sync(self) -> Ended:
        """Both ways."""
        return await run(*self.command)

    async def synced(self) -> None:
        """Both ways, without complaint."""
        ended = await self.sync()
        assert ended.status == 0, ended.said

    def kept(self, mailbox: str = "INBOX") -> dict[str, Kept]:
        """The files of a mailbox, by the subject of their letters."""
        return kept(self.folder / mailbox)


@asynccontextmanager
async def a_mirror(folder: Path) -> AsyncIterator[Mirror]:
    binary = program("mbsync")
    version = tuple(int(n) for n in (await run(binary, "--version")).said.split()[-1].split(".")[:2])
    (folder / "server").mkdir()
    (folder / "mail").mkdir()
    async with (
        an_open_door(folder / "server") as opened,
        opened.client(signed_in=DOCTOR) as client,
    ):
        settings = folder / "mbsyncrc"
        settings.write_text(
            CONFIGURATION.format(
                port=opened.tls_port,
                user=DOCTOR,
                password=PASSWORD,
                tls="TLSType IMAPS" if version >= (1, 5) else "SSLType IMAPS",
                authority=pki().authority,
                folder=folder / "mail",
                far="Far" if version >= (1, 4) else "Master",
                near="Near" if version >= (1, 4) else "Slave",
            )
        )
        yield Mirror(opened, client, folder / "mail", (binary, "-c", str(settings), "-a"))


async def test_what_is_there_is_fetched_octet_for_octet(tmp_path: Path) -> None:
    async with a_mirror(tmp_path) as mirror:
        for letter in LETTERS:
            assert b" OK " in await mirror.client.append("INBOX", letter, "(\\Flagged) ")
        assert b" OK " in (await mirror.client.ask("CREATE Dossiers/Novembre"))[-1]
        await mirror.synced()
        found = mirror.kept()
        bare = {_ON_ITS_WAY.sub(b"", letter.octets) for letter in found.values()}
        assert bare == {letter.replace(b"\r\n", b"\n") for letter in LETTERS}
        assert {letter.flags for letter in found.values()} == {"F"}
        assert (mirror.folder / "Dossiers" / "Novembre" / "cur").is_dir()


async def test_flags_arrivals_and_expunges_go_both_ways(tmp_path: Path) -> None:
    async with a_mirror(tmp_path) as mirror:
        client = mirror.client
        for letter in LETTERS[:6]:
            assert b" OK " in await client.append("INBOX", letter)
        await mirror.synced()
        there = mirror.kept()
        # On disk: one deleted, one read and answered, one written. On the server: the same, of others.
        there["Lettre 1"].path.unlink()
        flagged(there["Lettre 2"], "RS")
        written(mirror.folder / "Drafts", LETTERS[10], "D")
        await client.ask("SELECT INBOX")
        assert b" OK " in (await client.ask("STORE 3 +FLAGS (\\Deleted)"))[-1]
        assert b" OK " in (await client.ask("STORE 4 +FLAGS (\\Flagged \\Seen)"))[-1]
        assert b" OK " in (await client.ask("EXPUNGE"))[-1]
        assert b" OK " in await client.append("INBOX", LETTERS[6])
        await mirror.synced()
        assert {subject: letter.flags for subject, letter in mirror.kept().items()} == {
            "Lettre 2": "RS",
            "Lettre 4": "FS",
            "Lettre 5": "",
            "Lettre 6": "",
            "Lettre 7": "",
        }
        assert b"* 1 EXPUNGE\r\n" in await client.ask("NOOP")
        assert (await client.ask("FETCH 1:* (UID FLAGS)"))[:-1] == [
            b"* 1 FETCH (UID 2 FLAGS (\\Seen \\Answered))\r\n",
            b"* 2 FETCH (UID 4 FLAGS (\\Seen \\Flagged))\r\n",
            b"* 3 FETCH (UID 5 FLAGS ())\r\n",
            b"* 4 FETCH (UID 6 FLAGS ())\r\n",
            b"* 5 FETCH (UID 7 FLAGS ())\r\n",
        ]
        assert (await client.ask("STATUS Drafts (MESSAGES UNSEEN UIDNEXT)"))[0] == (
            b"* STATUS Drafts (MESSAGES 1 UNSEEN 1 UIDNEXT 2)\r\n"
        )
        # Flags that are taken away, both ways; then nothing is left to say.
        flagged(mirror.kept()["Lettre 2"], "S")
        assert b" OK " in (await client.ask("STORE 2 -FLAGS (\\Flagged)"))[-1]
        await mirror.synced()
        assert mirror.kept()["Lettre 4"].flags == "S"
        assert (await client.ask("FETCH 1 (FLAGS)"))[0] == b"* 1 FETCH (FLAGS (\\Seen))\r\n"


async def test_a_mailbox_made_anew_has_another_uidvalidity_and_nothing_is_lost(tmp_path: Path) -> None:
    async with a_mirror(tmp_path) as mirror:
        client = mirror.client
        await client.ask("CREATE Dossier")
        for letter in LETTERS[:10]:
            assert b" OK " in await client.append("Dossier", letter)
        await mirror.synced()
        before = (await client.ask("STATUS Dossier (UIDVALIDITY)"))[0]
        assert b" OK " in (await client.ask("DELETE Dossier"))[-1]
        assert b" OK " in (await client.ask("CREATE Dossier"))[-1]
        assert (await client.ask("STATUS Dossier (UIDVALIDITY)"))[0] != before
        # Other letters under the UIDs that mbsync knows: it must not take them for those it has.
        for letter in LETTERS[20:30]:
            assert b" OK " in await client.append("Dossier", letter)
        ended = await mirror.sync()
        assert ended.status != 0
        assert "UIDVALIDITY" in ended.said
        assert set(mirror.kept("Dossier")) == {f"Lettre {n}" for n in range(1, 11)}
        assert (await client.ask("STATUS Dossier (MESSAGES)"))[0] == b"* STATUS Dossier (MESSAGES 10)\r\n"
