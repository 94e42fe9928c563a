"""Erasure from the command line: asked, done, certified, verified by whoever holds the public key."""

from pathlib import Path

from tests.support.command_line import CITIZEN, CommandLine


def test_a_mailbox_is_erased_and_its_certificate_verified_here_and_elsewhere(
    vaguemestre: CommandLine, tmp_path: Path
) -> None:
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN", "--name", "Jeanne")
    for act in ("suspend", "resume"):  # coming back leaves a notice in the mailbox: something to erase
        vaguemestre("bal", act, CITIZEN)
    file = tmp_path / "certificate.json"
    asked = ("bal", "erase", CITIZEN, "--reason", "lettre du 3 mars", "--certificate", str(file))
    assert vaguemestre(*asked).status == 2  # nobody to ask
    said = vaguemestre(*asked, "--yes")
    assert said.status == 0, said.err
    assert CITIZEN[:15] not in said.out + file.read_text()
    listed = vaguemestre("erasure", "list", "--json").json()
    assert isinstance(listed, list)
    shown = vaguemestre("erasure", "show", listed[0]["id"])
    assert "1 messages" in shown.out
    assert vaguemestre("erasure", "verify", str(file)).status == 0
    key = tmp_path / "key.pem"
    key.write_text(vaguemestre("erasure", "key").out)
    assert vaguemestre("erasure", "verify", str(file), "--public-key", str(key)).status == 0
    file.write_text(file.read_text().replace("3 mars", "4 mars"))
    assert vaguemestre("erasure", "verify", str(file), "--public-key", str(key)).status == 1
    assert vaguemestre("erasure", "show", "0" * 16).status == 1
    account = vaguemestre("bal", "show", CITIZEN, "--json").json()
    assert isinstance(account, dict)
    assert (account["state"], account["name"], account["used"]) == ("closed", "", 0)


def test_a_file_that_is_no_text_is_no_certificate(vaguemestre: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "certificate"
    file.write_bytes(b"\xff\xfe")
    said = vaguemestre("erasure", "verify", str(file))
    assert (said.status, "no certificate" in said.err) == (1, True)
