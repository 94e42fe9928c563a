"""mbsync keeps a folder on disk and an account the same, in both directions, over TLS."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, OpenDoor, an_open_door, pki
from tests.support.letters import a_letter

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


async def _mbsync(opened: OpenDoor, folder: Path) -> None:
    binary = shutil.which("mbsync")
    if binary is None:
        pytest.skip("mbsync is not installed")
    version = (await _run([binary, "--version"]))[1].split()[-1]
    recent = tuple(int(number) for number in version.split(".")[:2]) >= (1, 4)
    text = CONFIGURATION.format(
        port=opened.tls_port,
        user=DOCTOR,
        password=PASSWORD,
        tls="TLSType IMAPS" if tuple(int(n) for n in version.split(".")[:2]) >= (1, 5) else "SSLType IMAPS",
        authority=pki().authority,
        folder=folder,
        far="Far" if recent else "Master",
        near="Near" if recent else "Slave",
    )
    settings = folder.parent / "mbsyncrc"
    settings.write_text(text)
    code, said = await _run([binary, "-c", str(settings), "-a"])
    assert code == 0, said


async def _run(command: list[str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode(errors="replace")


def _kept(folder: Path, mailbox: str) -> list[Path]:
    return sorted(path for part in ("cur", "new") for path in (folder / mailbox / part).iterdir())


async def test_mbsync_fetches_sends_and_expunges(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (tmp_path / "server").mkdir()
    async with an_open_door(tmp_path / "server") as opened:
        async with opened.client(signed_in=DOCTOR) as client:
            for letter in LETTERS:
                assert b" OK " in await client.append("INBOX", letter, "(\\Flagged) ")
            assert b" OK " in (await client.ask("CREATE Dossiers/Novembre"))[-1]
        await _mbsync(opened, folder)
        kept = _kept(folder, "INBOX")
        bare = {_ON_ITS_WAY.sub(b"", path.read_bytes()) for path in kept}
        assert len(kept) == len(LETTERS)
        assert {letter.replace(b"\r\n", b"\n") for letter in LETTERS} == bare
        assert (folder / "Dossiers" / "Novembre" / "cur").is_dir()
        _change(folder, kept)
        await _mbsync(opened, folder)
        async with opened.client(signed_in=DOCTOR) as client:
            status = await client.ask("STATUS INBOX (MESSAGES UNSEEN)")
            assert status[0] == b"* STATUS INBOX (MESSAGES 29 UNSEEN 28)\r\n"
            status = await client.ask("STATUS Drafts (MESSAGES)")
            assert status[0] == b"* STATUS Drafts (MESSAGES 1)\r\n"


def _change(folder: Path, kept: list[Path]) -> None:
    """What a mail client does with its files: one is deleted, one read, one written."""
    kept[0].unlink()
    kept[1].rename(kept[1].parent.parent / "cur" / f"{kept[1].name.partition(':')[0]}:2,FS")
    (folder / "Drafts" / "cur" / "1.brouillon:2,D").write_bytes(LETTERS[0].replace(b"\r\n", b"\n"))
