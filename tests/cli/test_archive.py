"""The archive from the command line: its key, what is listed, opened, restored. domain.md §2."""

import stat
from pathlib import Path

import pytest
from tests.support.command_line import CITIZEN, CommandLine


def test_a_closed_mailbox_is_listed_opened_with_its_key_and_restored(
    vaguemestre: CommandLine, tmp_path: Path
) -> None:
    key = str(vaguemestre.config.parent / "archive.key")
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    for act in ("suspend", "resume"):  # coming back leaves a notice in the mailbox: something to archive
        vaguemestre("bal", act, CITIZEN)
    said = vaguemestre("bal", "close", CITIZEN, "--for-holder")
    assert said.status == 0, said.err
    listed = vaguemestre("archive", "list", "--json").json()
    assert isinstance(listed, list)
    (archive,) = listed
    assert (archive["address"], archive["state"], archive["messages"]) == (CITIZEN, "sealed", 1)
    assert CITIZEN not in vaguemestre("archive", "list").out
    folder = tmp_path / "opened"
    opening = ("archive", "open", archive["id"], str(folder), "--key", key)
    assert vaguemestre(*opening, "--reason", " ").status == 1
    assert not folder.exists()
    said = vaguemestre(*opening, "--reason", "n° 12")
    assert said.status == 0, said.err
    assert "in clear" in said.err
    (message,) = folder.glob("*.eml")
    assert b"You can read and send messages again" in message.read_bytes()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert vaguemestre("archive", "restore", archive["id"], "--key", key, "--reason", "x").status == 1
    vaguemestre("bal", "reopen", CITIZEN)
    said = vaguemestre("archive", "restore", archive["id"], "--key", key, "--reason", "il revient")
    assert (said.status, said.out) == (0, "1 message restored.\n")
    assert vaguemestre("archive", "expire", "--dry-run").out == "0 archives would be destroyed.\n"


@pytest.mark.parametrize("folder", ["", ".", "/"])
def test_a_key_is_no_folder(vaguemestre: CommandLine, folder: str) -> None:
    said = vaguemestre("archive", "key", folder)
    assert said.status == 2
    assert "directory" in said.err


def test_a_key_is_made_once_and_may_have_a_passphrase(vaguemestre: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "safe.key"
    said = vaguemestre("archive", "key", str(file), "--passphrase-stdin", stdin="un coffre\n")
    assert said.status == 0, said.err
    assert b"ENCRYPTED" in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert vaguemestre("archive", "key", str(file)).status == 1
    opening = ("archive", "open", "0" * 16, str(tmp_path / "x"), "--key", str(file), "--reason", "x")
    assert vaguemestre(*opening).status == 4
    assert vaguemestre(*opening, "--passphrase-stdin", stdin="faux\n").status == 4
    assert vaguemestre(*opening, "--passphrase-stdin", stdin="un coffre\n").status == 3
