"""mutt, on a terminal of its own, opens INBOX over TLS and saves what it finds."""

import asyncio
import os
import pty
import shutil
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, an_open_door, pki
from tests.support.letters import SENTENCE, a_letter

CONFIGURATION = """
set ssl_ca_certificates_file="{authority}" certificate_file="{authority}"
set imap_user="{user}" imap_pass="{password}"
set folder="{folder}" header_cache="" message_cachedir="" tmpdir="{folder}" history_file="" sleep_time=0
set auto_tag=yes delete=yes mbox_type=mbox quit=yes confirmappend=no move=no mark_old=no wait_key=no
push "<tag-pattern>~A<enter><copy-message>{folder}/saved<enter>y<quit>"
"""


async def test_mutt_reads_and_saves(tmp_path: Path) -> None:
    binary = shutil.which("mutt")
    if binary is None:
        pytest.skip("mutt is not installed")
    (tmp_path / "server").mkdir()
    async with an_open_door(tmp_path / "server") as opened:
        async with opened.client(signed_in=DOCTOR) as client:
            for number in range(3):
                letter = a_letter(DOCTOR, CITIZEN, subject=f"Lettre {number}")
                assert b" OK " in await client.append("INBOX", letter)
        settings = tmp_path / "muttrc"
        settings.write_text(
            CONFIGURATION.format(authority=pki().authority, user=DOCTOR, password=PASSWORD, folder=tmp_path)
        )
        far, near = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            binary,
            "-n",
            "-F",
            str(settings),
            "-f",
            f"imaps://localhost:{opened.tls_port}/INBOX",
            stdin=near,
            stdout=near,
            stderr=near,
            env={**os.environ, "TERM": "vt100", "HOME": str(tmp_path)},
        )
        os.close(near)
        screen = bytearray()
        loop = asyncio.get_running_loop()
        loop.add_reader(far, lambda: screen.extend(_read(far)))
        try:
            await asyncio.wait_for(process.wait(), 30)
        finally:
            loop.remove_reader(far)
            if process.returncode is None:
                process.kill()
                await process.wait()
            os.close(far)
        assert (tmp_path / "saved").exists(), bytes(screen[-2_000:])
        assert (tmp_path / "saved").read_text().count(SENTENCE) == 3, bytes(screen[-3_000:])


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""  # Linux says EIO when the other side is closed
