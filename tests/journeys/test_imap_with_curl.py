"""curl lists, files, searches, reads and flags; by TLS from the start, and by STARTTLS."""

from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, an_open_door, pki
from tests.support.letters import a_letter
from tests.support.programs import program, run

LETTER = a_letter(DOCTOR, CITIZEN, subject="Compte rendu", attachments=(("a.pdf", b"%PDF-1.7\n" * 20_000),))


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
async def test_curl_files_a_letter_and_reads_it_back(tmp_path: Path, scheme: str) -> None:
    binary = program("curl")
    (tmp_path / "server").mkdir()
    (tmp_path / "letter").write_bytes(LETTER)
    async with an_open_door(tmp_path / "server", require_tls=True) as opened:
        port = opened.tls_port if scheme == "imaps" else opened.port

        async def curl(path: str, *options: str, status: int = 0) -> str:
            """What it prints; line ends as they came."""
            kept = tmp_path / "kept"
            kept.write_bytes(b"")
            ended = await run(
                binary,
                *("--silent", "--show-error", "--disable", "--noproxy", "*", "--ssl-reqd"),
                *("--cacert", str(pki().authority), "--user", f"{DOCTOR}:{PASSWORD}"),
                *("--output", str(kept), f"{scheme}://localhost:{port}/{path}", *options),
            )
            assert ended.status == status, ended.said
            return kept.read_bytes().decode("latin-1")

        listed = await curl("")
        assert '* LIST (\\HasNoChildren \\Sent) "/" Sent\r\n' in listed
        assert '"Conversations closes"' in listed
        await curl("INBOX", "--upload-file", str(tmp_path / "letter"))
        assert await curl("INBOX?SUBJECT%20compte") == "* SEARCH 1\r\n"
        assert (await curl("INBOX;UID=1")).encode("latin-1") == LETTER
        assert (
            await curl("INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)")
        ) == "Subject: Compte rendu\r\n\r\n"
        beginning = await curl("INBOX;UID=1;SECTION=TEXT;PARTIAL=0.100")
        assert beginning.encode("latin-1") == LETTER.partition(b"\r\n\r\n")[2][:100]
        assert (await curl("INBOX;MAILINDEX=1")).encode("latin-1") == LETTER
        assert "* 1 FETCH (FLAGS (\\Seen \\Flagged))" in await curl(
            "INBOX", "--request", "STORE 1 +FLAGS (\\Flagged)"
        )
        assert "MESSAGES 1" in await curl("", "--request", "STATUS INBOX (MESSAGES)")
        await curl("INBOX;UID=9", status=78)  # CURLE_REMOTE_FILE_NOT_FOUND
        await curl("INBOX", "--user", f"{DOCTOR}:wrong", status=67)  # CURLE_LOGIN_DENIED
